"""Silences on record: by a filter, or by the keys of one incident's alerts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from store import upkeep
from store.clock import DAY, Instant
from store.db import Tx
from store.incidents import from_row
from store.model import Incident, TimelineEntry
from store.model.silence import Silence, SilenceState
from store.tables import (
    INCIDENTS,
    SILENCED_KEYS,
    SILENCES,
    TIMELINE,
    TIMERS,
)
from store.timeline import from_row as entry_of
from store.timers import UNSILENCE

_COLUMNS = ("id", "of", "created_at", "until", "ended_at", "state", "rev")
_KEPT = "silences that are kept"
_ON, _DRAFT = str(SilenceState.ON), str(SilenceState.DRAFT)


def number(tx: Tx) -> int:
    """The next number that people call a silence by."""
    return upkeep.number(tx, "silences")


def add(tx: Tx, silence: Silence, keys: Sequence[bytes] = ()) -> None:
    """Put a silence on record, with the keys that it is about where it has no filter."""
    s = silence
    tx.saw("silence", s.id, lambda: None, s)
    row = (s.id, s.of, s.created_at, s.until, s.ended_at, _seal(tx, s), str(s.state), s.rev)
    tx.insert(SILENCES, [row])
    tx.insert(SILENCED_KEYS, [(key, s.id, s.until) for key in keys])


def save(tx: Tx, silence: Silence) -> None:
    """Write a changed silence; its keys are silenced as long as it is."""
    s = silence
    tx.saw("silence", s.id, lambda: get(tx, s.id), s)
    changed = {"until": s.until, "ended_at": s.ended_at, "state": str(s.state), "rev": s.rev}
    mine = SILENCES.update().where(SILENCES.c.id == s.id)
    tx.conn.execute(mine.values(**changed, sealed=_seal(tx, s)))
    keys = SILENCED_KEYS.update().where(SILENCED_KEYS.c.silence_id == s.id)
    tx.conn.execute(keys.values(until=s.until))


def _seal(tx: Tx, silence: Silence) -> bytes:
    rest = {k: v for k, v in dataclasses.asdict(silence).items() if k not in _COLUMNS and v}
    return tx.ring.seal("silences", silence.id, rest)


def _silence(tx: Tx, r: Any) -> Silence:
    rest = tx.ring.open("silences", r.id, r.sealed)
    rest = {"what": "", "text": rest.pop("reason", ""), **rest}
    rest["posts"] = tuple(rest.get("posts", ()))
    return Silence(
        id=r.id, of=r.incident_id, created_at=r.created_at, until=r.until, ended_at=r.ended_at,
        state=SilenceState(r.state), rev=r.rev, **rest,
    )  # fmt: skip


def get(tx: Tx, number: int, *, for_change: bool = False) -> Silence | None:
    """One silence; to be changed, no other transaction changes it meanwhile."""
    one = select(SILENCES).where(SILENCES.c.id == number)
    row = tx.conn.execute(one.with_for_update() if for_change else one).first()
    return _silence(tx, row) if row else None


def in_force(tx: Tx, now: Instant) -> tuple[Silence, ...]:
    """Every silence by a filter that holds, the one that lasts longest first; the same object while
    none begins, changes or ends."""
    marks = tuple(map(tuple, tx.run("silences in force", _in_force, b_now=now).all()))
    if not marks:
        return ()
    kept: tuple[Any, tuple[Silence, ...]] = tx.hot.get(_KEPT, ((), ()))
    if kept[0] != marks:
        mine = SILENCES.c.id.in_([mark[0] for mark in marks])
        rows = tx.conn.execute(select(SILENCES).where(mine))
        found = sorted((_silence(tx, row) for row in rows), key=lambda s: (-s.until, s.id))
        tx.hot[_KEPT] = kept = (marks, tuple(found))
    return kept[1]


def _in_force() -> Any:
    holds = (SILENCES.c.state == bindparam("b_on", _ON)) & (SILENCES.c.until > bindparam("b_now"))
    mine = holds & SILENCES.c.incident_id.is_(None)
    marks = (SILENCES.c.id, SILENCES.c.rev, SILENCES.c.until, SILENCES.c.created_at)
    return select(*marks).where(mine).order_by(SILENCES.c.id)


def of_incident(tx: Tx, incident_id: int, now: Instant) -> list[Silence]:
    """The silences that hold of one incident's own alerts."""
    return _found(tx, _holding(now).where(SILENCES.c.incident_id == incident_id))


