"""Librato and AppOptics: an alert has ``violations``, its end has ``clear``; a snapshot of a chart
comes as a message in Slack's form."""

from __future__ import annotations

from typing import Any

from integrations import _chat, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="librato",
    title="Librato (AppOptics)",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://documentation.solarwinds.com/en/success_center/appoptics/content/kb/alerts/"
    "webhook.htm",
)


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    alert = _read.part(body, "alert")
    if not alert:
        return Reading((_snapshot(body),))
    return Reading((_alert(alert, body),))


def _snapshot(body: dict[str, Any]) -> AlertReading:
    """A chart somebody shared."""
    shared = _read.parts(body.get("attachments"))
    if not shared:
        raise Malformed("there is no alert in it", "alert")
    title = _read.first(shared[0], "fallback", "title", "text") or "A snapshot of a chart"
    return _chat.note(title, _read.first(shared[0], "image_url", "title_link"))


def _alert(alert: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    violations = _read.part(body, "violations")
    places = list(violations)[:20]
    number = _read.first(alert, "id")
    name = _read.first(alert, "name") or f"Alert {number}".strip()
    place = places[0] if len(places) == 1 or places else ""
    lines = [
        f"{where}: {_read.first(one, 'metric')} is {_read.first(one, 'value')}"
        for where in places
        for one in _read.parts(violations[where], 20)
    ]
    link = f"https://metrics.librato.com/alerts/{number}" if number.isdecimal() else None
    return _read.alert(
        _read.RESOLVED if body.get("clear") else _read.FIRING,
        number,
        _read.on(name, place),
        type=AlertType.METRIC,
        word=_read.first(alert, "severity"),
        description="\n".join([_read.first(alert, "description"), *lines]).strip(),
        resource=place,
        labels={"account": _read.first(body, "account"), "alert": name,
                **_read.tags(alert.get("tags"))},
        links=(("Runbook", _read.first(alert, "runbook_url")), ("Source", link)),
        ends=body.get("trigger_time"),
    )  # fmt: skip
