"""Tokens of monitors and programs: made, rotated and revoked by who may, shown once, and listed
with their age, their end and their last use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from commands import rights
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.oncall import zone_of
from commands.registry import arg, command, query
from commands.rules import tokens as rules
from commands.rules.permission import grants_it, may, role_names, with_any_values
from commands.token_limits import beyond_actor, only_within, scope_of, teams_of
from commands.token_words import facts, lines, told_of
from commands.told import Told
from commands.words import date, duration
from integrations.base import Misconfigured
from store import access, tokens
from store.clock import DAY
from store.tokens import Standing, Terms

T = TypeVar("T")

SELF, READ, WRITE = "self", "access.read", "access.write"
MOST_OWN = 20
"""Tokens of one person that live at once."""


@dataclass(frozen=True, slots=True)
class Create:
    """Arguments of ``token-create``."""

    name: str = arg("word", "What it is called, such as alertmanager-eu.")
    intake: str = arg("named", "For a monitor: the integration that reads it.", default="")
    source: str = arg("named", "Its intake source; tokens may share one.", default="")
    role: str = arg("named", "For a program: the role it has. Neither: it is yours.", default="")
    may: str = arg("named", "The only permissions it has: incident.read,incident.act", default="")
    team: str = arg("named", "The only teams its role holds in.", default="")
    address: str = arg("named", "The only addresses it works from: 10.0.0.0/8", default="")
    life: str = arg("named", "How long it lives: 90d, 1y, never.", default="")


@dataclass(frozen=True, slots=True)
class Rotate:
    """Arguments of ``token-rotate``."""

    name: str = arg("word", "The token.")
    overlap: str = arg("named", "How long the old secret works too: 24h, 0.", default="24h")


@dataclass(frozen=True, slots=True)
class Revoke:
    """Arguments of ``token-revoke``."""

    name: str = arg("word", "The token.")
    old: bool = arg("flag", "Only the secret before the last rotation.", default=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Arguments of ``tokens``."""

    name: str = arg("word", "Only this one.", default="")


@query("tokens", group="access", permission=SELF, args=Tokens, example="tokens")
async def listed(view: View, args: Tokens) -> Told:
    """Tokens of monitors and programs: what they open, their end, their last use."""
    every = bool(may(view.actor, READ, view.definitions.roles))
    found = await view.read(tokens.every)
    seen = [t for t in found if every or _is_own(view, t)]
    if args.name:
        seen = [t for t in seen if t.name == args.name]
        if not seen:
            raise NotFound(f"There is no token {args.name}{'' if every else ' of yours'}.")
    else:
        seen = [t for t in seen if t.live(view.now) or _is_fresh(t, view.now)]
    zone = zone_of(view)
    said = [line for t in seen for line in lines(t, view, zone, bool(args.name))]
    if not said:
        said = ["There is no token yet. For a monitor: token-create am-eu intake=alertmanager"]
    return Told(tuple(said), {"tokens": [facts(t, view) for t in seen]})


def _is_own(at: Ctx | View, token: Standing) -> bool:
    return at.actor.kind == "person" and token.person == at.actor.id


def _is_fresh(token: Standing, now: int) -> bool:
    """Whether it ended within a month."""
    ended = token.revoked_at or token.expires_at or now
    return now - ended < 30 * DAY


# making one


@command(
    "token-create", group="access", permission=SELF, args=Create,
    example="token-create am-eu intake=alertmanager",
)  # fmt: skip
def create(ctx: Ctx, args: Create) -> Done:
    """Make a token for a monitor or a program; its secret is shown once."""
    if args.intake and args.role:
        raise Invalid("A token is for a monitor or has a role, not both.", "role")
    life = _read(rules.life, args.life, "life") if args.life else _usual(ctx, args)
    scope = () if args.intake else scope_of(ctx, args.may)
    networks = _read(rules.networks, args.address, "address")
    terms = Terms(ctx.actor.id, scope, networks, teams_of(ctx, args.team, args.role))
    ends = ctx.now + life if life else None
    secret = ""
    source_id, role = None, None
    if args.intake:
        source_id, secret = _for_a_monitor(ctx, args)
    else:
        role = _for_a_program(ctx, args, terms) if args.role else _own(ctx)
    try:
        secret = tokens.create_token(
            ctx.tx, ctx.now, args.name, source_id=source_id, role=role, expires_at=ends,
            secret=secret, terms=terms,
        )  # fmt: skip
    except ValueError as error:
        raise Conflict(f"{str(error).capitalize()}: choose another name.") from None
    made = tokens.named(ctx.tx, args.name)
    what = told_of(made) if made else ""
    until = _end(ctx, ends) or ", without end"
    say = f"Token {args.name} {what}{until}. Its secret is shown this once:"
    return Done(say, aloud=True, secret=secret)


def _usual(ctx: Ctx, args: Create) -> int:
    known = ctx.rules.tokens
    return known.intake_life if args.intake else known.life


def _read(reads: Callable[[str], T], text: str, where: str) -> T:
    try:
        return reads(text)
    except ValueError as error:
        raise Invalid(f"{error}.", where) from None


