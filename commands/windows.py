"""Which maintenance holds an incident's steps, and the one under which a new incident opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from commands.context import Ctx
from commands.rules import filters
from commands.rules import maintenance as rules
from commands.rules.filters import Values
from store import incidents
from store import maintenance as store
from store.db import Tx
from store.incidents import Wanted
from store.model import DAY, Incident, IncidentStatus, Instant
from store.model.maintenance import Behaviour, Occurrence

BY_PEOPLE = ("manual", "drill")
"""The sources of what people declare and of exercises: somebody is wanted all the same."""
_KEPT = "maintenance"
OPEN = (str(IncidentStatus.TRIGGERED), str(IncidentStatus.ACKNOWLEDGED))
LATELY = 7 * DAY
_PAGE = 500


def holding(ctx: Ctx, incident: Incident, step: int) -> Occurrence | None:
    """The maintenance that holds a step of an incident, of several the one that ends last. Where
    it only pauses the escalation, whoever is first asked is asked."""
    held = store.in_force(ctx.tx, ctx.now)
    first = step == 0 and incident.step < 0 and not incident.paged
    return rules.longest(
        [
            o
            for o in held
            if covers(o, incident) and not (first and o.behaviour is Behaviour.PAUSE_ONLY)
        ]
    )


def covers(occurrence: Occurrence, incident: Incident) -> bool:
    """Whether a maintenance is about an incident."""
    if incident.maintenance and incident.maintenance == occurrence.key:
        return True
    if incident.source in BY_PEOPLE:
        return False
    return rules.about(occurrence.what, filters.of_incident(incident))


def at_open(ctx: Ctx, kept: dict[str, Any], source: str, values: Values) -> Occurrence | None:
    """The maintenance under which a new alert opens an incident; ``kept`` is the batch's."""
    held: list[Occurrence] | None = kept.get(_KEPT)
    if held is None:
        held = kept[_KEPT] = store.in_force(ctx.tx, ctx.now)
    if not held or source in BY_PEOPLE:
        return None
    found = [o for o in held if rules.about(o.what, values)]
    return rules.strongest(found) if found else None


def keeps_open(ctx: Ctx, incident: Incident) -> bool:
    """Whether an incident stands for a whole maintenance that goes on: it is not over because
    nothing fires for a moment."""
    if not incident.maintenance:
        return False
    held = (o for o in store.in_force(ctx.tx, ctx.now) if o.key == incident.maintenance)
    return any(o.behaviour is Behaviour.ONE_INCIDENT for o in held)


def fields(occurrence: Occurrence) -> dict[str, Any]:
    """The fields of an incident that stands for a whole maintenance, whatever opened it."""
    return {
        "maintenance": occurrence.key, "title": f"Maintenance: {occurrence.name}"[:200],
        "labels": {}, "links": (), "service": None, "resource": None,
        "value": f"All alerts about {occurrence.what} join this one until the maintenance is over.",
    }  # fmt: skip


# ---- what it is about ---------------------------------------------------------------------------


def every(
    tx: Tx, statuses: tuple[str, ...], since: Instant | None = None, most: int = 20_000
) -> Iterator[Incident]:
    """Incidents in these states, opened since an instant, the newest first."""
    before, seen = None, 0
    while seen < most:
        some = incidents.page(tx, Wanted(statuses, opened=(since, None), before=before), _PAGE)
        yield from some
        seen += len(some)
        if len(some) < _PAGE:
            return
        before = some[-1].id


COUNTED = 1000
"""More incidents of the last week are not counted."""


def counts(tx: Tx, now: Instant, what: str) -> tuple[int, int]:
    """How many open incidents are about these things, and how many opened in the last week."""

    def fit(found: Iterable[Incident]) -> int:
        return sum(rules.about(what, filters.of_incident(i)) for i in found)

    return fit(every(tx, OPEN)), min(COUNTED, fit(every(tx, (), now - LATELY, 4 * COUNTED)))
