"""``pv keys``: which keys there are and what each still seals; another one, sealing anew, and the
end of one that nothing needs."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.cli.operator import ME, door_of
from bot.keys_settings import key_source
from bot.settings import Settings, load
from commands import keys, rotating
from commands.context import Ctx
from commands.door import Door
from store import audit, keyring
from store.clock import iso
from store.key_sources import KeySource, by_number, written
from store.rotation import State

PATIENCE, LOOK = 40, 1.0
"""Looks at a rotation that a running server does until it counts as stuck; seconds between two."""
_HERE = "pv keys rotate"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pv keys", description=__doc__)
    parser.add_argument("--config", type=Path)
    what = parser.add_subparsers(dest="what", metavar="what")
    what.add_parser("list", help="the keys, and how many rows each seals (the default)")
    what.add_parser("add", help="make a new key: in the file, or printed for the command or the "
                    "environment")  # fmt: skip
    rotate = what.add_parser("rotate", help="seal every row anew with the newest key, online")
    rotate.add_argument("--no-wait", action="store_true", help="leave it to the running server")
    remove = what.add_parser("remove", help="remove a key that no row needs any more")
    remove.add_argument("number", type=int)
    remove.add_argument(
        "--damaged",
        action="store_true",
        help="also where damaged rows name it, which nothing opens",
    )
    return parser


def run(argv: Sequence[str]) -> int:
    """One command about keys; the exit status."""
    args = _parser().parse_args(list(argv))
    settings = load(args.config)
    return asyncio.run(_run(settings, args))


async def _run(settings: Settings, args: argparse.Namespace) -> int:
    source = key_source(settings)
    async with door_of(settings) as door:
        if args.what == "add":
            return await _add(door, source)
        if args.what == "rotate":
            return await _rotate(door, wait=not args.no_wait)
        if args.what == "remove":
            return await _remove(door, source, args.number, damaged=args.damaged)
        return await _list(door, source)


def _record(door: Door, ctx: Ctx, verb: str, detail: dict[str, object]) -> None:
    audit.append(ctx.tx, door.writer_name, ctx.now, ME, verb, "ok", None, detail)


async def _standing(door: Door) -> keys.Standing:
    now = door.clock.now()
    return await door.reader.read(lambda tx: keys.standing(tx, now))


async def _list(door: Door, source: KeySource) -> int:
    found, sealed = await _standing(door), await rotating.counted(door)
    where = source.file if source.kind == "file" else source.kind
    print(f"keys from {where}")
    for key in found.keys:
        if key.gone is not None:
            continue
        words = " (writes)" if key.number == found.writes else ""
        words += " (newest)" if key.number == found.newest else ""
        print(f"{key.number}\tsince {iso(key.made)}\tseals {sealed.get(key.number, 0)} rows{words}")
    if lost := sum(
        n for number, n in sealed.items() if number not in {k.number for k in found.keys}
    ):
        print(f"{lost} rows are sealed by no key that is known", file=sys.stderr)
    for holder in found.holders:
        print(f"running: {holder.name} holds {', '.join(map(str, holder.has))}")
    for line in keys.progress(found):
        print(line)
    return 1 if lost else 0


async def _add(door: Door, source: KeySource) -> int:
    found = source.read() or []
    now = door.clock.now()
    live = await door.reader.read(
        lambda tx: {k.check: k.number for k in keyring.known(tx) if k.gone is None}
    )
    held = by_number(found, live)
    number = await door.reader.read(lambda tx: keyring.next_number(tx, held))
    secret = os.urandom(32)
    if source.kind != "file":
        await door.system(lambda ctx: _record(door, ctx, "keys.made", {"key": number}))
        print(written(number, secret))
        where = (
            "PIXELVIEW_KEY" if source.kind == "environment" else f"what {source.command[0]} prints"
        )
        print(
            f"Add this to {where}, after a comma or on a line of its own, wherever PixelView runs"
            + (" and restart it" if source.kind == "environment" else "")
            + "; then: pv keys rotate",
            file=sys.stderr,
        )
        return 0
    source.write({**held, number: secret})

    def take(ctx: Ctx) -> None:
        keyring.take(ctx.tx, ctx.tx.ring, [(number, secret)], now)
        _record(door, ctx, "keys.add", {"key": number, "from": "file"})

    await door.system(take)
    print(
        f"Key {number} is in {source.file}. Copy the file to every machine that runs PixelView and"
    )
    print("keep a copy apart from the database and its backups; then: pv keys rotate")
    return 0


async def _rotate(door: Door, *, wait: bool) -> int:
    found = await _standing(door)
    if sum(1 for key in found.keys if key.gone is None) < 2:
        print("there is one key only: pv keys add makes another", file=sys.stderr)
        return 2

    def begin(ctx: Ctx) -> None:
        keys.begin(ctx, found.newest)
        _record(door, ctx, "rotate-keys", {"key": found.newest})

    await door.system(begin)
    if not found.holders:
        try:
            return _ended(await rotating.work(door, _HERE, _telling(), rest=0.0))
        finally:
            await door.system(lambda ctx: keyring.let_go(ctx.tx, _HERE))
    if not wait:
        print("the running server seals everything anew; pv keys says how far it is")
        return 0
    return await _watched(door)


async def _watched(door: Door) -> int:
    """Wait for the server that does the work; at the end as it ended."""
    last, still, say = -1, 0, _telling()
    while True:
        found = await _standing(door)
        state = found.state
        if state is None or state.ended is not None:
            return _ended(state)
        still = still + 1 if state.done == last else 0
        last = state.done
        if still > PATIENCE:
            print("; ".join(keys.progress(found)), file=sys.stderr)
            print("it goes on once that is so; pv keys says how far it is", file=sys.stderr)
            return 1
        if state.done:
            say(state)
        await asyncio.sleep(LOOK)


def _telling() -> Callable[[State], None]:
    """Says how far it is, each five percent once."""
    said = -1

    def say(state: State) -> None:
        nonlocal said
        if state.percent // 5 != said:
            said = state.percent // 5
            print(f"{state.percent:3d} %  {state.done} of {state.total} rows", flush=True)

    return say


def _ended(state: State | None) -> int:
    if state is None or state.ended is None:
        print("another process seals everything anew; pv keys says how far it is", file=sys.stderr)
        return 1
    print(f"everything is sealed by key {state.to}; {state.resealed} rows were sealed anew")
    if state.bad:
        print(f"{state.bad} rows are damaged: {', '.join(state.damaged)}", file=sys.stderr)
    return 1 if state.bad else 0


async def _remove(door: Door, source: KeySource, number: int, *, damaged: bool) -> int:
    found = await _standing(door)
    if number not in {key.number for key in found.keys if key.gone is None}:
        print(f"there is no key {number}", file=sys.stderr)
        return 2
    if why := await _needed(door, found, number, damaged=damaged):
        print(f"key {number} stays: {why}", file=sys.stderr)
        return 1

    def end(ctx: Ctx) -> None:
        keyring.gone(ctx.tx, number, ctx.now)
        _record(door, ctx, "keys.remove", {"key": number})

    if source.kind == "file":
        held = by_number(source.read() or [], {k.check: k.number for k in found.keys if not k.gone})
        source.write({n: s for n, s in held.items() if n != number})
        print(f"key {number} is not in {source.file} any more")
    else:
        print(f"key {number} is not used any more: take it out of what the {source.kind} holds")
    await door.system(end)
    print("backups that were made with it open only with a copy of it")
    return 0


async def _needed(door: Door, found: keys.Standing, number: int, *, damaged: bool) -> str:
    """Why a key can't go yet; empty where nothing needs it."""
    if number == found.writes:
        return "rows are written with it; pv keys add and pv keys rotate first"
    if any(holder.writes == number for holder in found.holders):
        return "a running process still writes with it"
    if found.state is not None and found.state.ended is None:
        return "everything is being sealed anew just now"
    rows = (await rotating.counted(door)).get(number, 0)
    if rows and not (damaged and found.state is not None and rows <= found.state.bad):
        return f"{rows} rows are sealed by it; pv keys rotate first"
    return ""
