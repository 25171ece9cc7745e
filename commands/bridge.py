"""Words about an incident: kept once, said in every other place where it lives, and true there when
they are edited or taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from commands import leases, posting, rights, write_back
from commands.about import ACT
from commands.context import Ctx
from commands.leases import OUTSIDER
from commands.threads import NOTE_RANK, readers
from integrations.base import Did
from store import bridge, errands, incidents, outbox, rooms, storms, timeline
from store.model import Incident
from store.model.note import File, Note
from store.model.room import OPEN
from store.outbox import Row

ABOUT = "note"
"""What an errand is about that brings an edit, or takes words back, where they were said."""
LONGEST, LONGEST_QUOTE, MOST_FILES = 40_000, 80, 10


@dataclass(frozen=True, slots=True)
class Wrote:
    """What somebody wrote. ``origin`` names the message it came with, ``place`` is where it stands
    already, ``where`` is room or direct; ``answers`` is the note it replies to. ``sensitive`` words
    are read by those alone who may."""

    text: str
    files: tuple[File, ...] = ()
    origin: str = ""
    place: str = ""
    where: str = ""
    answers: Note | None = None
    sensitive: bool = False


def keep(ctx: Ctx, incident: Incident, wrote: Wrote) -> Note:
    """Put words on record and say them in every other place."""
    wrote = replace(wrote, text=ctx.rules.redact(wrote.text))
    note = _note(ctx, incident, wrote)
    of = (incident.team,) if incident.team else ()
    able = bool(rights.may(ctx.definitions, ctx.actor, ACT, of))
    line = ctx.tell(incident.id, "note", note.words, detail=_detail(note, able=able))
    note = replace(note, id=line)
    bridge.add(ctx.tx, note, wrote.origin)
    _count(ctx, incident, 1, worked=able)
    posting.about_to_say(ctx, incident, "note")
    for place in places(ctx, incident.id):
        if place != wrote.place and posting.tells(ctx, place, "note"):
            _say(ctx, note, place)
    if able and not (note.sensitive or incident.private):
        by = f"{ctx.actor.name} wrote:"
        write_back.ask(ctx, incident, Did.NOTED, by, text=note.words)
    return note


def _note(ctx: Ctx, incident: Incident, wrote: Wrote) -> Note:
    to, actor = wrote.answers, ctx.actor
    return Note(
        id=0, incident_id=incident.id, number=bridge.next_number(ctx.tx, incident.id), at=ctx.now,
        author=actor.id, kind=actor.kind, name=actor.name, surface=actor.surface,
        text=wrote.text[:LONGEST], files=wrote.files[:MOST_FILES], place=wrote.place,
        where=wrote.where, answers=to.name if to else "", quote=_quote(to),
        to=to.id if to else 0, sensitive=wrote.sensitive,
    )  # fmt: skip


def _quote(note: Note | None) -> str:
    """The beginning of what is replied to."""
    said = " ".join(note.words.split()) if note is not None else ""
    return said if len(said) <= LONGEST_QUOTE else f"{said[: LONGEST_QUOTE - 1].rstrip()}…"


def _detail(note: Note, *, able: bool = True) -> dict[str, object]:
    found: dict[str, object] = {"note": note.number}
    if note.kind != "person":
        found["name"] = note.name
    if note.sensitive:
        found["sensitive"] = True
    return found if able else {**found, OUTSIDER: True}


def _count(ctx: Ctx, incident: Incident, by: int, *, worked: bool) -> None:
    """The incident has so many notes more; work on it answers whoever was asked for some."""
    noted = replace(incident, notes=max(0, incident.notes + by), updated_at=ctx.now)
    changed = leases.worked(ctx, noted) if worked else noted
    if worked:
        storms.acted(ctx.tx, ctx.now, incident.id, 10 + incident.severity.rank)
    incidents.save(ctx.tx, changed)
    if changed is noted:
        ctx.changed(incident.id, incident.rev)
    else:
        ctx.show(changed)


def places(ctx: Ctx, incident_id: int) -> Iterator[str]:
    """Where words about an incident are read: below its cards, and in its war rooms."""
    cards = readers(ctx, incident_id, "note")
    live = rooms.live_of(ctx.tx, incident_id)
    there = (room.place for room in live if room.state == OPEN and not room.below)
    yield from dict.fromkeys((*cards, *there))


def _say(ctx: Ctx, note: Note, place: str) -> None:
    content = {"what": "note", "note": note.id}
    row = outbox.say(ctx.tx, ctx.now, "note", note.incident_id, place, NOTE_RANK, content)
    bridge.expect(ctx.tx, ctx.now, note.id, place, row)


# ---- when they change ----------------------------------------------------------------------------


def rewrite(ctx: Ctx, note: Note, text: str, files: tuple[File, ...]) -> Note:
    """Words read otherwise now, everywhere."""
    text = ctx.rules.redact(text)
    changed = replace(
        note, text=text[:LONGEST], files=files[:MOST_FILES], version=note.version + 1,
        edited_at=ctx.now,
    )  # fmt: skip
    _change(ctx, changed, changed.words, {"edited": ctx.now})
    incident = incidents.get(ctx.tx, note.incident_id)
    if incident is not None:
        ctx.changed(incident.id, incident.rev)
    return changed


def take_back(ctx: Ctx, note: Note, by: str = "") -> Note:
    """Words are gone, everywhere; that they were there stays on record."""
    gone = replace(
        note, text="", files=(), quote="", answers="", version=note.version + 1, gone=True,
        ended_by=by,
    )  # fmt: skip
    _change(ctx, gone, _ended(note, by), {"gone": ctx.now})
    for reply in bridge.answers(ctx.tx, note):  # quotes nothing that is gone
        _told(ctx, replace(reply, quote="", version=reply.version + 1))
    incident = incidents.for_change(ctx.tx, note.incident_id)
    if incident is not None:
        _count(ctx, incident, -1, worked=False)
    return gone


def _ended(note: Note, by: str) -> str:
    """Who took words back; chats don't tell who took a message away."""
    if not by:
        return f"What {note.name} wrote was taken back."
    return f"{by} took back what {'they' if by == note.name else note.name} wrote."


