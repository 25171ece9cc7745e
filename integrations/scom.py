"""Microsoft SCOM: a notification command's body, where ``np`` means that nothing is there."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="scom",
    title="Microsoft System Center Operations Manager",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://learn.microsoft.com/system-center/scom/manage-notifications-create-command-channel",
)

_SHAPE = Shape(
    type=AlertType.HOST,
    key=(("alertid",), ("id",), ("alertname", "managedentitysource")),
    title=names("alertname name title alertdescription description"),
    state=names("resolutionstate resolutionstatename alertstate state status"),
    states={
        "new": _read.FIRING, "0": _read.FIRING, "acknowledged": _read.ACKNOWLEDGED,
        "249": _read.ACKNOWLEDGED, "assigned_to_engineering": _read.ACKNOWLEDGED,
        "248": _read.ACKNOWLEDGED, "awaiting_evidence": _read.ACKNOWLEDGED,
        "247": _read.ACKNOWLEDGED, "scheduled": _read.ACKNOWLEDGED, "250": _read.ACKNOWLEDGED,
        "resolved": _read.RESOLVED, "254": _read.RESOLVED, "closed": _read.RESOLVED,
        "255": _read.RESOLVED,
    },
    severity=names("severity alertseverity"),
    severities={
        "0": Severity.INFO, "1": Severity.WARNING, "2": Severity.CRITICAL,
        "information": Severity.INFO, "warning": Severity.WARNING, "error": Severity.CRITICAL,
    },
    resource=names("managedentitysource managedentitypath managedentitydisplayname "
                   "managedentityfullname netbioscomputername computername source path"),
    text=names("alertdescription description context"),
    links=(("Source", names("webconsoleurl consoleurl url")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_present(_read.fields(request))),))


def _present(body: dict[str, Any]) -> dict[str, Any]:
    absent = {name: value for name, value in body.items() if value != "np"}
    return absent or body
