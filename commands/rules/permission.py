"""What each role may do; permissions are words a command names, such as ``incident.act``.

A role holds everywhere or in one team. What concerns a team's incident, schedule, route … is
allowed to whoever may do it everywhere or in that team; what concerns no team needs it everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from commands.rules import permitted
from store.model.access import EVERYWHERE, CustomRole, Pair

ANYONE = "anyone"
"""What somebody may whom nobody knows: read the help, link an account."""

PERMISSIONS: dict[str, str] = {
    "self": "what is one's own: sign-in, sessions, contacts, test pages, views, subscriptions",
    "incident.read": "look at incidents, schedules, reports",
    "incident.sensitive": "see sensitive labels and notes",
    "incident.private": "see every private incident",
    "incident.act": "acknowledge, assign, escalate, resolve, silence, write notes, run rooms",
    "oncall.act": "cover, override, swap, be away",
    "inventory.read": "look at resources, clusters, clouds and services, and how they are",
    "inventory.logs": "read the last lines of a container or a console",
    "inventory.cost": "see what things cost, and what could be saved",
    "config.read": "read definitions, their versions, sources and monitors",
    "config.write": "change definitions, maintenance, heartbeats, sources",
    "access.read": "see the roles, links, tokens and sessions of others",
    "access.write": "give and take roles, links and tokens, end sessions, make people known",
    "audit.read": "read and verify the record",
    "audit.export": "take the record out",
    "privacy.write": "export and erase what is kept of a person",
}
"""Every permission and what it opens; beside these ``action:<name>`` runs that action,
``action:<name>[env=staging-*]`` with such values of its parameters."""

ACTION = "action:"

ROLES: dict[str, tuple[str, ...]] = {
    "viewer": ("self", "incident.read", "inventory.read", "inventory.cost"),
    "responder": (
        "self", "incident.read", "incident.sensitive", "incident.act", "oncall.act",
        "inventory.read", "inventory.logs", "inventory.cost",
    ),
    "editor": (
        "self", "incident.read", "incident.sensitive", "incident.act", "oncall.act",
        "inventory.read", "inventory.logs", "inventory.cost", "config.read", "config.write",
    ),
    "auditor": (
        "self", "incident.read", "incident.sensitive", "incident.private", "inventory.read",
        "inventory.cost", "config.read", "access.read", "audit.read", "audit.export",
    ),
    "admin": ("*",),
}  # fmt: skip
"""The roles that are always there."""

WIDE = frozenset({ANYONE, "self", "incident.read", "inventory.read", "inventory.cost"})
"""Permissions that hold everywhere once they are held in any team: who belongs somewhere may look
around (private incidents are how a team keeps something to itself), and has what is their own."""

Custom = Mapping[str, CustomRole]
"""Roles of the definitions, by name."""

NO_ROLES: Custom = {}
_PATTERN = re.compile(r"[a-z0-9_.:*-]+")
_ACTIONS = re.compile(r"action:[A-Za-z0-9_.:*-]+")


class Holder(Protocol):
    """Whoever holds roles: a person, an actor. ``grants`` are (team, role)."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Those that hold everywhere."""
        ...

    @property
    def grants(self) -> tuple[Pair, ...]:
        """Those that hold in a team."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """Why something is allowed: by which role, and in which team (``""``: everywhere)."""

    role: str
    team: str = EVERYWHERE


def covers(pattern: str, permission: str) -> bool:
    """Whether a permission with wildcards covers another one (which may have some itself)."""
    if "[" in pattern or "[" in permission:
        return permitted.covers(pattern, permission)
    return pattern == permission or ("*" in pattern and fnmatchcase(permission, pattern))


def permissions_of(role: str, custom: Custom = NO_ROLES) -> tuple[str, ...]:
    """What a role is made of; nothing where there is no such role."""
    found = ROLES.get(role)
    if found is not None:
        return found
    return custom[role].permissions if role in custom else ()


def role_names(custom: Custom = NO_ROLES) -> tuple[str, ...]:
    """All roles there are."""
    return (*ROLES, *sorted(custom))


def grants_it(role: str, permission: str, custom: Custom = NO_ROLES) -> bool:
    """Whether a role has a permission."""
    return any(covers(each, permission) for each in permissions_of(role, custom))


def allows(roles: Iterable[str], permission: str, custom: Custom = NO_ROLES) -> str | None:
    """The first of the roles that allows a permission, or None."""
    return next((role for role in roles if grants_it(role, permission, custom)), None)


def may(
    who: Holder, permission: str, custom: Custom = NO_ROLES, teams: Collection[str] = ()
) -> Held | None:
    """By which role somebody may do something that concerns these teams; None where they may not.

    ``teams`` are all the teams it concerns: it is needed in each of them. None of them means that
    it is needed everywhere. Of a token's ``scope`` one word must cover it as well.
    """
    if permission == ANYONE:
        return Held("")
    scope: tuple[str, ...] = getattr(who, "scope", ())
    if scope and not any(covers(each, permission) for each in scope):
        return None
    if role := allows(who.roles, permission, custom):
        return Held(role)
    if permission in WIDE:
        return next(_in_teams(who, permission, custom), None)
    held = {each.team: each for each in _in_teams(who, permission, custom)}
    if teams and all(team in held for team in teams):
        return held[next(iter(teams))]
    return None


def in_some_team(who: Holder, permission: str, custom: Custom = NO_ROLES) -> bool:
    """Whether somebody may do something at least about one team's things."""
    return bool(may(who, permission, custom) or next(_in_teams(who, permission, custom), None))


