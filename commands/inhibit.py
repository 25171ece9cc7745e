"""What a rule holds: the children of something that fires, and what is to be kept quiet.

Nobody is asked about a held incident and it has no card of its own. It is looked at again every
some minutes, and soon after its parent is over; whatever still fires then asks from the first step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from commands import posting
from commands.context import Ctx, view_rank
from commands.inventory import topology
from commands.rules import alert_rules, filters
from commands.rules.alert_rules import BY_HAND, Book
from commands.rules.filters import Values
from store import alerts, held, incidents, outbox
from store.db import Tx
from store.held import Held
from store.model import (
    MINUTE,
    Alert,
    AlertStatus,
    Incident,
    IncidentStatus,
    Instant,
    Severity,
)

LOOK = 10 * MINUTE
"""A held incident is looked at this often, whatever happens."""
SETTLE = 2 * MINUTE
"""So long after its parent is over a child may still end by itself."""
KIND = "held"
_LOOKED_AT, _SHOWN = 50, 5


@dataclass(frozen=True, slots=True)
class Holding:
    """The rule that holds an incident, and its parent where it has one; ``because`` where that is
    by what hangs on what."""

    rule: str
    parent: int | None
    title: str = ""
    because: str = ""

    @property
    def why(self) -> str:
        """``under #1842 Host db-3 is down``, ``rule noise keeps it quiet``."""
        if self.parent is None:
            return f"rule {self.rule} keeps it quiet"
        return f"under #{self.parent} {self.title}".strip()

    @property
    def by(self) -> str:
        """``rule hosts``, ``db-3 hangs on compute-7``."""
        return self.because or f"rule {self.rule}"

    @property
    def doc(self) -> dict[str, Any]:
        """The fields of an incident that is held."""
        return {"held_by": self.rule, "under": self.parent}


def of_alert(
    ctx: Ctx,
    book: Book,
    values: Values,
    severity: Severity,
    about: Sequence[int] = (),
    but: int = 0,
) -> Holding | None:
    """What holds an alert about some resources now; ``but`` is its own incident."""
    if (quiet := alert_rules.kept_quiet(book, values, severity)) is not None:
        return Holding(quiet.name, None)
    for parent in book.parents:
        equal = parent.child(values, severity)
        if equal is None:
            continue
        found = held.parents_of(ctx.tx, held.key(ctx.tx, parent.rule.name, equal), but)
        number = next((n for n in found if but not in topology.above(ctx, n)), None)
        known = incidents.get(ctx.tx, number) if number is not None else None
        if known is not None:
            return Holding(parent.rule.name, known.id, known.title)
    fallen = topology.parent_of(ctx, about, severity, but) if about else None
    if fallen is None:
        return None
    return Holding(topology.RULE, fallen[0].id, fallen[0].title, fallen[1])


def at_open(
    ctx: Ctx, source: str, severity: Severity, values: Values, about: Sequence[int] = ()
) -> Holding | None:
    """What holds an alert that would open an incident."""
    if not (ctx.definitions.alert_rules or about):
        return None
    book = alert_rules.book(ctx.definitions.alert_rules)
    if not (about or book.parents or book.says("quiet")) or source in BY_HAND:
        return None
    return of_alert(ctx, book, values, severity, about)


def holding(ctx: Ctx, incident: Incident) -> Holding | None:
    """What holds an incident now: all that fires of it must be held. One that somebody was asked
    about already is not, unless it was held before."""
    book = alert_rules.book(ctx.definitions.alert_rules)
    if not (book.parents or book.says("quiet") or topology.on(ctx)) or incident.source in BY_HAND:
        return None
    if incident.status is not IncidentStatus.TRIGGERED:
        return None
    if incident.step >= 0 and not incident.held_by:
        return None
    return all_held(ctx, book, incident)


def all_held(ctx: Ctx, book: Book, incident: Incident) -> Holding | None:
    first: Holding | None = None
    for alert in firing(ctx, incident):
        values = filters.of_alert(alert, alert.source, incident.route, incident.team)
        found = of_alert(ctx, book, values, alert.severity, alert.about, incident.id)
        if found is None:
            return None
        first = first or found
    return first


def firing(ctx: Ctx, incident: Incident) -> list[Alert]:
    """The alerts of an incident that fire."""
    found = alerts.of_incident(ctx.tx, incident.id)
    return [a for a in found if a.status is AlertStatus.FIRING]


