"""A rule's delay: the first page comes so long after an alert began, or within hours, if it still
fires then."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import clock, inhibit
from commands.context import Ctx
from commands.rules import alert_rules, escalation, filters, hours
from commands.rules.alert_rules import BY_HAND, Book
from store import held, incidents
from store.model import DAY, MINUTE, Alert, AlertRule, Incident, IncidentStatus, Instant

_AHEAD = 14 * DAY
"""So far hours that begin are looked for; then it is looked again."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Until when the first step waits, in words for what, and by which rule."""

    until: Instant
    say: str = ""
    rule: str = ""


def holding(ctx: Ctx, incident: Incident, step: int) -> Delay | None:
    """The delay of an incident's first step: that of the alert that may be asked about first."""
    book = alert_rules.book(ctx.definitions.alert_rules)
    if step or incident.step >= 0 or incident.source in BY_HAND:
        return None
    if not (book.says("delay") or book.says("hours")):
        return None
    found = [_of(ctx, book, incident, alert) for alert in inhibit.firing(ctx, incident)]
    first = min(found, key=lambda d: d.until, default=None)
    return first if first is not None and first.until > ctx.now else None


def _of(ctx: Ctx, book: Book, incident: Incident, alert: Alert) -> Delay:
    values = filters.of_alert(alert, alert.source, incident.route, incident.team)
    rule, found = book.rule("delay", values), Delay(0)
    if rule is not None and rule.delay:
        began = max(alert.first_at, min(alert.starts_at, ctx.now))
        found = Delay(began + rule.delay * MINUTE, f"{rule.delay} min", rule.name)
    return _within(ctx, incident, alert, found, alert_rules.hours_of(book, values, alert.severity))


def _within(
    ctx: Ctx, incident: Incident, alert: Alert, found: Delay, rule: AlertRule | None
) -> Delay:
    """The same within the hours of a rule."""
    if rule is None or rule.hours is None:
        return found
    mine = hours.local(rule.hours, escalation.zone_of(ctx.definitions, incident.team))
    at = max(found.until, ctx.now)
    if hours.holds(mine, at):
        return found
    begins = (start for start, open_ in hours.changes(mine, at, at + _AHEAD) if open_)
    until = next(begins, at + _AHEAD)
    return Delay(until, f"for its hours, {hours.words(mine)}", rule.name)


def joined(ctx: Ctx, incident_id: int) -> None:
    """Another alert fires in an incident: where it may not wait as long, the first step comes
    sooner."""
    incident = incidents.get(ctx.tx, incident_id)
    waits = incident.next if incident is not None else None
    if incident is None or waits is None or waits.at is None or waits.why != clock.IF_STILL:
        return
    if incident.status is not IncidentStatus.TRIGGERED:
        return
    found = holding(ctx, incident, 0)
    at = found.until if found is not None else ctx.now
    if at < waits.at:
        held.look_at(ctx.tx, [incident.id], at)
        ctx.save(replace(incident, next=replace(waits, at=at)))
