"""``inventory try``: looks at a source once, without a server or a database, and prints what it
found.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from bot import wire
from bot.inventory.connecting import connect
from bot.inventory.schedule import Asking
from bot.inventory.streaming import Flow
from bot.inventory.words import Begun, Ended, Failed, Noted, Page, Parts, Word
from bot.redacting import redactor_of
from bot.settings import Settings, load
from commands.rules.inventory_words import kind_said
from commands.rules.redact import Redactor
from commands.words import count
from integrations.base import Connector, IntegrationError, Part, Streaming

EXIT_BAD_INPUT, EXIT_FAILED = 2, 1
_MANY = 40
_FAILED = {"transient": "did not answer: ", "permanent": "", "misconfigured": "", "": ""}
"""Before why a part could not be told; a refusal and a wrong setting say it themselves."""


def run(argv: Sequence[str]) -> int:
    """0 where every part was told to its end, 1 where one was not, 2 where there is no such."""
    parser = argparse.ArgumentParser(
        prog="pv inventory try",
        description="Look once at a source of inventory.sources, as the service would.",
    )
    parser.add_argument("source", help="its name in the settings file")
    parser.add_argument("part", nargs="?", help="one part alone, or the beginning of its name")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--json", action="store_true", help="everything found, an object a line")
    parser.add_argument("--listen", type=float, default=20.0, metavar="SECONDS",
                        help="how long to listen to a source that tells by itself")  # fmt: skip
    args = parser.parse_intermixed_args(list(argv))
    settings = load(args.config)
    one = settings.inventory.sources.get(args.source)
    if one is None:
        there = ", ".join(settings.inventory.sources) or "none"
        print(f"There is no source {args.source}; there are: {there}", file=sys.stderr)
        return EXIT_BAD_INPUT
    logging.basicConfig(level=logging.WARNING)
    wire.use(settings.outside)
    return asyncio.run(_try(settings, args))


async def _try(settings: Settings, args: argparse.Namespace) -> int:
    one = settings.inventory.sources[args.source]
    shown = _Shown(redactor_of(settings), as_json=args.json, part=args.part or "")
    try:
        connector = connect(args.source, one.kind, one.own)
    except IntegrationError as error:
        setting, said = getattr(error, "setting", ""), str(error)
        named = not setting or said.startswith(setting)
        print(f"{args.source}: {said if named else f'{setting}: {said}'}", file=sys.stderr)
        return EXIT_FAILED
    chosen = _Some(connector, args.part or "")
    shown.names = chosen.names
    asking = Asking(args.source, lambda: chosen, shown, now=time.monotonic)
    try:
        await asking.step()
        if isinstance(connector, Streaming):
            await _listen(args.source, connector, shown, args.listen)
    finally:
        await asking.close()
    if shown.missed:
        print(f"No part begins with {args.part}; there are {shown.missed}", file=sys.stderr)
        return EXIT_BAD_INPUT
    shown.sum_up()
    return EXIT_FAILED if shown.failed else 0


async def _listen(name: str, connector: Streaming, shown: _Shown, most: float) -> None:
    """Until every part was told whole, or for so long."""
    flow = asyncio.create_task(Flow(name, connector, shown).once())
    try:
        async with asyncio.timeout(most):
            while not flow.done():
                await asyncio.sleep(0.5)
                if shown.settled:
                    break
    except TimeoutError:
        pass
    if flow.done() and (error := flow.result()) is not None:
        await shown.tell(Failed(name, "", f"{type(error).__name__}: {error}"))
    flow.cancel()
    await asyncio.gather(flow, return_exceptions=True)


class _Some:
    """A connector of which some parts alone are asked."""

    def __init__(self, connector: Connector, part: str) -> None:
        self._connector, self._part, self.names = connector, part, list[str]()
        self.sync, self.close = connector.sync, connector.close
        self.act, self.ask = connector.act, connector.ask

    async def parts(self) -> Sequence[Part]:
        """Those that begin so."""
        every = await self._connector.parts()
        self.names.extend(one.name for one in every)
        return [one for one in every if one.name.startswith(self._part)]


class _Shown:
    """Prints what is told."""

    def __init__(self, redact: Redactor, *, as_json: bool, part: str = "") -> None:
        self._redact, self._json, self._part = redact, as_json, part
        self._why, self.names, self._told = set[str](), list[str](), False
        self._resources, self._faults = dict[str, Any](), dict[str, Any]()
        self._counts = Counter[str]()
        self._calm, self._live, self._begun = 0, 0, 0
        self.failed = 0

    @property
    def settled(self) -> bool:
        """Whether what tells by itself has told everything, for a second."""
        self._calm += 1
        return self._begun > 0 and self._live >= self._begun and self._calm > 2

    @property
    def missed(self) -> str:
        """The parts there are, where none is called as it was asked for."""
        return "" if self._told or not self._part else ", ".join(dict.fromkeys(self.names))

    async def tell(self, word: Word) -> None:
        """Print it, or keep it for the summary."""
        self._calm = 0
        if name := getattr(word, "part", ""):
            self.names.append(name)
            if not name.startswith(self._part):
                self._begun += isinstance(word, Begun) and word.live
                self._live += isinstance(word, Ended) and word.live
                return
            self._told = True
        match word:
            case Parts(parts=parts) if parts or not self._part:
                names = ", ".join(part.title or part.name for part in parts[:_MANY])
                more = f" and {len(parts) - _MANY} more" if len(parts) > _MANY else ""
                self._say(f"{count(len(parts), 'part')}: {names}{more}" if parts else "no parts")
            case Begun(live=live):
                self._begun += live
            case Page():
                self._page(word)
            case Ended(part=part, took=took, live=live):
                self._live += live
                self._say(f"{part}: {'told whole' if live else f'{took:.1f} s'}")
            case Failed(part=part, why=why, kind=kind, again=again):
                self.failed += 1
                # What is not asked again at a set time was told by a stream, in words of its own.
                said = f"{_FAILED.get(kind, f'{kind}: ')}{why}" if again else why
                self._say(f"{part or word.source}: {'the same' if said in self._why else said}")
                self._why.add(said)
            case Noted(part=part, note=note):
                if note:
                    self._say(f"{part}: {note}")

    def _page(self, page: Page) -> None:
        self._resources |= page.resources
        self._faults |= page.faults
        for name in ("samples", "costs", "findings", "happenings"):
            self._counts[name] += len(getattr(page, name))
        if not self._json:
            return
        for what, item in _items(page):
            found = {"is": what, "part": page.part, **asdict(item)}
            print(msgspec.json.encode(self._redact.deep(found)).decode())

    def _say(self, text: str) -> None:
        print(self._redact(text), file=sys.stderr if self._json else sys.stdout, flush=True)

    def sum_up(self) -> None:
        """What there is of each kind, how it is, and what is wrong."""
        kinds: Mapping[str, Counter[str]] = {}
        for one in self._resources.values():
            kinds = {**kinds, one.kind: kinds.get(one.kind, Counter()) + Counter([one.health])}
        for kind, health in sorted(kinds.items()):
            bad = ", ".join(f"{n} {h}" for h, n in sorted(health.items()) if h != "ok")
            said = kind_said(kind, health.total())
            self._say(f"{health.total():6} {said}{f' ({bad})' if bad else ''}")
        for name, many in sorted(self._counts.items()):
            if many:
                self._say(f"{many:6} {name.removesuffix('s') if many == 1 else name}")
        for fault in list(self._faults.values())[:_MANY]:
            kind = "" if fault.title.startswith(fault.kind) else f"{fault.kind}: "
            self._say(f"{fault.severity}: {kind}{fault.title}")
        if len(self._faults) > _MANY:
            self._say(f"and {len(self._faults) - _MANY} more faults")


def _items(page: Page) -> Iterator[tuple[str, Any]]:
    for one in (*page.resources.values(), *page.faults.values()):
        yield type(one).__name__.lower(), one
    for items in (page.samples, page.costs, page.findings.values(), page.happenings):
        for item in items:
            yield type(item).__name__.lower(), item
