"""Who may put a changed definition in force: by what it is, whose it is, and what it would give.

Nobody gives what they have not, and nobody makes themselves somebody else: roles, and the accounts
and addresses by which a person is known, need ``access.write``.
"""

from __future__ import annotations

from collections.abc import Iterable

from commands import belongs, rights
from commands.errors import Conflict
from commands.rules.permission import (
    ACTION,
    Custom,
    beyond,
    covers,
    may,
    permissions_of,
    with_any_values,
)
from commands.rules.references import users_of
from store.definitions import AWAY, ROTA, Key
from store.model import Actor, Definitions, Instant, Person
from store.model.access import BY_HAND, EVERYWHERE, Pair

CONFIG, READ, ACCESS, ROTATE = "config.write", "config.read", "access.write", "oncall.act"
_FREE = ("system",)
"""Kinds of actors that are the machine itself."""


def check(
    actor: Actor, before: Definitions, after: Definitions, changes: Iterable[Key], now: Instant
) -> None:
    """Denied where somebody may not change these definitions so; Conflict where nobody would be
    admin any more."""
    keys = [*changes]
    if actor.kind not in _FREE:
        for key in keys:
            _one(actor, before, after, key, now)
    if any(kind in ("person", "role") for kind, _ in keys):
        stays_an_admin(before, after)


def _one(actor: Actor, before: Definitions, after: Definitions, key: Key, now: Instant) -> None:
    kind, name = key
    if kind == "person":
        _person(actor, before, after, name, now)
    elif kind == "role":
        _role(actor, before, after, name, now)
    elif kind == ROTA:
        changed = after.rota.get(int(name)) or before.rota.get(int(name))
        # what was over long ago is dropped by whoever comes next
        if changed is not None and int(name) in after.rota:
            _able(actor, before, ROTATE, belongs.of_schedule(before, changed.schedule), now)
    elif kind != AWAY:
        for known in (before, after):
            _able(actor, before, CONFIG, _teams(known, before, kind, name), now)
        if kind in ("policy", "route"):
            _actions(actor, before, after, key, now)


def _actions(actor: Actor, before: Definitions, after: Definitions, key: Key, now: Instant) -> None:
    """A step starts an action by itself: whoever puts it there must be allowed to."""
    teams = _teams(after, after, *key) or ()
    for action in sorted(_started(after, *key) - _started(before, *key)):
        rights.require(before, actor, with_any_values(action), teams, now)


def _started(known: Definitions, kind: str, name: str) -> set[str]:
    """The actions that a policy starts, or that of a route, also by way of other policies."""
    if kind == "route":
        return set().union(*(actions_of(known, r.policy) for r in known.routes if r.name == name))
    return actions_of(known, name)


def actions_of(known: Definitions, policy: str | None) -> set[str]:
    """The actions that a policy starts, as permissions: ``action:<name>``."""
    found, waiting = set[str](), [policy or ""]
    for each in waiting:
        steps = known.policies[each].steps if each in known.policies else ()
        for target in (t for step in steps for t in step.targets):
            kind, _, name = target.partition(":")
            if kind == "policy" and name not in waiting:
                waiting.append(name)
            elif target.startswith(ACTION):
                found.add(target)
    return found


def _teams(known: Definitions, before: Definitions, kind: str, name: str) -> tuple[str, ...] | None:
    """Whose a definition is; () where it is everybody's, None where it is not there or nobody
    uses it."""
    if kind == "team":
        return ((name,) if name in before.teams else ()) if name in known.teams else None
    if kind == "route":
        found = next((r for r in known.routes if r.name == name), None)
        if found is None:
            return None
        return (found.team,) if found.team and found.match else ()
    if kind == "schedule" and name in known.schedules:
        return _of_users(known, kind, name)
    if kind == "policy" and name in known.policies:
        return _of_users(known, kind, name)
    return None if kind in ("schedule", "policy") else ()


