"""Cover requests and swaps on record, and the small numbers that changes of schedules go by."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
from sqlalchemy import Select, select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.model.cover import Cover, CoverState
from store.oncall_tables import COVERS

_COLUMNS = ("id", "schedule", "person", "start", "end", "state", "rev")
_OPEN = (CoverState.OPEN, CoverState.WAITING)


def numbers(tx: Tx, count: int = 1) -> list[int]:
    """The next numbers that people call changes of schedules, time off and requests by."""
    return list(upkeep.numbers(tx, "rota", count))


def _rest(cover: Cover) -> dict[str, Any]:
    return {k: v for k, v in dataclasses.asdict(cover).items() if k not in _COLUMNS}


def add(tx: Tx, cover: Cover) -> None:
    """Put a request on record."""
    tx.saw("cover", cover.id, lambda: None, cover)
    c, sealed = cover, tx.ring.seal("covers", cover.id, _rest(cover))
    tx.insert(COVERS, [(c.id, c.schedule, c.person, c.start, c.end, str(c.state), c.rev, sealed)])


def save(tx: Tx, cover: Cover) -> None:
    """Write a changed request."""
    tx.saw("cover", cover.id, lambda: get(tx, cover.id), cover)
    sealed = tx.ring.seal("covers", cover.id, _rest(cover))
    changed = {"starts_at": cover.start, "ends_at": cover.end, "state": str(cover.state)}
    mine = COVERS.update().where(COVERS.c.id == cover.id)
    tx.conn.execute(mine.values(**changed, rev=cover.rev, sealed=sealed))


def get(tx: Tx, number: int, *, for_change: bool = False) -> Cover | None:
    """One request; to be changed, no other transaction changes it meanwhile."""
    one = select(COVERS).where(COVERS.c.id == number)
    found = _found(tx, one.with_for_update() if for_change else one)
    return found[0] if found else None


def pending(tx: Tx, now: Instant) -> list[Cover]:
    """Those that still want somebody, the earliest first."""
    wanted = COVERS.c.state.in_(_OPEN) & (COVERS.c.ends_at > now)
    return _found(tx, select(COVERS).where(wanted).order_by(COVERS.c.starts_at, COVERS.c.id))


def answers(tx: Tx, of: int) -> list[Cover]:
    """Offers to swap that wait for an answer and belong to a request."""
    waiting = select(COVERS).where(COVERS.c.state == CoverState.WAITING)
    return [c for c in _found(tx, waiting) if c.of == of and c.back is not None]


def latest(tx: Tx, limit: int = 20) -> list[Cover]:
    """The newest requests, the latest first."""
    shown = COVERS.c.state != CoverState.DRAFT
    return _found(tx, select(COVERS).where(shown).order_by(COVERS.c.id.desc()).limit(limit))


def _found(tx: Tx, wanted: Select[Any]) -> list[Cover]:
    return [_cover(tx, row) for row in tx.conn.execute(wanted)]


def _cover(tx: Tx, r: Any) -> Cover:
    rest = tx.ring.open("covers", r.id, r.sealed)
    kept = {"id": r.id, "schedule": r.schedule, "person": r.person, "state": r.state, "rev": r.rev}
    return msgspec.convert({**rest, **kept, "start": r.starts_at, "end": r.ends_at}, Cover)
