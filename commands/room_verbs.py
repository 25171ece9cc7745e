"""``room``, ``invite``, ``end-room``, ``call-link``, ``rooms``: working on an incident together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from commands import notices, room_ends, rooms
from commands.about import ACT, NEW, TAKEN, done, fetch, find_person, incident_arg, open_one
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.queries import READ, Show
from commands.registry import Button, arg, command, query
from commands.rules import rooms as rules
from commands.told import Told
from commands.words import duration, surface_name
from store import incidents, outbox
from store import rooms as records
from store.db import Tx
from store.model import Incident
from store.model.room import LEAD, MAKING, OPEN, THREAD, Room, WarRoom

BOTH = "both"
CHATS = (("slack", "Slack"), ("discord", "Discord"), (BOTH, "Both"))
_LONGEST_CALL = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomArgs:
    """Arguments of ``room``."""

    incident: int = incident_arg()
    name: str = arg("named", "Its name; by the pattern in the settings if left out.", default="")
    private: bool = arg("flag", "Only who is invited sees it.", default=False)
    thread: bool = arg("flag", "A thread below the card, no channel.", default=False)
    chat: str = arg(
        "choice",
        "Where its card is if left out.",
        choices=CHATS,
        default="",
    )
    people: str = arg("words", "Who comes beside those on call: @mei, team:web.", default="")


@command(
    "room", group="room", permission=ACT, args=RoomArgs, example="room 1842 private @mei",
    begins="room-form",
    buttons=(Button("War room…", "more", (NEW, TAKEN), order=3),),
)  # fmt: skip
def room(ctx: Ctx, args: RoomArgs) -> Done:
    """Make the war room of an incident: a channel with those on call in it, and its card on top."""
    incident = open_one(ctx, args.incident, "make a war room for")
    named = people(ctx, args.people)
    there = records.live_of(ctx.tx, incident.id)
    surfaces = _surfaces(ctx, incident, args.chat)
    new = [s for s in surfaces if s not in {r.surface for r in there}]
    if not new or (there and not args.chat):
        return _there(ctx, incident, there, named)
    wanted = rooms.Wanted(
        ctx.actor.id if ctx.actor.kind == "person" else "",
        args.name, args.private or None, THREAD if args.thread else "", (), tuple(named),
    )  # fmt: skip
    made = rooms.make(ctx, incident, new, wanted)
    what = "a private war room" if made[0].private else "a war room"
    where = rooms.chats(made)
    ctx.tell(
        incident.id, rooms.KIND, f"{ctx.actor.name} asked for {what} in {where}.", "",
        {"room": "asked"},
    )  # fmt: skip
    ctx.show(incident)
    shown = "You are in it as soon as it stands." if made[0].private else "Its link is on the card."
    say = f"The war room of #{incident.id} is being made in {where}. {shown}"
    return replace(done(incident, say), aloud=True)


def _there(ctx: Ctx, incident: Incident, there: Sequence[Room], named: Sequence[str]) -> Done:
    """It has one: where it is; who was named is taken in."""
    stands = [r for r in there if r.state == OPEN]
    links = "\n".join(f"War room of #{incident.id}: {rooms.link_of(r)}" for r in stands)
    links = links or f"The war room of #{incident.id} is being made."
    new = rooms.invite(ctx, incident, named, ctx.actor.id)
    if new:
        links += f"\nInvited: {', '.join(ctx.name_of(h) for h in new)}."
    return replace(done(incident, links), aloud=True)


def _surfaces(ctx: Ctx, incident: Incident, chat: str) -> tuple[str, ...]:
    chats = ctx.rules.rooms.chats
    if not chats:
        raise Conflict("No chat is connected, so there is nowhere to make a war room.")
    if chat == BOTH:
        return chats
    if chat:
        if chat not in dict(CHATS) and chat not in chats:
            known = ", ".join((*chats, BOTH))
            raise Invalid(f"{chat} is none of them: {known}.", "chat")
        if chat not in chats:
            raise Conflict(f"{surface_name(chat)} is not connected.")
        return (chat,)
    found = rooms.surfaces_of(ctx, incident, rooms.rule_of(ctx, incident))
    if not found:
        raise Conflict("None of the chats for war rooms is connected (rooms.surfaces).")
    return found


def people(ctx: Ctx, text: str) -> list[str]:
    """The handles behind words: ``@mei``, ``mei``, ``team web``; Invalid names who is unknown."""
    names = text.replace(",", " ").replace("team ", "team:").split()
    found: list[str] = []
    for name in names:
        if name.startswith("team:"):
            if name.removeprefix("team:") not in ctx.definitions.teams:
                there = ", ".join(sorted(ctx.definitions.teams)) or "none yet"
                raise Invalid(f"There is no {name.replace(':', ' ')}. Teams: {there}.", "people")
            found += rooms.of_name(ctx, name)
        elif name.casefold() == "me":
            found.append(ctx.actor.id)
        else:
            try:
                found.append(find_person(ctx, _bare(ctx, name)).handle)
            except Invalid as error:
                raise Invalid(error.error, "people") from None
    return list(dict.fromkeys(found))


def _bare(ctx: Ctx, name: str) -> str:
    """A name without its sign; a platform's own mention (``<@U0MEI>``) is whose account it is."""
    bare = name.strip("<>").removeprefix("@").lstrip("!").partition("|")[0]
    known = ctx.definitions.people.values()
    return next((p.handle for p in known if bare in p.contacts.values()), bare)


