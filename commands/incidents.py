"""What people do with incidents: every verb once, for every surface."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from commands import lifecycle, paging
from commands.context import Ctx, Done
from commands.errors import Conflict, Invalid, NotFound
from commands.registry import Button, arg, command
from commands.rules import escalation
from commands.rules.when import BadTime, read_when
from commands.words import surface_name
from store import alerts, incidents, timers, upkeep
from store.model import DAY, HOUR, Incident, IncidentStatus, NextUp, Person

RESOLVED = IncidentStatus.RESOLVED
TRIGGERED = IncidentStatus.TRIGGERED
ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED

NEW, TAKEN, OVER = "new", "acknowledged", "resolved"
READ, ACT = "incident.read", "incident.act"

HOW = (
    ("when_clear", "When the last alert clears"),
    ("silence_1h", "Now, and silence its alerts for 1 h"),
    ("silence_4h", "Now, and silence its alerts for 4 h"),
    ("silence_1d", "Now, and silence its alerts for 1 day"),
    ("now", "Now, whatever still fires"),
)
_SILENCE = {"silence": HOUR, "silence_1h": HOUR, "silence_4h": 4 * HOUR, "silence_1d": DAY}
UNTIL = (
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("morning", "09:00 in the morning"),
    ("monday", "Monday 09:00"),
)


def _incident() -> Any:
    return arg("incident", "The incident's number, such as 1842.")


def fetch(ctx: Ctx, incident_id: int) -> Incident:
    """The incident, with the counts of this transaction; NotFound says which number."""
    found = incidents.get(ctx.tx, incident_id)
    if found is None:
        raise NotFound(f"There is no incident #{incident_id}.")
    return found


def open_one(ctx: Ctx, incident_id: int, doing: str) -> Incident:
    """An incident that is not resolved, else a Conflict that names who was first."""
    found = fetch(ctx, incident_id)
    if found.status is RESOLVED:
        raise Conflict(
            f"#{found.id} is resolved, so there is nothing to {doing}.", winner(ctx, found)
        )
    return found


def winner(ctx: Ctx, incident: Incident) -> dict[str, Any]:
    """Who was first, from where and when."""
    if incident.status is RESOLVED:
        last = [e for e in _history(ctx, incident.id) if e.kind in ("resolve", "merge")]
        surface = last[-1].surface if last else ""
        who = name_of(ctx, incident.resolved_by) if incident.resolved_by else "the monitor"
        return {"who": who, "surface": surface_name(surface), "at": incident.resolved_at}
    return {
        "who": name_of(ctx, incident.holder),
        "surface": surface_name(incident.holder_from or ""),
        "at": incident.holder_since,
    }


def _history(ctx: Ctx, incident_id: int) -> list[Any]:
    from store import timeline

    return timeline.of_incident(ctx.tx, incident_id, 200)


def name_of(ctx: Ctx, handle: str | None) -> str:
    """A person's name for a handle, or the handle itself."""
    person = ctx.definitions.people.get(handle or "")
    return person.name if person else (handle or "nobody")


def done(incident: Incident, say: str) -> Done:
    """The answer of a verb that changed one incident."""
    return Done(say, ((incident.id, incident.rev),))


@dataclass(frozen=True, slots=True)
class One:
    """Arguments of a verb that needs only the incident."""

    incident: int = _incident()


@dataclass(frozen=True, slots=True)
class Ack:
    """Arguments of ``ack``."""

    incident: int = _incident()
    take: bool = arg("flag", "Take it over from who has it.", default=False)


@command(
    "ack",
    group="incident",
    permission=ACT,
    args=Ack,
    example="ack 1842",
    buttons=(Button("Acknowledge", "ack", (NEW,)),),
)
def ack(ctx: Ctx, args: Ack) -> Done:
    """Take the incident: you have it, and every page stops."""
    incident = open_one(ctx, args.incident, "acknowledge")
    me = ctx.actor.id
    if incident.status is ACKNOWLEDGED and incident.holder == me:
        return Done(f"You have #{incident.id} already.", ((incident.id, incident.rev),))
    if incident.status is ACKNOWLEDGED and not args.take and incident.assignee != me:
        raise Conflict(
            f"{name_of(ctx, incident.holder)} already has #{incident.id}.", winner(ctx, incident)
        )
    taken = f"Taken over from {name_of(ctx, incident.holder)}." if incident.holder else ""
    changed = lifecycle.acknowledge(ctx, incident, why=taken)
    return done(changed, f"You have #{incident.id}. Paging stopped.")


