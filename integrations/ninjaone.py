"""NinjaOne: activities of devices; a condition triggers and is reset, the rest is information."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="ninjaone",
    title="NinjaOne",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.ninjaone.com/docs/integrations/webhooks/",
)

_STATES = {
    "triggered": _read.FIRING, "reset": _read.RESOLVED, "acknowledged": _read.ACKNOWLEDGED,
    "cleared": _read.RESOLVED, "condition_triggered": _read.FIRING, "failed": _read.FIRING,
    "condition_reset": _read.RESOLVED, "condition_acknowledged": _read.ACKNOWLEDGED,
    "system_rebooted": _read.INFO, "node_created": _read.INFO, "completed": _read.RESOLVED,
}  # fmt: skip
_SEVERITIES = {
    "critical": Severity.CRITICAL, "major": Severity.ERROR, "moderate": Severity.WARNING,
    "minor": Severity.WARNING, "none": Severity.INFO,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one activity of a body."""
    body = _read.fields(request)
    device = _read.part(body, "device")
    name = _read.first(body, "sourceName", "subject", "message")
    said = _read.first(body, "statusCode", "status")
    if not name and not said:
        raise Malformed("there is no activity in it", "sourceName")
    place = _read.first(device, "displayName", "systemName", "dnsName", "netbiosName")
    word = _read.first(body, "severity", "priority")
    number = _read.first(body, "seriesUid") or " ".join(
        part for part in (_read.first(body, "deviceId"), _read.first(body, "sourceConfigUid"), name)
        if part
    )  # fmt: skip
    alert = _read.alert(
        _read.state(said, _STATES),
        number,
        _read.on(_read.first(body, "subject") or name or f"NinjaOne: {said}", place),
        type=AlertType.HOST,
        word=word,
        severity=_SEVERITIES.get(word.casefold()),
        description=_read.first(body, "message"),
        resource=place,
        labels={
            "activity": _read.first(body, "activityType"),
            "source": _read.first(body, "sourceName"),
            "priority": _read.first(body, "priority"),
            "organization": _read.first(device, "organizationId"),
            "class": _read.first(device, "nodeClass"),
        },
        starts=body.get("activityTime"),
        ends=body.get("activityTime"),
    )
    return Reading((alert,))
