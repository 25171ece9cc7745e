"""Silences by a filter, as the machine sees them: how an incident opens under one, and whether one
covers an incident that would be asked about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from commands.context import Ctx
from commands.rules import filters, silencing
from commands.rules.filters import Values
from commands.rules.silencing import Matcher
from store import alerts, silences, timers
from store.db import Tx
from store.model import AlertStatus, Incident, IncidentStatus, Instant, NextUp, Severity
from store.model.silence import Silence

UNDER = "silenced"
"""Why an incident's next thing is the end of a silence."""
_KEPT, _HELD = "silences", "silences with their matchers"
_ASKS_ITS_ALERTS = ("severity", "status")


@dataclass(frozen=True, slots=True)
class Held:
    """A silence in force, and what it hides."""

    silence: Silence
    matcher: Matcher


def in_force(tx: Tx, now: Instant) -> list[Held]:
    """Every silence by a filter that holds, the one that lasts longest first."""
    found = silences.in_force(tx, now)
    if not found:
        return []
    kept: tuple[Any, list[Held]] = tx.hot.get(_HELD, (None, []))
    if kept[0] is not found:
        tx.hot[_HELD] = kept = (found, [Held(s, silencing.read(s.what)) for s in found])
    return kept[1]


def at_open(
    ctx: Ctx, kept: dict[str, Any], severity: Severity, values: Values
) -> tuple[Silence, str] | None:
    """The silence under which a new alert opens an incident, and why; ``kept`` is the batch's."""
    held: list[Held] | None = kept.get(_KEPT)
    if held is None:
        held = kept[_KEPT] = in_force(ctx.tx, ctx.now)
    for one in held:
        if one.matcher.hides(severity, values):
            return one.silence, f"{called(ctx, one.silence)} hides it."
    return None


def called(ctx: Ctx, silence: Silence) -> str:
    """``Silence 17 of Bob Lee's (host=staging-2: load test)``."""
    what = silence.what or f"#{silence.of}"
    text = f": {silence.text}" if silence.text else ""
    return f"Silence {silence.id} of {ctx.name_of(silence.by)}'s ({what}{text})"


def covering(ctx: Ctx, incident: Incident) -> Silence | None:
    """The silence by a filter that hides a New incident: all that fires of it fits. Of several the
    one that lasts longest."""
    if incident.status is not IncidentStatus.TRIGGERED:
        return None
    held = in_force(ctx.tx, ctx.now)
    return covered(ctx.tx, incident, held) if held else None


def covered(tx: Tx, incident: Incident, held: list[Held]) -> Silence | None:
    """The first of these silences that hides an incident."""
    critical = incident.severity is Severity.CRITICAL
    able = [h for h in held if h.matcher.with_criticals or not critical]
    if not able:
        return None
    firing = _firing(tx, incident, able)
    if not firing:
        return None
    return next((h.silence for h in able if all(map(h.matcher.filter.fits, firing))), None)


def _firing(tx: Tx, incident: Incident, held: list[Held]) -> list[Values]:
    """What fires of an incident. One that has a single alert says the same by itself, but for how
    bad that is now and for its whole text."""
    single = incident.alerts_total == 1 == incident.alerts_firing
    if single and not any(_asks_alerts(h.matcher) for h in held):
        return [filters.of_incident(incident)]
    found = alerts.of_incident(tx, incident.id)
    return [
        filters.of_alert(a, a.source, incident.route, incident.team)
        for a in found
        if a.status is AlertStatus.FIRING
    ]


def _asks_alerts(matcher: Matcher) -> bool:
    found = matcher.filter
    return bool(found.words) or any(found.of(name) is not None for name in _ASKS_ITS_ALERTS)


def hidden(ctx: Ctx, incident: Incident, silence: Silence) -> Incident:
    """The incident as this silence hides it: nobody is asked before its end. Not saved yet."""
    timers.add(
        ctx.tx, ctx.now, timers.UNSILENCE, incident.id, incident.generation, silence.until,
        incident.severity.rank,
    )  # fmt: skip
    return replace(
        incident,
        silenced_until=silence.until,
        hush=silence.hush,
        next=NextUp("unsnooze", silence.until, why=UNDER),
        updated_at=ctx.now,
    )


def of_its_own(tx: Tx, incident: Incident, now: Instant) -> Instant | None:
    """Until when the incident's own alerts are silenced, by their keys."""
    mine = silences.of_incident(tx, incident.id, now)
    return max((s.until for s in mine), default=None)