def holding(tx: Tx, now: Instant) -> list[Silence]:
    """Every silence that holds, the one that ends first before the others."""
    return _found(tx, _holding(now).order_by(SILENCES.c.until, SILENCES.c.id))


def _holding(now: Instant) -> Select[Any]:
    return select(SILENCES).where((SILENCES.c.state == _ON) & (SILENCES.c.until > now))


def _found(tx: Tx, wanted: Select[Any]) -> list[Silence]:
    return [_silence(tx, row) for row in tx.conn.execute(wanted)]


def forget_drafts(tx: Tx, now: Instant) -> None:
    """Drop drafts that nobody decided about for a day."""
    old = (SILENCES.c.state == _DRAFT) & (SILENCES.c.created_at < now - DAY)
    tx.conn.execute(SILENCES.delete().where(old))


# ---- keys ---------------------------------------------------------------------------------------


def silenced(tx: Tx, now: Instant) -> dict[bytes, Instant]:
    """Every key that is silenced now, until when."""
    rows = tx.conn.execute(
        select(SILENCED_KEYS.c.key, func.max(SILENCED_KEYS.c.until))
        .where(SILENCED_KEYS.c.until > now)
        .group_by(SILENCED_KEYS.c.key)
    )
    return {bytes(r[0]): r[1] for r in rows}


def keys_of(tx: Tx, number: int) -> list[bytes]:
    """The keys a silence is about."""
    mine = select(SILENCED_KEYS.c.key).where(SILENCED_KEYS.c.silence_id == number)
    return [bytes(key) for key in tx.conn.execute(mine).scalars()]


# ---- incidents ----------------------------------------------------------------------------------


def open_after(tx: Tx, after: int, limit: int) -> list[Incident]:
    """Open incidents above a number, in order."""
    chosen = select(INCIDENTS).where((INCIDENTS.c.status != "resolved") & (INCIDENTS.c.id > after))
    rows = tx.conn.execute(chosen.order_by(INCIDENTS.c.id).limit(limit))
    return [from_row(tx, row) for row in rows]


def hidden_after(tx: Tx, after: int, limit: int) -> list[Incident]:
    """Incidents above a number whose silence has yet to end, in order."""
    ends = (TIMERS.c.incident_id == INCIDENTS.c.id) & (TIMERS.c.kind == UNSILENCE)
    waits = select(TIMERS.c.id).where(ends).exists()
    chosen = select(INCIDENTS).where(waits & (INCIDENTS.c.id > after))
    rows = tx.conn.execute(chosen.order_by(INCIDENTS.c.id).limit(limit))
    return [from_row(tx, row) for row in rows]


def opened_since(
    tx: Tx, since: Instant, limit: int, known: Mapping[int, Incident] = {}
) -> list[Incident]:
    """The newest incidents that were opened at an instant or later; those ``known`` are not read
    again."""
    chosen = select(INCIDENTS).where(INCIDENTS.c.opened_at >= since)
    rows = tx.conn.execute(chosen.order_by(INCIDENTS.c.id.desc()).limit(limit))
    return [known.get(row.id) or from_row(tx, row) for row in rows]


def told(tx: Tx, kind: str) -> list[TimelineEntry]:
    """What the timelines of open incidents tell of one kind, the oldest first."""
    mine = TIMELINE.join(INCIDENTS, INCIDENTS.c.id == TIMELINE.c.incident_id)
    still = (INCIDENTS.c.status != "resolved") & (TIMELINE.c.kind == kind)
    chosen = select(TIMELINE).select_from(mine).where(still).order_by(TIMELINE.c.id)
    return [entry_of(tx, row) for row in tx.conn.execute(chosen)]
