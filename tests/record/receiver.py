"""A strict syslog receiver on loopback: octet counting as RFC 5425 has it, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import ssl


class Receiver:
    """``messages`` are what arrived, ``wrong`` what was no frame."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.messages: list[bytes] = []
        self.wrong: list[str] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._came = asyncio.Condition()

    async def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and cut whoever is connected."""
        if self._server is None:
            return
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._server.wait_closed(), 5)
        self._server = None

    async def wait_for(self, count: int) -> list[bytes]:
        """The messages, once there are so many."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.messages) >= count)
        return list(self.messages)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while (head := await reader.readuntil(b" ")) and head[:-1].isdigit():
                message = await reader.readexactly(int(head))
                async with self._came:
                    self.messages.append(message)
                    self._came.notify_all()
            self.wrong.append(repr(head))
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