def _for_a_monitor(ctx: Ctx, args: Create) -> tuple[int, str]:
    """The source it opens, and its secret where that has another form."""
    rights.require(ctx.definitions, ctx.actor, WRITE, now=ctx.now)
    if args.may or args.team:
        raise Invalid("A token of a monitor opens its source alone, and has no permissions.", "may")
    if ctx.rules.receiving is None:
        raise Conflict("No intake is set up here.")
    try:
        name = ctx.rules.receiving.integration(args.intake)
    except Misconfigured as error:
        raise Invalid(f"{error}", "intake") from None
    try:
        found = access.source(ctx.tx, ctx.now, args.source or name, name)
    except ValueError as error:
        raise Conflict(f"{str(error).capitalize()}.") from None
    return found.id, access.new_address() if name == "email" else ""


def _for_a_program(ctx: Ctx, args: Create, terms: Terms) -> str:
    """A role, none of which its maker has not."""
    rights.require(ctx.definitions, ctx.actor, WRITE, now=ctx.now)
    custom = ctx.definitions.roles
    if args.role not in role_names(custom):
        there = ", ".join(role_names(custom))
        raise Invalid(f"There is no role {args.role}; there are {there}.", "role")
    lacking = (s for s in terms.scope if not grants_it(args.role, with_any_values(s), custom))
    outside = next(lacking, None)
    if outside is not None:
        raise Invalid(f"The role {args.role} has no {outside}.", "may")
    if lacks := beyond_actor(ctx, args.role, terms.scope, terms.teams):
        raise Denied(
            f"{args.role} may more than you: you lack {lacks}. "
            "Nobody makes a token that may more than they do.", lacks,
        )  # fmt: skip
    return args.role


def _own(ctx: Ctx) -> str:
    """A person's own: it may what they may."""
    person = ctx.definitions.people.get(ctx.actor.id) if ctx.actor.kind == "person" else None
    if person is None:
        raise Invalid("Say what it is for: intake=alertmanager, or role=viewer.", "role")
    live = [t for t in tokens.every(ctx.tx) if t.person == person.handle and t.live(ctx.now)]
    if len(live) >= MOST_OWN:
        say = f"You have {MOST_OWN} tokens already. Revoke one: token-revoke {live[0].name}"
        raise Conflict(say)
    return f"{access.OF_PERSON}{person.handle}"


# rotation and the end


@command(
    "token-rotate", group="access", permission=SELF, args=Rotate,
    example="token-rotate am-eu overlap=24h",
)  # fmt: skip
def rotate(ctx: Ctx, args: Rotate) -> Done:
    """Give a token a new secret; the old one works beside it for a while."""
    token = _changeable(ctx, args.name)
    only_within(ctx, token)
    if token.revoked_at is not None:
        raise Conflict(f"Token {token.name} is revoked. Make a new one: token-create")
    overlap = _read(rules.overlap, args.overlap, "overlap")
    waiting = [old for old in token.old if old.ends_at > ctx.now]
    if waiting:
        left = duration(waiting[-1].ends_at - ctx.now)
        raise Conflict(
            f"The secret before the last rotation of {token.name} still works for {left}. "
            f"End it first: token-revoke {token.name} old=yes"
        )
    ends = _anew(token, ctx.now)
    until = ctx.now + overlap
    secret = tokens.rotate(ctx.tx, ctx.now, token.id, until, ends, ctx.actor.id)
    kept = (
        f"The old secret works until {ctx.said(date(until, _zone(ctx)), until)}; "
        f"who still uses it: tokens {token.name}"
        if overlap else "The old secret works no longer"
    )  # fmt: skip
    say = f"Token {token.name} has a new secret{_end(ctx, ends)}. {kept}. It is shown this once:"
    return Done(say, aloud=True, secret=secret)


def _anew(token: Standing, now: int) -> int | None:
    """A rotated token lives as long again as it was made for."""
    return None if token.expires_at is None else now + (token.expires_at - token.since)


def _end(ctx: Ctx, ends: int | None) -> str:
    return f", until {ctx.said(date(ends, _zone(ctx), year=True), ends)}" if ends else ""


@command(
    "token-revoke", group="access", permission=SELF, args=Revoke, example="token-revoke am-eu",
)  # fmt: skip
def revoke(ctx: Ctx, args: Revoke) -> Done:
    """End a token everywhere within 5 seconds, or only its old secret."""
    token = _changeable(ctx, args.name)
    if args.old:
        gone = tokens.end_old(ctx.tx, ctx.now, token.id)
        if not gone:
            raise Conflict(f"Token {token.name} has no old secret that works.")
        return Done(f"The old secret of {token.name} ends within 5 seconds.", aloud=True)
    if not tokens.revoke_token(ctx.tx, ctx.now, token.name):
        raise Conflict(f"Token {token.name} was revoked before.")
    who = f" It was used {duration(ctx.now - token.last_used_at)} ago" if token.last_used_at else ""
    where = f" from {token.address}" if who and token.address else ""
    used = f"{who}{where}." if who else " No use of it was seen up to a minute ago."
    return Done(f"Token {token.name} ends within 5 seconds.{used}", aloud=True)


def _changeable(ctx: Ctx, name: str) -> Standing:
    """A token that the actor may end: their own, or anybody's with the permission."""
    found = tokens.named(ctx.tx, name)
    if found is not None and _is_own(ctx, found) and not ctx.actor.scope:
        return found
    rights.require(ctx.definitions, ctx.actor, WRITE, now=ctx.now)
    if found is None:
        there = [t.name for t in tokens.every(ctx.tx) if t.live(ctx.now)]
        known = ", ".join(there[:10]) or "none yet"
        raise NotFound(f"There is no token {name}. There are {known}.")
    return found


def _zone(ctx: Ctx) -> str:
    person = ctx.definitions.people.get(ctx.actor.id)
    return person.zone if person else "UTC"
