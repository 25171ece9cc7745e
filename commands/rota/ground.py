"""What the verbs that change the rota stand on: who may, which schedule is meant, when, and how a
change is put in force and told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from commands import belongs, notices, rights
from commands.context import Ctx
from commands.errors import Conflict, Denied, Invalid
from commands.rota import say
from commands.rules.range import Range, read_range
from commands.rules.when import BadTime
from store import covers, definitions
from store.definitions import ROTA, Key, Row
from store.model import DAY, Definitions, Instant, Person, Team
from store.model.oncall import Override, RotaChange, Schedule, Swap, Temporary

ACT, WRITE = "oncall.act", "config.write"
_REASON = 300
_KEPT = 400 * DAY
"""How long what is over stays among the definitions in force; older versions keep it for ever."""


def zone_of(ctx: Ctx) -> str:
    """The zone of whoever acts."""
    person = ctx.definitions.people.get(ctx.actor.id)
    return person.zone if person else "UTC"


def me(ctx: Ctx) -> Person:
    """The person who acts; Conflict for a token or the machine."""
    person = ctx.definitions.people.get(ctx.actor.id)
    if person is None:
        raise Conflict(
            f"{ctx.actor.name} is nobody who has shifts. From a shell, take a token of a person: "
            "pv token create --name laptop --person ana"
            if ctx.actor.kind == "token"
            else f"{ctx.actor.name} is none of the people, and has no shifts."
        )
    return person


def when(ctx: Ctx, text: str, where: str = "when") -> Range:
    """The span of time somebody means, in their own zone; Invalid says what to type instead."""
    try:
        return read_range(text, ctx.now, zone_of(ctx))
    except BadTime as error:
        raise Invalid(str(error), where) from None


def both(ctx: Ctx, start: Instant, end: Instant, zone: str) -> str:
    """A span of time on a schedule's clock and the actor's; a chat shows it on its reader's."""
    return say.shown(ctx, start, end, zone, zone_of(ctx))


def named(known: Definitions, what: str) -> Schedule | None:
    """The schedule of that name, or the one that holds that team's duty."""
    kind, colon, name = what.rpartition(":")
    if (not colon or kind == "schedule") and name in known.schedules:
        return known.schedules[name]
    team = known.teams.get(name) if not colon or kind == "team" else None
    return known.schedules.get((team.oncall or "").removeprefix("schedule:")) if team else None


def schedule(ctx: Ctx, what: str, where: str = "what") -> Schedule:
    """The schedule that is meant, where none is named the actor's only one; Invalid says which
    there are."""
    known = ctx.definitions
    if found := named(known, what) if what else None:
        return found
    mine = [s for s in known.schedules.values() if is_of(known, s, ctx.actor.id)]
    if not what and len(mine) == 1:
        return mine[0]
    there = ", ".join([s.name for s in (mine if not what else ())] or sorted(known.schedules))
    team = known.teams.get(what.removeprefix("team:"))
    if team is not None:
        always = f"{known.name_of(team.oncall)} always is" if team.oncall else "nobody is"
        raise Invalid(f"Team {team.name} has no schedule: {always} on call for it.", where)
    first = f"There is no schedule or team {what}." if what else "Which schedule?"
    raise Invalid(f"{first} There are: {there or 'none yet'}.", where)


def is_of(known: Definitions, one: Schedule, handle: str) -> bool:
    """Whether somebody belongs to a schedule: by its layers, or by a team whose duty it holds."""
    turns = (people for layer in one.layers for people in _people(layer))
    return handle in {h for people in turns for h in people} or any(
        handle in (*team.members, team.lead) for team in teams_of(known, one.name)
    )


def _people(layer: object) -> Iterable[tuple[str, ...]]:
    rotation = getattr(layer, "rotation", None)
    return (getattr(layer, "people", ()), *(rotation.people if rotation else ()))


def people_of(known: Definitions, name: str) -> set[str]:
    """Who may stand in for one another in a schedule: the members of its teams; without a team
    those whose turns its layers name."""
    members = {m for team in teams_of(known, name) for m in team.members}
    one = known.schedules.get(name)
    turns = (people for layer in (one.layers if one else ()) for people in _people(layer))
    found = members or {h for people in turns for h in people}
    return {h for h in found if h in known.people}


