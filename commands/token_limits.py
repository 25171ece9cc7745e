"""No token may more than whoever makes it, or has its secret."""

from __future__ import annotations

from collections.abc import Iterable

from commands.context import Ctx
from commands.errors import Denied, Invalid
from commands.rules import tokens as rules
from commands.rules.permission import beyond, in_some_team, may, mistake_in, with_any_values
from store.tokens import Standing

WRITE = "access.write"


def beyond_actor(ctx: Ctx, role: str, scope: Iterable[str], teams: Iterable[str]) -> str | None:
    """What a token would have that the actor has not."""
    custom = ctx.definitions.roles
    for team in [*teams] or [""]:
        where = (team,) if team else ()
        for permission in scope:
            if may(ctx.actor, with_any_values(permission), custom, where) is None:
                return permission
        if not scope and (lacks := beyond(ctx.actor, (team, role), custom)) is not None:
            return lacks
    return None


def scope_of(ctx: Ctx, text: str) -> tuple[str, ...]:
    """The only permissions it has: known ones, and none that its maker has not."""
    found = rules.names(text)
    for each in found:
        if wrong := mistake_in(each):
            raise Invalid(f"{wrong}.", "may")
        if not in_some_team(ctx.actor, with_any_values(each), ctx.definitions.roles):
            raise Denied(f"You lack {each}. Nobody makes a token that may more than they do.", each)
    # A token with a scope makes none without: what it makes has its own.
    return found or ctx.actor.scope


def teams_of(ctx: Ctx, text: str, role: str) -> tuple[str, ...]:
    """The only teams its role holds in."""
    found = rules.names(text)
    if found and not role:
        raise Invalid("Teams are for a token with a role: role=responder team=db", "team")
    for each in found:
        if each not in ctx.definitions.teams:
            there = ", ".join(ctx.definitions.teams) or "none yet"
            raise Invalid(f"There is no team {each}; there are {there}.", "team")
    return found


def only_within(ctx: Ctx, token: Standing) -> None:
    """Whoever gets the new secret of a token gets what it may: never more than they may."""
    if token.person and not _is_own(ctx, token):
        say = f"{token.name} acts as {ctx.name_of(token.person)}: only they can have its secret."
        raise Denied(say, WRITE)
    if token.person or not token.role:
        return
    if lacks := beyond_actor(ctx, token.role, token.scope, token.teams):
        raise Denied(f"{token.name} may more than you: you lack {lacks}.", lacks)


def whole_person(ctx: Ctx) -> None:
    """Denied to a token that has permissions of its own, for what gives or says more than these:
    a way in, a code for an account, a second person's word."""
    if ctx.actor.scope:
        say = f"This token may {', '.join(ctx.actor.scope)} alone, and is not {ctx.actor.name}."
        raise Denied(say, "a token without permissions of its own")


def _is_own(ctx: Ctx, token: Standing) -> bool:
    """A token with a scope does not count as the person whose it is."""
    person = ctx.actor.kind == "person" and not ctx.actor.scope
    return person and token.person == ctx.actor.id
