"""How each source stands, as what is shown of its resources needs it: whether it still answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from commands.context import View
from commands.rules.inventory import InventoryRules
from commands.rules.inventory_words import provider_of
from store.db import Tx
from store.inventory import resources
from store.model import MINUTE, Instant
from store.tables import INVENTORY_PARTS, RESOURCES

LATE = 10 * MINUTE
"""A part that was not read for so long is not up to date any more, whatever it says of itself."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source: ``ok_at`` is the oldest instant at which one of its parts was last read well,
    ``error`` what is wrong with the worst of them, ``resources`` how many it has."""

    name: str
    provider: str
    ok_at: Instant | None = None
    stale: bool = False
    error: str = ""
    resources: int = 0
    syncing: bool = False


def states(tx: Tx, rules: InventoryRules, now: Instant) -> dict[str, SourceState]:
    """Every source that is set, or of which something is known, by its name."""
    held: dict[str, int] = {}
    for source, _, _, number in resources.counts(tx):
        held[source] = held.get(source, 0) + number
    parts = tx.conn.execute(select(INVENTORY_PARTS)).all()
    names = dict.fromkeys([*rules.sources, *held, *(row.source for row in parts)])
    found = {}
    for name in names:
        of_file = rules.sources.get(name)
        provider = of_file.kind if of_file else _guessed(tx, name)
        mine = [row for row in parts if row.source == name]
        found[name] = _state(name, provider, mine, held.get(name, 0), now)
    return found


def _state(
    name: str, provider: str, parts: Iterable[object], held: int, now: Instant
) -> SourceState:
    rows: list[object] = list(parts)
    if not rows:
        return SourceState(name, provider, resources=held)
    oks = [getattr(row, "ok_at", None) for row in rows]
    oldest = None if None in oks else min(o for o in oks if o is not None)
    wrong = any(getattr(row, "state", "") in ("stale", "failed", "error") for row in rows)
    return SourceState(name, provider, oldest, wrong or oldest is None, "", held)


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
