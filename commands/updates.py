"""Status updates: written on a rhythm, posted where people work and to those who wait; who is to
write them is reminded once, then only quietly."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import alarms, leases, notices, rooms, stakeholders
from commands.about import ACT, done, fetch, incident_arg
from commands.context import Ctx, Done, View
from commands.errors import Invalid, NotFound
from commands.queries import READ, Show
from commands.registry import Button, arg, command, query
from commands.rules.when import BadTime, read_when
from commands.threads import say_in_threads
from commands.told import Told
from commands.words import bare_clock, count, duration, local
from store import incidents, timeline
from store import rooms as records
from store.db import Tx
from store.model import MINUTE, Incident, IncidentStatus, TimelineEntry, Timer
from store.model.room import COMMS, LEAD, Update, WarRoom

KIND = "update"
WIDE, INSIDE = "wide", "inside"
TO = ((WIDE, "Room, threads and subscribers"), (INSIDE, "Only those who work on it"))
NO_MORE = "no-more"
NEXT = (
    ("15m", "In 15 min"),
    ("30m", "In 30 min"),
    ("1h", "In 1 h"),
    ("2h", "In 2 h"),
    (NO_MORE, "No further one"),
)
LONGEST = 3_000
_LONGEST_WAIT = 24 * 60
_LOOKED_AT = 4
_TOLD = ("note", "step", "severity", "assign", "run", "action", "merge")


@dataclass(frozen=True, slots=True)
class UpdateArgs:
    """Arguments of ``update``."""

    incident: int = incident_arg()
    text: str = arg("text", "What people notice, what is done, what is needed.", label="Update")
    next: str = arg("choice", "When the next one is due.", choices=NEXT, default="")
    to: str = arg("choice", "Where it goes.", choices=TO, default=WIDE)


@command(
    "update", group="room", permission=ACT, args=UpdateArgs,
    example="update 1842 writes are back, the cause is known", begins="update-form",
    buttons=(Button("Write update…", "room", ()),),
)  # fmt: skip
def update(ctx: Ctx, args: UpdateArgs) -> Done:
    """Tell those who wait how it goes: in the war room, the threads and to subscribers."""
    incident = fetch(ctx, args.incident)
    text = args.text.strip()
    if not text:
        raise Invalid("The update is empty.", "text")
    if len(text) > LONGEST:
        raise Invalid(f"An update has at most {LONGEST} characters.", "text")
    if args.to not in dict(TO):
        raise Invalid(f"{args.to} is none of them: {WIDE}, {INSIDE}.", "to")
    war = rooms.war_room(ctx, incident)
    minutes = _minutes(ctx, incident, war, args.next)
    places = stakeholders.told(ctx, incident, text) if args.to == WIDE else 0
    made = records.tell(
        ctx.tx, Update(0, incident.id, ctx.now, ctx.actor.id, ctx.actor.surface, text, places)
    )
    war = rooms.due_in(ctx, replace(war, updated_at=ctx.now), minutes)
    records.keep(ctx.tx, war)
    say = f"Update by {ctx.actor.name}: {text}"
    ctx.tell(incident.id, KIND, say, _went(ctx, war, places), {"update": made.id})
    changed = leases.worked(ctx, replace(incident, updated_at=ctx.now))
    ctx.save(changed)
    say_in_threads(
        ctx, changed, KIND, text=text, author=_called(ctx), surface=ctx.actor.surface,
        next=war.next_update,
    )  # fmt: skip
    notices.stale(ctx, rooms.about(incident.id))
    return replace(done(changed, _answer(ctx, war, incident, places)), aloud=True)


def _called(ctx: Ctx) -> str:
    """Whoever writes, as others call them."""
    person = ctx.definitions.people.get(ctx.actor.id)
    return person.first_name if person is not None else ctx.actor.name


def _minutes(ctx: Ctx, incident: Incident, war: WarRoom, said: str) -> int:
    """Until the next update is due; 0 for none."""
    if incident.status is IncidentStatus.RESOLVED or said == NO_MORE:
        return 0
    if not said:
        return war.every if records.live_of(ctx.tx, incident.id) else 0
    person = ctx.definitions.people.get(ctx.actor.id)
    try:
        at = read_when(said, ctx.now, person.zone if person else "UTC")
    except BadTime as error:
        raise Invalid(str(error), "next") from None
    minutes = (at - ctx.now + MINUTE - 1) // MINUTE
    if not 5 <= minutes <= _LONGEST_WAIT:
        raise Invalid("The next update is due in 5 minutes to 24 hours.", "next")
    return minutes


def _went(ctx: Ctx, war: WarRoom, places: int) -> str:
    told = f"Told {count(places, 'subscriber')}." if places else ""
    due = ""
    if war.next_update is not None:
        due = f"The next one is due in {duration(war.next_update - ctx.now)}."
    return f"{told} {due}".strip()


def _answer(ctx: Ctx, war: WarRoom, incident: Incident, places: int) -> str:
    person = ctx.definitions.people.get(ctx.actor.id)
    also = f" and {count(places, 'subscriber')}" if places else ""
    say = f"The update of #{incident.id} goes to its threads{also}."
    if war.next_update is not None:
        at = bare_clock(war.next_update, person.zone if person else "UTC")
        say += f" The next one is due at {at}."
    return say


# ---- reminders -----------------------------------------------------------------------------------


@alarms.alarm(rooms.UPDATE_DUE)
def due(ctx: Ctx, timer: Timer) -> None:
    """An update is due: whoever writes them is asked once; a while later the room reads it once
    more, without a mention, and then only the card says so."""
    incident = incidents.get(ctx.tx, int(timer.detail["incident"]))
    war = records.war_room(ctx.tx, int(timer.detail["incident"]))
    if incident is None or war is None or war.next_update != timer.detail["due"]:
        return
    if incident.status is IncidentStatus.RESOLVED or war.reminded > 1:
        return
    first = not war.reminded
    who = writer_of(incident, war)
    said = {"people": [who] if first and who else [], "since": war.next_update, "first": first}
    if not rooms.say(ctx, incident, "update_due", **said):
        say_in_threads(ctx, incident, "update_due", **said)
    if first:
        again = ctx.now + (war.every or 30) * MINUTE
        alarms.wake_me(ctx, rooms.UPDATE_DUE, again, incident=incident.id, due=war.next_update)
        name = ctx.name_of(who) if who else "nobody in particular"
        ctx.tell(incident.id, "reminded", f"An update is due: {name} is reminded.")
        ctx.changed(incident.id, incident.rev)
    records.keep(ctx.tx, replace(war, reminded=war.reminded + 1))
    notices.stale(ctx, rooms.about(incident.id))


def writer_of(incident: Incident, war: WarRoom) -> str:
    """Who is to write the updates: communications, else the lead, else who has the incident."""
    return war.who(COMMS) or war.who(LEAD) or incident.holder or ""


# ---- looking -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UpdatesArgs:
    """Arguments of ``updates``."""

    incident: int = incident_arg()


@query("updates", group="room", permission=READ, args=UpdatesArgs, example="updates 1842")
async def updates_(view: View, args: UpdatesArgs) -> Told:
    """The status updates of an incident, the latest first."""
    found = await view.read(lambda tx: records.updates(tx, args.incident))
    war = await view.read(lambda tx: records.war_room(tx, args.incident))
    person = view.definitions.people.get(view.actor.id)
    zone = person.zone if person else "UTC"
    lines = [
        f"{local(u.at, zone, view.now)} · {view.definitions.name_of(u.by)}: {u.text}" for u in found
    ]
    if not lines:
        lines = [f"No update of #{args.incident} was written. Write one: update {args.incident} …"]
    if war is not None and war.next_update is not None:
        lines.append(f"The next one is due {local(war.next_update, zone, view.now)}.")
    facts = [
        {"id": u.id, "at": u.at, "by": u.by, "text": u.text, "subscribers": u.places} for u in found
    ]
    return Told(
        tuple(lines),
        {"updates": facts, "next_update_at": war.next_update if war is not None else None},
    )


@query(
    "update-form", group="room", permission=READ, args=Show, listed=False,
    example="update-form 1842",
)  # fmt: skip
async def update_form(view: View, args: Show) -> Told:
    """What an update begins with: the state, what was done, and room for what is needed."""
    incident, war, lines = await view.read(lambda tx: _gather(tx, args.incident))
    person = view.definitions.people.get(view.actor.id)
    text = prefilled(view, incident, war, lines, person.zone if person else "UTC")
    values = {"text": text, "to": WIDE}
    every = war.every if war is not None else 0
    values["next"] = next((v for v, _ in NEXT if v == _short(every or 30)), "30m")
    hints = {"text": "What people notice, what is done, what is needed. Plain words."}
    return Told((text,), {"values": values, "hints": hints})


def _short(minutes: int) -> str:
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _gather(tx: Tx, number: int) -> tuple[Incident, WarRoom | None, list[TimelineEntry]]:
    incident = incidents.get(tx, number)
    if incident is None:
        raise NotFound(f"There is no incident #{number}.")
    return incident, records.war_room(tx, number), timeline.of_people(tx, number)


def prefilled(
    view: View, incident: Incident, war: WarRoom | None, lines: list[TimelineEntry], zone: str
) -> str:
    """Conditions, actions, needs, from what is on record since the last update."""
    since = (war.updated_at if war is not None else None) or incident.opened_at
    done_ = [e for e in lines if e.at > since and e.kind in _TOLD and e.say.strip()]
    acts = "; ".join(_one_line(e.say) for e in done_[-_LOOKED_AT:]) or "looking into it"
    return f"Conditions: {_conditions(view, incident, zone)}\nActions: {acts}\nNeeds: nothing now"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return (line if len(line) <= 140 else f"{line[:139].rstrip()}…").rstrip(".")


def _conditions(view: View, incident: Incident, zone: str) -> str:
    name = view.definitions.name_of
    if incident.status is IncidentStatus.RESOLVED:
        return f"resolved. {incident.summary}".strip()
    state = "nobody has it yet"
    if incident.holder and incident.holder_since is not None:
        state = (
            f"{name(incident.holder)} has it since {local(incident.holder_since, zone, view.now)}"
        )
    value = f" ({_one_line(incident.value)})" if incident.value else ""
    return f"{incident.title}{value}, {incident.severity}; {state}"


@query(
    "end-room-form", group="room", permission=READ, args=Show, listed=False,
    example="end-room-form 1842",
)  # fmt: skip
async def end_room_form(view: View, args: Show) -> Told:
    """What the summary of a war room begins with: what was written when it was resolved."""
    incident, _, _ = await view.read(lambda tx: _gather(tx, args.incident))
    open_ = incident.status is not IncidentStatus.RESOLVED
    hint = (
        f"#{incident.id} is still open and stays open." if open_ else "It is archived after that."
    )
    return Told(
        (incident.summary or "No summary yet.",),
        {"values": {"text": incident.summary}, "hints": {"text": hint}},
    )
