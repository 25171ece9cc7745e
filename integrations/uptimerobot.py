"""UptimeRobot: the fields of its template, which people rename, as a form, as JSON, or in the
address itself."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import Severity

MANIFEST = Manifest(
    name="uptimerobot",
    title="UptimeRobot",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.uptimerobot.com/en/articles/11360876-what-are-webhooks-and-how-to-use-them",
)

_TYPES = {"1": "down", "2": "up", "3": "expiring", "98": "started", "99": "paused"}
_NO_LABELS = ("monitorFriendlyName", "monitor_friendly_name", "alertDetails", "alert_details",
              "alertDateTime", "alertDuration", "alertFriendlyDuration",
              "alert_friendly_duration")  # fmt: skip


def read(request: Request) -> Reading:
    """The one monitor of a body; a template sent as it is, is information."""
    sent = _uptime.fields(request)
    body = _read.folded(sent)
    number = _read.first(body, "alerttype", "type")
    told = _read.first(body, "alerttypefriendlyname", "friendlyname", "status", "state")
    said = told if told.casefold() in ("up", "down") else _TYPES.get(number) or told
    name = _read.first(body, "monitorfriendlyname", "monitorname", "name", "title")
    place = _read.first(body, "monitorurl", "url")
    left = _read.unexpanded(sent)
    if not name and not place and not left:
        raise Malformed("there is no monitor in it", "monitorFriendlyName")
    if number == "3" or "ssl" in said.casefold():
        said = "expiring"
    expiring = said == "expiring"
    monitor = _read.first(body, "monitorid", "id") or f"{name} {place}"
    alert = _uptime.check(
        said,
        f"{monitor} certificate" if expiring else monitor,
        name or place or left,
        status=None if name or place else _read.INFO,
        reason=_read.first(body, "alertdetails", "reason", "message")
        or ("the certificate expires" if expiring else ""),
        place=place,
        severity=Severity.WARNING if expiring else None,
        labels=_read.flat(sent, _NO_LABELS),
        links=(("Checked", place),),
        starts=body.get("alertdatetime") if said == "down" else None,
        ends=body.get("alertdatetime"),
    )
    return Reading((alert,))
