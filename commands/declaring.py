"""``declare`` and ``page``: a person opens an incident by hand, as a monitor would have."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import pace, paging
from commands.about import ACT, done, find_person, one_who_acts
from commands.context import Ctx, Done
from commands.errors import Conflict, Invalid
from commands.intake import Arrived, Intake
from commands.notices import channels_of
from commands.oncall import named
from commands.registry import Button, arg, command
from commands.room_verbs import RoomArgs, room
from commands.rules import escalation
from commands.rules.oncall.duty import on_schedule, schedule_of
from commands.threads import say_in_threads
from store import access, incidents
from store.model import (
    AlertReading,
    AlertStatus,
    Incident,
    Person,
    Route,
    Severity,
    Team,
)
from store.model.oncall import Schedule

SOURCE = "manual"
LONGEST = 300
_SEVERITIES = tuple((str(s), str(s).capitalize()) for s in Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareArgs:
    """Arguments of ``declare``."""

    text: str = arg("text", "What is wrong; the first line is its title.")
    severity: str = arg("named", "error if left out.", choices=_SEVERITIES, default="error")
    team: str = arg("named", "Yours if left out.", default="")
    war_room: bool = arg("flag", "With a war room.", default=False)
    private: bool = arg("flag", "Shown to its people alone.", default=False)


@command(
    "declare",
    group="incident",
    permission=ACT,
    args=DeclareArgs,
    example="declare checkout is slow sev error team web",
    buttons=(Button("Declare…", "more", ()),),
)
def declare(ctx: Ctx, args: DeclareArgs) -> Done:
    """Open an incident by hand; whoever is on call for the team is paged."""
    opened = _open(ctx, args.text, args.severity, _team(ctx, args.team), args.private)
    answer = _opened(ctx, opened, "")
    if args.war_room:
        told = room(ctx, RoomArgs(incident=opened.id))
        answer = replace(answer, say=f"{answer.say}\n{told.say}")
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class PageArgs:
    """Arguments of ``page``."""

    who: str = arg("duty", "A team, a schedule or a person.")
    text: str = arg("text", "What is wrong; the first line is its title.")
    severity: str = arg("named", "error if left out.", choices=_SEVERITIES, default="error")


@command(
    "page",
    group="incident",
    permission=ACT,
    args=PageArgs,
    example="page db the import hangs",
    about="duty",
    buttons=(Button("Page…", "more", ()),),
)
def page(ctx: Ctx, args: PageArgs) -> Done:
    """Open an incident by hand and page this team, schedule or person for it."""
    team, person, why = _whom(ctx, args.who)
    opened = _open(ctx, args.text, args.severity, team)
    if person is None:
        return _opened(ctx, opened, "")
    if person.handle == ctx.actor.id:
        raise Conflict("That is you. To open an incident that is yours: declare, then ack.")
    reason = f"{ctx.actor.name} pages {person.name} ({why})"
    held = paging.hold_for(ctx, opened, one_who_acts(ctx, person), reason)
    if held is None:
        raise Conflict(f"{person.name} can't be paged: no contact is known.")
    ctx.tell(held.id, "assign", f"Assigned to {person.name}.", f"{reason}.")
    ctx.save(held)
    say_in_threads(ctx, held, "assign", person=person.handle, text="")
    return _opened(ctx, held, f"{person.name} is paged. ")


def _whom(ctx: Ctx, who: str) -> tuple[Team | None, Person | None, str]:
    """The team whose policy asks, or the person who is asked first."""
    known = ctx.definitions
    try:
        found = named(known, who, ctx.actor.id, "who")
    except Invalid:
        found = find_person(ctx, who.removeprefix("@"))
    if isinstance(found, Team):
        return found, None, ""
    if isinstance(found, Schedule):
        team = next((t for t in known.teams.values() if schedule_of(known, t) is found), None)
        if team is not None:
            return team, None, ""
        on = on_schedule(known, found.name, ctx.now)
        if not on:
            raise Conflict(f"Nobody is on call in schedule {found.name} now.")
        return None, known.people[on[0].person], on[0].why
    team = next((t for t in known.teams.values() if found.handle in t.members), None)
    return team, found, "by name"


def _team(ctx: Ctx, name: str) -> Team | None:
    """The named team, else the actor's; else the first that has a route."""
    known = ctx.definitions
    bare = name.removeprefix("team:")
    if bare:
        if bare in known.teams:
            return known.teams[bare]
        there = ", ".join(sorted(known.teams)) or "none yet"
        raise Invalid(f"There is no team {bare}. Teams: {there}.", "team")
    mine = [t for t in known.teams.values() if ctx.actor.id in (*t.members, t.lead)]
    routed = (team for r in known.routes if (team := known.teams.get(r.team or "")))
    return mine[0] if mine else next(routed, None)


def _open(ctx: Ctx, text: str, severity: str, team: Team | None, private: bool = False) -> Incident:
    """What intake makes of it where the team's route takes everything.

    The same words again within the group window join the incident that is open.
    """
    title, _, more = text.strip().partition("\n")
    if not title.strip():
        raise Invalid("Say what is wrong.", "text")
    pace.check(ctx)
    if severity not in list(Severity):
        known = ", ".join(Severity)
        raise Invalid(f"{severity} is not a severity: {known}.", "severity")
    source = access.source(ctx.tx, ctx.now, SOURCE, SOURCE)
    reading = AlertReading(
        f"manual-{ctx.tx.ids.next(ctx.now)}",
        AlertStatus.FIRING,
        Severity(severity),
        title.strip()[:LONGEST],
        severity_raw=severity,
        description=more.strip(),
        labels={"team": team.name} if team else {},
    )
    route = _route(ctx, team)
    if private:
        route = replace(route, private=True)
    known_to_it = replace(ctx.definitions, routes=(route,), alert_rules=())
    heard = Intake(replace(ctx, definitions=known_to_it))
    number = heard.run([Arrived(source, (reading,), ctx.now)])[0].incident_id
    opened = incidents.for_change(ctx.tx, number) if number is not None else None
    assert opened is not None
    if opened.private and ctx.actor.id in ctx.definitions.people:
        opened = replace(opened, people=tuple(dict.fromkeys((*opened.people, ctx.actor.id))))
        incidents.save(ctx.tx, opened)
    ctx.tell(opened.id, "declared", f"{ctx.actor.name} declared it.", "Opened by hand.")
    return opened


def _route(ctx: Ctx, team: Team | None) -> Route:
    """The team's own route, taking everything; without one, its policy and its channels."""
    name = team.name if team else None
    own = next((r for r in ctx.definitions.routes if r.team == name and name), None)
    if own is not None:
        return replace(own, match={}, group_by=("title",))
    channels = channels_of(ctx.definitions, None)
    return Route(SOURCE, team=name, channels=channels, group_by=("title",))


def _opened(ctx: Ctx, incident: Incident, said: str) -> Done:
    """Its number, and who is asked first."""
    if not said:
        policy = escalation.policy_of(ctx.definitions, incident.policy)
        step = policy.steps[0] if policy.steps else None
        targets = step.targets if step else ()
        asked = escalation.resolve(targets, ctx.definitions, incident.team, ctx.now)
        names = ", ".join(a.person.name for a in asked)
        said = f"{names} {'is' if len(asked) == 1 else 'are'} paged. " if asked else ""
    where = f"{ctx.rules.url}/i/{incident.id}" if ctx.rules.url else ""
    alone = "It is private: its people alone see it. " if incident.private else ""
    say = f"#{incident.id} is open: {incident.title}. {alone}{said}{where}"
    answer = done(incident, say.strip())
    return replace(answer, aloud=True)
