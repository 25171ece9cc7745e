"""Where a role comes from, in words."""

from __future__ import annotations

from collections.abc import Iterator

from commands import rights
from commands.rules.permission import ACTION, Held, covers, permissions_of, with_any_values
from commands.words import surface_name
from store.model import Definitions, Person
from store.model.access import BY_HAND, EVERYWHERE, Pair

FILE = "the settings file"


def sources(known: Definitions, person: Person, pair: Pair) -> list[str]:
    """Every source of a role that somebody holds: the file, people, a group, a sign-in."""
    team, role = pair
    found = [
        _granted(known, each.source, each.because)
        for each in known.granted
        if each.person == person.handle and (each.team, each.role) == (team, role)
    ]
    if not found or (person.handle, team, role) in known.defined:
        mine = ("person", person.handle) in known.people_own
        found.insert(0, "the definition of " + person.handle if mine else FILE)
    return found


def _granted(known: Definitions, source: str, because: str) -> str:
    if source == BY_HAND:
        return f"given by {known.name_of(because)}"
    if source == "oidc":
        return f"the sign-in says {because}"
    return f"{because} in {surface_name(source)}"


def pairs(person: Person) -> Iterator[Pair]:
    """What somebody holds, as (team, role)."""
    yield from ((EVERYWHERE, role) for role in person.roles)
    yield from person.grants


def role_words(pair: Pair) -> str:
    """``editor in team db``."""
    team, role = pair
    return f"{role} in team {team}" if team else role


def why(known: Definitions, person: Person, held: Held) -> str:
    """``responder in team db (@sre in Slack)``."""
    pair = (held.team, held.role)
    return f"{role_words(pair)} ({', '.join(sources(known, person, pair))})"


def opens(known: Definitions, role: str) -> str:
    """The permissions of a role."""
    held = permissions_of(role, known.roles)
    return "everything" if held == ("*",) else ", ".join(held)


def limits_of(
    known: Definitions, person: Person, permission: str, teams: tuple[str, ...]
) -> tuple[str, ...]:
    """With which values alone somebody may run an action that they may not run with any."""
    if not permission.startswith(ACTION) or "[" in permission:
        return ()
    if rights.may(known, person, with_any_values(permission), teams) is not None:
        return ()
    held = (each for role in person.roles for each in permissions_of(role, known.roles))
    mine = (
        each
        for team, role in person.grants
        if team in teams or not teams
        for each in permissions_of(role, known.roles)
    )
    return tuple(dict.fromkeys(p for p in (*held, *mine) if "[" in p and covers(p, permission)))