@dataclass(frozen=True, slots=True)
class InviteArgs:
    """Arguments of ``invite``."""

    incident: int = incident_arg()
    people: str = arg("words", "Whom: @mei, team:web.")


@command(
    "invite", group="room", permission=ACT, args=InviteArgs, example="invite 1842 @mei team:web",
    buttons=(Button("Invite…", "room", ()),),
)  # fmt: skip
def invite(ctx: Ctx, args: InviteArgs) -> Done:
    """Take people into the war room."""
    incident = fetch(ctx, args.incident)
    if not records.live_of(ctx.tx, incident.id):
        raise Conflict(f"#{incident.id} has no war room. To make one: room {incident.id}")
    named = people(ctx, args.people)
    if not named:
        raise Invalid("Say whom: @mei, team:web.", "people")
    new = rooms.invite(ctx, incident, named, ctx.actor.id)
    if not new:
        say = f"{_names(ctx, named)} {'was' if len(named) == 1 else 'were'} invited before."
        return replace(done(incident, say), aloud=True)
    ctx.tell(incident.id, rooms.KIND, f"{ctx.actor.name} invites {_names(ctx, new)}.")
    ctx.changed(incident.id, incident.rev)
    say = f"{_names(ctx, new)} {'is' if len(new) == 1 else 'are'} invited."
    return replace(done(incident, say), aloud=True)


def _names(ctx: Ctx, handles: Sequence[str]) -> str:
    return " and ".join(ctx.name_of(handle) for handle in handles)


@dataclass(frozen=True, slots=True)
class EndArgs:
    """Arguments of ``end-room``."""

    incident: int = incident_arg()
    text: str = arg("text", "What was found and what is left to do.", default="")


@command(
    "end-room", group="room", permission=ACT, args=EndArgs,
    example="end-room 1842 the archive target was full", begins="end-room-form",
    buttons=(Button("End room…", "room", ()),),
)  # fmt: skip
def end_room(ctx: Ctx, args: EndArgs) -> Done:
    """End the war room: the summary is posted, then it is archived."""
    incident = fetch(ctx, args.incident)
    ended = room_ends.end(ctx, incident, args.text.strip() or incident.summary, ctx.actor.id)
    if not ended:
        raise Conflict(f"#{incident.id} has no war room that stands open.")
    still = "" if incident.status is rooms.RESOLVED else " The incident itself stays open."
    say = f"The war room of #{incident.id} in {rooms.chats(ended)} is over.{still}"
    return replace(done(incident, say), aloud=True)


@dataclass(frozen=True, slots=True)
class CallArgs:
    """Arguments of ``call-link``."""

    incident: int = incident_arg()
    link: str = arg("word", "The address of the call; none takes it away.")


