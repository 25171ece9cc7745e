"""Words about an incident: notes, which can be changed and taken back, and tags."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import bridge, leases, rights
from commands.about import ACT, NEW, OVER, TAKEN, One, done, fetch, incident_arg
from commands.bridge import Wrote
from commands.context import Ctx, Done, View
from commands.errors import Denied, Invalid, NotFound
from commands.registry import Button, arg, command, query
from commands.told import Told
from commands.words import surface_name
from store import bridge as records
from store import incidents
from store.model import Incident
from store.model import note as notes

READ, ANY = "incident.read", "*"
LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 8000, 50, 50


@dataclass(frozen=True, slots=True)
class Note:
    """Arguments of ``note``."""

    incident: int = incident_arg()
    text: str = arg("text", "What the others should know.", label="Note")
    sensitive: bool = arg("flag", "Only who may see sensitive things reads it.", default=False)


@command(
    "note",
    group="incident",
    permission=ACT,
    args=Note,
    example="note 1842 archive target was full",
    buttons=(Button("Note…", "ack", (TAKEN, OVER)), Button("Note…", "more", (NEW,), order=1)),
)
def note(ctx: Ctx, args: Note) -> Done:
    """Write in the incident's thread, for everybody on every surface."""
    incident = fetch(ctx, args.incident)
    bridge.keep(ctx, incident, Wrote(_checked(args.text), sensitive=args.sensitive))
    return done(incident, f"Noted on #{incident.id}.")


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("The note is empty.", "text")
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"The note is longer than {LONGEST_NOTE} characters.", "text")
    return text


WHICH = "The number of the note, as its line in the thread says; without it your last one."


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """Arguments of ``note-edit``."""

    incident: int = incident_arg()
    text: str = arg("text", "What it should say instead.")
    which: str = arg("which", WHICH, default="")


@dataclass(frozen=True, slots=True)
class NoteDelete:
    """Arguments of ``note-delete``."""

    incident: int = incident_arg()
    which: str = arg("which", WHICH, default="")


@command(
    "note-edit",
    group="room",
    permission=ACT,
    args=NoteEdit,
    example="note-edit 1842 archive target was full since 02:50",
    begins="note-last",
)
def note_edit(ctx: Ctx, args: NoteEdit) -> Done:
    """Change what you wrote about an incident, wherever it was said."""
    incident = fetch(ctx, args.incident)
    found = _mine(ctx, incident.id, args.which, "edit")
    text = _checked(args.text)
    if text == found.text:
        return done(incident, "It says that already.")
    bridge.rewrite(ctx, found, text, found.files)
    return done(incident, f"Note {found.number} of #{incident.id} reads so now{_but(found)}.")


@command("note-delete", group="room", permission=ACT, args=NoteDelete, example="note-delete 1842")
def note_delete(ctx: Ctx, args: NoteDelete) -> Done:
    """Take back what you wrote about an incident, wherever it was said."""
    incident = fetch(ctx, args.incident)
    found = _mine(ctx, incident.id, args.which, "take back")
    bridge.take_back(ctx, found, ctx.actor.name)
    return done(incident, f"Note {found.number} of #{incident.id} is gone{_but(found)}.")


def _but(note: notes.Note) -> str:
    """Where a change does not reach: a message that a person wrote is theirs."""
    if not note.place and not note.where:
        return ", everywhere"
    chat = surface_name(note.surface)
    return f" here and where PixelView repeated it; the message in {chat} stays as it is"


def _mine(ctx: Ctx, incident_id: int, which: str, doing: str) -> notes.Note:
    """A note that the actor wrote, or that an admin may change."""
    number = which.strip().lstrip("#")
    if number and not number.isdecimal():
        raise Invalid(f"{which} is not the number of a note, such as 3.", "which")
    if not number:
        last = records.last_of(ctx.tx, incident_id, ctx.actor.id)
        if last is None:
            raise NotFound(f"You wrote nothing about #{incident_id}.")
        return last
    found = records.numbered(ctx.tx, incident_id, int(number[:9]))
    if found is None or found.gone:
        raise NotFound(f"There is no note {number} of #{incident_id}.")
    if found.author != ctx.actor.id and not rights.may(ctx.definitions, ctx.actor, ANY):
        raise Denied(f"{found.name} wrote that: only they or an admin can {doing} it.", ANY)
    return found


@query("note-last", group="room", permission=READ, args=One, listed=False, example="note-last 1842")
async def note_last(view: View, args: One) -> Told:
    """Your last words about an incident, to change them."""
    last = await view.read(lambda tx: records.last_of(tx, args.incident, view.actor.id))
    values = {"text": last.text, "which": str(last.number)} if last is not None else {}
    return Told((last.text if last is not None else "Nothing.",), {"values": values})


@dataclass(frozen=True, slots=True)
class Tags:
    """Arguments of ``tag`` and ``untag``."""

    incident: int = incident_arg()
    tags: str = arg("words", "One or more tags.")


def _tags(text: str) -> list[str]:
    found = [t.strip("#,").casefold()[:LONGEST_TAG] for t in text.replace(",", " ").split()]
    if not any(found):
        raise Invalid("Name at least one tag.", "tags")
    return [t for t in dict.fromkeys(found) if t]


@command("tag", group="incident", permission=ACT, args=Tags, example="tag 1842 network vendor")
def tag(ctx: Ctx, args: Tags) -> Done:
    """Add tags, to filter and group by."""
    incident = fetch(ctx, args.incident)
    new = [t for t in _tags(args.tags) if t not in incident.tags]
    if len(incident.tags) + len(new) > MOST_TAGS:
        raise Invalid(f"An incident has at most {MOST_TAGS} tags.", "tags")
    incidents.index_labels(ctx.tx, incident.id, [("tag", t) for t in new])
    say = f"tagged it {', '.join(new) or 'nothing new'}"
    return _retagged(ctx, incident, (*incident.tags, *new), say)


@command("untag", group="incident", permission=ACT, args=Tags, example="untag 1842 vendor")
def untag(ctx: Ctx, args: Tags) -> Done:
    """Take tags away."""
    incident = fetch(ctx, args.incident)
    gone = [t for t in _tags(args.tags) if t in incident.tags]
    for name in gone:
        incidents.drop_label(ctx.tx, incident.id, "tag", name)
    kept = tuple(t for t in incident.tags if t not in gone)
    return _retagged(ctx, incident, kept, f"took away {', '.join(gone) or 'nothing'}")


def _retagged(ctx: Ctx, incident: Incident, tags: tuple[str, ...], say: str) -> Done:
    if tags == incident.tags:
        return done(incident, f"#{incident.id} is unchanged.")
    changed = leases.worked(ctx, replace(incident, tags=tags, updated_at=ctx.now))
    ctx.tell(incident.id, "tag", f"{ctx.actor.name} {say}.")
    ctx.save(changed)
    return done(changed, f"#{incident.id}: {', '.join(changed.tags) or 'no tags'}.")