def short(reason: str) -> str:
    """A reason as it is kept."""
    return " ".join(reason.split())[:_REASON]


def teams_of(known: Definitions, name: str) -> list[Team]:
    """The teams whose duty a schedule holds."""
    return [known.teams[t] for t in notices.teams_of(known, name)]


def leads_of(known: Definitions, name: str) -> tuple[str, ...]:
    """The leads of those teams."""
    leads = (t.lead for t in teams_of(known, name) if t.lead in known.people)
    return tuple(dict.fromkeys(filter(None, leads)))


def is_editor(ctx: Ctx) -> bool:
    """Whether the actor may change every definition."""
    return rights.may(ctx.definitions, ctx.actor, WRITE) is not None


def may_change(ctx: Ctx, one: Schedule) -> None:
    """Denied where the actor has nothing to do with a schedule, with those to ask."""
    known = ctx.definitions
    if rights.may(known, ctx.actor, WRITE, belongs.of_schedule(known, one.name)):
        return
    if is_of(known, one, ctx.actor.id):
        return
    able = [h for t in teams_of(known, one.name) for h in (t.lead, *t.members) if h in known.people]
    able += [p.handle for p in rights.able(known, WRITE)]
    names = tuple(dict.fromkeys(known.name_of(h) for h in able))[:5]
    why = f"{ctx.actor.name} is not of schedule {one.name}; changing another's needs {WRITE}."
    raise Denied(why, WRITE, names)


def in_the_way(one: Schedule, start: Instant, end: Instant, now: Instant) -> Conflict:
    """Why a change would change nothing: a temporary schedule holds."""
    held = [t for t in one.temporary if t.start < end and t.end > start]
    if not held:
        return Conflict(
            f"An earlier change of {one.name} stands in the way. See: changes {one.name}"
        )
    said = say.span(held[0].start, held[0].end, one.zone, now)
    return Conflict(f"A temporary schedule holds {one.name} {said}: take that back first.")


# ---- in force ----------------------------------------------------------------------------------

Made = tuple[Schedule, Override | Swap | Temporary]


def put(
    ctx: Ctx, made: Sequence[Made], reason: str = "", cover: int = 0, by: str = ""
) -> list[RotaChange]:
    """Put changes in force that one command made and that are taken back as one; ``by`` is whose
    they are, the actor's by themselves."""
    ids = covers.numbers(ctx.tx, len(made))
    changes = [
        RotaChange(
            number, one.name, by or ctx.actor.id, ctx.now,
            override=what if isinstance(what, Override) else None,
            swap=what if isinstance(what, Swap) else None,
            temporary=what if isinstance(what, Temporary) else None,
            reason=reason, cover=cover, batch=ids[0],
        )
        for number, (one, what) in zip(ids, made, strict=True)
    ]  # fmt: skip
    rows: dict[Key, Row | None] = {(ROTA, str(c.id)): definitions.row_of(c) for c in changes}
    ctx.define({**_over(ctx), **rows})
    return changes


def _over(ctx: Ctx) -> dict[Key, Row | None]:
    """What was over long ago leaves the version in force."""
    past = ctx.now - _KEPT
    old = [c.id for c in ctx.definitions.rota.values() if span_of(c)[1] < past][:50]
    return {(ROTA, str(number)): None for number in old}


def span_of(change: RotaChange) -> tuple[Instant, Instant]:
    """From when to when a change holds."""
    what = change.override or change.swap or change.temporary
    return (what.start, what.end) if what else (0, 0)


def tell(ctx: Ctx, number: int, people: Iterable[str], about: str = "rota") -> str:
    """Tell people of changes; ``Bob was told.``, and whom no contact is known of."""
    told: list[str] = []
    not_told: list[str] = []
    for handle in dict.fromkeys(people):
        if handle == ctx.actor.id or handle not in ctx.definitions.people:
            continue
        reached = notices.tell(ctx, f"{about}:{number}", handle)
        (told if reached else not_told).append(handle)
    said = []
    if told:
        names = say.names(ctx.definitions, told)
        said.append(f"{names} {'was' if len(told) == 1 else 'were'} told.")
    if not_told:
        said.append(f"No contact of {say.names(ctx.definitions, not_told)} is known.")
    return " ".join(said)
