"""Roles that people hold beside the definitions: given by hand, or because of a group elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.model.access import Granted, Pair
from store.tables import ROLE_GRANTS

_CHANGED = "access.grants"


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping changed: (team, role) pairs."""

    given: tuple[Pair, ...] = ()
    taken: tuple[Pair, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.given or self.taken)


def every(tx: Tx) -> tuple[Granted, ...]:
    """All that are held, the oldest first."""
    rows = tx.conn.execute(select(ROLE_GRANTS).order_by(ROLE_GRANTS.c.at, ROLE_GRANTS.c.id))
    return tuple(_granted(tx, r) for r in rows)


def changed(tx: Tx) -> int:
    """A number that is another one after each change of who holds what."""
    return int(upkeep.meta(tx, _CHANGED) or 0)


def give(
    tx: Tx,
    now: Instant,
    person: str,
    pair: Pair,
    source: str,
    because: str,
    until: Instant | None = None,
) -> bool:
    """Give a role, or say when one that is held ends; False where it was held already."""
    held = tx.conn.execute(
        ROLE_GRANTS.update().where(_one(person, pair, source)).values(until=until)
    ).rowcount
    if not held:
        row_id = tx.ids.next(now)
        sealed = tx.ring.seal("role_grants", row_id, {"because": because})
        tx.insert(ROLE_GRANTS, [(row_id, person, *pair, source, now, until, sealed)])
        _bump(tx)
    return not held


def take(tx: Tx, person: str, pair: Pair, source: str) -> bool:
    """Take a role away; False where it was not held from there."""
    gone = tx.conn.execute(ROLE_GRANTS.delete().where(_one(person, pair, source))).rowcount
    if gone:
        _bump(tx)
    return bool(gone)


def keep(
    tx: Tx,
    now: Instant,
    person: str,
    source: str,
    wanted: Mapping[Pair, str],
    until: Instant | None,
) -> Kept:
    """Make what a person holds from a source be exactly this: pair → the group it comes from.

    What is there holds until ``until`` from now on, what is missing is given, the rest is taken.
    """
    mine = (ROLE_GRANTS.c.person == person) & (ROLE_GRANTS.c.source == source)
    rows = tx.conn.execute(select(ROLE_GRANTS.c.team, ROLE_GRANTS.c.role).where(mine))
    held = {(r.team, r.role) for r in rows}
    for pair, because in wanted.items():
        give(tx, now, person, pair, source, because, until)
    for pair in held - wanted.keys():
        take(tx, person, pair, source)
    return Kept(tuple(sorted(wanted.keys() - held)), tuple(sorted(held - wanted.keys())))


def ended(tx: Tx, now: Instant) -> list[Granted]:
    """Take away what holds no longer, and what that was."""
    over = ROLE_GRANTS.c.until <= now
    found = [_granted(tx, r) for r in tx.conn.execute(select(ROLE_GRANTS).where(over))]
    if found:
        tx.conn.execute(ROLE_GRANTS.delete().where(over))
        _bump(tx)
    return found


def forget(tx: Tx, person: str) -> int:
    """Take away all that a person holds; how many that were."""
    gone = tx.conn.execute(ROLE_GRANTS.delete().where(ROLE_GRANTS.c.person == person)).rowcount
    if gone:
        _bump(tx)
    return gone


def _one(person: str, pair: Pair, source: str) -> Any:
    team, role = pair
    return (
        (ROLE_GRANTS.c.person == person)
        & (ROLE_GRANTS.c.team == team)
        & (ROLE_GRANTS.c.role == role)
        & (ROLE_GRANTS.c.source == source)
    )


def _bump(tx: Tx) -> None:
    upkeep.set_meta(tx, _CHANGED, str(changed(tx) + 1))
    tx.wake.add("changes")


def _granted(tx: Tx, r: Any) -> Granted:
    because = tx.ring.open("role_grants", r.id, r.sealed)["because"]
    return Granted(r.person, r.team, r.role, r.source, because, r.at, r.until)
