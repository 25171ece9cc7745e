"""The worker process as the server sees it: begun, listened to, asked, and begun again when it dies
or hangs.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from bot.inventory.frames import Pipe, error_of
from bot.inventory.words import Teller, read, resource_row
from bot.running import Running
from integrations.base import Acted, Transient
from store.model.resource import Resource

log = logging.getLogger("pixelview.inventory")

FIRST, LONGEST, WELL = 1.0, 60.0, 300.0
"""Seconds until it is begun again, at first and at most; one that ran so long was well."""
HUNG = 60.0
"""Seconds without a sign of life after which it is ended."""
ENDS = 5.0
"""Seconds it has to end by itself."""
PATIENCE = {"ask": 30.0, "act": 150.0}
OURS = "PIXELVIEW_"
"""What of the environment begins so is not its business."""

Sources = Mapping[str, Mapping[str, Any]]


def environment(hidden: Collection[str]) -> dict[str, str]:
    """The environment of this process without what opens PixelView, or anything but its sources."""
    return {k: v for k, v in os.environ.items() if not k.startswith(OURS) and v not in hidden}


class Bridge:
    """``settle`` is what it is told first; ``lost`` is called when it is gone. ``most_memory`` in
    bytes is what it may hold, ``hidden`` are secrets that are not its business."""

    def __init__(
        self, teller: Teller, settle: Mapping[str, Any],
        lost: Callable[[str], Awaitable[None]], most_memory: int,
        hidden: Collection[str] = (),
    ) -> None:  # fmt: skip
        self._hidden = frozenset(hidden)
        self._teller, self._settle, self._lost = teller, settle, lost
        self._most = most_memory
        self._running = Running("pixelview-worker")
        self._words: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._acting: set[int] = set()
        self._numbers = itertools.count(1)
        self._pipe: Pipe | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._sources: Callable[[], Sources] = dict
        self._looked_at: frozenset[str] = frozenset()
        self._heard = 0.0
        self._stopping = False
        self.memory, self.restarts, self.trouble = 0, 0, ""

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self, sources: Callable[[], Sources]) -> None:
        """Begin it; ``sources`` are those to look at, with what is known of their parts."""
        self._sources = sources
        self._running.begin(self._run())

    def look(self) -> None:
        """Which sources are looked at is another than it was."""
        if self._pipe is not None:
            sources = self._sources()
            self._looked_at = frozenset(sources)
            self._pipe.send({"do": "look", "sources": sources})

    async def stop(self) -> None:
        """End it."""
        self._stopping = True
        if self._pipe is not None:
            self._pipe.close()
        await self._ended(self._process)
        await self._running.end()
        self._fail("PixelView stops")

    # its life

    async def _run(self) -> None:
        failures = 0
        while not self._stopping:
            began = time.monotonic()
            try:
                why = await self._live()
            except OSError as error:
                why = f"it can't be begun: {error.strerror or error}"
            except Exception as error:
                log.exception("what the worker says is not understood")
                why = f"what it says is not understood: {type(error).__name__}"
            if self._ends():
                return
            failures = 1 if time.monotonic() - began > WELL else failures + 1
            wait = min(FIRST * 2.0 ** (failures - 1), LONGEST)
            self.trouble, self.restarts = why, self.restarts + 1
            log.warning("the worker is gone: %s; begun again in %.0f s", why, wait)
            self._fail(why)
            await self._lost(why)
            await asyncio.sleep(wait)

    def _ends(self) -> bool:
        return self._stopping

    async def _live(self) -> str:
        """One process from its beginning to its end; why it ended."""
        ours, theirs = socket.socketpair()
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "worker", "--fd", str(theirs.fileno()),
                pass_fds=(theirs.fileno(),), stdin=asyncio.subprocess.DEVNULL,
                env=environment(self._hidden),
            )  # fmt: skip
        finally:
            theirs.close()
        self._pipe, self._heard = await Pipe.over(ours), time.monotonic()
        self._words = asyncio.Queue()
        self._pipe.send({"do": "settings", **self._settle})
        self.look()
        tasks = [
            asyncio.create_task(each, name="pixelview-worker")
            for each in (self._listen(self._pipe), self._take(self._pipe), self._watch(process))
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            why = next(iter(done)).result()
        finally:
            self._pipe.close()
            self._pipe = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._ended(process, 1.0)
        return f"{why} (exit {process.returncode})" if process.returncode else why

    async def _listen(self, pipe: Pipe) -> str:
        try:
            while True:
                said = await pipe.receive()
                self._heard = time.monotonic()
                if "word" in said:
                    self._words.put_nowait((said["number"], said["word"]))
                elif "answer" in said:
                    self._answered(said)
                elif "alive" in said:
                    self.memory, self.trouble = said["alive"], ""
                    if self.memory > self._most:
                        return f"it holds {self.memory >> 20} MiB"
        except EOFError:
            return "it ended"

    async def _take(self, pipe: Pipe) -> str:
        while True:
            number, word = await self._words.get()
            said = read(word)
            if said.source in self._looked_at:
                await self._teller.tell(said)
            pipe.send({"do": "taken", "number": number})

    async def _watch(self, process: asyncio.subprocess.Process) -> str:
        while time.monotonic() - self._heard < HUNG:
            await asyncio.sleep(1)
        process.kill()
        return f"it hung for {HUNG:.0f} s"

    async def _ended(self, process: asyncio.subprocess.Process | None, most: float = ENDS) -> None:
        if process is None or process.returncode is not None:
            return
        try:
            async with asyncio.timeout(most):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    # asking it

    async def ask(
        self, source: str, what: str, resource: Resource, params: Mapping[str, Any]
    ) -> Any:
        """Look something up; raises the integration errors."""
        return await self._request("ask", source, what, resource, params, dry=True)

    async def act(
        self, source: str, action: str, resource: Resource, params: Mapping[str, Any],
        dry_run: bool,
    ) -> Acted:  # fmt: skip
        """Do something, or say what would be done; Transient with ``uncertain`` where it may have
        been done although no answer came."""
        return Acted(**await self._request("act", source, action, resource, params, dry=dry_run))

    async def _request(
        self, do: str, source: str, what: str, resource: Resource, params: Mapping[str, Any],
        *, dry: bool,
    ) -> Any:  # fmt: skip
        if self._pipe is None:
            raise Transient("the worker that asks clusters and clouds does not run just now")
        if source not in self._looked_at:
            raise Transient(f"{source} is not looked at from here just now")
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        if do == "act" and not dry:
            self._acting.add(number)
        self._pipe.send({
            "do": do, "id": number, "source": source, "what": what, "dry": dry,
            "resource": resource_row(resource), "params": dict(params),
        })  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE[do]):
                return await answer
        except TimeoutError:
            late = f"{source} did not answer in time"
            raise Transient(late, uncertain=do == "act" and not dry) from None
        finally:
            self._asked.pop(number, None)
            self._acting.discard(number)

    def _answered(self, said: Mapping[str, Any]) -> None:
        number = said["answer"]
        answer = self._asked.get(number)
        if answer is None or answer.done():
            return
        if "error" in said:
            answer.set_exception(error_of(said["error"], acting=number in self._acting))
        else:
            answer.set_result(said.get("value"))

    def _fail(self, why: str) -> None:
        """Nobody answers any more what was asked."""
        for number, answer in self._asked.items():
            if not answer.done():
                lost = f"the worker is gone: {why}"
                answer.set_exception(Transient(lost, uncertain=number in self._acting))
