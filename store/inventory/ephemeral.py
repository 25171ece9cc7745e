"""What comes and goes all the time, as pods do: once gone it leaves next to nothing behind.

Its names and what it hung on are dropped at once. Its row stays for a few minutes, so that every
index in memory hears of it. What an incident is about, or lost, is kept like anything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import exists, select

from store.db import Tx
from store.inventory.pieces import pieces
from store.inventory_tables import INCIDENT_BELOW
from store.model import MINUTE
from store.tables import INCIDENT_RESOURCES, RESOURCE_NAMES, RESOURCE_PARENTS, RESOURCES

KINDS = ("pod",)
WORKLOADS = ("deployment", "statefulset", "daemonset", "job", "cronjob", "other")
"""What they belong to, and what makes new ones."""
LINGERS = 10 * MINUTE
"""So long the row of one that is gone stays."""


def passing(tx: Tx, numbers: Iterable[int]) -> list[int]:
    """Those of some that come and go, and that no incident is about."""
    found: list[int] = []
    chosen = select(RESOURCES.c.id).where(nobodys())
    for some in pieces(numbers):
        found += tx.conn.execute(chosen.where(RESOURCES.c.id.in_(some))).scalars()
    return found


def nobodys() -> Any:
    """What comes and goes, and no incident is about."""
    asked: Any = RESOURCES.c.kind.in_(KINDS)
    for table in (INCIDENT_RESOURCES, INCIDENT_BELOW):
        asked &= ~exists().where(table.c.resource_id == RESOURCES.c.id)
    return asked


def replaced(tx: Tx, numbers: Iterable[int]) -> set[int]:
    """Those of some that are gone and whose workload is well without them: others came instead."""
    gone, above = RESOURCES.alias("gone"), RESOURCES.alias("above")
    all_ = (
        gone.join(RESOURCE_PARENTS, RESOURCE_PARENTS.c.child_id == gone.c.id)
        .join(RESOURCE_NAMES, RESOURCE_NAMES.c.name_hash == RESOURCE_PARENTS.c.name_hash)
        .join(above, above.c.id == RESOURCE_NAMES.c.resource_id)
    )
    fits = gone.c.gone_at.is_not(None) & gone.c.kind.in_(KINDS) & (RESOURCE_NAMES.c.strong == 1)
    fits &= above.c.gone_at.is_(None) & (above.c.health == "ok") & above.c.kind.in_(WORKLOADS)
    chosen: Any = select(gone.c.id).select_from(all_).where(fits)
    found: set[int] = set()
    for some in pieces(numbers):
        found.update(tx.conn.execute(chosen.where(gone.c.id.in_(some))).scalars())
    return found


def strip(tx: Tx, numbers: Iterable[int]) -> None:
    """Drop their names and what they hung on."""
    for some in pieces(numbers):
        tx.conn.execute(RESOURCE_NAMES.delete().where(RESOURCE_NAMES.c.resource_id.in_(some)))
        tx.conn.execute(RESOURCE_PARENTS.delete().where(RESOURCE_PARENTS.c.child_id.in_(some)))


def there(tx: Tx) -> set[int]:
    """The numbers of all that are there."""
    of_kind = RESOURCES.c.kind.in_(KINDS) & RESOURCES.c.gone_at.is_(None)
    return set(tx.conn.execute(select(RESOURCES.c.id).where(of_kind)).scalars())
