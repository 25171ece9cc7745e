"""What the readers of uptime checks share: up or down of one check, said in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations import _read
from integrations.base import Malformed, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

_FIRING = (
    "down offline not_responding reporting_error no_response fail failed failing failure errored"
    " error timeout missing late unavailable unreachable trouble critical degraded"
    " performance_degraded warn warning still_down invalid expired expiring outage partial_outage"
    " major_outage degraded_performance unhealthy 0 false monitor_down monitor_offline"
)
_RESOLVED = (
    "up online available ok pass passed passing success successful succeeded recovered recovery"
    " reporting healthy operational renewed valid responding works working 1 true monitor_up"
    " monitor_online"
)
_INFO = (
    "paused unpaused pending maintenance under_maintenance suspended resumed created deleted"
    " updated started scheduled unknown test new not_tested discovery configuration_error"
)
STATES: Mapping[str, AlertStatus] = {
    word: status
    for status, words in (
        (_read.FIRING, _FIRING), (_read.RESOLVED, _RESOLVED), (_read.INFO, _INFO),
    )
    for word in words.split()
}  # fmt: skip
"""Words for the state of a check, before those of ``_read.STATES``."""

_VAGUE = frozenset(("trigger", "triggered", "firing", "alert", "alerting", "open", "started",
                    "problem", "false"))  # fmt: skip
"""Words that say that it fires and not what it is."""

_MILD = frozenset(("degraded", "performance_degraded", "degraded_performance", "warn", "warning",
                   "trouble", "expiring"))  # fmt: skip


def fields(request: Request) -> dict[str, Any]:
    """The fields of the body, or of the address where the tool sends no body."""
    if request.body.strip():
        return _read.fields(request)
    found = {name: value for name, value in request.query.items() if name != "token"}
    if not found:
        raise Malformed("the body is empty")
    return found


def check(
    said: str,
    key: str,
    name: str,
    *,
    status: AlertStatus | None = None,
    reason: str = "",
    place: str = "",
    type: AlertType = AlertType.UPTIME,
    word: str = "",
    severity: Severity | None = None,
    description: str = "",
    labels: Mapping[str, str] | None = None,
    links: Iterable[tuple[str, str | None]] = (),
    starts: Any = None,
    ends: Any = None,
) -> AlertReading:
    """One check. ``said`` is the tool's word for its state, ``reason`` why it is down.

    ``word`` is how bad it is, where the tool says so; what is only slow or late is a warning.
    """
    found = status or _read.state(said, STATES)
    if severity is None and not word and _read.word(said) in _MILD:
        severity = Severity.WARNING
    what = name or place or "A check without a name"
    return _read.alert(
        found,
        key,
        _title(found, what, said, reason) if name or not reason else reason,
        type=type,
        word=word,
        severity=severity,
        description=description or reason,
        resource=host(place),
        labels=labels,
        links=links,
        starts=starts,
        ends=ends,
    )


def _title(status: AlertStatus, name: str, said: str, reason: str) -> str:
    state = _read.word(said).replace("_", " ")
    if status is _read.FIRING:
        if reason:
            return reason if name in reason else f"{name}: {reason}"
        return f"{name} is {state if state.isalpha() and state not in _VAGUE else 'down'}"
    if status is _read.RESOLVED:
        return f"{name} is up"
    return f"{name}: {state}" if state else name


def host(place: str) -> str:
    """An address as it is; without a scheme only the host of it."""
    if "://" in place[:12]:
        return place
    return place.partition("/")[0] or place


def need(holder: Mapping[str, Any], name: str, where: str = "") -> str:
    """A field that has to be there."""
    found = _read.first(holder, name)
    if not found:
        raise Malformed(f"there is no {name}", where or name)
    return found
