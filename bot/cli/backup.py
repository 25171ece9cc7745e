"""``pv backup`` and ``pv restore``: everything in one encrypted file, looked at, and back again."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.app import prepare
from bot.backing_up import key_of, place
from bot.cli.operator import ME, door_of
from bot.keys_settings import key_source
from bot.settings import Settings, load
from store import audit, backups
from store.backup import Made
from store.backup_file import BadBackup
from store.backups import InTheWay
from store.clock import SystemClock, iso
from store.crypto import Ring
from store.key_sources import by_number


def _parser(restore: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pv restore" if restore else "pv backup")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--key", help="a file with a key or passphrase of the backups' own")
    parser.add_argument("--force", action="store_true", help="write over what is there")
    if restore:
        parser.add_argument("file", type=Path)
    else:
        parser.add_argument("words", nargs="*", metavar="FILE|FOLDER", help="or: verify FILE")
        parser.add_argument("--to", help="the file or folder (default: backups.to of the settings)")
    return parser


def _size(octets: int) -> str:
    return f"{octets / 1e6:.1f} MB" if octets >= 1_000_000 else f"{octets / 1e3:.0f} kB"


def run(argv: Sequence[str]) -> int:
    """One command about backups; the exit status."""
    restoring = argv[0] == "restore"
    parser = _parser(restoring)
    args = parser.parse_intermixed_args(list(argv[1:]))
    settings = load(args.config)
    try:
        if restoring:
            return asyncio.run(_restore(settings, args))
        if args.words[:1] == ["verify"]:
            if len(args.words) != 2:
                parser.error("verify which file?")
            return asyncio.run(_verify(settings, args, Path(args.words[1])))
        where = args.to or (args.words[0] if args.words else None)
        where = where or (settings.backups.to if settings.backups else None)
        if where is None or len(args.words) > 1:
            parser.error("where to? name a file or a folder")
        return asyncio.run(_backup(settings, args, where))
    except (BadBackup, InTheWay) as error:
        print(error, file=sys.stderr)
        return 1


def _own(settings: Settings, args: argparse.Namespace) -> str | None:
    own: str | None = args.key or (settings.backups.key if settings.backups else None)
    return own


def _telling() -> Callable[[Made], None]:
    last = time.monotonic()

    def told(made: Made) -> None:
        nonlocal last
        if time.monotonic() - last > 5:
            last = time.monotonic()
            print(f"{made.total} rows", file=sys.stderr, flush=True)

    return told


async def _backup(settings: Settings, args: argparse.Namespace, where: str) -> int:
    ring, clock, began = await prepare(settings), SystemClock(), time.monotonic()
    path, key = place(where, clock.now()), key_of(ring, _own(settings, args))
    made = await backups.make(
        settings.database, ring, path, key, clock.now(), force=args.force, told=_telling()
    )
    detail = {"file": str(path), "rows": made.total, "damaged": made.damaged[:20]}
    await _record(settings, "backup", detail)
    took, size = time.monotonic() - began, path.stat().st_size
    print(f"{path}: {made.total} rows, {_size(size)}, in {took:.1f} s; read back and whole")
    for name in made.damaged:
        print(f"{name} does not open and is kept as it is", file=sys.stderr)
    return 1 if made.damaged else 0


async def _record(settings: Settings, verb: str, detail: dict[str, object]) -> None:
    async with door_of(settings) as door:
        await door.system(
            lambda ctx: audit.append(
                ctx.tx, door.writer_name, ctx.now, ME, verb, "ok", None, detail
            )
        )


def _ring(settings: Settings, *, may_create: bool) -> Ring | None:
    source = key_source(settings)
    found = source.read()
    if found is None and may_create:
        found = source.make(may_create=True)
    return None if found is None else Ring(by_number(found))


async def _verify(settings: Settings, args: argparse.Namespace, path: Path) -> int:
    key = key_of(_ring(settings, may_create=False), _own(settings, args))
    made, wrong = await backups.verify(path, key, SystemClock().now())
    print(f"{path}: made {iso(made.at)}, schema {made.head}, {made.total} rows")
    for name, rows in sorted(made.rows.items()):
        print(f"  {name}\t{rows}")
    for words in wrong:
        print(words, file=sys.stderr)
    print("not as it should be" if wrong else "restored into a scratch database: whole")
    return 1 if wrong else 0


async def _restore(settings: Settings, args: argparse.Namespace) -> int:
    own, began = _own(settings, args), time.monotonic()
    ring = _ring(settings, may_create=own is not None)
    if ring is None:
        raise BadBackup("the keys that open it are not here, and neither is a --key of its own")
    now = SystemClock().now()
    made, off = await backups.restore(
        settings.database, ring, args.file, key_of(ring, own), now,
        force=args.force, told=_telling(),
    )  # fmt: skip
    detail = {"made_at": iso(made.at), "rows": made.total, **off}
    await _record(settings, "restore", detail)
    took = time.monotonic() - began
    print(f"{made.total} rows of {iso(made.at)} are restored, in {took:.1f} s")
    print(f"{off['dropped']} messages of then are not sent; {off['held']} timers wait two minutes,")
    print("so that monitors can say first what is over. Start the service now.")
    return 0
