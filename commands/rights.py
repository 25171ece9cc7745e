"""Who may do what under the definitions in force, who else could, and how that is said."""

from __future__ import annotations

from collections.abc import Collection

from commands.errors import Denied
from commands.rules import permission as rules
from commands.rules.oncall.duty import duty
from commands.rules.permission import Held, Holder
from store.model import Actor, Definitions, Instant, Person

Teams = tuple[str, ...]


def may(
    known: Definitions, who: Holder, permission: str, teams: Collection[str] = ()
) -> Held | None:
    """By which role somebody may do something that concerns these teams (none: every team)."""
    return rules.may(who, permission, known.roles, teams)


def may_somewhere(known: Definitions, who: Holder, permission: str) -> bool:
    """Whether somebody may do something at least in one team."""
    return rules.in_some_team(who, permission, known.roles)


def able(
    known: Definitions, permission: str, teams: Collection[str] = (), now: Instant | None = None
) -> list[Person]:
    """Who may: on call for these teams first, then their members, then others; who is away last."""
    found = [p for p in known.people.values() if may(known, p, permission, teams)]
    mine = [known.teams[t] for t in teams if t in known.teams] or [*known.teams.values()]
    members = {h for t in mine for h in (*t.members, t.lead)}
    on, away = set[str](), set[str]()
    if now is not None:
        on = {o.person for t in mine for o in duty(known, t, now)}
        away = {a.person for a in known.away if a.start <= now < a.end}
    return sorted(
        found, key=lambda p: (p.handle in away, p.handle not in on, p.handle not in members)
    )


def names(
    known: Definitions, permission: str, teams: Collection[str] = (), now: Instant | None = None
) -> tuple[str, ...]:
    """Up to five names of those who may."""
    return tuple(p.name for p in able(known, permission, teams, now))[:5]


def denied(
    known: Definitions,
    actor: Actor,
    permission: str,
    teams: Teams = (),
    now: Instant | None = None,
    say: str = "",
) -> Denied:
    """The refusal: what would be needed, what they are, who can."""
    others = [p for p in able(known, permission, teams, now) if p.handle != actor.id][:5]
    why = rules.why_not(actor.name, actor, permission, known.roles, teams)
    return Denied(
        say or why,
        permission,
        tuple(p.name for p in others),
        able=tuple(p.handle for p in others),
        have=rules.in_words(actor, teams),
        teams=teams,
    )


def require(
    known: Definitions, actor: Actor, permission: str, teams: Teams = (), now: Instant | None = None
) -> Held:
    """By which role they may; Denied where they may not."""
    held = may(known, actor, permission, teams)
    if held is None:
        raise denied(known, actor, permission, teams, now)
    return held
