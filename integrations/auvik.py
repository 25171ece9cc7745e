"""Auvik: an alert of a network's device or collector triggers and clears."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="auvik",
    title="Auvik",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.auvik.com/hc/en-us/articles/360031007111",
)

_STATES = {"0": _read.FIRING, "1": _read.RESOLVED, "cleared": _read.RESOLVED,
           "dismissed": _read.INFO, "paused": _read.INFO}  # fmt: skip
_SEVERITIES = {
    "emergency": Severity.CRITICAL, "1": Severity.CRITICAL, "critical": Severity.ERROR,
    "2": Severity.ERROR, "warning": Severity.WARNING, "3": Severity.WARNING,
    "informational": Severity.INFO, "info": Severity.INFO, "4": Severity.INFO,
}  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body; its number tells the state, and the word where there is none."""
    body = _read.fields(request)
    name = _read.first(body, "alertName", "subject")
    if not name:
        raise Malformed("there is no alert in it", "alertName")
    place = _read.first(body, "entityName")
    word = _read.first(body, "alertSeverityString", "alertSeverity")
    alert = _read.alert(
        _read.state(_read.first(body, "alertStatus", "alertStatusString"), _STATES),
        _read.first(body, "correlationId", "alertId") or f"{name} {place}",
        _read.on(name, place),
        type=AlertType.HOST,
        word=word,
        severity=_SEVERITIES.get(_read.word(word)),
        description=_read.first(body, "alertDescription"),
        resource=place,
        labels=_read.flat(body, ("alertDescription", "subject", "alertStatus", "date",
                                 "alertStatusString")),
        links=(("Source", _read.first(body, "link")),),
        starts=body.get("date"),
        ends=body.get("date"),
    )  # fmt: skip
    return Reading((alert,))