@dataclass(frozen=True, slots=True)
class Unack:
    """Arguments of ``unack``."""

    incident: int = _incident()
    text: str = arg("text", "Why, for those who are asked next.", default="")


@command(
    "unack",
    group="incident",
    permission=ACT,
    args=Unack,
    example="unack 1842 going offline",
    strict=True,
    buttons=(Button("Give back", "more", (TAKEN,), asks=True, order=0, holder_only=True),),
)
def unack(ctx: Ctx, args: Unack) -> Done:
    """Give the incident back: paging resumes at the current step."""
    incident = open_one(ctx, args.incident, "give back")
    if incident.status is not ACKNOWLEDGED:
        raise Conflict(f"Nobody has #{incident.id}: it is being paged already.")
    why = f"{ctx.actor.name} gave it back. {args.text}".strip()
    changed = lifecycle.back_to_paging(ctx, incident, why)
    return done(changed, f"#{incident.id} is back to paging.")


@dataclass(frozen=True, slots=True)
class Assign:
    """Arguments of ``assign``."""

    incident: int = _incident()
    who: str = arg("who", "A person or a team.")
    text: str = arg("text", "A word for them.", default="")


@command(
    "assign",
    group="incident",
    permission=ACT,
    args=Assign,
    example="assign 1842 omar",
    buttons=(Button("Assign…", "assign", (NEW, TAKEN)),),
)
def assign(ctx: Ctx, args: Assign) -> Done:
    """Ask a person or a team to take it; the policy waits for their answer."""
    incident = open_one(ctx, args.incident, "assign")
    person, why = _assignee(ctx, args.who)
    if person.handle == ctx.actor.id:
        return ack(ctx, Ack(incident.id, take=True))
    reason = f"{ctx.actor.name} asks {person.name} ({why})"
    held = paging.hold_for(ctx, incident, person, f"{reason}. {args.text}".strip(". "))
    if held is None:
        raise Conflict(f"{person.name} can't be paged: no contact is known.")
    changed = replace(held, rev=incident.rev + 1, updated_at=ctx.now)
    ctx.tell(incident.id, "assign", f"Assigned to {person.name}. {args.text}".strip(), f"{reason}.")
    ctx.save(changed)
    lifecycle.say_in_threads(ctx, changed, "assign", person=person.handle, text=args.text)
    return done(changed, f"{person.name} is asked to take #{incident.id}.")


def _assignee(ctx: Ctx, who: str) -> tuple[Person, str]:
    people, teams = ctx.definitions.people, ctx.definitions.teams
    name = who.removeprefix("@")
    if name == "me" and ctx.actor.id in people:
        name = ctx.actor.id
    if name.startswith("team:") or (name in teams and name not in people):
        team = teams.get(name.removeprefix("team:"))
        if team is None:
            raise Invalid(f"There is no team {name.removeprefix('team:')}.", "who")
        for target, duty in ((team.oncall, "on call for"), (team.lead, "lead of")):
            if target in people:
                return people[target], f"{duty} team {team.name}"
        raise Invalid(f"Team {team.name} has nobody on call and no lead.", "who")
    return find_person(ctx, name), "by name"


def find_person(ctx: Ctx, name: str) -> Person:
    """A person by handle, full name or first name; Invalid when none or several fit."""
    people = ctx.definitions.people
    if name in people:
        return people[name]
    low = name.casefold()
    fits = [p for p in people.values() if low in (p.name.casefold(), p.first_name.casefold())]
    if len(fits) == 1:
        return fits[0]
    if fits:
        options = " · ".join(f"{p.name} ({p.handle})" for p in fits)
        raise Invalid(f"Which {name}? {options}", "who")
    raise Invalid(
        f"I don't know {name}. People: {', '.join(sorted(people)) or 'nobody yet'}.", "who"
    )


@dataclass(frozen=True, slots=True)
class Escalate:
    """Arguments of ``escalate``."""

    incident: int = _incident()
    step: int | None = arg("number", "The step to go to; the next one by itself.", default=None)