def _of_users(known: Definitions, kind: str, name: str) -> tuple[str, ...] | None:
    """The teams of everything that uses a schedule or a policy, also by way of other policies; ()
    where something of no team does, None where nothing does."""
    found, waiting = set[str](), [(kind, name)]
    for each in waiting:
        for user in users_of(known, *each):
            what, _, called = user.partition(" ")
            if what == "policy" and (what, called) not in waiting:
                waiting.append((what, called))
            elif what == "team":
                found.add(called)
            elif what == "route":
                teams = [r.team for r in known.routes if r.name == called]
                if not all(teams):
                    return ()
                found.update(filter(None, teams))
    return tuple(sorted(found)) or None


def reads(known: Definitions, actor: Actor, kind: str, name: str) -> bool:
    """Whether somebody may read what people wrote of a definition: with ``config.read``, or where
    they may change it."""
    teams = _teams(known, known, kind, name)
    return any(rights.may(known, actor, each, teams or ()) for each in (READ, CONFIG))


def _able(
    actor: Actor, known: Definitions, permission: str, teams: tuple[str, ...] | None, now: Instant
) -> None:
    if teams is None:
        if rights.may_somewhere(known, actor, permission):
            return
        teams = ()
    rights.require(known, actor, permission, teams, now)


# ---- people and roles --------------------------------------------------------------------------


def _person(
    actor: Actor, before: Definitions, after: Definitions, handle: str, now: Instant
) -> None:
    was, now_is = before.people.get(handle), after.people.get(handle)
    if was is not None and now_is is not None and _known_by(was) == _known_by(now_is):
        rights.require(before, actor, CONFIG, (), now)
        if _held(before, was) == _held(after, now_is):
            return
    rights.require(before, actor, ACCESS, (), now)
    if was is not None and handle != actor.id:
        for pair in _held(before, was):
            no_more_than_own(actor, before, pair, f"{was.name} holds", now)
    for pair in _held(after, now_is) if now_is is not None else ():
        if was is None or pair not in _held(before, was):
            no_more_than_own(actor, before, pair, "You would give", now)


def _known_by(person: Person) -> tuple[object, ...]:
    """What tells who somebody is: name, accounts, numbers, the e-mail address."""
    return person.name, person.email, dict(person.contacts)


def _held(known: Definitions, person: Person) -> tuple[Pair, ...]:
    """The roles of a person, as (team, role)."""
    return (*((EVERYWHERE, role) for role in person.roles), *person.grants)


def no_more_than_own(actor: Actor, known: Definitions, pair: Pair, how: str, now: Instant) -> None:
    """Denied where a role has a permission that the actor does not hold there."""
    lacking = beyond(actor, pair, known.roles)
    if lacking is None:
        return
    team, role = pair
    where = f" in team {team}" if team else ""
    say = f"{how} {role}{where}, which may {lacking}: nobody gives or takes what they have not."
    teams = (team,) if team else ()
    raise rights.denied(known, actor, lacking, teams, now, say)


def _role(actor: Actor, before: Definitions, after: Definitions, name: str, now: Instant) -> None:
    rights.require(before, actor, ACCESS, (), now)
    for known in (before, after):
        for permission in permissions_of(name, known.roles):
            if may(actor, with_any_values(permission), before.roles) is None:
                say = f"{name} may {permission}: nobody gives or takes what they have not."
                raise rights.denied(before, actor, permission, (), now, say)


def admins(known: Definitions) -> list[str]:
    """Who may everything, everywhere, without a chat or a sign-in that says so."""
    lent = {
        (g.person, g.role)
        for g in known.granted
        if g.team == EVERYWHERE and (g.source != BY_HAND or g.until is not None)
    }
    return [
        p.handle
        for p in known.people.values()
        if any(_is_admin(role, known.roles) and (p.handle, role) not in lent for role in p.roles)
    ]


def _is_admin(role: str, custom: Custom) -> bool:
    return any(covers(each, "*") for each in permissions_of(role, custom))


def stays_an_admin(before: Definitions, after: Definitions) -> None:
    """Conflict where the last admin would be none any more."""
    if (was := admins(before)) and not admins(after):
        raise Conflict(f"{before.name_of(was[0])} is the only admin.")
