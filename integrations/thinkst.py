"""Thinkst Canary: incidents of birds and tokens; devices that went away and came back."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="thinkst",
    title="Thinkst Canary",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://help.canary.tools/hc/en-gb/articles/360002426777",
)

_NO_LABELS = ("Description", "Timestamp", "Intro", "IncidentKey", "IncidentHash")


def read(request: Request) -> Reading:
    """The one incident of a body."""
    body = _read.fields(request)
    told = _read.first(body, "Description", "description")
    kind = _read.first(body, "AlertType")
    if not told and not kind:
        raise Malformed("there is no Description in it", "Description")
    place = _read.first(body, "CanaryName", "CanaryIP", "Flock")
    source = _read.first(body, "SourceIP")
    more = body.get("AdditionalDetails")
    pairs = more[:50] if isinstance(more, list) else []
    details = [
        f"{_read.text(each[0])}: {_read.text(each[1])}"
        for each in pairs
        if isinstance(each, list) and len(each) == 2
    ]
    title = _read.on(told or kind, place)
    reminder = _read.first(body, "Reminder")
    if reminder and not place and _read.first(body, "Token"):
        title = f"{title}: {reminder}"
    alert = _read.alert(
        _status(told, kind),
        _read.first(body, "IncidentHash", "IncidentKey") or f"{told} {place} {source}",
        f"{title} from {source}" if source and source not in title else title,
        type=AlertType.SECURITY,
        severity=Severity.INFO if "test" in kind.casefold() else Severity.CRITICAL,
        description="\n".join((_read.first(body, "Intro", "Reminder"), *details)).strip(),
        resource=place,
        labels=_read.flat(body, _NO_LABELS),
    )
    return Reading((alert,))


def _status(told: str, kind: str) -> AlertStatus:
    """Only devices come back; what somebody did stays done."""
    if "test" in kind.casefold():
        return _read.INFO
    over = told.casefold().startswith(("canary reconnected", "device reconnected"))
    return _read.RESOLVED if over else _read.FIRING
