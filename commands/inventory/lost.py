"""What an incident is about, and what is lost with it: for its card, its page and who asks.

What hung on something when it fell stays on record, so that a server that was moved away in the
meantime counts as back and is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from commands.about import incident_arg
from commands.context import View
from commands.errors import NotFound
from commands.inventory import toll
from commands.inventory.rows import Listed, Row, listed, rows
from commands.inventory.sources import states
from commands.inventory.topology import EARLY
from commands.registry import query
from commands.rules import falling
from commands.rules.inventory_words import kind_said
from store import incidents
from store.db import Tx
from store.inventory import about, resources
from store.inventory.pieces import pieces
from store.model import Incident, IncidentStatus, Lost, TimelineEntry
from store.model.about import Worst
from store.model.known import Known
from store.model.resource import Health
from store.tables import INCIDENT_RESOURCES, INCIDENTS

_ABOUT, _WORST = 5, 3
_READ = "inventory.read"


def of(
    tx: Tx, incident: Incident, told: Iterable[TimelineEntry] = ()
) -> tuple[tuple[Known, ...], Lost | None]:
    """The resources that an incident is about, and what is lost with one of them; ``told`` is its
    timeline."""
    numbers = about.of_incident(tx, incident.id)
    if not numbers:
        return (), None
    known = resources.many(tx, numbers[:_ABOUT])
    there = tuple(known[n] for n in numbers[:_ABOUT] if n in known)
    return there, _lost(tx, incident, told)


@dataclass(frozen=True, slots=True)
class _Below:
    """What hung on what fell, of the kind that is counted: which are back, and which are down by
    which open incident."""

    fallen: Known
    kind: str
    numbers: tuple[int, ...]
    back: frozenset[int]
    down: frozenset[int]
    open: Mapping[int, Incident]


def _lost(tx: Tx, incident: Incident, told: Iterable[TimelineEntry]) -> Lost | None:
    below = _below(tx, incident)
    if below is None:
        return None
    bad = sorted(below.open.items(), key=lambda pair: (pair[1].severity.rank, pair[1].id))[:_WORST]
    known = resources.many(tx, [n for n, _ in bad])
    worst = tuple(
        Worst(n, known[n].resource.name, falling.tenant(known[n]), i.severity)
        for n, i in bad
        if n in known
    )
    said = next((entry.detail for entry in told if entry.kind == "lost"), {})
    return Lost(
        below.fallen.id, below.fallen.resource.name, below.kind, len(below.numbers),
        len(below.back), len(below.down), tuple((t[0], t[1]) for t in said.get("tenants", ())),
        said.get("tenants_total", 0), worst,
    )  # fmt: skip


def _below(tx: Tx, incident: Incident) -> _Below | None:
    fallen = resources.many(tx, about.fallen(tx, incident.id)[:1])
    all_ = about.below(tx, incident.id) if fallen else []
    if not all_:
        return None
    how = toll.states(tx, all_)
    kind, counted = toll.counted(how)
    number, one = next(iter(fallen.items()))
    still = set(resources.descendants(tx, number, toll.BELOW))
    open_, over = _incidents(tx, incident, counted)
    back, down = set(), set()
    up = one.resource.health is Health.OK and one.changed_at > incident.opened_at
    for n in counted:
        row = how[n]
        well = row.health == Health.OK and row.gone_at is None
        moved = n not in still or row.changed_at > incident.opened_at
        if n in open_ or row.health in (Health.DOWN, Health.DEGRADED) or row.gone_at is not None:
            down.add(n)
        elif well and (moved or up or n in over):
            back.add(n)
    return _Below(one, kind, counted, frozenset(back), frozenset(down), open_)


def _incidents(
    tx: Tx, parent: Incident, numbers: Sequence[int]
) -> tuple[dict[int, Incident], set[int]]:
    """Those with an open incident of this outage, the worst of each, and those whose is over."""
    both = INCIDENT_RESOURCES.join(INCIDENTS, INCIDENTS.c.id == INCIDENT_RESOURCES.c.incident_id)
    columns = (INCIDENT_RESOURCES.c.resource_id, INCIDENTS.c.id, INCIDENTS.c.status)
    fits = (INCIDENTS.c.opened_at >= parent.opened_at - EARLY) & (INCIDENTS.c.id != parent.id)
    open_: dict[int, list[int]] = {}
    over: set[int] = set()
    for some in pieces(numbers):
        mine = INCIDENT_RESOURCES.c.resource_id.in_(some)
        for row in tx.conn.execute(select(*columns).select_from(both).where(mine & fits)):
            if row.status == IncidentStatus.RESOLVED:
                over.add(row.resource_id)
            else:
                open_.setdefault(row.resource_id, []).append(row.id)
    found = incidents.many(tx, [n for some in open_.values() for n in some][: toll.BELOW])
    worst = {}
    for number, some in open_.items():
        mine_ = [found[n] for n in some if n in found]
        if mine_:
            worst[number] = min(mine_, key=lambda i: (i.severity.rank, i.id))
    return worst, over - set(worst)


# who asks


@dataclass(frozen=True, slots=True)
class Of:
    """Arguments of ``lost``."""

    incident: int = incident_arg()


@query("lost", group="infra", permission=_READ, args=Of, example="lost 1897")
async def lost(view: View, args: Of) -> Listed:
    """What went down with what an incident is about: each server or pod, and how it is now."""

    def read(tx: Tx) -> tuple[Incident | None, _Below | None, tuple[Row, ...]]:
        found = incidents.get(tx, args.incident)
        below = _below(tx, found) if found is not None else None
        if below is None:
            return found, None, ()
        known = resources.many(tx, below.numbers)
        worst = sorted(known.values(), key=lambda one: _order(one, below))
        return found, below, rows(worst, states(tx, view.rules.inventory, view.now))

    incident, below, some = await view.read(read)
    if incident is None:
        raise NotFound(f"There is no incident #{args.incident}.")
    if below is None:
        say = f"Nothing that is known here hangs on what #{incident.id} is about."
        return listed((), head=(say,))
    head = f"{incident.title}: {_said(below, some)}"
    return listed(some, head=(head,), total=len(some), more={"incident": str(incident.id)})


def _order(one: Known, below: _Below) -> tuple[object, ...]:
    state = 0 if one.id in below.down else 2 if one.id in below.back else 1
    worst = below.open.get(one.id)
    return state, worst.severity.rank if worst else 9, falling.tenant(one), one.resource.name


def _said(below: _Below, some: Sequence[Row]) -> str:
    number = len(below.numbers)
    unknown = number - len(below.back) - len(below.down)
    kind = kind_said(some[0].kind, number) if some else "resources"
    return f"{number} {kind}, {len(below.back)} back, {len(below.down)} down, {unknown} not known."
