"""User groups in chat (``@oncall-db``) follow whoever is on call for their team."""

from __future__ import annotations

from dataclasses import dataclass

from commands import notices
from commands.context import Ctx
from commands.rules.oncall.duty import duty
from store import errands, upkeep
from store.db import Tx
from store.model import Definitions, Instant, Person, Team
from store.outbox import Row

ABOUT = "group"
CARD = "usergroup"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A group that does not follow: since when, and why; ``error`` is empty once it does again."""

    team: str
    group: str
    error: str
    at: Instant


def follow(ctx: Ctx, schedule: str) -> None:
    """Others may be on call in a schedule now: the groups of its teams follow."""
    for name in notices.teams_of(ctx.definitions, schedule):
        _follow(ctx, ctx.definitions.teams[name])


def follow_all(ctx: Ctx, *, anew: bool = False) -> None:
    """Every group follows, whoever holds the duty; ``anew`` also where it should be so already."""
    for team in ctx.definitions.teams.values():
        _follow(ctx, team, anew=anew)


def _follow(ctx: Ctx, team: Team, *, anew: bool = False) -> None:
    """Have its groups changed, unless they were for these people already."""
    people = [person.handle for person in members(ctx.definitions, team.name, ctx.now)]
    for group in team.usergroups:
        content = {"group": group, "people": people}
        if anew or errands.last(ctx.tx, f"{ABOUT}:{team.name}", group) != content:
            errands.ask(ctx.tx, ctx.now, f"{ABOUT}:{team.name}", group, content)


def members(definitions: Definitions, team: str, at: Instant) -> list[Person]:
    """Who belongs into a team's group at an instant."""
    found = duty(definitions, definitions.teams.get(team), at)
    return [definitions.people[on.person] for on in found]


def others(definitions: Definitions, team: str, at: Instant) -> list[Person]:
    """Who of a team does not."""
    known = definitions.teams.get(team)
    on = {person.handle for person in members(definitions, team, at)}
    handles = known.members if known is not None else ()
    return [p for h in handles if h not in on and (p := definitions.people.get(h))]


# ---- when it can't be done -----------------------------------------------------------------------


def failed(ctx: Ctx, row: Row, error: str) -> None:
    """A group can't follow: it is on record, and said once in the team's channels."""
    team = (row.about or "").partition(":")[2]
    group = str(row.content.get("group", ""))
    if not group:
        return
    upkeep.set_words(ctx.tx, _key(team, group), {"error": error, "at": ctx.now})
    notices.post(ctx, f"{CARD}:{team}/{group}", notices.channels_of(ctx.definitions, team))


def followed(ctx: Ctx, team: str, group: str) -> None:
    """It follows; where that was in doubt it is said."""
    key = _key(team, group)
    if trouble(ctx.tx, f"{team}/{group}") is not None:
        upkeep.set_words(ctx.tx, key, {"error": "", "at": ctx.now})
        notices.stale(ctx, f"{CARD}:{team}/{group}")


def trouble(tx: Tx, name: str) -> Trouble | None:
    """The trouble with a group (``db/slack:@oncall-db``); None where there never was any."""
    team, _, group = name.partition("/")
    known = upkeep.words(tx, _key(team, group))
    if known is None:
        return None
    return Trouble(team, group, known["error"], known["at"])


def _key(team: str, group: str) -> str:
    return f"group {team}/{group}"
