"""``pv simulate`` and ``pv prove``: what would happen, by a settings file, a server or the
database, in words or as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from bot.app import prepare
from bot.cli import remote
from bot.rulebook import rulebook
from bot.settings import Settings, load
from commands import verbs as _verbs  # noqa: F401  (declares the verbs)
from commands.arguments import parse
from commands.context import View
from commands.errors import CommandError
from commands.registry import CATALOG, Verb
from commands.simulation import simulation
from commands.told import Told
from store import definitions
from store.clock import SystemClock
from store.db import Reader
from store.ids import Ids
from store.model import Actor, Definitions

ME = Actor("system", "operator", "the operator", "cli", ("admin",))
VERBS = ("simulate", "prove")


def parser(name: str) -> argparse.ArgumentParser:
    """The verb's fields as options, and where the definitions come from."""
    verb = CATALOG[name]
    found = argparse.ArgumentParser(prog=f"pv {name}", description=verb.help)
    found.add_argument("--config", type=Path, help="definitions of this settings file; no server")
    found.add_argument("--json", action="store_true", help="facts for programs")
    for field in verb.fields:
        flag = f"--{field.name.replace('_', '-')}"
        text = field.help.replace("%", "%%")
        if field.kind == "flag":
            found.add_argument(flag, action="store_true", help=text)
        elif field.name == "label":
            found.add_argument(flag, action="append", metavar="K=V", help=text)
        else:
            found.add_argument(flag, metavar=field.name.upper(), help=text)
    return found


def run(argv: Sequence[str]) -> int:
    """0 where all is well, 1 where not, 2 for words that don't fit; BadSettings as others."""
    name, *rest = argv
    given = vars(parser(name).parse_args(rest))
    config, as_json = given.pop("config"), given.pop("json")
    args = {k: ",".join(v) if isinstance(v, list) else v for k, v in given.items() if v}
    settings = load(config)
    verb = CATALOG[name]
    try:
        if config is None and settings.cli_token:
            return _from_server(settings, verb, args, as_json)
        told = asyncio.run(_told(settings, verb, args, of_file=config is not None))
    except CommandError as error:
        print(error.error, file=sys.stderr)
        return 2
    return _print(told, as_json)


async def _told(settings: Settings, verb: Verb, args: dict[str, Any], *, of_file: bool) -> Told:
    source = _of_file(settings) if of_file else _of_database(settings)
    async with source as view:
        found: Told = await verb.run(view, parse(verb, args))
        return found


@asynccontextmanager
async def _of_file(settings: Settings) -> AsyncIterator[View]:
    """What a settings file alone says, as if it had always said so."""
    rules, known, now = rulebook(settings), settings.definitions(), SystemClock().now()
    async with simulation(0, known, rules) as engine:
        yield View(engine.door.reader, now, ME, engine.door.definitions(), rules)


@asynccontextmanager
async def _of_database(settings: Settings) -> AsyncIterator[View]:
    """The version in force, read beside a running server."""
    reader = Reader(settings.database, await prepare(settings), Ids())
    try:
        known: Definitions = await reader.read(definitions.load)
        yield View(reader, SystemClock().now(), ME, known, rulebook(settings))
    finally:
        await reader.close()


def _from_server(settings: Settings, verb: Verb, args: dict[str, Any], as_json: bool) -> int:
    try:
        body, status = remote.call(settings, verb.name, args)
    except httpx.HTTPError as error:
        print(f"No answer from {settings.url}: {error}. Is the server running?", file=sys.stderr)
        return 2
    if status != 200:
        print(body.get("error", body), file=sys.stderr)
        return 2
    found = body["found"]
    lines, ok = tuple(found.pop("lines")), bool(found.pop("ok"))
    return _print(Told(lines, found, ok), as_json)


def _print(told: Told, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"ok": told.ok, **told.facts}, indent=1, ensure_ascii=False))
    else:
        print("\n".join(told.lines))
    return 0 if told.ok else 1
