"""Findings of Security Hub, GuardDuty, Inspector, Macie and Access Analyzer."""

from __future__ import annotations

from typing import Any

from integrations import _read
from store.model import AlertReading, AlertType, Severity

_FINDING = {"active": _read.FIRING, "archived": _read.RESOLVED, "passed": _read.RESOLVED}


def hub(common: dict[str, str], found: dict[str, Any]) -> AlertReading:
    """A finding of Security Hub, in its own format (ASFF)."""
    resources = _read.parts(found.get("Resources"))
    place = _read.first(resources[0], "Id") if resources else ""
    workflow = _read.first(_read.part(found, "Workflow"), "Status").casefold()
    passed = _read.first(_read.part(found, "Compliance"), "Status") == "PASSED"
    archived = _read.first(found, "RecordState") == "ARCHIVED"
    status = _read.FIRING
    if workflow == "resolved" or passed or archived:
        status = _read.RESOLVED
    elif workflow == "suppressed":
        status = _read.INFO
    severity = _read.part(found, "Severity")
    return _read.alert(
        status,
        _read.first(found, "Id"),
        _read.on(
            f"Security Hub: {_read.first(found, 'Title') or 'finding'}", place.rpartition("/")[2]
        ),
        type=AlertType.SECURITY,
        word=_read.first(severity, "Label", "Original"),
        description=_read.first(found, "Description"),
        resource=place,
        labels={
            **common,
            **_read.flat(found, ("Id", "Title", "Description", "UpdatedAt", "CreatedAt")),
        },
        links=(("Source", _read.first(found, "SourceUrl")),),
        starts=found.get("FirstObservedAt"),
        ends=found.get("UpdatedAt"),
    )


def finding(common: dict[str, str], detail: dict[str, Any], kind: str) -> AlertReading:
    """GuardDuty, Inspector, Macie, Access Analyzer: a severity of 0 to 10 or in words."""
    number = detail.get("severity")
    place = _finding_place(detail)
    title = _read.first(detail, "title", "type", "findingType") or kind
    word = _read.first(_read.part(detail, "severity"), "description") or _read.text(number)
    service = kind.removesuffix(" Finding") if kind != title else ""
    return _read.alert(
        _read.state(_read.first(detail, "status"), _FINDING),
        _read.first(detail, "id", "findingArn", "arn"),
        _read.on(f"{service}: {title}" if service else title, place.rpartition("/")[2]),
        type=AlertType.SECURITY,
        word=word,
        severity=_of_ten(number),
        description=_read.first(detail, "description"),
        resource=place,
        labels={**common, **_read.flat(detail, ("title", "description", "updatedAt"))},
        starts=detail.get("createdAt") or detail.get("firstObservedAt"),
        ends=detail.get("updatedAt"),
    )


def _finding_place(detail: dict[str, Any]) -> str:
    instance = _read.first(_read.part(detail, "resource", "instanceDetails"), "instanceId")
    named = _read.text(detail.get("resource"))
    listed = _read.parts(detail.get("resources"))
    return instance or named or (_read.first(listed[0], "id") if listed else "")


def _of_ten(number: Any) -> Severity | None:
    """GuardDuty: 9 critical, 7 high, 4 medium, 1 low."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    if number >= 9:
        return Severity.CRITICAL
    if number >= 7:
        return Severity.ERROR
    return Severity.WARNING if number >= 4 else Severity.INFO
