"""``python -m bot worker``: the process that holds the connectors and their SDKs.

It has no database and no keys; what it needs comes by a socket from the server that began it, and
it ends when that does. Nothing it does, and no way it dies, touches a page.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot import wire
from bot.inventory.connecting import connect
from bot.inventory.frames import Pipe, error_words
from bot.inventory.schedule import Asking, Before
from bot.inventory.words import Page, Word, resource_of, written
from bot.network_settings import OutsideSettings
from bot.redacting import install
from commands.rules.redact import Redactor
from integrations.base import Misconfigured
from store.model.resource import Resource

log = logging.getLogger("pixelview.worker")

AHEAD = 4
"""Pages that may be under way to the server at once."""
BEAT = 5.0
"""Seconds between two signs of life."""
NICE = 10
_PATIENCE = {"ask": 25.0, "act": 120.0}
"""Seconds a connector has to answer a person."""
MARGIN = 4
"""So many times the memory it may hold can be asked for; stacks of threads count too."""
_PR_SET_PDEATHSIG = 1


class Told:
    """Tells the server: pages a few ahead of what it has taken, everything else once it has."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._slots = asyncio.Semaphore(AHEAD)
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._number = 0

    async def tell(self, word: Word) -> None:
        """Returns once the word was taken, a page already when it is sent."""
        await self._slots.acquire()
        self._number += 1
        taken = asyncio.get_running_loop().create_future()
        taken.add_done_callback(lambda _: self._slots.release())
        self._waiting[self._number] = taken
        try:
            self._pipe.send({"word": written(word), "number": self._number})
        except Exception:
            self.taken(self._number)  # else its place would never be free again
            raise
        await self._pipe.drain()
        if not isinstance(word, Page):
            await asyncio.shield(taken)

    def taken(self, number: int) -> None:
        """The server has taken a word."""
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_result(None)


class Worker:
    """All sources of one server."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe, self._told = pipe, Told(pipe)
        self._asking: dict[str, Asking] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._answers: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Do what the server says, until it is gone."""
        beat = asyncio.create_task(self._beat())
        try:
            while True:
                await self._hear(await self._pipe.receive())
        except EOFError:
            pass
        finally:
            beat.cancel()
            await self._stop([*self._runs])

    async def _hear(self, said: Mapping[str, Any]) -> None:
        match said["do"]:
            case "settings":
                _settle(said)
            case "look":
                await self._look(said["sources"])
            case "taken":
                self._told.taken(said["number"])
            case "ask" | "act":
                task = asyncio.create_task(self._answer(said))
                self._answers.add(task)
                task.add_done_callback(self._answers.discard)

    async def _look(self, sources: Mapping[str, Mapping[str, Any]]) -> None:
        """These sources are to be looked at, and no others."""
        await self._stop([name for name in self._runs if name not in sources])
        for name, one in sources.items():
            if name in self._runs:
                continue
            before = {part: Before(**known) for part, known in one["parts"].items()}
            asking = Asking(
                name, _maker(name, one["kind"], one["own"]), self._told, before,
                scale=one["stretch"], now=time.monotonic,
            )  # fmt: skip
            self._asking[name] = asking
            self._runs[name] = asyncio.create_task(self._run(asking), name=f"source-{name}")

    async def _run(self, asking: Asking) -> None:
        while True:
            try:
                await asking.run()
            except Exception:
                log.exception("%s is asked anew", asking.name)
                await asyncio.sleep(10)

    async def _stop(self, names: Sequence[str]) -> None:
        tasks = [self._runs.pop(name) for name in names]
        for name in names:
            self._asking.pop(name, None)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _answer(self, said: Mapping[str, Any]) -> None:
        answer: dict[str, Any] = {"answer": said["id"]}
        try:
            async with asyncio.timeout(_PATIENCE[said["do"]]):
                answer["value"] = await self._asked(said)
        except TimeoutError:
            late = f"{said['source']} did not answer in time"
            uncertain = said["do"] == "act" and not said["dry"]
            answer["error"] = {"kind": "transient", "error": late, "uncertain": uncertain}
        except Exception as error:  # noqa: BLE001  whatever it is, the server is told
            answer["error"] = error_words(error)
        self._pipe.send(answer)

    async def _asked(self, said: Mapping[str, Any]) -> Any:
        asking = self._asking.get(said["source"])
        if asking is None:
            raise Misconfigured(f"{said['source']} is not looked at", "inventory.sources")
        about: Resource = resource_of(said["resource"])
        connector, params = asking.connector, said["params"]
        if said["do"] == "ask":
            return await connector.ask(said["what"], about, params)
        return asdict(await connector.act(said["what"], about, params, said["dry"]))

    async def _beat(self) -> None:
        while True:
            self._pipe.send({"alive": _memory()})
            await asyncio.sleep(BEAT)


def _maker(name: str, kind: str, own: Mapping[str, Any]) -> Any:
    return lambda: connect(name, kind, own)


def _settle(said: Mapping[str, Any]) -> None:
    """This process is bounded, goes out as the settings say, and writes no secret into the log."""
    if most := said.get("memory"):
        hold_no_more(MARGIN * most)
    wire.use(OutsideSettings(**said["outside"]))
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    install(Redactor(said["secrets"], tuple(said["patterns"]), ()))


def hold_no_more(than: int) -> None:
    """What would take more memory at once than anybody can notice in between fails instead."""
    if sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = than if hard == resource.RLIM_INFINITY else min(than, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _memory() -> int:
    """Bytes this process holds; the most it ever did where the system does not say."""
    try:
        held = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(held) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def _with_the_server() -> None:
    """End with the server, however it ends, and however busy this process is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    server = os.getppid()

    def watch() -> None:
        while os.getppid() == server:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, name="watch-the-server", daemon=True).start()


async def _main(number: int) -> None:
    await Worker(await Pipe.over(socket.socket(fileno=number))).run()


def run(argv: Sequence[str]) -> int:
    """Run until the server is gone."""
    parser = argparse.ArgumentParser(prog="pv worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the socket to the server")
    args = parser.parse_args(list(argv))
    _with_the_server()
    with contextlib.suppress(OSError):
        os.nice(NICE)
    asyncio.run(_main(args.fd))
    return 0
