"""GoAlert's webhooks: alerts, bundles of them, changes of their status, and its handshake."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="goalert",
    title="GoAlert",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://github.com/target/goalert/blob/master/docs/getting-started.md",
)

_ENTRIES = {
    "created": _read.FIRING, "escalated": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED,
    "closed": _read.RESOLVED, "unacknowledged": _read.FIRING, "active": _read.FIRING,
    "triggered": _read.FIRING,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one thing a body says."""
    body = _read.fields(request)
    kind = _read.first(body, "Type")
    if not kind and "AlertID" not in body:
        raise Malformed("there is no type in it", "Type")
    if "AlertID" in body:
        return Reading((_alert(body, kind),))
    if kind == "AlertBundle":
        return Reading((_bundle(body),))
    return Reading((_told(body, kind),))


def _alert(body: dict[str, Any], kind: str) -> AlertReading:
    number, service = _read.first(body, "AlertID"), _read.first(body, "ServiceName")
    return _read.alert(
        _status(body, kind),
        f"alert {number}",
        _read.first(body, "Summary") or f"GoAlert alert {number}",
        type=AlertType.SERVICE,
        description=_read.first(body, "Details", "LogEntry"),
        resource=service,
        labels={**_read.flat(body, ("Summary", "Details", "LogEntry")),
                **_read.tags(body.get("Meta"))},
        links=(("Source", _read.first(body, "URL", "AlertURL")),),
    )  # fmt: skip


def _status(body: dict[str, Any], kind: str) -> AlertStatus:
    """Only the first word of the log entry tells what became of an alert."""
    if kind != "AlertStatus":
        return _read.FIRING
    named = _read.first(body, "NewStatus", "Status", "NewAlertState")
    word = named or _read.first(body, "LogEntry").partition(" ")[0]
    return _ENTRIES.get(word.casefold().rstrip(".:"), _read.INFO)


def _bundle(body: dict[str, Any]) -> AlertReading:
    service, count = _read.first(body, "ServiceName"), _read.first(body, "Count")
    return _read.alert(
        _read.FIRING,
        f"service {_read.first(body, 'ServiceID') or service}",
        f"{service} has {count} unacknowledged alerts",
        type=AlertType.SERVICE,
        resource=service,
        labels=_read.flat(body, ("Count",)),
    )


def _told(body: dict[str, Any], kind: str) -> AlertReading:
    """The code of a verification is shown, so that a person can type it in at GoAlert."""
    code = _read.first(body, "Code")
    titles = {
        "Verification": f"GoAlert verification code {code}",
        "Test": "Test message of GoAlert",
        "ScheduleOnCallUsers": f"On call changed in {_read.first(body, 'ScheduleName')}",
    }
    return _read.alert(
        _read.INFO,
        f"{kind} {code or _read.first(body, 'ScheduleID')}".strip(),
        titles.get(kind, f"GoAlert: {kind}"),
        type=AlertType.SERVICE,
        labels=_read.flat(body, ("Code",)),
        links=(("Source", _read.first(body, "ScheduleURL")),),
    )
