"""Calendars from outside (iCal addresses, public holidays of a place) as they were at any time: a
change makes a new state, the older ones stay for who asks about the past."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from sqlalchemy import func, select

from store.clock import Instant
from store.db import Tx
from store.model.calendar import Event
from store.tables import CALENDAR_STATES, CALENDARS


@dataclass(frozen=True, slots=True)
class Asked:
    """What is kept of asking an address: ``marks`` are what the next request repeats (ETag …),
    ``until`` is how far the events of its last answer reach."""

    url: str
    asked_at: Instant
    answered_at: Instant | None = None
    error: str = ""
    marks: Mapping[str, str] | None = None
    until: Instant = 0


def key_of(tx: Tx, name: str) -> bytes:
    """The keyed hash by which a calendar is found: of its address, or of ``holidays:DE-BY``."""
    return tx.ring.blind("calendar", name)


def changed_at(tx: Tx) -> Instant:
    """When anything last changed in any calendar or in how one answers; 0 where nothing has."""
    found: int | None = tx.conn.execute(select(func.max(CALENDARS.c.changed_at))).scalar()
    return found or 0


# ---- how addresses answer ----------------------------------------------------------------------


def asked(tx: Tx, url: str) -> Asked | None:
    """What is known of asking an address."""
    row = tx.conn.execute(select(CALENDARS).where(CALENDARS.c.key == key_of(tx, url))).first()
    if row is None:
        return None
    said = tx.ring.open("calendars", row.key.hex(), row.sealed)
    return Asked(
        url, row.asked_at, row.answered_at, said["error"], said.get("marks"), said.get("until", 0)
    )


def note(tx: Tx, now: Instant, new: Asked, *, changed: bool) -> None:
    """Keep what became of asking an address; ``changed`` where somebody should look again."""
    key = key_of(tx, new.url)
    said = {"error": new.error, "marks": new.marks, "until": new.until}
    values = {
        "asked_at": new.asked_at,
        "answered_at": new.answered_at,
        "sealed": tx.ring.seal("calendars", key.hex(), said),
        **({"changed_at": now} if changed else {}),
    }
    mine = CALENDARS.c.key == key
    if not tx.conn.execute(CALENDARS.update().where(mine).values(**values)).rowcount:
        tx.conn.execute(CALENDARS.insert().values(**{"changed_at": now, **values, "key": key}))


# ---- what they said ----------------------------------------------------------------------------


def events_at(tx: Tx, url: str, at: Instant) -> tuple[Event, ...]:
    """The events an address had by an instant; none before it first answered."""
    found = _state(tx, key_of(tx, url), at)
    return () if found is None else msgspec.convert(_unpacked(found), tuple[Event, ...])


def keep_events(tx: Tx, now: Instant, url: str, events: Iterable[Event]) -> bool:
    """Keep what an address says from now on; False where it says what it said before."""
    return _keep(tx, now, key_of(tx, url), [asdict(event) for event in events])


def dates_at(tx: Tx, place: str, at: Instant) -> Mapping[str, list[str]]:
    """The recorded holidays of a place by year, as they were known at an instant; else as they
    were first known."""
    key = key_of(tx, f"holidays:{place}")
    found = _state(tx, key, at) or _first(tx, key)
    dates: Mapping[str, list[str]] = {} if found is None else _unpacked(found)
    return dates


def keep_dates(tx: Tx, now: Instant, place: str, dates: Mapping[str, list[str]]) -> bool:
    """Keep the holidays of a place; False where nothing is new."""
    return _keep(tx, now, key_of(tx, f"holidays:{place}"), dates)


def changes(tx: Tx, since: Instant, names: Iterable[str]) -> list[Instant]:
    """The instants after ``since`` at which one of these calendars became another."""
    keys = [key_of(tx, name) for name in names]
    if not keys:
        return []
    later = CALENDAR_STATES.c.key.in_(keys) & (CALENDAR_STATES.c.since > since)
    return sorted(set(tx.conn.execute(select(CALENDAR_STATES.c.since).where(later)).scalars()))


def forget(tx: Tx, before: Instant, most: int = 500) -> int:
    """Drop states that another one had replaced before an instant; how many."""
    newer = CALENDAR_STATES.alias("newer")
    replaced = (
        select(newer.c.id)
        .where((newer.c.key == CALENDAR_STATES.c.key) & (newer.c.since > CALENDAR_STATES.c.since))
        .where(newer.c.since < before)
        .exists()
    )
    old = select(CALENDAR_STATES.c.id).where(replaced).limit(most)
    gone = CALENDAR_STATES.delete().where(CALENDAR_STATES.c.id.in_(old.scalar_subquery()))
    return tx.conn.execute(gone).rowcount


def _keep(tx: Tx, now: Instant, key: bytes, value: Any) -> bool:
    last, text = _state(tx, key, now), msgspec.json.encode(value)
    if last is not None and _text(last) == text:
        return False
    row_id = tx.ids.next(now)
    packed = base64.b64encode(zlib.compress(text)).decode()
    sealed = tx.ring.seal("calendar_states", row_id, packed)
    tx.insert(CALENDAR_STATES, [(row_id, key, now, sealed)])
    return True


def _unpacked(packed: str) -> Any:
    return msgspec.json.decode(_text(packed))


def _text(packed: str) -> bytes:
    return zlib.decompress(base64.b64decode(packed))


def _state(tx: Tx, key: bytes, at: Instant) -> str | None:
    by_then = (CALENDAR_STATES.c.key == key) & (CALENDAR_STATES.c.since <= at)
    newest = select(CALENDAR_STATES).where(by_then).order_by(CALENDAR_STATES.c.id.desc())
    return _opened(tx, tx.conn.execute(newest.limit(1)).first())


def _first(tx: Tx, key: bytes) -> str | None:
    found = select(CALENDAR_STATES).where(CALENDAR_STATES.c.key == key)
    return _opened(tx, tx.conn.execute(found.order_by(CALENDAR_STATES.c.id).limit(1)).first())


def _opened(tx: Tx, row: Any) -> str | None:
    if row is None:
        return None
    packed: str = tx.ring.open("calendar_states", row.id, row.sealed)
    return packed
