"""Private incidents: ``private 1842 @mei team:db``, ``public 1842``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import posting
from commands.about import ACT, One, done, fetch, incident_arg
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.registry import Button, arg, command
from commands.room_verbs import people
from store import privates, rooms
from store.model import Incident
from store.model.room import OPEN

_TEAM = "team:"


@dataclass(frozen=True, slots=True)
class PrivateArgs:
    """Arguments of ``private``."""

    incident: int = incident_arg()
    people: str = arg("words", "Who else sees it: @mei, team:db.", default="", label="Who else")


@command(
    "private", group="access", permission=ACT, args=PrivateArgs,
    example="private 1842 @mei team:db", buttons=(Button("Private…", "more", ()),),
)  # fmt: skip
def private(ctx: Ctx, args: PrivateArgs) -> Done:
    """Show an incident to its people alone: who is paged, has it, or is named."""
    incident = fetch(ctx, args.incident)
    named = named_people(ctx, args.people)
    new = tuple(n for n in named if n not in incident.people)
    if incident.private and not new:
        return replace(done(incident, f"#{incident.id} is private already."), aloud=True)
    changed = hide(ctx, incident, named)
    who = ", ".join(called(ctx, n) for n in new)
    did = "shows it" if incident.private else "made it private"
    to = f" {'to' if incident.private else 'and shows it to'} {who}" if who else ""
    ctx.tell(incident.id, "private", f"{ctx.actor.name} {did}{to}.")
    say = (
        f"#{incident.id} is private: it is shown to {seen_by(ctx, changed)}. {_rooms(ctx, changed)}"
    )
    return replace(done(changed, say.strip()), aloud=True)


@command(
    "public", group="access", permission=ACT, args=One, example="public 1842",
    buttons=(Button("Make public", "more", (), asks=True),),
)  # fmt: skip
def public(ctx: Ctx, args: One) -> Done:
    """Show a private incident to everybody again; its cards come back."""
    incident = fetch(ctx, args.incident)
    if not incident.private:
        return replace(done(incident, f"#{incident.id} is not private."), aloud=True)
    changed = replace(incident, private=False, people=(), updated_at=ctx.now)
    privates.forget(ctx.tx, incident.id)
    ctx.tell(incident.id, "private", f"{ctx.actor.name} made it public.")
    ctx.save(changed)
    if posting.may_show(ctx.tx, changed):
        places = posting.places_of(ctx.definitions, changed)
        posting.put_up(ctx, changed, posting.wanted(ctx, changed, places))
    say = f"#{incident.id} is public: everybody who may look at incidents sees all of it."
    return replace(done(changed, say), aloud=True)


def hide(ctx: Ctx, incident: Incident, named: tuple[str, ...] = ()) -> Incident:
    """An incident is private from now on; whoever makes it so keeps seeing it."""
    mine = (ctx.actor.id,) if ctx.actor.kind == "person" else ()
    people_ = tuple(dict.fromkeys((*incident.people, *mine, *named)))
    changed = replace(incident, private=True, people=people_, updated_at=ctx.now)
    ctx.save(changed)
    ctx.changed(0, ctx.definitions.version_id)  # lists that show it are looked at again
    ctx.touched.pop(0, None)
    return changed


def named_people(ctx: Ctx, text: str) -> tuple[str, ...]:
    """Handles, and teams as ``team:db``, whoever is in them when they look."""
    found: list[str] = []
    for name in text.replace(",", " ").replace("team ", _TEAM).split():
        if not name.startswith(_TEAM):
            found += people(ctx, name)
        elif name.removeprefix(_TEAM) in ctx.definitions.teams:
            found.append(name)
        else:
            known = ", ".join(sorted(ctx.definitions.teams)) or "none yet"
            raise Invalid(f"There is no {name.replace(':', ' ')}. Teams: {known}.", "people")
    return tuple(dict.fromkeys(found))


def called(ctx: Ctx, who: str) -> str:
    """``Mei Lin``, ``team db``."""
    return who.replace(":", " ") if who.startswith(_TEAM) else ctx.name_of(who)


def seen_by(ctx: Ctx, incident: Incident) -> str:
    """Everybody a private incident is shown to, in words."""
    names = [called(ctx, who) for who in privates.people_of(ctx.tx, incident.id)]
    team = ctx.definitions.teams.get(incident.team or "")
    if team is not None and team.lead and ctx.name_of(team.lead) not in names:
        names.append(f"{ctx.name_of(team.lead)} (lead of {team.name})")
    return ", ".join([*names, "whoever is paged for it"])


def _rooms(ctx: Ctx, incident: Incident) -> str:
    """What can't be hidden: a room that everybody may enter."""
    there = rooms.live_of(ctx.tx, incident.id)
    if any(room.state == OPEN and not room.private for room in there):
        return "Its war room is open to everybody: nothing more is said there."
    return ""
