"""ilert: alerts are created, accepted, escalated and resolved."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="ilert",
    title="ilert",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.ilert.com/integrations/outbound-integrations/webhook",
)

_STATES = {"pending": _read.FIRING, "accepted": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED,
           "new": _read.FIRING, "escalated": _read.FIRING, "alert": _read.FIRING,
           "accept": _read.ACKNOWLEDGED, "resolve": _read.RESOLVED}  # fmt: skip
_PRIORITIES = {"high": Severity.ERROR, "low": Severity.WARNING}


def read(request: Request) -> Reading:
    """The one alert of a body, called an incident before."""
    body = _read.fields(request)
    found = _read.part(body, "alert") or _read.part(body, "incident") or body
    title = _read.first(found, "summary")
    event = _read.first(body, "eventType", "type")
    if not title and not event:
        raise Malformed("there is no alert in it", "summary")
    source = _read.part(found, "alertSource")
    word = _read.first(found, "severity", "priority")
    said = _read.first(found, "status") or event.rpartition("-")[2]
    note = event.endswith(("comment-added", "responder-added", "channel-attached"))
    alert = _read.alert(
        _read.INFO if note else _read.state(said, _STATES),
        _read.first(found, "id") or _read.first(found, "alertKey", "incidentKey"),
        title or f"ilert: {event}",
        type=AlertType.CUSTOM,
        word=word,
        severity=_PRIORITIES.get(word.casefold()),
        description=_read.first(found, "details"),
        resource=_read.first(source, "name"),
        labels={
            "event": event,
            "source": _read.first(source, "name"),
            "key": _read.first(found, "alertKey", "incidentKey"),
            **_read.tags(found.get("labels")),
        },
        links=(
            ("Source", _read.first(found, "url", "alertUrl")),
            *((_read.first(each, "text") or "Link", _read.first(each, "href"))
              for each in _read.parts(found.get("links"), 5)),
        ),
        starts=found.get("reportTime"),
        ends=found.get("resolvedOn"),
    )  # fmt: skip
    return Reading((alert,))
