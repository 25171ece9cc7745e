"""Words about incidents on record: each once, however often a chat brings it, and where each of
them was said again, so that edits and deletions find their way."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from store.db import Tx
from store.model.note import Copy, Note
from store.note_tables import NOTE_COPIES, NOTES
from store.tables import INCIDENTS, OUTBOX

_PLAIN = ("id", "incident_id", "number", "at", "version", "gone")


def origin(surface: str, channel: str, message: str) -> str:
    """The name of a message of a chat."""
    return f"{surface}:{channel}:{message}"


def add(tx: Tx, note: Note, origin: str = "") -> None:
    """Keep words; ``origin`` names the message that they came with."""
    hashed = tx.ring.blind("note", origin) if origin else None
    first = (note.id, note.incident_id, note.number, note.at, hashed)
    tx.insert(NOTES, [(*first, note.version, int(note.gone), _sealed(tx, note))])


def save(tx: Tx, note: Note) -> None:
    """Write words that were edited or taken back."""
    changed = {"version": note.version, "gone": int(note.gone), "sealed": _sealed(tx, note)}
    tx.conn.execute(NOTES.update().where(NOTES.c.id == note.id).values(**changed))


def get(tx: Tx, note_id: int) -> Note | None:
    """One note, or None."""
    found = tx.run("note", _by_id, b_id=note_id).first()
    return _note(tx, found) if found is not None else None


def _by_id() -> Any:
    return select(NOTES).where(NOTES.c.id == bindparam("b_id"))


def by_origin(tx: Tx, origin: str) -> Note | None:
    """The note that came with that message; None where it is not known."""
    found = tx.run("note of", _by_origin, b_hash=tx.ring.blind("note", origin)).first()
    return _note(tx, found) if found is not None else None


def _by_origin() -> Any:
    return select(NOTES).where(NOTES.c.origin_hash == bindparam("b_hash"))


def numbered(tx: Tx, incident_id: int, number: int) -> Note | None:
    """The note of that number of an incident."""
    mine = (NOTES.c.incident_id == incident_id) & (NOTES.c.number == number)
    found = tx.conn.execute(select(NOTES).where(mine & (NOTES.c.number > 0))).first()
    return _note(tx, found) if found is not None else None


def next_number(tx: Tx, incident_id: int) -> int:
    """The number of the next note of an incident."""
    found = tx.run("notes of", _newest_number, b_incident=incident_id).scalar()
    return int(found or 0) + 1


def _newest_number() -> Any:
    mine = NOTES.c.incident_id == bindparam("b_incident")
    return select(func.max(NOTES.c.number)).where(mine)


def last_of(tx: Tx, incident_id: int, author: str) -> Note | None:
    """The last words of somebody about an incident that still stand."""
    mine = (NOTES.c.incident_id == incident_id) & (NOTES.c.gone == 0) & (NOTES.c.number > 0)
    for row in tx.conn.execute(select(NOTES).where(mine).order_by(NOTES.c.id.desc()).limit(200)):
        note = _note(tx, row)
        if note.author == author:
            return note
    return None


def answers(tx: Tx, note: Note) -> list[Note]:
    """The notes that reply to one."""
    mine = (NOTES.c.incident_id == note.incident_id) & (NOTES.c.id > note.id)
    later = tx.conn.execute(select(NOTES).where(mine).order_by(NOTES.c.id).limit(500))
    return [found for row in later if (found := _note(tx, row)).to == note.id]


def _sealed(tx: Tx, note: Note) -> bytes:
    rest = {k: v for k, v in asdict(note).items() if k not in _PLAIN}
    return tx.ring.seal("notes", note.id, rest)


def _note(tx: Tx, r: Any) -> Note:
    known = {name: getattr(r, name) for name in _PLAIN}
    known["gone"] = bool(r.gone)
    return msgspec.convert({**tx.ring.open("notes", r.id, r.sealed), **known}, Note)


# ---- where it was said again ---------------------------------------------------------------------


def expect(tx: Tx, now: int, note_id: int, place: str, row_id: int) -> None:
    """A row of the outbox will say a note at a place."""
    row = (tx.ids.next(now), note_id, place, row_id, None, None, None, 0)
    tx.insert(NOTE_COPIES, [row])


def copies(tx: Tx, note_id: int) -> list[Copy]:
    """Where a note is said again."""
    return [_copy(r) for r in tx.run("copies of", _copies, b_note=note_id)]


def _copies() -> Any:
    mine = NOTE_COPIES.c.note_id == bindparam("b_note")
    return select(NOTE_COPIES).where(mine).order_by(NOTE_COPIES.c.id)


def copy_of_row(tx: Tx, row_id: int) -> Copy | None:
    """The copy that a row of the outbox makes."""
    found = tx.run("copy of row", _of_row, b_row=row_id).first()
    return _copy(found) if found is not None else None


def _of_row() -> Any:
    return select(NOTE_COPIES).where(NOTE_COPIES.c.row_id == bindparam("b_row"))


def stands(tx: Tx, copy: Copy, shown: int, channel: str, message: str, thread: str) -> None:
    """A copy stands there and shows that version."""
    there = {"channel": channel, "message": message, "thread": thread, "shown": shown}
    tx.conn.execute(NOTE_COPIES.update().where(NOTE_COPIES.c.id == copy.id).values(**there))


def drop(tx: Tx, copy: Copy) -> None:
    """A copy is not there any more."""
    tx.conn.execute(NOTE_COPIES.delete().where(NOTE_COPIES.c.id == copy.id))


def said_by(tx: Tx, surface: str, message: str) -> Note | None:
    """The note of which a message in a chat is the copy."""
    here = NOTE_COPIES.c.place.startswith(f"{surface}:", autoescape=True)
    chosen = select(NOTE_COPIES.c.note_id).where((NOTE_COPIES.c.message == message) & here)
    found = tx.conn.execute(chosen).scalar()
    return get(tx, found) if found is not None else None


def answered(tx: Tx, surface: str, channel: str, message: str) -> Note | None:
    """The note a message is, written there or said again there."""
    mine = by_origin(tx, origin(surface, channel, message))
    return mine or said_by(tx, surface, message)


# ---- the first words below a card ----------------------------------------------------------------


def first_words(tx: Tx, surface: str, limit: int = 500) -> list[tuple[int, str]]:
    """Incident and place of the details that stand below cards of open incidents in a chat."""
    chosen = (
        select(OUTBOX.c.incident_id, OUTBOX.c.place)
        .join(INCIDENTS, INCIDENTS.c.id == OUTBOX.c.incident_id)
        .where(
            (INCIDENTS.c.status != "resolved")
            & OUTBOX.c.purpose.startswith("details")
            & OUTBOX.c.message.is_not(None)
            & OUTBOX.c.place.startswith(f"{surface}:", autoescape=True)
        )
    )
    newest = chosen.order_by(OUTBOX.c.id.desc()).limit(limit)
    return [(r.incident_id, r.place) for r in tx.conn.execute(newest)]


def first_words_at(tx: Tx, incident_id: int, place: str) -> tuple[str, str, str] | None:
    """Channel, message and thread of the details below a card; None where there are none."""
    chosen = select(OUTBOX.c.channel, OUTBOX.c.message, OUTBOX.c.thread).where(
        (OUTBOX.c.incident_id == incident_id)
        & (OUTBOX.c.place == place)
        & OUTBOX.c.purpose.startswith("details")
        & OUTBOX.c.message.is_not(None)
    )
    found = tx.conn.execute(chosen.order_by(OUTBOX.c.id.desc())).first()
    return (found.channel, found.message, found.thread or "") if found is not None else None


def _copy(r: Any) -> Copy:
    return Copy(r.id, r.note_id, r.place, r.row_id, r.channel, r.message, r.thread, r.shown)
