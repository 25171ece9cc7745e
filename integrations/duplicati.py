"""Duplicati: a report of each backup, as JSON or as text in a form's ``message``."""

from __future__ import annotations

import re
from typing import Any

from integrations import _form, _json, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="duplicati",
    title="Duplicati",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.duplicati.com/detailed-descriptions/sending-reports-via-email/sending-http-notifications",
)

_STATES = {"success": _read.RESOLVED, "warning": _read.FIRING, "error": _read.FIRING,
           "fatal": _read.FIRING, "failed": _read.FIRING}  # fmt: skip
_REPORT = re.compile(r"Duplicati (?P<operation>\w{1,40}) report for (?P<name>[^\n(]{1,200})")
_LINE = re.compile(r"^(?P<name>Failed|ParsedResult|MainOperation): ?(?P<said>.*)$", re.MULTILINE)


def read(request: Request) -> Reading:
    """The one report of a body."""
    value = _form.value(request)
    body = _read.an_object(value)
    told = body.get("message")
    if isinstance(told, str) and told.lstrip()[:1] == "{":
        body = _read.an_object(_json.parse_text(told), "message")
    elif isinstance(told, str) and "Data" not in body:
        return Reading((_text(told),))
    return Reading((_report(body),))


def _report(body: dict[str, Any]) -> AlertReading:
    found, extra = _read.part(body, "Data") or body, _read.part(body, "Extra")
    operation = _read.first(found, "MainOperation") or _read.first(extra, "OperationName")
    said = _read.first(found, "ParsedResult") or ("Fatal" if body.get("Exception") else "")
    if not operation and not said:
        raise Malformed("there is no ParsedResult in it", "Data.ParsedResult")
    problems = [
        line for kind in ("Errors", "Warnings") for line in _read.words(found.get(kind), 20)
    ]
    return _alert(
        said,
        operation or "Backup",
        _read.first(extra, "backup-name", "backup-id") or _read.first(found, "BackupName"),
        _read.first(extra, "machine-name", "machine-id"),
        _read.first(body, "Exception") or "\n".join(problems),
        starts=found.get("BeginTime"),
        ends=found.get("EndTime"),
    )


def _text(told: str) -> AlertReading:
    head = _REPORT.search(told[:4000])
    if head is None:
        raise Malformed("there is no report of Duplicati in it", "message")
    lines = {each["name"]: each["said"].strip() for each in _LINE.finditer(told[:20_000])}
    said = lines.get("ParsedResult") or ("Failed" if lines.get("Failed") else "Success")
    return _alert(said, head["operation"], head["name"].strip(), "", lines.get("Failed", ""))


def _alert(
    said: str, operation: str, name: str, machine: str, told: str, starts: Any = None,
    ends: Any = None,
) -> AlertReading:  # fmt: skip
    status = _read.state(said, _STATES)
    what = f"{operation} of {name}" if name else operation
    verb = (
        "went well" if status is _read.RESOLVED else f"ended with {said.casefold() or 'an error'}"
    )
    return _read.alert(
        status,
        " ".join(part for part in (machine, name, operation) if part),
        _read.on(f"{what} {verb}", machine),
        type=AlertType.SERVICE,
        word=said,
        severity=Severity.WARNING if said.casefold() == "warning" else Severity.ERROR,
        description=told,
        resource=machine or name,
        labels={"backup": name, "operation": operation, "result": said},
        starts=starts,
        ends=ends,
    )