def teams_where(who: Holder, permission: str, custom: Custom = NO_ROLES) -> tuple[str, ...]:
    """The teams in which somebody may do something that they may not everywhere."""
    return tuple(dict.fromkeys(held.team for held in _in_teams(who, permission, custom)))


def _in_teams(who: Holder, permission: str, custom: Custom) -> Iterator[Held]:
    scope: tuple[str, ...] = getattr(who, "scope", ())
    if scope and not any(covers(each, permission) for each in scope):
        return
    for team, role in who.grants:
        if grants_it(role, permission, custom):
            yield Held(role, team)


def known(who: Holder) -> bool:
    """Whether somebody holds any role at all."""
    return bool(who.roles or who.grants)


# ---- giving roles ------------------------------------------------------------------------------


def beyond(giver: Holder, pair: Pair, custom: Custom = NO_ROLES) -> str | None:
    """The first permission of a role that its giver does not hold there; None where they hold all.

    Nobody gives what they have not: a role in a team needs its permissions in that team, a role
    everywhere needs them everywhere.
    """
    team, role = pair
    teams = (team,) if team else ()
    for permission in permissions_of(role, custom):
        if may(giver, with_any_values(permission), custom, teams) is None:
            return permission
    return None


def with_any_values(permission: str) -> str:
    """A permission as it is given: an action's that names no values holds for all of them."""
    plain = permission.startswith(ACTION) and "[" not in permission
    return f"{permission}{permitted.ANY}" if plain else permission


def patterns_of(who: Holder, custom: Custom = NO_ROLES) -> tuple[str, ...]:
    """Every permission of an action that names values and may speak of what somebody runs: those of
    all roles, so that who may can be told, and those of a token."""
    scope: tuple[str, ...] = getattr(who, "scope", ())
    named = (each for role in custom.values() for each in role.permissions)
    return tuple(each for each in (*named, *scope) if "[" in each)


def mistake_in(pattern: str) -> str | None:
    """What is wrong with a permission as a role names it; None where it can be held."""
    if wrong := permitted.mistake(pattern):
        return wrong
    bare = pattern.partition("[")[0]
    if not (_PATTERN.fullmatch(bare) or _ACTIONS.fullmatch(bare)):
        return f"{pattern} is no permission: write words like incident.act or action:postgres.*"
    if bare != pattern and not bare.startswith(ACTION):
        return f"{pattern}: only actions have parameters"
    if pattern.startswith(ACTION) and pattern != ACTION:
        return None
    if not any(covers(pattern, each) for each in PERMISSIONS):
        return f"{pattern} is no permission; there are: {', '.join(PERMISSIONS)}, action:<name>"
    return None


# ---- words -------------------------------------------------------------------------------------


def in_words(who: Holder, teams: Collection[str] = ()) -> str:
    """What somebody is: ``responder``, ``editor in team db``; ``teams`` are named first. Empty for
    who holds nothing."""
    ordered = sorted(who.grants, key=lambda pair: (pair[0] not in teams, pair))
    by_team: dict[str, list[str]] = {}
    for team, role in ordered:
        by_team.setdefault(team, []).append(role)
    said = [", ".join(who.roles)] if who.roles else []
    said += [f"{', '.join(roles)} in team {team}" for team, roles in by_team.items()]
    return "; ".join(said[:4])


def able_roles(permission: str, custom: Custom = NO_ROLES) -> tuple[str, ...]:
    """The roles that have a permission."""
    return tuple(role for role in role_names(custom) if grants_it(role, permission, custom))


def why_not(
    name: str,
    who: Holder,
    permission: str,
    custom: Custom = NO_ROLES,
    teams: Collection[str] = (),
) -> str:
    """The sentence for a denial: what would be needed, and what they are."""
    where = f" in team {' and '.join(sorted(teams))}" if teams else ""
    scope: tuple[str, ...] = getattr(who, "scope", ())
    if scope and not any(covers(each, permission) for each in scope):
        return f"{name} has only {', '.join(scope)}; this needs {permission}."
    able = ", ".join(able_roles(permission, custom)) or "none yet"
    held = in_words(who, teams) or "no role"
    return f"{name} has {held}; {permission}{where} needs one of: {able}."
