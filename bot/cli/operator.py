"""What an operator does on the machine itself: tokens, audit, sign-in links, plan and apply."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bot.app import prepare
from bot.cli import record, tokens
from bot.settings import Settings
from commands.context import Ctx, Rulebook
from commands.door import SYSTEM, Door
from commands.entering import Entrance
from commands.sessions import MACHINE, known_admin
from store import audit, definitions, keyring
from store.clock import SystemClock
from store.crypto import WrongKey
from store.db import Reader, is_sqlite
from store.ids import Ids
from store.model import Actor
from store.writer import Lane, PostgresWriter, SqliteWriter, Writer

T = TypeVar("T")

ME = Actor("system", "operator", "the operator", "cli", ("admin",))


class Beside(Door):
    """A door whose process may end any moment: it is no holder of keys, so each transaction asks
    with which key rows are written now."""

    async def system(
        self, fn: Callable[[Ctx], T], *, lane: Lane = Lane.TIMER, actor: Actor = SYSTEM
    ) -> T:
        """As of any door; WrongKey where the key came after this process."""

        def followed(ctx: Ctx) -> T:
            if not keyring.follow(ctx.tx, ctx.tx.ring):
                raise WrongKey("the keys have changed meanwhile: once more, please")
            return fn(ctx)

        return await super().system(followed, lane=lane, actor=actor)


@asynccontextmanager
async def door_of(settings: Settings) -> AsyncIterator[Door]:
    """A door beside a running server: for rows the server does not hold in memory."""
    ring, ids = await prepare(settings), Ids()
    reader = Reader(settings.database, ring, ids)
    name = "cli" if is_sqlite(settings.database) else f"cli-{ids.next(0)}"
    door = Beside(SystemClock(), reader, Rulebook(), name)

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
            return await tokens.run(door, settings, args)
        if args.command == "audit":
            return await record.run(door, args)
        if args.command == "signin":
            return await _signin(door, settings, args.person)
        return await _definitions(door, settings, args.command == "apply")


def _record(door: Door, ctx: Any, verb: str, detail: dict[str, Any]) -> None:
    audit.append(ctx.tx, door.writer_name, ctx.now, ME, verb, "ok", None, detail)


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
    admins = [p.handle for p in found.people.values() if known_admin(found, p)]
    chosen = handle or next(iter(admins), None)
    if not await _known(door, chosen):
        return 2

    secret = await Entrance(door).link(str(chosen), MACHINE)
    print(f"{settings.url.rstrip('/')}/signin?link={secret}")
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
