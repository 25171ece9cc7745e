"""Maintenance on record: the windows that are planned, and each time that one holds."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, select

from store import upkeep
from store.clock import Instant
from store.db import Tx
from store.maintenance_tables import MAINTENANCE, MAINTENANCE_WINDOWS
from store.model.maintenance import MaintenanceState, Occurrence, Window

_WINDOW = ("id", "over", "ahead", "file")
_OCCURRENCE = ("id", "window", "slot", "starts_at", "until")
_DONE = (MaintenanceState.OVER, MaintenanceState.CALLED_OFF)


def number(tx: Tx) -> int:
    """The number that people call the next window by."""
    return upkeep.number(tx, "maintenance")


# ---- windows -----------------------------------------------------------------------------------


def add_window(tx: Tx, window: Window) -> None:
    """Put a window on record, unless another process just did so with one of the settings file."""
    w = window
    tx.saw("maintenance", w.id, lambda: None, w)
    sealed = tx.ring.seal("maintenance_windows", w.id, _rest(w, _WINDOW))
    tx.insert_new(MAINTENANCE_WINDOWS, [(w.id, w.over, w.ahead, w.file or None, sealed)])


def save_window(tx: Tx, window: Window) -> None:
    """Write a changed window."""
    w = window
    tx.saw("maintenance", w.id, lambda: _window_by(tx, w.id), w)
    sealed = tx.ring.seal("maintenance_windows", w.id, _rest(w, _WINDOW))
    mine = MAINTENANCE_WINDOWS.update().where(MAINTENANCE_WINDOWS.c.id == w.id)
    tx.conn.execute(mine.values(over_at=w.over, ahead=w.ahead, file=w.file or None, sealed=sealed))


def window(tx: Tx, number: int, *, for_change: bool = False) -> Window | None:
    """One window; to be changed, no other transaction changes it meanwhile."""
    one = select(MAINTENANCE_WINDOWS).where(MAINTENANCE_WINDOWS.c.id == number)
    row = tx.conn.execute(one.with_for_update() if for_change else one).first()
    return _window(tx, row) if row is not None else None


def windows(tx: Tx, *, short_of: Instant | None = None) -> list[Window]:
    """Those that are not over; only those whose occurrences are not on record up to an instant."""
    table = MAINTENANCE_WINDOWS
    wanted = select(table).where(table.c.over_at.is_(None)).order_by(table.c.id)
    if short_of is not None:
        wanted = wanted.where(table.c.ahead < short_of)
    return [_window(tx, row) for row in tx.conn.execute(wanted)]


def of_file(tx: Tx) -> dict[str, Window]:
    """Those of the settings file by their name there, also what is over."""
    wanted = select(MAINTENANCE_WINDOWS).where(MAINTENANCE_WINDOWS.c.file.is_not(None))
    return {w.file: w for w in (_window(tx, row) for row in tx.conn.execute(wanted))}


def _window(tx: Tx, r: Any) -> Window:
    rest = tx.ring.open("maintenance_windows", r.id, r.sealed)
    kept = {"id": r.id, "over": r.over_at, "ahead": r.ahead, "file": r.file or ""}
    return msgspec.convert({**rest, **kept}, Window)


# ---- each time ---------------------------------------------------------------------------------


def add(tx: Tx, occurrence: Occurrence) -> None:
    """Put a time at which something holds on record."""
    o = occurrence
    tx.saw("maintenance time", o.id, lambda: None, o)
    sealed = tx.ring.seal("maintenance", o.id, _rest(o, _OCCURRENCE))
    row = (o.id, o.starts_at, o.until, sealed, o.window or None, o.slot if o.window else None)
    tx.insert(MAINTENANCE, [row])


def save(tx: Tx, occurrence: Occurrence) -> None:
    """Write a changed one."""
    o = occurrence
    tx.saw("maintenance time", o.id, lambda: _by_id(tx, o.id), o)
    sealed = tx.ring.seal("maintenance", o.id, _rest(o, _OCCURRENCE))
    mine = MAINTENANCE.update().where(MAINTENANCE.c.id == o.id)
    tx.conn.execute(mine.values(starts_at=o.starts_at, until=o.until, sealed=sealed))


def remove(tx: Tx, occurrence: Occurrence) -> None:
    """Forget one that never was to be."""
    tx.saw("maintenance time", occurrence.id, lambda: occurrence, None)
    tx.conn.execute(MAINTENANCE.delete().where(MAINTENANCE.c.id == occurrence.id))


def occurrence(
    tx: Tx, number: int, slot: int, *, for_change: bool = False
) -> Occurrence | None:  # fmt: skip
    """One time of a window; to be changed, no other transaction changes it meanwhile."""
    one = select(MAINTENANCE).where(
        (MAINTENANCE.c.window_id == number) & (MAINTENANCE.c.slot == slot)
    )
    found = _found(tx, one.with_for_update() if for_change else one)
    return found[0] if found else None


def of_window(tx: Tx, number: int, *, all_: bool = False) -> list[Occurrence]:
    """The times of a window that are not over (``all_``: every one), in their order."""
    mine = select(MAINTENANCE).where(MAINTENANCE.c.window_id == number)
    found = _found(tx, mine.order_by(MAINTENANCE.c.starts_at, MAINTENANCE.c.slot))
    return found if all_ else [o for o in found if o.state not in _DONE]


def in_force(tx: Tx, now: Instant) -> list[Occurrence]:
    """What holds at an instant."""
    found = [_occurrence(tx, row) for row in tx.run("in maintenance", _in_force, b_now=now)]
    return [o for o in found if o.state not in _DONE]


def _in_force() -> Any:
    begun = MAINTENANCE.c.starts_at <= bindparam("b_now")
    return select(MAINTENANCE).where(begun & (MAINTENANCE.c.until > bindparam("b_now")))


def between(tx: Tx, start: Instant, end: Instant) -> list[Occurrence]:
    """What holds at some time from ``start`` to before ``end``, the earliest first."""
    there = (MAINTENANCE.c.until > start) & (MAINTENANCE.c.starts_at < end)
    wanted = select(MAINTENANCE).where(there)
    found = _found(tx, wanted.order_by(MAINTENANCE.c.starts_at, MAINTENANCE.c.id))
    return [o for o in found if o.state not in _DONE]


def of_key(tx: Tx, key: str) -> Occurrence | None:
    """One time by its key (``3.1795…``); by the number of its window alone, the one that holds or
    comes next, or else the last one."""
    number, dot, slot = key.partition(".")
    if not number.isdecimal() or (dot and not slot.lstrip("-").isdecimal()):
        return None
    if dot:
        return occurrence(tx, int(number), int(slot))
    found = of_window(tx, int(number)) or of_window(tx, int(number), all_=True)[-1:]
    return found[0] if found else None


def forget(tx: Tx, before: Instant) -> int:
    """Drop what was over long ago; how many rows."""
    old = MAINTENANCE.delete().where(MAINTENANCE.c.until < before)
    gone = tx.conn.execute(old).rowcount
    over = MAINTENANCE_WINDOWS.c.over_at < before
    return gone + tx.conn.execute(MAINTENANCE_WINDOWS.delete().where(over)).rowcount


def _rest(noun: Window | Occurrence, columns: tuple[str, ...]) -> dict[str, Any]:
    return {k: v for k, v in dataclasses.asdict(noun).items() if k not in columns}


def _found(tx: Tx, wanted: Select[Any]) -> list[Occurrence]:
    return [_occurrence(tx, row) for row in tx.conn.execute(wanted)]


def _occurrence(tx: Tx, r: Any) -> Occurrence:
    rest = tx.ring.open("maintenance", r.id, r.sealed)
    kept = {
        "id": r.id, "window": r.window_id or 0, "slot": r.slot or 0, "starts_at": r.starts_at,
        "until": r.until,
    }  # fmt: skip
    return msgspec.convert({**rest, **kept}, Occurrence)


def _window_by(tx: Tx, number: int) -> Window | None:
    return window(tx, number)


def _by_id(tx: Tx, row_id: int) -> Occurrence | None:
    return next(iter(_found(tx, select(MAINTENANCE).where(MAINTENANCE.c.id == row_id))), None)