@command(
    "escalate",
    group="incident",
    permission=ACT,
    args=Escalate,
    example="escalate 1842 to step 2",
    strict=True,
    buttons=(Button("Escalate", "escalate", (NEW, TAKEN), asks=True),),
)
def escalate(ctx: Ctx, args: Escalate) -> Done:
    """Page the next step now; the clock restarts there."""
    incident = open_one(ctx, args.incident, "escalate")
    policy = paging.policy_of(ctx, incident)
    turn = escalation.after(policy, incident.step, incident.loop)
    step = args.step if args.step is not None else (turn.step if turn.kind == "step" else 0)
    if not 0 <= step < len(policy.steps):
        raise Invalid(f"{policy.name} has steps 1 to {len(policy.steps)}.", "step")
    loop = turn.loop if args.step is None and turn.kind == "step" else incident.loop
    stopped = paging.stop(ctx, incident, f"{ctx.actor.name} escalated")
    ctx.tell(
        incident.id,
        "escalate",
        f"{ctx.actor.name} escalated to step {step + 1}.",
        "Asked by a person.",
    )
    again = replace(
        stopped,
        status=TRIGGERED,
        holder=None,
        holder_since=None,
        holder_from=None,
        assignee=None,
        snoozed_until=None,
        resolve_when_clear=False,
        rev=incident.rev + 1,
    )
    why = f"{ctx.actor.name} escalated to step {step + 1} of {policy.name}"
    changed = paging.reach(ctx, again, step, loop, why)
    return done(
        changed, f"Paging {', '.join(name_of(ctx, h) for h in changed.asking) or 'nobody'} now."
    )


@dataclass(frozen=True, slots=True)
class Resolve:
    """Arguments of ``resolve``."""

    incident: int = _incident()
    how: str = arg(
        "choice",
        "What should happen while alerts still fire.",
        default="",
        choices=HOW,
        only_if="firing",
    )
    text: str = arg("text", "What it was and what fixed it.", default="")


@command(
    "resolve",
    group="incident",
    permission=ACT,
    args=Resolve,
    example="resolve 1842 cleaned old WAL",
    strict=True,
    buttons=(Button("Resolve…", "resolve", (NEW, TAKEN)),),
)
def resolve(ctx: Ctx, args: Resolve) -> Done:
    """Close it; while alerts still fire you choose what happens to them."""
    incident = open_one(ctx, args.incident, "resolve")
    if incident.alerts_firing > 0 and not args.how:
        n = incident.alerts_firing
        say = f"{n} alert{'s' if n != 1 else ''} of #{incident.id} still fire{'' if n != 1 else 's'}. Choose how to resolve."
        raise Conflict(say, None, tuple(v for v, _ in HOW))
    if args.how and args.how not in dict(HOW) and args.how != "silence":
        raise Invalid(f"{args.how} is not a way to resolve: {', '.join(v for v, _ in HOW)}.", "how")
    if args.how == "when_clear" and incident.alerts_firing > 0:
        return _when_clear(ctx, incident, args.text)
    why = f"Resolved by {ctx.actor.name} from {surface_name(ctx.actor.surface)}."
    if args.how in _SILENCE and incident.alerts_firing > 0:
        incident = _silence_keys(ctx, incident, ctx.now + _SILENCE[args.how], args.text)
        why += " Its alerts are silenced."
    elif incident.alerts_firing > 0:
        why += f" {incident.alerts_firing} still fire."
    changed = lifecycle.resolve(ctx, incident, by=ctx.actor.id, why=why, summary=args.text)
    return done(changed, f"#{incident.id} is resolved.")


def _when_clear(ctx: Ctx, incident: Incident, text: str) -> Done:
    if incident.status is TRIGGERED:
        incident = lifecycle.acknowledge(ctx, incident)
    changed = replace(
        incident,
        resolve_when_clear=True,
        summary=text or incident.summary,
        rev=incident.rev + 1,
        next=NextUp("resolves", why="when the last alert clears"),
    )
    ctx.tell(incident.id, "resolve", f"{ctx.actor.name}: resolve when the last alert clears.", text)
    ctx.save(changed)
    return done(changed, f"#{incident.id} resolves when its last alert clears.")


