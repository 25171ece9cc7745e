"""Roles: who has what and from where, given and taken at run time; and why somebody may, or may
not, do something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commands import access_words as words
from commands import approvals, belongs, rights
from commands.about import find_person
from commands.context import Ctx, Done, View
from commands.defining_rights import no_more_than_own, stays_an_admin
from commands.errors import Conflict, Invalid, NotFound
from commands.registry import CATALOG, Button, Verb, arg, command, query
from commands.rules.permission import able_roles, in_words, role_names, teams_where
from commands.told import Told
from store import grants
from store.db import Tx
from store.model import Definitions, Person
from store.model.access import BY_HAND, EVERYWHERE, Pair

WRITE, READ = "access.write", "access.read"


@dataclass(frozen=True, slots=True)
class Grant:
    """Arguments of ``grant`` and ``ungrant``."""

    who: str = arg("person", "Whose role it is.")
    role: str = arg("word", "The role: viewer, responder, editor, admin, auditor, or one of yours.")
    team: str = arg("word", "The team it holds in; everywhere if left out.", default="")


@dataclass(frozen=True, slots=True)
class Roles:
    """Arguments of ``roles``."""

    who: str = arg("person", "Whose roles; everybody's if left out.", default="")


@dataclass(frozen=True, slots=True)
class Can:
    """Arguments of ``can``."""

    who: str = arg("person", "Who.")
    do: str = arg("word", "A command such as ack, or a permission such as incident.act.")
    on: int = arg("incident", "About which incident.", default=0)
    team: str = arg("named", "In which team.", default="")
    action: str = arg("named", "For run: which action.", default="")


def _pair(known: Definitions, args: Grant) -> Pair:
    role, team = args.role.casefold(), args.team.removeprefix("team:")
    if role not in role_names(known.roles):
        there = ", ".join(role_names(known.roles))
        raise Invalid(f"There is no role {args.role}. Roles: {there}.", "role")
    if team and team not in known.teams:
        there = ", ".join(sorted(known.teams)) or "none yet"
        raise Invalid(f"There is no team {team}. Teams: {there}.", "team")
    return team or EVERYWHERE, role


@command(
    "grant", group="access", permission=WRITE, args=Grant, example="grant @ana editor db",
    buttons=(Button("Give a role…", "", ()),),
)  # fmt: skip
def grant(ctx: Ctx, args: Grant) -> Done:
    """Give somebody a role, everywhere or in one team; never more than you have yourself."""
    person, pair = find_person(ctx, args.who.lstrip("@")), _pair(ctx.definitions, args)
    _may_give(ctx, pair, "You would give")
    said = words.role_words(pair)
    held = pair in words.pairs(person)
    if held and any(g.person == person.handle and g.source == BY_HAND and (g.team, g.role) == pair
                    for g in ctx.definitions.granted):  # fmt: skip
        raise Conflict(f"{person.name} is {said} already.")
    need = ctx.rules.second.get(pair[1])
    if need is not None:
        waits = approvals.needed(ctx, CATALOG["grant"], args, need, f"make {person.name} {said}")
        if waits is not None:
            return waits
    grants.give(ctx.tx, ctx.now, person.handle, pair, BY_HAND, ctx.actor.id)
    ctx.roles_changed()
    back = f"ungrant {person.handle} {pair[1]}" + (f" {pair[0]}" if pair[0] else "")
    return Done(f"{person.name} is {said} from now on. To take it back: {back}", aloud=True)


def _may_give(ctx: Ctx, pair: Pair, how: str) -> None:
    teams = (pair[0],) if pair[0] else ()
    rights.require(ctx.definitions, ctx.actor, WRITE, teams, ctx.now)
    no_more_than_own(ctx.actor, ctx.definitions, pair, how, ctx.now)


@command(
    "ungrant", group="access", permission=WRITE, args=Grant, example="ungrant @ana editor db",
    buttons=(Button("Take a role…", "", ()),),
)  # fmt: skip
def ungrant(ctx: Ctx, args: Grant) -> Done:
    """Take a role away that was given at run time; what the settings file says is changed there."""
    person, pair = find_person(ctx, args.who.lstrip("@")), _pair(ctx.definitions, args)
    _may_give(ctx, pair, "You would take")
    said, before = words.role_words(pair), ctx.definitions
    if not grants.take(ctx.tx, person.handle, pair, BY_HAND):
        if pair not in words.pairs(person):
            raise NotFound(f"{person.name} is not {said}. {_holds(before, person)}")
        sources = " and ".join(words.sources(before, person, pair))
        raise Conflict(f"{person.name} is {said} because of {sources}: change it there.")
    ctx.roles_changed()
    stays_an_admin(before, ctx.definitions)
    after = ctx.definitions.people.get(person.handle, person)
    still = ""
    if pair in words.pairs(after):
        still = f" It stays because of {' and '.join(words.sources(ctx.definitions, after, pair))}."
    return Done(f"{person.name} is no longer {said}.{still}", aloud=True)


def _holds(known: Definitions, person: Person) -> str:
    return f"{person.name} has {in_words(person) or 'no role'}."


@query("roles", group="access", permission="self", args=Roles, example="roles @ana")
async def roles(view: View, args: Roles) -> Told:
    """Who has which roles, and from where; your own without a name."""
    known = view.definitions
    person = _named(view, args.who)
    if person is None and not rights.may(known, view.actor, READ):
        person = known.people.get(view.actor.id)
        if person is None:
            raise rights.denied(known, view.actor, READ, (), view.now)
    if person is not None and person.handle != view.actor.id:
        rights.require(known, view.actor, READ, (), view.now)
    shown = [person] if person is not None else [*known.people.values()]
    lines = [_line(known, p) for p in shown]
    if person is None:
        lines += [f"Role {name}: {words.opens(known, name)}" for name in sorted(known.roles)]
    facts: dict[str, Any] = {"people": [_facts(known, p) for p in shown]}
    return Told(tuple(lines), facts)


def _named(view: View, who: str) -> Person | None:
    if not who:
        return None
    bare = who.removeprefix("person:").lstrip("@")
    if bare == "me":
        return view.definitions.people.get(view.actor.id)
    found = [
        p
        for p in view.definitions.people.values()
        if bare.casefold() in (p.handle.casefold(), p.name.casefold(), p.first_name.casefold())
    ]
    exact = view.definitions.people.get(bare)
    if exact is None and len(found) != 1:
        raise Invalid(f"I don't know {bare}." if not found else f"Which {bare}?", "who")
    return exact or found[0]


def _line(known: Definitions, person: Person) -> str:
    held = [
        f"{words.role_words(pair)} ({', '.join(words.sources(known, person, pair))})"
        for pair in words.pairs(person)
    ]
    return f"{person.name}: {', '.join(held) or 'no role'}"


def _facts(known: Definitions, person: Person) -> dict[str, Any]:
    return {
        "person": person.handle,
        "roles": [
            {"role": role, "team": team or None, "from": words.sources(known, person, (team, role))}
            for team, role in words.pairs(person)
        ],
    }


# ---- why ---------------------------------------------------------------------------------------


@query("can", group="access", permission="self", args=Can, example="can @ana ack 1842")
async def can(view: View, args: Can) -> Told:
    """Whether somebody may do something, by which role from where; or what is missing."""
    known = view.definitions
    person = _named(view, args.who)
    assert person is not None
    if person.handle != view.actor.id:
        rights.require(known, view.actor, "incident.read", (), view.now)
    verb, permission = _asked(args)
    if args.team and args.team not in known.teams:
        raise Invalid(f"There is no team {args.team}.", "team")
    teams = await _teams(view, args)
    return _answer(view, person, permission, teams, verb.name if verb else permission)


def _asked(args: Can) -> tuple[Verb | None, str]:
    """The verb, where it is one, and the permission."""
    word = args.do.casefold()
    if word == "run" and args.action:
        return CATALOG.get("run"), f"action:{args.action}"
    verb = CATALOG.get(word) or next(
        (
            v
            for v in CATALOG.values()
            if any(b.label.rstrip("…").casefold() == word for b in v.buttons)
        ),
        None,
    )
    if verb is not None:
        if verb.permission.endswith("<action>"):
            raise Invalid("Which action? For example: can @ana run action=restart", "action")
        return verb, verb.permission
    if "." not in word and ":" not in word:
        raise Invalid(f"{args.do} is no command and no permission.", "do")
    return None, args.do if "[" in word else word


async def _teams(view: View, args: Can) -> tuple[str, ...] | None:
    if args.team:
        return (args.team,)
    if not args.on:
        return None

    def look(tx: Tx) -> tuple[str, ...]:
        return belongs.of_incident(tx, args.on)

    return await view.read(look)


def _answer(
    view: View, person: Person, permission: str, teams: tuple[str, ...] | None, deed: str
) -> Told:
    known = view.definitions
    where = f" in team {' and '.join(teams)}" if teams else ""
    held = rights.may(known, person, permission, teams or ())
    if held is not None:
        by = words.why(known, person, held) if held.role else "anybody may"
        line = f"Yes: {person.name} can {deed}{where}. {permission} comes with {by}."
        only = words.limits_of(known, person, permission, teams or ())
        more = (f"Only with such values: {'; '.join(only)}.",) if only else ()
        facts = {"can": True, "role": held.role, "team": held.team or None, "only": list(only)}
        return Told((line, *more), facts)
    lines = []
    own = teams_where(person, permission, known.roles)
    if teams is None and own:
        lines.append(f"In team {' and '.join(own)} alone: {person.name} can {deed} there.")
    else:
        lines.append(f"No: {person.name} can't {deed}{where}.")
    needs = ", ".join(able_roles(permission, known.roles)) or "a role that has it"
    held_now = in_words(person, teams or ()) or "no role"
    lines.append(f"It needs {permission}: {needs}. {person.name} has {held_now}.")
    givers = rights.names(known, WRITE, teams or (), view.now)
    able = rights.names(known, permission, teams or (), view.now)
    if able:
        lines.append(f"Who can: {', '.join(able)}.")
    if givers:
        lines.append(f"Who could give it: {', '.join(givers)}.")
    return Told(tuple(lines), {"can": False, "needs": permission, "teams": list(own)}, False)
