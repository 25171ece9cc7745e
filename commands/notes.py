"""Words about an incident: notes and tags."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import leases, write_back
from commands.about import ACT, NEW, OVER, TAKEN, done, fetch, incident_arg
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.registry import Button, arg, command
from commands.threads import say_in_threads
from integrations.base import Did
from store import incidents
from store.model import Incident

LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 8000, 50, 50


@dataclass(frozen=True, slots=True)
class Note:
    """Arguments of ``note``."""

    incident: int = incident_arg()
    text: str = arg("text", "What the others should know.")


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
    text = args.text.strip()
    if not text:
        raise Invalid("The note is empty.", "text")
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"The note is longer than {LONGEST_NOTE} characters.", "text")
    ctx.tell(incident.id, "note", text)
    noted = replace(incident, notes=incident.notes + 1, updated_at=ctx.now)
    changed = leases.worked(ctx, noted)
    incidents.save(ctx.tx, changed)
    if changed is noted:
        ctx.changed(incident.id, incident.rev)
    else:
        ctx.show(changed)
    say_in_threads(
        ctx,
        changed,
        "note",
        text=text,
        author=ctx.actor.name,
        surface=ctx.actor.surface,
        not_in=ctx.note.get("heard_at"),
    )
    write_back.ask(ctx, changed, Did.NOTED, f"{ctx.actor.name} wrote:", text=text)
    return done(changed, f"Noted on #{incident.id}.")


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
