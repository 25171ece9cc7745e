"""Maintenance: until when no step of which incidents is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from store.clock import Instant
from store.db import Tx
from store.tables import MAINTENANCE


@dataclass(frozen=True, slots=True)
class Window:
    """One maintenance. ``what`` is ``all``, ``team:db``, ``service:postgres`` or ``route:db``."""

    what: str
    starts_at: Instant
    until: Instant
    by: str = ""
    text: str = ""


def add(tx: Tx, now: Instant, window: Window) -> list[Window]:
    """Put a maintenance on record; those of the same things that it replaces."""
    replaced = []
    for row in tx.conn.execute(select(MAINTENANCE).where(MAINTENANCE.c.until > now)).all():
        old = _window(tx, row)
        if old.what == window.what:
            ended = MAINTENANCE.update().where(MAINTENANCE.c.id == row.id).values(until=now)
            tx.conn.execute(ended)
            replaced.append(old)
    row_id = tx.ids.next(now)
    said = {"what": window.what, "by": window.by, "text": window.text}
    sealed = tx.ring.seal("maintenance", row_id, said)
    tx.insert(MAINTENANCE, [(row_id, window.starts_at, window.until, sealed)])
    return replaced


def in_force(tx: Tx, now: Instant) -> list[Window]:
    """What holds at an instant."""
    return [_window(tx, row) for row in tx.run("in maintenance", _in_force, b_now=now)]


def _window(tx: Tx, row: Any) -> Window:
    said = tx.ring.open("maintenance", row.id, row.sealed)
    return Window(starts_at=row.starts_at, until=row.until, **said)


def _in_force() -> Any:
    begun = MAINTENANCE.c.starts_at <= bindparam("b_now")
    return select(MAINTENANCE).where(begun & (MAINTENANCE.c.until > bindparam("b_now")))
