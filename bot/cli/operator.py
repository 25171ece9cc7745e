"""What an operator does on the machine itself: tokens, audit, sign-in links, plan and apply."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.app import prepare
from bot.cli import record
from bot.settings import Settings
from commands.context import Rulebook
from commands.door import Door
from commands.people import list_tokens
from store import access, audit, definitions
from store.clock import DAY, SystemClock, iso
from store.db import Reader, is_sqlite
from store.ids import Ids
from store.model import Actor
from store.writer import PostgresWriter, SqliteWriter, Writer

ME = Actor("system", "operator", "the operator", "cli", ("admin",))


@asynccontextmanager
async def door_of(settings: Settings) -> AsyncIterator[Door]:
    """A door beside a running server: for rows the server does not hold in memory."""
    ring, ids = await prepare(settings), Ids()
    reader = Reader(settings.database, ring, ids)
    name = "cli" if is_sqlite(settings.database) else f"cli-{ids.next(0)}"
    door = Door(SystemClock(), reader, Rulebook(), name)

    def committed(wake: set[str], changed: dict[int, int]) -> None:
        return None

    writer: Writer = (
        SqliteWriter(settings.database, ring, ids, committed)
        if is_sqlite(settings.database)
        else PostgresWriter(reader.engine, ring, ids, committed)
    )
    await writer.start()
    door.attach(writer)
    try:
        yield door
    finally:
        await writer.stop()
        await reader.close()


async def run(settings: Settings, args: argparse.Namespace) -> int:
    """One operator's command; the exit status."""
    async with door_of(settings) as door:
        if args.command == "token":
            return await _tokens(door, args)
        if args.command == "audit":
            return await record.run(door, args)
        if args.command == "signin":
            return await _signin(door, settings, args.person)
        return await _definitions(door, settings, args.command == "apply")


def _record(door: Door, ctx: Any, verb: str, detail: dict[str, Any]) -> None:
    audit.append(ctx.tx, door.writer_name, ctx.now, ME, verb, "ok", None, detail)


async def _tokens(door: Door, args: argparse.Namespace) -> int:
    if args.what == "list":
        for row in await door.reader.read(list_tokens):
            used = (
                iso(row["last_used_at"]) if isinstance(row["last_used_at"], int) else "never used"
            )
            print(f"{row['name']}\t{row['opens']}\t{'revoked' if row['revoked_at'] else used}")
        return 0
    if args.what == "revoke":
        return await _revoke(door, args.name)
    return await _create(door, args)


async def _revoke(door: Door, name: str) -> int:
    def end(ctx: Any) -> bool:
        _record(door, ctx, "token.revoke", {"token": name})
        return access.revoke_token(ctx.tx, ctx.now, name)

    if await door.system(end):
        return 0
    print(f"there is no live token called {name}", file=sys.stderr)
    return 2


async def _create(door: Door, args: argparse.Namespace) -> int:
    import integrations

    if args.intake:
        args.intake = integrations.called(args.intake)
    if args.intake and integrations.load(args.intake) is None:
        print(integrations.unknown(args.intake), file=sys.stderr)
        return 2
    if args.person and not await _known(door, args.person):
        return 2
    role = f"{access.OF_PERSON}{args.person}" if args.person else args.role

    def make(ctx: Any) -> str:
        source_id = None
        if args.intake:
            source_id = access.source(ctx.tx, ctx.now, args.source or args.intake, args.intake).id
        ends = ctx.now + args.days * DAY if args.days else None
        _record(door, ctx, "token.create", {"token": args.name, "opens": role or args.intake})
        secret = access.new_address() if args.intake == "email" else ""
        return access.create_token(
            ctx.tx, ctx.now, args.name, source_id=source_id, role=role, expires_at=ends,
            secret=secret,
        )  # fmt: skip

    try:
        print(await door.system(make))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


async def _known(door: Door, handle: str | None) -> bool:
    """Whether it is one of the people; if not, says who is."""
    people = (await door.reader.read(definitions.load)).people
    if handle not in people:
        print(
            f"I don't know {handle}; people: {', '.join(people) or 'nobody yet'}", file=sys.stderr
        )
    return handle in people


async def _signin(door: Door, settings: Settings, handle: str | None) -> int:
    found = await door.reader.read(definitions.load)
    admins = [p.handle for p in found.people.values() if "admin" in p.roles]
    chosen = handle or next(iter(admins), None)
    if not await _known(door, chosen):
        return 2

    def make(ctx: Any) -> str:
        _record(door, ctx, "signin.link", {"person": chosen})
        return access.create_session(ctx.tx, ctx.now, str(chosen), "link")

    print(f"{settings.url.rstrip('/')}/signin?link={await door.system(make)}")
    return 0


async def _definitions(door: Door, settings: Settings, apply: bool) -> int:
    wanted, rows = settings.definitions(), settings.rows()
    changes = await door.reader.read(lambda tx: definitions.planned(tx, rows))
    for (kind, name), what in changes.items():
        print(f"{what}\t{kind}\t{name}")
    if not changes:
        print("nothing would change" if not apply else "nothing to change")
    if apply and changes:

        def write(ctx: Any) -> int | None:
            version = definitions.apply(ctx.tx, ctx.now, "operator", wanted, settings.stand_in())
            _record(door, ctx, "config.apply", {"version": version})
            return version

        print(
            f"version {await door.system(write)} is in force; "
            "a running server takes it over within a second"
        )
    return 0
