"""What an incident is about, and what is lost with it: for its card, its page and who asks.

What hung on something when it fell stays on record, so that a server that was moved away in the
meantime counts as back and is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from commands.about import incident_arg
from commands.context import View
from commands.errors import NotFound
from commands.inventory import toll
from commands.inventory.rows import Listed, Row, listed, rows
from commands.inventory.sources import states
from commands.inventory.topology import EARLY
from commands.registry import query
from commands.rules import falling
from commands.rules.inheriting import CARRIERS
from store import incidents
from store.db import Tx
from store.inventory import about, ephemeral, resources, ties
from store.inventory.about import Said
from store.model import Incident, Lost, TimelineEntry
from store.model.about import Worst
from store.model.known import Known
from store.model.resource import Health

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
    there = sorted(known.values(), key=lambda one: (one.resource.kind in CARRIERS, one.id))
    return tuple(there), _lost(tx, incident, told)


@dataclass(frozen=True, slots=True)
class _Below:
    """What hung on what fell, of the kind that is counted: which are back, and which are down by
    which open incident."""

    fallen: Known
    kind: str
    numbers: tuple[int, ...]
    back: frozenset[int]
    down: frozenset[int]
    said: Mapping[int, Said]


def _lost(tx: Tx, incident: Incident, told: Iterable[TimelineEntry]) -> Lost | None:
    below = _below(tx, incident)
    if below is None:
        return None
    bad = sorted(below.said, key=lambda n: (_rank(below, n), below.said[n].incident_id, n))
    known = resources.many(tx, bad[:_WORST])
    worst = tuple(
        Worst(n, known[n].resource.name, falling.tenant(known[n]), severity)
        for n in bad[:_WORST]
        if n in known and (severity := below.said[n].severity) is not None
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
    still = set(ties.descendants(tx, number, toll.BELOW))
    said = about.said_of(tx, counted, incident.opened_at - EARLY, incident.id)
    bad = {n: one for n, one in said.items() if one.severity is not None}
    back, down = ephemeral.replaced(tx, (n for n in counted if how[n].gone_at is not None)), set()
    up = one.resource.health is Health.OK and one.changed_at > incident.opened_at
    for n in counted:
        if n in back:
            continue
        row = how[n]
        well = row.health == Health.OK and row.gone_at is None
        moved = n not in still or row.changed_at > incident.opened_at
        if n in bad or row.health in (Health.DOWN, Health.DEGRADED) or row.gone_at is not None:
            down.add(n)
        elif well and (moved or up or n in said):
            back.add(n)
    return _Below(one, kind, counted, frozenset(back), frozenset(down), bad)


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
        drawn = rows(worst, states(tx, view.rules.inventory, view.now))
        return found, below, tuple(replace(one, health=_health(one.id, below)) for one in drawn)

    incident, below, some = await view.read(read)
    if incident is None:
        raise NotFound(f"There is no incident #{args.incident}.")
    if below is None:
        say = f"Nothing that is known here hangs on what #{incident.id} is about."
        return listed((), head=(say,))
    head = f"{incident.title}: {_said(below)}"
    return listed(some, head=(head,), total=len(some), more={"incident": str(incident.id)})


def _order(one: Known, below: _Below) -> tuple[object, ...]:
    state = 0 if one.id in below.down else 2 if one.id in below.back else 1
    return state, _rank(below, one.id), falling.tenant(one), one.resource.name


def _health(number: int, below: _Below) -> Health:
    """How it is now, by all who say something of it."""
    if number in below.down:
        return Health.DOWN
    return Health.OK if number in below.back else Health.UNKNOWN


def _rank(below: _Below, number: int) -> int:
    said = below.said.get(number)
    return said.severity.rank if said is not None and said.severity is not None else 9


def _said(below: _Below) -> str:
    number = len(below.numbers)
    unknown = number - len(below.back) - len(below.down)
    what = falling.count(number, below.kind)
    return f"{what}, {len(below.back)} back, {len(below.down)} down, {unknown} not known."
