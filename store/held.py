"""Which alerts may hold others, by the labels they share, and which incidents a rule holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from store.clock import Instant
from store.db import Tx
from store.tables import ALERTS, HELD, INCIDENTS, PARENTS, TIMERS
from store.timers import FALLBACK, STEP


@dataclass(frozen=True, slots=True)
class Held:
    """An incident that a rule holds since an instant, under a parent where it has one."""

    incident_id: int
    parent_id: int | None
    rule: str
    at: Instant


def key(tx: Tx, rule: str, equal: Sequence[str]) -> bytes:
    """What a parent and its children have alike, by a rule, as a keyed hash."""
    return tx.ring.blind("parent", rule, *equal)


def may_hold(tx: Tx, alert_id: int, keys: Iterable[bytes]) -> None:
    """An alert is a parent of whatever has one of these keys, while it fires."""
    tx.insert_new(PARENTS, [(found, alert_id) for found in keys])


def parents_of(tx: Tx, found: bytes, but: int = 0) -> list[int]:
    """The open incidents with a firing alert that holds what has this key, the oldest first."""
    rows = tx.run("parents of", _parents_of, b_hash=found, b_but=but)
    return list(dict.fromkeys(int(row[0]) for row in rows))


def _parents_of() -> Any:
    both = PARENTS.join(ALERTS, ALERTS.c.id == PARENTS.c.alert_id)
    all_ = both.join(INCIDENTS, INCIDENTS.c.id == ALERTS.c.incident_id)
    fires = (ALERTS.c.status == "firing") & (INCIDENTS.c.status != "resolved")
    mine = (PARENTS.c.hash == bindparam("b_hash")) & (INCIDENTS.c.id != bindparam("b_but"))
    return select(INCIDENTS.c.id).select_from(all_).where(mine & fires).order_by(INCIDENTS.c.id)


def parents_of_each(tx: Tx, keys: Sequence[bytes], but: int = 0) -> dict[bytes, list[int]]:
    """The same for several keys at once."""
    both = PARENTS.join(ALERTS, ALERTS.c.id == PARENTS.c.alert_id)
    all_ = both.join(INCIDENTS, INCIDENTS.c.id == ALERTS.c.incident_id)
    fires = (ALERTS.c.status == "firing") & (INCIDENTS.c.status != "resolved")
    mine = PARENTS.c.hash.in_(keys) & (INCIDENTS.c.id != but)
    chosen = select(PARENTS.c.hash, INCIDENTS.c.id).select_from(all_).where(mine & fires)
    found: dict[bytes, dict[int, None]] = {}
    for row in tx.conn.execute(chosen.order_by(INCIDENTS.c.id)):
        found.setdefault(bytes(row[0]), {})[int(row[1])] = None
    return {hashed: list(numbers) for hashed, numbers in found.items()}


def any_parent(tx: Tx) -> bool:
    """Whether there is anything that holds others."""
    return tx.run("any parent", lambda: select(PARENTS.c.alert_id).limit(1)).first() is not None


def joined(tx: Tx, parent_id: int, since: Instant) -> int:
    """How many alerts that first came at an instant or later an incident holds."""
    both = HELD.join(ALERTS, ALERTS.c.incident_id == HELD.c.incident_id)
    mine = (HELD.c.parent_id == parent_id) & (ALERTS.c.first_at >= since)
    return int(tx.conn.execute(select(func.count()).select_from(both).where(mine)).scalar_one())


def holders(tx: Tx, alert_ids: Sequence[int]) -> list[int]:
    """The incidents of those of these alerts that may hold others."""
    both = PARENTS.join(ALERTS, ALERTS.c.id == PARENTS.c.alert_id)
    chosen = select(ALERTS.c.incident_id).select_from(both).where(PARENTS.c.alert_id.in_(alert_ids))
    return sorted(set(tx.conn.execute(chosen).scalars()))


def put(tx: Tx, one: Held) -> None:
    """An incident is held from now on, or by another rule or parent than before."""
    drop(tx, one.incident_id)
    tx.insert(HELD, [(one.incident_id, one.parent_id, one.rule, one.at)])


def drop(tx: Tx, incident_id: int) -> None:
    """An incident is held no more."""
    tx.run("drop held", _drop, b_id=incident_id)


def _drop() -> Any:
    return HELD.delete().where(HELD.c.incident_id == bindparam("b_id"))


def get(tx: Tx, incident_id: int) -> Held | None:
    """What holds an incident, if a rule does."""
    row = tx.conn.execute(select(HELD).where(HELD.c.incident_id == incident_id)).first()
    return Held(*row) if row is not None else None


def move(tx: Tx, parent_id: int, into: int) -> None:
    """What one incident held, another holds."""
    mine = HELD.c.parent_id == parent_id
    tx.conn.execute(HELD.update().where(mine).values(parent_id=into))


def under(tx: Tx, parent_id: int) -> list[int]:
    """The incidents that one holds, the oldest first."""
    found = tx.run("held under", _under, b_parent=parent_id)
    return [int(r[0]) for r in found]


def _under() -> Any:
    mine = HELD.c.parent_id == bindparam("b_parent")
    return select(HELD.c.incident_id).where(mine).order_by(HELD.c.incident_id)


def parents_by(tx: Tx, rule: str) -> list[int]:
    """The incidents that hold others by a rule."""
    mine = (HELD.c.rule == rule) & HELD.c.parent_id.is_not(None)
    found = tx.conn.execute(select(HELD.c.parent_id).where(mine).distinct()).scalars()
    return sorted(int(n) for n in found)


def every(tx: Tx) -> list[int]:
    """All that rules hold."""
    return list(tx.conn.execute(select(HELD.c.incident_id).order_by(HELD.c.incident_id)).scalars())


def forget(tx: Tx, before: Instant) -> None:
    """What was over before an instant holds nothing any more."""
    alive = (ALERTS.c.status == "firing") | (ALERTS.c.last_at >= before)
    mine = select(ALERTS.c.id).where((ALERTS.c.id == PARENTS.c.alert_id) & alive).exists()
    tx.conn.execute(PARENTS.delete().where(~mine))


def look_at(tx: Tx, incident_ids: Sequence[int], at: Instant) -> None:
    """What these incidents wait for comes at an instant, or sooner where it does."""
    mine = TIMERS.c.incident_id.in_(incident_ids) & TIMERS.c.kind.in_((STEP, FALLBACK))
    tx.conn.execute(TIMERS.update().where(mine & (TIMERS.c.due_at > at)).values(due_at=at))
    tx.wake.add("ticker")


def open_without(tx: Tx, kind: str, limit: int) -> list[int]:
    """Open incidents that have no timer of a kind."""
    has = (TIMERS.c.incident_id == INCIDENTS.c.id) & (TIMERS.c.kind == kind)
    mine = (INCIDENTS.c.status != "resolved") & ~select(TIMERS.c.id).where(has).exists()
    chosen = select(INCIDENTS.c.id).where(mine).order_by(INCIDENTS.c.id).limit(limit)
    return list(tx.conn.execute(chosen).scalars())


def recent(tx: Tx, since: Instant, limit: int) -> list[int]:
    """New incidents opened at an instant or later, that nobody has, the youngest first."""
    mine = (INCIDENTS.c.status == "triggered") & (INCIDENTS.c.opened_at >= since)
    chosen = select(INCIDENTS.c.id).where(mine).order_by(INCIDENTS.c.id.desc()).limit(limit)
    return list(tx.conn.execute(chosen).scalars())


def count(tx: Tx) -> int:
    """How many incidents rules hold."""
    return int(tx.conn.execute(select(func.count()).select_from(HELD)).scalar_one())
