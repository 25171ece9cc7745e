"""Which alerts of an incident come and go, and until when nobody is asked for that."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import inhibit
from commands.context import Ctx
from commands.rules import alert_rules, filters
from commands.rules import flapping as rules
from store import alerts
from store.model import (
    MINUTE,
    Alert,
    AlertStatus,
    Flapping,
    Incident,
    IncidentStatus,
    Instant,
    Severity,
)

KIND = "flapping"


@dataclass(frozen=True, slots=True)
class One:
    """An alert that flaps, by which numbers, and whose they are."""

    alert: Alert
    by: Flapping
    words: str

    @property
    def firing(self) -> bool:
        """Whether it is on."""
        return self.alert.status is AlertStatus.FIRING

    @property
    def calm_at(self) -> Instant:
        """When it has been as it is for long enough."""
        return rules.calm_at(self.alert.flips, self.by)


def flapping(ctx: Ctx, incident: Incident) -> list[One]:
    """The alerts of an incident that flap now."""
    found = (_one(ctx, incident, a) for a in alerts.of_incident(ctx.tx, incident.id) if a.flips)
    return [one for one in found if rules.flaps(one.alert.flips, ctx.now, one.by)]


def _one(ctx: Ctx, incident: Incident, alert: Alert) -> One:
    values = filters.of_alert(alert, alert.source, incident.route, incident.team)
    book = alert_rules.book(ctx.definitions.alert_rules)
    by, words = alert_rules.flapping(book, values, ctx.rules.grouping)
    return One(alert, replace(by, calm=max(by.calm, incident.calm)), words)


def holding(ctx: Ctx, incident: Incident) -> tuple[Instant, int] | None:
    """Until when nobody is asked, and how many minutes it must stay on; None where it is not held:
    something of it does not flap, or stays on. A critical one is always asked about once, and what
    was begun goes on."""
    if incident.status is not IncidentStatus.TRIGGERED or _must_be_asked(incident):
        return None
    found = flapping(ctx, incident)
    if not found:
        return None
    ids = {one.alert.id for one in found}
    on = [a for a in inhibit.firing(ctx, incident) if a.id not in ids]
    calm = max(one.by.calm for one in found)
    due = min((one.calm_at for one in found if one.firing), default=ctx.now + calm * MINUTE)
    return None if on or due <= ctx.now else (due, calm)


def _must_be_asked(incident: Incident) -> bool:
    if incident.severity is not Severity.CRITICAL or incident.calm:
        return False
    return not incident.paged or incident.step >= 0