@command(
    "call-link", group="room", permission=ACT, args=CallArgs,
    example="call-link 1842 https://meet.example.eu/db",
    buttons=(Button("Call link…", "room", ()),),
)  # fmt: skip
def call_link(ctx: Ctx, args: CallArgs) -> Done:
    """Say where those who work on an incident talk; the link stands in the war room."""
    incident = fetch(ctx, args.incident)
    link = "" if args.link.casefold() == "none" else args.link.strip("<>")
    if link and not link.startswith(("https://", "http://")):
        raise Invalid(f"{args.link} is not an address. Try: https://meet.example.eu/db", "link")
    if len(link) > _LONGEST_CALL:
        raise Invalid(f"An address has at most {_LONGEST_CALL} characters.", "link")
    war = rooms.war_room(ctx, incident)
    records.keep(ctx.tx, replace(war, call=link))
    notices.stale(ctx, rooms.about(incident.id))
    say = f"{ctx.actor.name} put a call up: {link}" if link else f"{ctx.actor.name} ended the call."
    ctx.tell(incident.id, rooms.KIND, say)
    ctx.changed(incident.id, incident.rev)
    return done(incident, f"#{incident.id}: {link or 'no call'}.")


@query(
    "room-form", group="room", permission=READ, args=Show, listed=False, example="room-form 1842"
)
async def room_form(view: View, args: Show) -> Told:
    """What the form of a war room begins with: as the rule would make it."""

    def gather(tx: Tx) -> tuple[Incident | None, set[str]]:
        cards = {row.place.partition(":")[0] for row in outbox.places(tx, args.incident)}
        return incidents.get(tx, args.incident), cards

    incident, cards = await view.read(gather)
    if incident is None:
        raise NotFound(f"There is no incident #{args.incident}.")
    rule = view.rules.rooms.of(incident.route, incident.team)
    chats = rooms.chosen(rule, view.rules.rooms.chats, cards)
    name = rules.channel_name(rule.name, rooms.values_of(incident))
    values = {"name": name, "chat": BOTH if len(chats) > 1 else "".join(chats)}
    values |= {"private": "true"} if rule.private else {}
    values |= {"thread": "true"} if rule.where == THREAD else {}
    invited = ", ".join(rule.invite) or "nobody"
    hints = {"people": f"Who comes besides {invited}: @mei, team:web."}
    return Told((f"#{name} in {' and '.join(map(surface_name, chats))}",),
                {"values": values, "hints": hints})  # fmt: skip


# ---- looking -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomsArgs:
    """Arguments of ``rooms``."""


@query("rooms", group="room", permission=READ, args=RoomsArgs, example="rooms")
async def rooms_(view: View, args: RoomsArgs) -> Told:
    """Every war room that stands open, who leads it, and when its next update is due."""

    def gather(tx: Tx) -> list[tuple[Room, WarRoom | None, Incident | None]]:
        found = records.live(tx)
        return [
            (r, records.war_room(tx, r.incident_id), incidents.get(tx, r.incident_id))
            for r in found
        ]

    lines, facts = [], []
    for each, war, incident in await view.read(gather):
        if incident is None or war is None:
            continue
        lead = view.definitions.name_of(war.who(LEAD)) if war.who(LEAD) else "nobody"
        hidden = each.private and view.actor.id not in each.wanted
        lines.append(_line(view, each, war, incident, lead, hidden))
        facts.append({
            "incident": incident.id, "surface": each.surface, "state": each.state,
            "kind": each.kind, "name": "" if hidden else each.name,
            "url": "" if hidden else each.url, "private": each.private,
            "lead": war.who(LEAD) or None, "next_update_at": war.next_update,
            "opened_at": each.opened_at,
        })  # fmt: skip
    return Told(tuple(lines) or ("No war room stands open.",), {"rooms": facts})


def _line(
    view: View, each: Room, war: WarRoom, incident: Incident, lead: str, hidden: bool
) -> str:  # fmt: skip
    """``#1842 Disk 94 % full on db-3: #inc-1842 in Slack, open 12 min, Ana leads``."""
    what = rooms.link_of(each)
    if hidden or each.state == MAKING:
        kind = "a private room" if hidden else "being made"
        what = f"{kind} in {surface_name(each.surface)}"
    parts = [what, f"open {duration(view.now - each.opened_at)}", f"{lead} leads"]
    if war.next_update is not None:
        left = war.next_update - view.now
        due = f"in {duration(left)}" if left > 0 else "now"
        parts.append(f"update due {due}")
    return f"#{incident.id} {incident.title}: {' · '.join(parts)}"
