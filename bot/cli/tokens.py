"""``pv token``: tokens made, rotated, listed and revoked on the machine itself, beside a server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import integrations
from bot.settings import Settings
from commands.door import Door
from commands.rules import tokens as rules
from commands.rules.permission import grants_it, mistake_in, role_names, with_any_values
from commands.token_words import end_of, told_of
from commands.words import duration
from store import access, audit, definitions, tokens
from store.clock import DAY
from store.db import Tx
from store.model import Actor, Definitions
from store.tokens import Standing, Terms

ME = Actor("system", "operator", "the operator", "cli", ("admin",))


class Wrong(Exception):
    """What can't be done, in words."""


def arguments(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What can be said."""
    token = parts.add_parser("token", help="create, rotate, list or revoke tokens")
    what = token.add_subparsers(dest="what", required=True)
    create = what.add_parser("create", help="print a new token, once")
    create.add_argument("--name", required=True)
    create.add_argument(
        "--source", help="the intake source; tokens may share one (default: the integration)"
    )
    create.add_argument("--life", help="90d, 1y or never (default: tokens.life in the settings)")
    create.add_argument("--days", type=int, help="the same in days")
    create.add_argument(
        "--from", dest="networks", action="append", default=[], metavar="RANGE",
        help="it works from these addresses alone: 10.0.0.0/8",
    )  # fmt: skip
    create.add_argument(
        "--may", action="append", default=[], metavar="PERMISSION",
        help="the only permissions it has: incident.read",
    )  # fmt: skip
    create.add_argument(
        "--team", action="append", default=[], help="the only teams its role holds in"
    )
    kind = create.add_mutually_exclusive_group(required=True)
    kind.add_argument("--intake", metavar="INTEGRATION")
    kind.add_argument("--role", help="viewer, responder, editor, admin, auditor, or one of yours")
    kind.add_argument("--person", metavar="HANDLE", help="a person's own: acts as that person")
    what.add_parser("list", help="names, what they open, their end, last use")
    what.add_parser("revoke", help="end a token").add_argument("name")
    rotate = what.add_parser("rotate", help="print a new secret, once; the old one works a while")
    rotate.add_argument("name")
    rotate.add_argument("--overlap", default="24h", help="how long the old one works: 24h, 0")


async def run(door: Door, settings: Settings, args: argparse.Namespace) -> int:
    """One of them; the exit status."""
    does: dict[str, Callable[..., Any]] = {
        "list": _list, "revoke": _revoke, "rotate": _rotate, "create": _create,
    }  # fmt: skip
    try:
        await does[args.what](door, settings, args)
    except (Wrong, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _record(door: Door, ctx: Any, verb: str, detail: dict[str, Any]) -> None:
    audit.append(ctx.tx, door.writer_name, ctx.now, ME, verb, "ok", None, detail)


async def _list(door: Door, settings: Settings, args: argparse.Namespace) -> None:
    now = door.clock.now()
    for token in await door.reader.read(tokens.every):
        by = f"by {token.by}" if token.by else "by the operator"
        print("\t".join((token.name, told_of(token), end_of(token, now), _used(token, now), by)))
        for old in token.old:
            if old.ends_at > now:
                left, used = duration(old.ends_at - now), _ago(old.last_used_at, old.address, now)
                print(f"{token.name}\tits old secret\tends in {left}\t{used}")


def _used(token: Standing, now: int) -> str:
    return _ago(token.last_used_at, token.address, now)


def _ago(at: int | None, address: str, now: int) -> str:
    if at is None:
        return "never used"
    return f"used {duration(now - at)} ago" + (f" from {address}" if address else "")


async def _revoke(door: Door, settings: Settings, args: argparse.Namespace) -> None:
    def end(ctx: Any) -> bool:
        done = tokens.revoke_token(ctx.tx, ctx.now, args.name)
        if done:
            _record(door, ctx, "token-revoke", {"token": args.name})
        return done

    if not await door.system(end):
        raise Wrong(f"there is no live token called {args.name}")


async def _rotate(door: Door, settings: Settings, args: argparse.Namespace) -> None:
    overlap = rules.overlap(args.overlap)

    def anew(ctx: Any) -> str:
        token = tokens.named(ctx.tx, args.name)
        if token is None or token.revoked_at is not None:
            raise Wrong(f"there is no live token called {args.name}")
        if any(old.ends_at > ctx.now for old in token.old):
            raise Wrong(f"the old secret of {args.name} works yet; rotate again when it has ended")
        ends = None if token.expires_at is None else ctx.now + token.expires_at - token.since
        _record(door, ctx, "token-rotate", {"token": args.name, "overlap": args.overlap})
        return tokens.rotate(ctx.tx, ctx.now, token.id, ctx.now + overlap, ends, ME.id)

    print(await door.system(anew))
    left = f"still works for {duration(overlap)}" if overlap else "works no longer"
    print(f"The old secret of {args.name} {left}.", file=sys.stderr)


async def _create(door: Door, settings: Settings, args: argparse.Namespace) -> None:
    known = await door.reader.read(definitions.load)
    role = _role(known, args)
    life = _life(settings, args)
    terms = Terms("", rules.names(",".join(args.may)), rules.networks(",".join(args.networks)),
                  _teams(known, args))  # fmt: skip
    if wrong := next((w for each in terms.scope if (w := mistake_in(each))), None):
        raise Wrong(wrong)
    if args.role and (lacks := _outside(args.role, terms, known)):
        raise Wrong(f"the role {args.role} has no {lacks}")

    def make(ctx: Any) -> str:
        source_id = _source(ctx.tx, ctx.now, args) if args.intake else None
        _record(door, ctx, "token-create", {"token": args.name, "opens": role or args.intake})
        secret = access.new_address() if args.intake == "email" else ""
        ends = ctx.now + life if life else None
        return tokens.create_token(
            ctx.tx, ctx.now, args.name, source_id=source_id, role=role, expires_at=ends,
            secret=secret, terms=terms,
        )  # fmt: skip

    print(await door.system(make))


def _source(tx: Tx, now: int, args: argparse.Namespace) -> int:
    return access.source(tx, now, args.source or args.intake, args.intake).id


def _role(known: Definitions, args: argparse.Namespace) -> str | None:
    """What it opens beside a source; Wrong where there is no such thing."""
    if args.intake:
        args.intake = integrations.called(args.intake)
        if integrations.load(args.intake) is None:
            raise Wrong(integrations.unknown(args.intake))
        if args.may or args.team:
            raise Wrong("a token of a monitor opens its source alone: no --may and no --team")
        return None
    if args.person:
        if args.person not in known.people:
            there = ", ".join(known.people) or "nobody yet"
            raise Wrong(f"I don't know {args.person}; people: {there}")
        return f"{tokens.OF_PERSON}{args.person}"
    if args.role not in role_names(known.roles):
        raise Wrong(f"there is no role {args.role}; there are {', '.join(role_names(known.roles))}")
    return str(args.role)


def _outside(role: str, terms: Terms, known: Definitions) -> str | None:
    lacking = (s for s in terms.scope if not grants_it(role, with_any_values(s), known.roles))
    return next(lacking, None)


def _teams(known: Definitions, args: argparse.Namespace) -> tuple[str, ...]:
    found = rules.names(",".join(args.team))
    if found and not args.role:
        raise Wrong("--team is for a token with a --role")
    if unknown := [team for team in found if team not in known.teams]:
        raise Wrong(f"there is no team {unknown[0]}")
    return found


def _life(settings: Settings, args: argparse.Namespace) -> int:
    if args.days:
        return int(args.days) * DAY
    if args.life:
        return rules.life(args.life)
    usual = settings.tokens.rules()
    return usual.intake_life if args.intake else usual.life
