"""VMware vRealize (Aria) Operations and Log Insight: their REST and webhook notifications.

``cancelDate`` may be set while the status is ACTIVE. What Log Insight finds never resolves.
"""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="vrealize",
    title="VMware vRealize (Aria) Operations",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://techdocs.broadcom.com/us/en/vmware-cis/aria/aria-operations.html",
)

_STATES = {
    "active": _read.FIRING, "new": _read.FIRING, "updated": _read.FIRING,
    "canceled": _read.RESOLVED, "cancelled": _read.RESOLVED, "inactive": _read.RESOLVED,
}  # fmt: skip
_LEVELS = {
    "critical": Severity.CRITICAL, "immediate": Severity.ERROR, "warning": Severity.WARNING,
    "info": Severity.INFO, "information": Severity.INFO, "none": Severity.INFO,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    if _read.first(body, "AlertName", "alertName") and "resourceName" not in body:
        return Reading((_log(body),))
    if not any(name in body for name in ("alertId", "resourceName", "criticality")):
        raise Malformed("there is no alert in it", "alertId")
    return Reading((_alert(body),))


def _alert(body: dict[str, Any]) -> AlertReading:
    name = _read.first(body, "alertName", "alertDefinitionName", "name")
    name = name or _kind(_read.first(body, "subType", "type", "info")) or "Alert"
    place = _read.first(body, "resourceName", "resourceId")
    criticality = _read.first(body, "criticality", "severity")
    return _read.alert(
        _read.state(_read.first(body, "status"), _STATES),
        _read.first(body, "alertId", "id"),
        _read.on(name, place),
        type=AlertType.HOST,
        word=criticality,
        severity=_LEVELS.get(_read.word(criticality).rpartition("level_")[2]),
        description=_read.first(body, "alertDefinitionDesc", "description", "info"),
        resource=place,
        labels=_read.flat(body, ("startDate", "updateDate", "cancelDate", "info", "status")),
        links=(("Source", _read.first(body, "url", "alertUrl", "link")),),
        starts=body.get("startDate"),
        ends=body.get("cancelDate"),
    )


def _log(body: dict[str, Any]) -> AlertReading:
    name = _read.first(body, "AlertName", "alertName")
    hits = _read.first(body, "NumHits", "HitCount", "hitCount")
    return _read.alert(
        _read.state(_read.first(body, "status"), _STATES),
        _read.first(body, "alertId", "id") or name,
        name,
        type=AlertType.LOG,
        word=_read.first(body, "severity"),
        description=_read.first(body, "Info", "description") or (f"{hits} hits" if hits else ""),
        resource=_read.first(body, "sourceInfo", "hostname"),
        labels=_read.flat(body, ("Info", "AlertName")),
        links=(("Source", _read.first(body, "Url", "resultsUrl")),
               ("Edit", _read.first(body, "EditUrl", "editUrl"))),
    )  # fmt: skip


def _kind(word: str) -> str:
    """``ALERT_SUBTYPE_AVAILABILITY_PROBLEM`` → ``Availability problem``."""
    for prefix in ("ALERT_SUBTYPE_", "ALERT_TYPE_"):
        word = word.removeprefix(prefix)
    return word.replace("_", " ").capitalize() if word.isupper() else word