@command(
    "reopen",
    group="incident",
    permission=ACT,
    args=One,
    example="reopen 1837",
    strict=True,
    buttons=(Button("Reopen…", "more", (OVER,), asks=True, order=0),),
)
def reopen(ctx: Ctx, args: One) -> Done:
    """Open a resolved incident again; its last holder is paged first."""
    incident = fetch(ctx, args.incident)
    if incident.status is not RESOLVED:
        raise Conflict(
            f"#{incident.id} is open.", winner(ctx, incident) if incident.holder else None
        )
    if incident.merged_into:
        raise Conflict(f"#{incident.id} was merged into #{incident.merged_into}; work there.")
    if ctx.now - (incident.resolved_at or 0) > DAY:
        raise Conflict(
            f"#{incident.id} was resolved more than 24 h ago; what fires now opens a new one."
        )
    firing = sum(1 for a in alerts.of_incident(ctx.tx, incident.id) if a.status == "firing")
    why = f"{ctx.actor.name} reopened it from {surface_name(ctx.actor.surface)}."
    changed = lifecycle.reopen(ctx, incident, why, firing=firing, first=incident.holder)
    return done(changed, f"#{incident.id} is open again.")


@dataclass(frozen=True, slots=True)
class Until:
    """Arguments of ``snooze`` and ``silence``."""

    incident: int = _incident()
    until: str = arg("when", "For how long or until when: 2h, morning, mon 09:00.", choices=UNTIL)
    text: str = arg("text", "Why.", default="")


def until(ctx: Ctx, text: str) -> int:
    """The instant a person means, in their own zone; Invalid says what to type instead."""
    person = ctx.definitions.people.get(ctx.actor.id)
    try:
        at = read_when(text, ctx.now, person.zone if person else "UTC")
    except BadTime as error:
        raise Invalid(str(error), "until") from None
    if at <= ctx.now:
        raise Invalid(f"{text} is in the past.", "until")
    return at


@command(
    "snooze",
    group="incident",
    permission=ACT,
    args=Until,
    example="snooze 1833 until monday 9",
    buttons=(Button("Snooze…", "more", (NEW, TAKEN), order=2),),
)
def snooze(ctx: Ctx, args: Until) -> Done:
    """Stop asking until then; it wakes earlier if it gets worse."""
    incident = open_one(ctx, args.incident, "snooze")
    at = until(ctx, args.until)
    stopped = paging.stop(ctx, incident, f"{ctx.actor.name} snoozed it")
    changed = replace(
        stopped,
        snoozed_until=at,
        asking=(),
        rev=incident.rev + 1,
        updated_at=ctx.now,
        next=NextUp("unsnooze", at, why=f"snoozed by {ctx.actor.name}"),
    )
    timers.add(
        ctx.tx, ctx.now, paging.UNSNOOZE, changed.id, changed.generation, at, changed.severity.rank
    )
    ctx.tell(
        incident.id,
        "snooze",
        f"{ctx.actor.name} snoozed it. {args.text}".strip(),
        "",
        {"until": at},
    )
    ctx.save(changed)
    return done(changed, f"#{incident.id} sleeps.")


@command(
    "silence",
    group="incident",
    permission=ACT,
    args=Until,
    example="silence 1842 3h load test",
    buttons=(Button("Silence…", "more", (NEW, TAKEN), order=3),),
)
def silence(ctx: Ctx, args: Until) -> Done:
    """Silence this incident's alerts until then: they are counted and page nobody."""
    incident = open_one(ctx, args.incident, "silence")
    at = until(ctx, args.until)
    changed = _silence_keys(
        ctx, paging.stop(ctx, incident, f"{ctx.actor.name} silenced it"), at, args.text
    )
    changed = replace(
        changed,
        asking=(),
        rev=incident.rev + 1,
        updated_at=ctx.now,
        next=NextUp("unsnooze", at, why=f"silenced by {ctx.actor.name}"),
    )
    ctx.save(changed)
    return done(changed, f"The alerts of #{incident.id} are silenced.")


