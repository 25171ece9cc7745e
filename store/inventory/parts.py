"""The parts of sources: when each was told last, how that went, where it goes on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import bindparam, func, select

from store.clock import Instant
from store.db import Tx
from store.inventory.resources import part_hash
from store.tables import INVENTORY_PARTS, RESOURCES

WAITING, RUNNING, OK, LIVE, STALE = "waiting", "running", "ok", "live", "stale"
"""Never told; being told; told to its end; told as things change; what is known of it is old."""

_TABLE = "inventory_parts"


@dataclass(slots=True)
class PartState:
    """How a part stands. ``name`` is "" for the source itself: what it consists of. ``every`` in
    seconds; ``error`` is what went wrong last, ``failures`` how often in a row and ``failing_at``
    since when; ``took`` the seconds of the last whole one; ``note`` what it lacks the right for;
    ``missing_at`` since when the source does not name it; ``finds`` where it told findings;
    ``of`` is the kind of source."""

    source: str
    name: str
    state: str = WAITING
    begun_at: Instant | None = None
    ended_at: Instant | None = None
    ok_at: Instant | None = None
    resources: int = 0
    title: str = ""
    every: float = 60.0
    timeout: float = 300.0
    live: bool = False
    error: str = ""
    kind: str = ""
    failures: int = 0
    failing_at: Instant | None = None
    missing_at: Instant | None = None
    took: float = 0.0
    done: int = 0
    total: int = 0
    note: str = ""
    cursor: str = ""
    finds: bool = False
    of: str = ""

    @property
    def words(self) -> str:
        """What people call it."""
        return self.title or self.name or "its parts"


_COLUMNS = ("source", "state", "begun_at", "ended_at", "ok_at", "resources")
_SEALED = tuple(f.name for f in fields(PartState) if f.name not in _COLUMNS)
_REST = tuple(name for name in _SEALED if name != "name")


def every(tx: Tx, source: str | None = None) -> list[PartState]:
    """The parts of all sources, or of one, by their names."""
    asked = select(INVENTORY_PARTS)
    if source is not None:
        asked = asked.where(INVENTORY_PARTS.c.source == source)
    found = [_state(tx, row) for row in tx.conn.execute(asked)]
    return sorted(found, key=lambda one: (one.source, one.name))


def put(tx: Tx, state: PartState, now: Instant) -> None:
    """Keep how a part stands."""
    key = part_hash(tx, state.source, state.name)
    number = tx.run("inventory part", _numbered, b_key=key).scalar()
    doc = {k: v for k, v in asdict(state).items() if k in _SEALED and v}
    values = {name: getattr(state, name) for name in _COLUMNS}
    if number is None:
        number = tx.ids.next(now)
        sealed = tx.ring.seal(_TABLE, number, doc)
        tx.insert(INVENTORY_PARTS, [(number, key, *values.values(), sealed)])
        return
    sealed = tx.ring.seal(_TABLE, number, doc)
    tx.many("keep inventory part", _keep, [{"b_id": number, "sealed": sealed, **values}])


def drop(tx: Tx, source: str, name: str) -> None:
    """Know nothing of a part any more."""
    key = part_hash(tx, source, name)
    tx.conn.execute(INVENTORY_PARTS.delete().where(INVENTORY_PARTS.c.key_hash == key))


def count(tx: Tx, source: str, name: str) -> int:
    """How many resources of a part there are."""
    mine = (RESOURCES.c.source == source) & (RESOURCES.c.part_hash == part_hash(tx, source, name))
    there = select(func.count()).select_from(RESOURCES).where(mine & RESOURCES.c.gone_at.is_(None))
    return int(tx.conn.execute(there).scalar_one())


def _numbered() -> Any:
    mine = INVENTORY_PARTS.c.key_hash == bindparam("b_key")
    return select(INVENTORY_PARTS.c.id).where(mine)


def _keep() -> Any:
    mine = INVENTORY_PARTS.update().where(INVENTORY_PARTS.c.id == bindparam("b_id"))
    return mine.values({name: bindparam(name) for name in (*_COLUMNS, "sealed")})


def _state(tx: Tx, row: Any) -> PartState:
    doc = tx.ring.open(_TABLE, row.id, row.sealed)
    found = {name: getattr(row, name) for name in _COLUMNS}
    return PartState(name=doc.get("name", ""), **found, **{n: doc[n] for n in _REST if n in doc})
