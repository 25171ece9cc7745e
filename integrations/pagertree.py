"""PagerTree's outgoing webhooks: alerts are created, acknowledged, resolved."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="pagertree",
    title="PagerTree",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://pagertree.com/docs/integration-guides/webhook",
)

_STATES = {
    "open": _read.FIRING, "created": _read.FIRING, "queued": _read.FIRING, "timeout": _read.FIRING,
    "rejected": _read.FIRING, "dropped": _read.RESOLVED, "acknowledged": _read.ACKNOWLEDGED,
    "resolved": _read.RESOLVED, "create": _read.FIRING, "acknowledge": _read.ACKNOWLEDGED,
    "resolve": _read.RESOLVED,
}  # fmt: skip
_NO_LABELS = ("title", "description", "created_at", "updated_at", "status", "Title", "Description")


def read(request: Request) -> Reading:
    """The one alert of an event, or one in the form its own webhook takes."""
    body = _read.fields(request)
    event = _read.first(body, "type", "event_type", "event").replace(".", "_")
    alert = _read.part(body, "data") or _read.part(body, "alert") or body
    title = _read.first(alert, "title", "Title", "incident_message", "description")
    if not title:
        if not event:
            raise Malformed("there is no alert in it", "data.title")
        note = f"PagerTree: {event.replace('_', ' ')}"
        return Reading((_read.alert(_read.INFO, "", note, type=AlertType.CUSTOM),))
    what = event.rpartition("_")[2]
    said = what if what in _STATES else _read.first(alert, "status") or what
    if event.startswith(("comment", "alert_comment", "note")):
        said = "note"
    reading = _read.alert(
        _read.state(said, _STATES),
        _read.first(alert, "id", "Id", "prefix_id", "thirdparty_id"),
        title,
        type=AlertType.CUSTOM,
        word=_read.first(alert, "urgency", "incident_severity", "severity"),
        description=_read.first(alert, "description", "Description"),
        resource=_read.first(_read.part(alert, "source"), "name"),
        labels={
            **dict.fromkeys(_read.words(alert.get("tags")), "true"),
            **_read.flat(alert, _NO_LABELS),
            "event": event,
        },
        links=(("Source", _read.first(alert, "url", "html_url")),),
        starts=alert.get("created_at"),
        ends=alert.get("resolved_at") or alert.get("updated_at"),
    )
    return Reading((reading,))
