"""A gate before a stand-in: bytes go through, or the door is shut, or nobody answers any more."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

OPEN, SHUT, SILENT = "open", "shut", "silent"


class Gate:
    """``turn`` says what becomes of connections, of those that stand too."""

    def __init__(self, target: str) -> None:
        at = urlsplit(target)
        self._host, self._port = at.hostname or "127.0.0.1", at.port or 80
        self._how = OPEN
        self._server: asyncio.Server | None = None
        self._held: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._came, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def turn(self, how: str) -> None:
        """From now on this; whoever waits before a silent gate is sent away once it is not."""
        self._how = how
        if how != SILENT:
            for each in [*self._held]:
                each.transport.abort()

    async def stop(self) -> None:
        """End."""
        await self.turn(SHUT)
        if self._server is not None:
            self._server.close()
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._how == SHUT:
            writer.transport.abort()
            return
        self._held.add(writer)
        try:
            beyond, to = await asyncio.open_connection(self._host, self._port)
            try:
                await asyncio.gather(self._carry(reader, to), self._carry(beyond, writer))
            finally:
                to.transport.abort()
        except OSError:
            pass
        finally:
            self._held.discard(writer)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(1 << 16):
            if self._how == OPEN:
                writer.write(some)
                await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()
