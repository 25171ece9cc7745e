"""Pingdom: uptime and transaction checks change their state, one body for each change."""

from __future__ import annotations

from typing import Any

from integrations import _json, _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, Severity

MANIFEST = Manifest(
    name="pingdom",
    title="Pingdom",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.pingdom.com/resources/webhooks/",
)

_IMPORTANCE = {"high": Severity.ERROR, "low": Severity.WARNING}
_REPORT = "https://my.pingdom.com/reports/uptime#check="
_NO_LABELS = ("description", "long_description", "state_changed_timestamp",
              "state_changed_utc_time", "current_state", "previous_state", "version")  # fmt: skip


def read(request: Request) -> Reading:
    """The one check of a body."""
    body = _read.fields(request)
    if packed := body.get("message"):
        body = _json.parse_text(packed) if isinstance(packed, str) and packed[:1] == "{" else body
        body = _read.an_object(body)
    said = _read.first(body, "current_state")
    name = _read.first(body, "check_name")
    if not said and not name and "checkname" in body:
        return Reading((_before(body),))
    if not said and not name:
        raise Malformed("there is no current_state in it", "current_state")
    asked = _read.part(body, "check_params")
    word = _read.raw(body, "importance_level")
    changed = body.get("state_changed_timestamp")
    probe = _read.part(body, "first_probe")
    own = _read.first(body, "check_id")
    alert = _uptime.check(
        said,
        own or name,
        name,
        reason=_read.first(body, "description"),
        place=_read.first(asked, "hostname", "full_url", "url"),
        word=word,
        severity=_IMPORTANCE.get(_read.word(word)),
        description=_read.first(body, "long_description"),
        labels={
            **_read.flat(body, _NO_LABELS),
            **_tags(body.get("tags")),
            "port": _read.first(asked, "port"),
            "seen_from": _read.first(probe, "location"),
        },
        links=(
            ("Checked", _read.first(asked, "full_url")),
            ("Source", f"{_REPORT}{own}" if own.isdecimal() else None),
        ),
        starts=changed if _read.state(said, _uptime.STATES) is _read.FIRING else None,
        ends=changed,
    )  # fmt: skip
    return Reading((alert,))


def _before(body: dict[str, Any]) -> AlertReading:
    """The form of before 2014: an incident is assigned, and closed again."""
    said, name = _read.first(body, "description"), _read.first(body, "checkname")
    over = _read.first(body, "action") == "notify_of_close" or said == "up"
    return _uptime.check(
        "up" if over else "down",
        _read.first(body, "check") or name,
        name,
        reason="" if said in ("up", "down") else said,
        place=_read.first(body, "host"),
        labels=_read.flat(body, ("description", "checkname")),
    )


def _tags(value: Any) -> dict[str, str]:
    words = [_read.first(each, "name") for each in _read.parts(value)] or _read.words(value)
    return {"tags": ", ".join(words)} if words else {}
