"""The server-sent events: what changes, and what one execution prints."""

from __future__ import annotations

import asyncio
import contextlib
import json
from fnmatch import fnmatchcase

from aiohttp import web

from tests.support.stackstorm.shapes import FINAL, Fields
from tests.support.stackstorm.world import Execution

_DEFAULT = ("st2.announcement__*", "st2.execution__*", "st2.liveaction__*")


class Streams:
    """Everybody who listens. ``open`` is how many do."""

    def __init__(self, heartbeat: float) -> None:
        self.heartbeat = heartbeat
        self.silent = False
        self.connected = 0
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._wanted: dict[int, tuple[str, ...]] = {}
        self._came = asyncio.Event()

    @property
    def open(self) -> int:
        """How many listen."""
        return len(self._queues)

    async def listened(self, times: int = 1) -> None:
        """Wait until so many connections were made in all, the last of which is open."""
        while self.connected < times or not self._queues:
            self._came.clear()
            await self._came.wait()

    def tell(self, name: str, payload: Fields) -> None:
        """One event, to all who want it."""
        if self.silent or not self._queues:
            return
        line = f"event: {name}\ndata: {json.dumps(payload, separators=(',', ':'))}\n\n".encode()
        for queue in self._queues:
            if any(fnmatchcase(name, each) for each in self._wanted[id(queue)]):
                queue.put_nowait(line)

    def break_all(self) -> None:
        """Every stream ends."""
        for queue in self._queues:
            queue.put_nowait(None)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One who listens."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=UTF-8"})
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        events = request.query.get("events", "")
        self._wanted[id(queue)] = tuple(events.split(",")) if events else _DEFAULT
        self._queues.add(queue)
        self.connected += 1
        self._came.set()
        try:
            await answer.prepare(request)
            await answer.write(b"\n")
            while True:
                try:
                    line = await asyncio.wait_for(queue.get(), self.heartbeat)
                except TimeoutError:
                    line = b"\n"
                if line is None:
                    break
                await answer.write(line)
        except ConnectionError:
            pass
        finally:
            self._queues.discard(queue)
            self._wanted.pop(id(queue), None)
        if request.transport is not None:
            request.transport.close()
        return answer

    async def output(self, request: web.Request, one: Execution | None) -> web.StreamResponse:
        """What one execution printed and prints, from the start, until it ends."""
        if one is None:
            return web.json_response({"faultstring": "Unable to identify resource"}, status=404)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=UTF-8"})
        await answer.prepare(request)
        await answer.write(b"\n")
        told = 0
        with contextlib.suppress(ConnectionError):
            while True:
                over = one.status in FINAL
                for kind, text in one.printed[told:]:
                    row = {"execution_id": one.id, "output_type": kind, "data": text}
                    line = f"event: st2.execution.output__create\ndata: {json.dumps(row)}\n\n"
                    await answer.write(line.encode())
                told = len(one.printed)
                if over:
                    break
                await asyncio.sleep(0.02)
            await answer.write(b"event: EOF\ndata: ''\n\n")
        return answer
