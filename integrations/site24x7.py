"""Site24x7: its incident parameters, or a template of them; TROUBLE is less than CRITICAL."""

from __future__ import annotations

from integrations import _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import Severity

MANIFEST = Manifest(
    name="site24x7",
    title="Site24x7",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.site24x7.com/help/admin/third-party-integration/webhooks.html",
)

_SEVERITIES = {"critical": Severity.CRITICAL, "trouble": Severity.WARNING, "down": Severity.ERROR}
_NO_LABELS = ("INCIDENT_REASON", "INCIDENT_TIME", "INCIDENT_TIME_ISO", "OUTAGE_TIME_UNIX_FORMAT",
              "STATUS", "MONITORNAME", "triggered_at", "DOWNTIME_DURATION")  # fmt: skip


def read(request: Request) -> Reading:
    """The one monitor of a body."""
    sent = _uptime.fields(request)
    body = _read.folded(sent)
    name = _read.first(body, "monitorname", "displayname", "name", "title")
    place = _read.first(body, "monitorurl", "resourceip", "url", "host")
    if not name and not place and not _read.unexpanded(sent):
        raise Malformed("there is no MONITORNAME in it", "MONITORNAME")
    said = _read.first(body, "status")
    word = _read.raw(body, "severity", "priority")
    firing = _read.state(said, _uptime.STATES) is _read.FIRING
    at = body.get("outagetimeunixformat") or body.get("incidenttimeiso")
    alert = _uptime.check(
        said,
        _read.first(body, "monitorid", "incidentnumber", "id") or f"{name} {place}",
        name or place or _read.unexpanded(sent),
        status=None if name or place else _read.INFO,
        reason=_read.first(body, "incidentreason", "reason", "message", "description"),
        place=place,
        word=word,
        severity=_SEVERITIES.get(_read.word(word or said)),
        description=_read.first(body, "incidentdetails", "incidentreason"),
        labels=_read.flat(sent, _NO_LABELS),
        links=(
            ("Source", _read.first(body, "monitordashboardlink")),
            ("Cause", _read.first(body, "rcalink")),
            ("Checked", place),
        ),
        starts=at if firing else None,
        ends=body.get("uptimeunixformat"),
    )
    return Reading((alert,))
