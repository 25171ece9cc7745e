"""How each source stands, as what is shown of its resources needs it: whether it still answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from commands.context import View
from commands.rules.inventory import InventoryRules
from commands.rules.inventory_words import provider_of
from store.db import Tx
from store.inventory import parts, resources
from store.inventory.parts import LIVE, RUNNING, STALE, PartState
from store.model import Instant
from store.model.known import Known
from store.tables import RESOURCES


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source: ``ok_at`` is the oldest instant at which one of its parts was last read well
    (of those that are old, where there are such), ``error`` what went wrong there last, ``behind``
    how many parts are old. ``done`` of ``total`` says how far what is read now has come."""

    name: str
    provider: str
    title: str = ""
    ok_at: Instant | None = None
    stale: bool = False
    error: str = ""
    resources: int = 0
    parts: int = 0
    behind: int = 0
    running: int = 0
    done: int = 0
    total: int = 0
    note: str = ""


def states(tx: Tx, rules: InventoryRules, now: Instant) -> dict[str, SourceState]:
    """Every source that is set, or of which something is known, by its name."""
    held: dict[str, int] = {}
    known: dict[str, list[PartState]] = {}
    for part in parts.every(tx):
        known.setdefault(part.source, []).append(part)
        held[part.source] = held.get(part.source, 0) + part.resources
    if not known:
        for source, _, _, number in resources.counts(tx):
            held[source] = held.get(source, 0) + number
    found = {}
    for name in dict.fromkeys([*rules.sources, *held, *known]):
        of_file = rules.sources.get(name)
        provider = of_file.kind if of_file else _guessed(tx, name)
        title = of_file.title if of_file else ""
        found[name] = state(name, provider, title, known.get(name, ()), held.get(name, 0), now)
    return found


def state(
    name: str, provider: str, title: str, of: Sequence[PartState], held: int, now: Instant
) -> SourceState:
    """How a source stands by its parts."""
    late = [p for p in of if p.state == STALE]
    at = [_ok_at(p, now) for p in late or of if p.name or p.state == STALE]
    running = [p for p in of if p.state == RUNNING]
    never = any(one is None for one in at)
    return SourceState(
        name, provider, title or name,
        None if never or not at else min(one for one in at if one is not None),
        bool(late), next((p.error for p in late if p.error), ""), held,
        sum(1 for p in of if p.name), len(late), len(running),
        sum(p.done for p in running), sum(p.total for p in running),
        next((p.note for p in of if p.note), ""),
    )  # fmt: skip


def _ok_at(part: PartState, now: Instant) -> Instant | None:
    """What is told as it changes is as it is now."""
    return now if part.state == LIVE else part.ok_at


def of_one(tx: Tx, known: Known, by_source: dict[str, SourceState], now: Instant) -> SourceState:
    """The same by the one part that a resource is of."""
    whole = by_source.get(known.source) or SourceState(
        known.source, provider_of(known.resource.key)
    )
    mine = select(RESOURCES.c.part_hash).where(RESOURCES.c.id == known.id)
    home = tx.conn.execute(mine).scalar()
    for part in parts.every(tx, known.source):
        if resources.part_hash(tx, part.source, part.name) == home:
            return state(whole.name, whole.provider, whole.title, [part], whole.resources, now)
    return whole


def _guessed(tx: Tx, source: str) -> str:
    """What kind of source it is, by a key of its own: for one that is set no more."""
    number = tx.conn.execute(
        select(RESOURCES.c.id).where(RESOURCES.c.source == source).limit(1)
    ).scalar()
    one = resources.get(tx, number) if number is not None else None
    return provider_of(one.resource.key) if one is not None else ""


async def read(view: View) -> dict[str, SourceState]:
    """The same for a query."""
    rules, now = view.rules.inventory, view.now
    return await view.read(lambda tx: states(tx, rules, now))
