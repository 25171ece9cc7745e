"""What hangs on what: followed up to what a resource stands on, and down to what stands on it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from store.db import Tx
from store.inventory.pieces import pieces
from store.inventory.resources import many
from store.model.known import Known
from store.tables import RESOURCE_NAMES, RESOURCE_PARENTS, RESOURCES

DEEPEST, MOST = 10, 500
"""How far what hangs on what is followed, and how many at most are looked at on the way up."""


def parents(tx: Tx, number: int) -> list[Known]:
    """What a resource stands on or belongs to, of what is there."""
    return list(many(tx, _up(tx, [number])).values())


def ancestors(tx: Tx, number: int) -> list[Known]:
    """Its parents, their parents and so on, the nearest first."""
    order = list(lineage(tx, [number])[number])
    found = many(tx, order)
    return [found[one] for one in order if one in found]


def lineage(tx: Tx, numbers: Sequence[int]) -> dict[int, dict[int, int]]:
    """For each of some resources: the numbers of its ancestors, with how far up each is."""
    return {number: _climbed(tx, number) for number in dict.fromkeys(numbers)}


def _climbed(tx: Tx, number: int) -> dict[int, int]:
    seen: dict[int, int] = {}
    level = [number]
    for depth in range(1, DEEPEST + 1):
        level = [one for one in _up(tx, level) if one not in seen and one != number]
        if not level or len(seen) > MOST:
            break
        seen.update((one, depth) for one in level)
    return seen


def _up(tx: Tx, numbers: Sequence[int]) -> list[int]:
    """The parents of some that are there."""
    found: dict[int, None] = {}
    all_ = RESOURCE_PARENTS.join(
        RESOURCE_NAMES, RESOURCE_NAMES.c.name_hash == RESOURCE_PARENTS.c.name_hash
    ).join(RESOURCES, RESOURCES.c.id == RESOURCE_NAMES.c.resource_id)
    fits = (RESOURCE_NAMES.c.strong == 1) & RESOURCES.c.gone_at.is_(None)
    chosen = select(RESOURCES.c.id).select_from(all_).where(fits).order_by(RESOURCES.c.id)
    for some in pieces(numbers):
        rows = tx.conn.execute(chosen.where(RESOURCE_PARENTS.c.child_id.in_(some)))
        found.update(dict.fromkeys(rows.scalars()))
    return list(found)


def _down(tx: Tx, numbers: Sequence[int], most: int) -> list[int]:
    """What hangs on some and is there."""
    found: dict[int, None] = {}
    all_ = RESOURCE_NAMES.join(
        RESOURCE_PARENTS, RESOURCE_PARENTS.c.name_hash == RESOURCE_NAMES.c.name_hash
    ).join(RESOURCES, RESOURCES.c.id == RESOURCE_PARENTS.c.child_id)
    fits = (RESOURCE_NAMES.c.strong == 1) & RESOURCES.c.gone_at.is_(None)
    chosen = select(RESOURCES.c.id).select_from(all_).where(fits).order_by(RESOURCES.c.id)
    for some in pieces(numbers):
        mine = chosen.where(RESOURCE_NAMES.c.resource_id.in_(some)).limit(most)
        found.update(dict.fromkeys(tx.conn.execute(mine).scalars()))
    return list(found)


def children(tx: Tx, number: int, most: int = 100) -> list[Known]:
    """What hangs directly on a resource."""
    return list(many(tx, _down(tx, [number], most)[:most]).values())


def descendants(tx: Tx, number: int, most: int = 10_000) -> list[int]:
    """The numbers of all that hangs on a resource, directly or not, the nearest first."""
    seen: dict[int, None] = {number: None}
    level = [number]
    for _ in range(DEEPEST):
        level = [one for one in _down(tx, level, most) if one not in seen]
        seen.update(dict.fromkeys(level))
        if not level or len(seen) > most:
            break
    return [one for one in seen if one != number][:most]
