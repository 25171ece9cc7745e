"""``stackstorm try``: asks each system that runs actions once, without a server or a database, and
says who we are there, what it has for us, and what is missing."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path

from bot import wire
from bot.action_settings import ActionSettings
from bot.automation import catalogue
from bot.automation_settings import RunnerSettings, connect
from bot.redacting import redactor_of
from bot.settings import Settings, load
from commands.rules.redact import Redactor
from commands.words import count
from integrations.base import IntegrationError, Misconfigured, Runner, Transient

EXIT_BAD_INPUT, EXIT_FAILED = 2, 1
PATIENCE = 60.0
_MARK = "pixelview-try"


def run(argv: Sequence[str]) -> int:
    """0 where all is well, 1 where something is not, 2 where there is no such system."""
    parser = argparse.ArgumentParser(
        prog="pv stackstorm try",
        description="Ask the systems of stackstorm: once, as the service would. Nothing is run.",
    )
    parser.add_argument("name", nargs="?", default="", help="one of the settings file; all of them")
    parser.add_argument("--config", type=Path)
    args = parser.parse_args(list(argv))
    settings = load(args.config)
    names = [name for name in settings.stackstorm if args.name in ("", name)]
    if not names:
        there = ", ".join(settings.stackstorm) or "none"
        print(f"There is no StackStorm {args.name}; there are: {there}", file=sys.stderr)
        return EXIT_BAD_INPUT
    logging.basicConfig(level=logging.ERROR)
    wire.use(settings.outside)
    return EXIT_FAILED if asyncio.run(every(settings, names)) else 0


async def every(settings: Settings, names: Sequence[str]) -> int:
    """Ask each; how many things went wrong."""
    hide = redactor_of(settings)
    failed = 0
    for name in names:
        one = _One(name, settings.stackstorm[name], settings.actions, hide)
        await one.tried()
        failed += one.failed
    return failed


class _One:
    """One system, asked a few things; what goes wrong is counted and the rest is asked still."""

    def __init__(
        self, name: str, one: RunnerSettings, actions: dict[str, ActionSettings], hide: Redactor
    ) -> None:
        self._name, self._one, self._actions, self._hide = name, one, actions, hide
        self.failed = 0

    async def tried(self) -> None:
        """Ask, and say what comes."""
        try:
            runner = connect(self._name, self._one)
        except IntegrationError as error:
            self._wrong("settings", error)
            return
        try:
            if await self._asked("hello", runner.hello):
                await self._asked("actions", lambda: self._offers(runner))
                await self._asked("runs", lambda: _marks(runner))
                await self._asked("questions", lambda: _questions(runner))
                await self._asked("stream", lambda: _stream(runner))
        finally:
            await runner.close()

    async def _asked(self, what: str, ask: Callable[[], Awaitable[str]]) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                said = await ask()
        except IntegrationError as error:
            return self._wrong(what, error)
        except TimeoutError:
            return self._wrong(what, "it does not answer in time")
        print(f"✅ {self._name} {what}: {self._hide(said)}")
        return True

    def _wrong(self, what: str, error: Exception | str) -> bool:
        self.failed += 1
        setting = error.setting if isinstance(error, Misconfigured) else ""
        named = f"{setting}: " if setting and not str(error).startswith(setting) else ""
        print(f"❌ {self._name} {what}: {named}{self._hide(str(error))}")
        return False

    async def _offers(self, runner: Runner) -> str:
        there = await runner.actions()
        made = list(catalogue.offers(self._name, self._one, self._actions, there))
        names = {each.name for each in made}
        for name, own in self._actions.items():
            system, _, ref = own.run.partition(":")
            if system == self._name and name not in names:
                self._wrong("settings", f"action {name}: {ref} is not there, or we may not see it")
        for wrong in catalogue.unknown(each for each in made if each.name in self._actions):
            self._wrong("settings", wrong)
        packs = len({each.ref.partition(".")[0] for each in there})
        shaped = sum(name in self._actions for name in names)
        known = f"{count(len(there), 'action')} in {count(packs, 'pack')}"
        return f"{known}; {len(made)} can be run here, {shaped} as actions: shapes them"


async def _marks(runner: Runner) -> str:
    found = await runner.find(_MARK)
    return "it can be looked up what was begun" if found is None else f"{found.id} has our mark"


async def _questions(runner: Runner) -> str:
    return f"{len(await runner.inquiries())} wait for an answer"


async def _stream(runner: Runner) -> str:
    heard = runner.stream()
    try:
        first = await anext(heard)
    finally:
        if isinstance(heard, AsyncGenerator):
            await heard.aclose()
    if first.said and not first.id:
        raise Transient(f"{first.said}: what changes is looked up instead")
    return "it tells by itself what changes"
