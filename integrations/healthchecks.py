"""Healthchecks (healthchecks.io or one's own): a template of its variables, the check's JSON, or
the PagerDuty form of it."""

from __future__ import annotations

import re
from typing import Any

from integrations import _json, _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="healthchecks",
    title="Healthchecks",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://healthchecks.io/docs/configuring_notifications/",
)

_STATES = {"trigger": _read.FIRING, "resolve": _read.RESOLVED, "grace": _read.INFO}
_STATE = re.compile(r" is (?:UP|DOWN|LATE|NEW)\.?$")
"""Titles of its messages end so, and say all of it."""
_NO_LABELS = ("description", "desc", "message", "last_ping", "next_ping", "status", "n_pings",
              "event_type", "service_key")  # fmt: skip


def read(request: Request) -> Reading:
    """The one check of a body."""
    sent = _opened(_uptime.fields(request))
    body = _read.folded(sent)
    name = _read.first(body, "name", "checkname", "check", "title", "slug")
    whole = name if _STATE.search(name) else ""
    told = _read.first(body, "description", "message", "text", "desc")
    if not name and not told:
        raise Malformed("there is no check in it", "name")
    said = _read.first(body, "eventtype", "status", "state", "event")
    key = _read.first(
        body, "incidentkey", "code", "uuid", "id", "uniquekey", "checkid", "alias", "pingurl"
    )
    tags = " ".join(_read.words(body.get("tags"))).split()
    alert = _uptime.check(
        said,
        key or name or told,
        "" if whole else name,
        status=_STATES.get(_read.word(said)),
        reason=whole or ("" if name and told == _read.first(body, "desc") else told),
        type=AlertType.HEARTBEAT,
        word=_read.first(body, "severity", "priority"),
        description=told,
        labels={**_read.flat(sent, _NO_LABELS), "tags": ", ".join(tags)},
        links=(("Source", _read.first(body, "clienturl", "detailsurl", "checkurl", "url")),),
    )
    return Reading((alert,))


def _opened(sent: dict[str, Any]) -> dict[str, Any]:
    """The check itself, where the template puts all of it (``$JSON``) into one field."""
    for value in sent.values():
        inside = _json_or_none(value) if isinstance(value, str) and value[:1] == "{" else value
        if isinstance(inside, dict) and "name" in inside and "status" in inside:
            return {**inside, **{name: each for name, each in sent.items() if each is not value}}
    return sent


def _json_or_none(value: str) -> Any:
    try:
        return _json.parse_text(value)
    except Malformed:
        return None