def _change(ctx: Ctx, note: Note, say: str, detail: dict[str, object]) -> None:
    line = timeline.get(ctx.tx, note.id)
    if line is not None:
        timeline.rewrite(ctx.tx, line, say, detail)
    _told(ctx, note)


def _told(ctx: Ctx, note: Note) -> None:
    """What is on record is made true wherever it was said."""
    bridge.save(ctx.tx, note)
    for copy in bridge.copies(ctx.tx, note.id):
        if copy.message:
            follow(ctx, note, copy.place)


def follow(ctx: Ctx, note: Note, place: str) -> None:
    """What was said at a place is made true there."""
    errands.ask(ctx.tx, ctx.now, f"{ABOUT}:{note.id}", place, {"note": note.id})


def never(ctx: Ctx, incident_id: int, origin: str) -> None:
    """Words that were taken back before they came: when they come they are dropped."""
    actor, made = ctx.actor, ctx.tx.ids.next(ctx.now)
    note = Note(
        made, incident_id, 0, ctx.now, actor.id, actor.kind, actor.name, actor.surface, "",
        gone=True,
    )  # fmt: skip
    bridge.add(ctx.tx, note, origin)


# ---- when they were said -------------------------------------------------------------------------


def landed(ctx: Ctx, row: Row, channel: str, message: str, thread: str, version: int) -> None:
    """Words were said at a place, as they read in that version; what changed meanwhile follows."""
    copy = bridge.copy_of_row(ctx.tx, row.id)
    note = bridge.get(ctx.tx, copy.note_id) if copy is not None else None
    if copy is None or note is None or not message:
        return
    bridge.stands(ctx.tx, copy, version, channel, message, thread)
    if note.version != version:
        follow(ctx, note, copy.place)
