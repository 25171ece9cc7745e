"""Server-sent events: every open console learns within a moment that something changed."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.web.ports import ChangeFeed
from bot.web.session import HEADERS

log = logging.getLogger("pixelview.live")

PING = 15.0
_RECHECK = 4
_HEADERS = {**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}

Batch = list[tuple[int, int]]


class Live:
    """One subscription to the changes, any number of consoles. ``stale`` is called first."""

    def __init__(self, changes: ChangeFeed, stale: Callable[[], None]) -> None:
        self._changes, self._stale = changes, stale
        self._clients: set[asyncio.Queue[Batch | None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-live")

    async def stop(self) -> None:
        """Every console is told to come back later."""
        for queue in self._clients:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        async with self._changes.subscribe() as queue:
            while True:
                batch = await queue.get()
                self._stale()
                for client in self._clients:
                    if not client.full():
                        client.put_nowait(batch)

    def look_again(self) -> None:
        """Sessions ended: every console asks whether its own goes on."""
        for client in self._clients:
            if not client.full():
                client.put_nowait([])

    async def stream(
        self,
        request: web.Request,
        allowed: Callable[[], Awaitable[bool]],
        seen: Callable[[Batch], Awaitable[Batch]],
    ) -> web.StreamResponse:
        """The stream of one console, until it goes or its session ends; ``seen`` leaves out what is
        hidden from its reader."""
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        queue: asyncio.Queue[Batch | None] = asyncio.Queue(maxsize=100)
        self._clients.add(queue)
        try:
            await response.write(b"event: hello\ndata: {}\n\n")
            await self._feed(response, queue, allowed, seen)
        except ConnectionError:
            pass
        finally:
            self._clients.discard(queue)
        return response

    async def _feed(
        self,
        response: web.StreamResponse,
        queue: asyncio.Queue[Batch | None],
        allowed: Callable[[], Awaitable[bool]],
        seen: Callable[[Batch], Awaitable[Batch]],
    ) -> None:
        pings = 0
        while True:
            try:
                batch = await asyncio.wait_for(queue.get(), PING)
            except TimeoutError:
                pings += 1
                if pings % _RECHECK == 0 and not await allowed():
                    await response.write(b"event: over\ndata: {}\n\n")
                    return
                await response.write(b"event: ping\ndata: {}\n\n")
                continue
            if batch is None:
                return
            who = not batch or not all(number for number, _ in batch)  # sessions, definitions
            if who and not await allowed():
                await response.write(b"event: over\ndata: {}\n\n")
                return
            if not (batch := await seen(batch)):
                continue
            text = json.dumps(batch)
            await response.write(f"event: changed\ndata: {text}\n\n".encode())
