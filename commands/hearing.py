"""What chats hear people write in the threads and rooms of incidents: kept once, whoever wrote it.

A thread belongs to those who can write in it; what they say there changes no incident, so nobody
needs a role for it. Words of somebody who may not work on incidents are no sign of work on one.
"""

from __future__ import annotations

from commands import bridge as words
from commands import hidden, notices
from commands.bridge import Wrote
from commands.context import Ctx
from store import audit, bridge, incidents
from store.model import Actor
from store.model.note import File, Note


def heard(ctx: Ctx, writer: str, incident_id: int, wrote: Wrote, reply_to: str = "") -> bool:
    """Keep what somebody wrote; False where it is known already, or nothing is known of the
    incident. ``reply_to`` is the message it answers, as ``surface:channel:message``."""
    if bridge.by_origin(ctx.tx, wrote.origin) is not None:
        return False
    incident = incidents.for_change(ctx.tx, incident_id)
    if incident is None or (incident.private and not wrote.where):
        return False  # the threads of cards that stood before are everybody's
    to = bridge.answered(ctx.tx, *reply_to.split(":", 2)) if reply_to else None
    mine = Wrote(wrote.text, wrote.files, wrote.origin, wrote.place, wrote.where, to)
    note = words.keep(ctx, incident, mine)
    _tell_of_secrets(ctx, note, wrote.text)
    detail = {"args": {"incident": incident_id, "text": note.text}, "in": "a thread"}
    audit.append(ctx.tx, writer, ctx.now, ctx.actor, "note", "ok", incident_id, detail)
    return True


def edited(ctx: Ctx, writer: str, origin: str, text: str, files: tuple[File, ...]) -> bool:
    """What somebody wrote reads otherwise now; False where it is not known."""
    note = bridge.by_origin(ctx.tx, origin)
    if note is None:
        return False
    kept = ctx.rules.redact(text)[: words.LONGEST]
    if note.gone or (note.text, note.files) == (kept, files[: words.MOST_FILES]):
        return True
    new = words.rewrite(ctx, note, text, files)
    _tell_of_secrets(ctx, new, text)
    detail = {"before": note.words, "args": {"text": new.text}, "in": "a thread"}
    verb, number = "note-edit", note.incident_id
    audit.append(ctx.tx, writer, ctx.now, ctx.actor, verb, "ok", number, detail)
    return True


def _tell_of_secrets(ctx: Ctx, note: Note, text: str) -> None:
    """What was hidden here still stands where it was written, which only its writer can change."""
    if ctx.rules.redact(text) != text and note.author in ctx.definitions.people:
        notices.tell(ctx, f"{hidden.ABOUT}:{note.id}", note.author)


def deleted(ctx: Ctx, writer: str, origin: str, incident_id: int | None = None) -> bool:
    """A message is gone; False where it is not known. With ``incident_id`` it is then remembered
    as gone, should it come late."""
    note = bridge.by_origin(ctx.tx, origin)
    if note is None and incident_id is None:
        return False
    if note is None:
        words.never(ctx, incident_id or 0, origin)
    elif not note.gone:
        words.take_back(ctx, note)
        detail = {"before": note.words, "in": "a thread"}
        verb, number = "note-delete", note.incident_id
        audit.append(ctx.tx, writer, ctx.now, ctx.actor, verb, "ok", number, detail)
    return True


def chat(surface: str, workspace: str = "") -> Actor:
    """A chat itself, where it does not tell who did something."""
    return Actor("system", surface, surface.capitalize(), surface, ("admin",), workspace)
