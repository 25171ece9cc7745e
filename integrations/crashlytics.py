"""Crashlytics (once Fabric): how much an issue of an app matters has changed."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="crashlytics",
    title="Crashlytics",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://firebase.google.com/docs/crashlytics",
)

_IMPACTS = {"1": Severity.INFO, "2": Severity.WARNING, "3": Severity.ERROR, "4": Severity.ERROR,
            "5": Severity.CRITICAL}  # fmt: skip
_COUNTS = ("title", "method", "crashes_count", "impacted_devices_count", "impact_level")


def read(request: Request) -> Reading:
    """The one issue of a body; its verification is information."""
    body = _read.fields(request)
    event, issue = _read.first(body, "event"), _read.part(body, "payload")
    if not event:
        raise Malformed("there is no event in it", "event")
    title = _read.first(issue, "title", "method")
    impact = _read.first(issue, "impact_level")
    app = _read.part(issue, "app")
    crashes = _read.first(issue, "crashes_count")
    devices = _read.first(issue, "impacted_devices_count")
    alert = _read.alert(
        _read.INFO if event == "verification" or not title
        else _read.RESOLVED if "closed" in event else _read.FIRING,
        _read.first(issue, "url", "display_id", "id") or f"crashlytics {event}",
        title or f"Crashlytics: {event.replace('_', ' ')}",
        type=AlertType.LOG,
        severity=_IMPACTS.get(impact, Severity.INFO if not title else Severity.ERROR),
        description=f"{crashes} crashes on {devices} devices" if crashes and devices else "",
        resource=_read.first(app, "name", "bundle_identifier") or _read.first(issue, "app_name"),
        labels={"event": event, "impact": impact, "method": _read.first(issue, "method"),
                **_read.flat(issue, _COUNTS)},
        links=(("Source", _read.first(issue, "url")),),
    )  # fmt: skip
    return Reading((alert,))