def _silence_keys(ctx: Ctx, incident: Incident, at: int, reason: str) -> Incident:
    keys = alerts.keys_of(ctx.tx, incident.id)
    upkeep.silence(ctx.tx, ctx.now, incident.id, keys, at, ctx.actor.id, reason)
    ctx.tx.after.append(lambda: ctx.draft.remember_silence(keys, at))
    timers.add(
        ctx.tx,
        ctx.now,
        paging.UNSILENCE,
        incident.id,
        incident.generation,
        at,
        incident.severity.rank,
    )
    n = len(keys)
    ctx.tell(
        incident.id,
        "silence",
        f"{ctx.actor.name} silenced {n} alert{'s' if n != 1 else ''}. {reason}".strip(),
        "",
        {"until": at},
    )
    return replace(incident, silenced_until=at)


@dataclass(frozen=True, slots=True)
class Note:
    """Arguments of ``note``."""

    incident: int = _incident()
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
    ctx.tell(incident.id, "note", text[:8000])
    changed = replace(incident, notes=incident.notes + 1, updated_at=ctx.now)
    incidents.save(ctx.tx, changed)
    ctx.changed(incident.id, incident.rev)
    lifecycle.say_in_threads(
        ctx,
        changed,
        "note",
        text=text[:8000],
        author=ctx.actor.name,
        surface=ctx.actor.surface,
        not_in=ctx.note.get("heard_at"),
    )
    return done(changed, f"Noted on #{incident.id}.")


@dataclass(frozen=True, slots=True)
class Tags:
    """Arguments of ``tag`` and ``untag``."""

    incident: int = _incident()
    tags: str = arg("words", "One or more tags.")


def _tags(text: str) -> list[str]:
    found = [t.strip("#,").casefold()[:50] for t in text.replace(",", " ").split()]
    if not any(found):
        raise Invalid("Name at least one tag.", "tags")
    return [t for t in dict.fromkeys(found) if t]


@command("tag", group="incident", permission=ACT, args=Tags, example="tag 1842 network vendor")
def tag(ctx: Ctx, args: Tags) -> Done:
    """Add tags, to filter and group by."""
    incident = fetch(ctx, args.incident)
    new = [t for t in _tags(args.tags) if t not in incident.tags]
    incidents.index_labels(ctx.tx, incident.id, [("tag", t) for t in new])
    return _retagged(
        ctx, incident, (*incident.tags, *new), f"tagged it {', '.join(new) or 'nothing new'}"
    )


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
    changed = replace(incident, tags=tags[:50], updated_at=ctx.now)
    ctx.tell(incident.id, "tag", f"{ctx.actor.name} {say}.")
    ctx.save(changed)
    return done(changed, f"#{incident.id}: {', '.join(changed.tags) or 'no tags'}.")


@dataclass(frozen=True, slots=True)
class Merge:
    """Arguments of ``merge``."""

    incident: int = _incident()
    into: int = arg("incident", "The incident it becomes part of.")


@command(
    "merge",
    group="incident",
    permission=ACT,
    args=Merge,
    example="merge 1845 into 1842",
    buttons=(Button("Merge…", "more", (NEW, TAKEN), order=4),),
)
def merge(ctx: Ctx, args: Merge) -> Done:
    """Make an incident part of another; its alerts and their future go there."""
    child, parent = open_one(ctx, args.incident, "merge"), open_one(ctx, args.into, "merge into")
    if child.id == parent.id:
        raise Invalid("An incident can't be merged into itself.", "into")
    keys = alerts.keys_of(ctx.tx, child.id)
    ctx.tell(child.id, "merge", f"{ctx.actor.name} merged it into #{parent.id}.")
    ctx.tell(parent.id, "merge", f"{ctx.actor.name} merged #{child.id} into it.", child.title)
    gone = lifecycle.resolve(
        ctx,
        replace(child, merged_into=parent.id),
        by=ctx.actor.id,
        why=f"Part of #{parent.id} now.",
    )
    alerts.move(ctx.tx, child.id, parent.id)
    worst = min(child.severity, parent.severity, key=lambda s: s.rank)
    changed = replace(
        parent,
        alerts_total=parent.alerts_total + child.alerts_total,
        severity=worst,
        alerts_firing=parent.alerts_firing + child.alerts_firing,
        rev=parent.rev + 1,
        updated_at=ctx.now,
    )
    ctx.save(changed)
    ctx.draft.adopt(keys, parent.id, alerts.live(ctx.tx, keys))
    return Done(
        f"#{child.id} is part of #{parent.id} now.",
        ((gone.id, gone.rev), (changed.id, changed.rev)),
    )