def holds(tx: Tx, incident: Incident) -> tuple[tuple[Incident, ...], int]:
    """The worst incidents that one holds, and how many there are."""
    numbers = held.under(tx, incident.id) if incident.status is not IncidentStatus.RESOLVED else []
    if not numbers:
        return (), 0
    found = incidents.many(tx, numbers[:_LOOKED_AT]).values()
    return tuple(sorted(found, key=lambda i: (i.severity.rank, i.id))[:_SHOWN]), len(numbers)


# held, looked at, let go


def hold(ctx: Ctx, incident: Incident, found: Holding) -> Incident:
    """The incident as it is held; its parent's card counts it. Not saved yet."""
    if (incident.held_by, incident.under) != (found.rule, found.parent):
        opened(ctx, incident.id, found)
        ctx.tell(incident.id, KIND, f"Nobody is asked: {found.why}.", _said(found.by))
    return replace(incident, held_by=found.rule, under=found.parent)


def _said(by: str) -> str:
    return f"{by[:1].upper()}{by[1:]}."


def opened(ctx: Ctx, number: int, found: Holding) -> None:
    """An incident is on record as held."""
    held.put(ctx.tx, Held(number, found.parent, found.rule, ctx.now))
    if found.rule == topology.RULE:
        joined(ctx, found.parent)
    else:
        redraw(ctx, found.parent)


def joined(ctx: Ctx, number: int | None) -> None:
    """Something more that hangs on what fell is held under its incident."""
    parent = redraw(ctx, number)
    if parent is not None:
        topology.joins(ctx, parent)


def redraw(ctx: Ctx, number: int | None) -> Incident | None:
    """The card of a parent says what it holds."""
    parent = incidents.get(ctx.tx, number) if number is not None else None
    if parent is not None:
        outbox.stale(ctx.tx, ctx.now, parent.id, view_rank(parent))
    return parent


def looked_at(ctx: Ctx, incident: Incident) -> Incident:
    """A held incident whose time has come: held on, or let go, with its cards and from the first
    step. Not saved yet."""
    if not incident.held_by or holding(ctx, incident) is not None:
        return incident
    return released(ctx, incident)


def released(ctx: Ctx, incident: Incident) -> Incident:
    """Nothing holds it any more. Not saved yet."""
    held.drop(ctx.tx, incident.id)
    redraw(ctx, incident.under)
    over = f"#{incident.under} holds it no more" if incident.under else "Its rule keeps it no more"
    by = "By what hangs on what." if incident.held_by == topology.RULE else ""
    rule = by or f"Rule {incident.held_by}."
    ctx.tell(incident.id, KIND, f"{over}, and it fires: step 1 asks.", rule)
    _put_up(ctx, incident)
    return replace(incident, held_by="", under=None, step=-1, loop=0)


def reopened(ctx: Ctx, incident: Incident) -> None:
    """An incident that was held to its end, and so had no card, is open again and held no more."""
    there = outbox.places(ctx.tx, incident.id)
    if not there and not incident.maintenance and holding(ctx, incident) is None:
        _put_up(ctx, incident)


def _put_up(ctx: Ctx, incident: Incident) -> None:
    """Its cards, where they do not stand yet."""
    known = ctx.at(incident.policy_version_id).routes
    route = next((r for r in known if r.name == incident.route), None)
    places = route.channels if route is not None else ()
    posting.put_up(ctx, incident, posting.wanted(ctx, incident, places))


def let_go(ctx: Ctx, parent_id: int) -> None:
    """Something of a parent is over: what it held is looked at soon."""
    numbers, at = held.under(ctx.tx, parent_id), ctx.now + SETTLE
    look_at(ctx, numbers, at)
    topology.let_go(ctx, parent_id, numbers, at)


def look_at(ctx: Ctx, numbers: Iterable[int], at: Instant) -> None:
    """Held incidents are looked at at an instant, or sooner where that was to come anyway."""
    some = list(numbers)
    if not some:
        return
    held.look_at(ctx.tx, some, at)
    for number in some:
        one = incidents.get(ctx.tx, number)
        waits = one.next if one is not None and one.next and one.next.kind == "waits" else None
        if one is not None and waits is not None and (waits.at or 0) > at:
            ctx.save(replace(one, next=replace(waits, at=at)))


def over(ctx: Ctx, incident: Incident) -> None:
    """An incident is over: it is held no more, and lets go what it held."""
    if incident.held_by:
        held.drop(ctx.tx, incident.id)
        redraw(ctx, incident.under)
    if topology.on(ctx) or alert_rules.book(ctx.definitions.alert_rules).parents:
        let_go(ctx, incident.id)
