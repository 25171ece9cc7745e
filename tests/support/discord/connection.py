"""One websocket of the gateway, and the session that outlives it for RESUME."""

from __future__ import annotations

import asyncio
import importlib
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.discord.model import JSON


@dataclass(eq=False)
class Session:
    """What RESUME brings back: one identified session and the events it was sent.

    `number` counts sessions from 1 in the order they identified.
    """

    id: str
    number: int
    intents: int
    properties: JSON
    seq: int = 0
    events: list[tuple[int, str, JSON]] = field(default_factory=list)
    connection: Connection | None = None
    resumes: int = 0
    presence: JSON | None = None

    @property
    def connected(self) -> bool:
        """Whether a live websocket carries it now."""
        return self.connection is not None


class Connection:
    """One websocket."""

    def __init__(self, socket: web.WebSocketResponse, compress: str, elapsed: float) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.received: list[JSON] = []
        self.sends: deque[float] = deque()
        self.opened = elapsed
        self._zip: Any = None
        self._flush: int = zlib.Z_SYNC_FLUSH
        if compress == "zlib-stream":
            self._zip = zlib.compressobj()
        elif compress == "zstd-stream":
            zstandard = importlib.import_module("zstandard")
            self._zip = zstandard.ZstdCompressor().compressobj()
            self._flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()

    def send(self, op: int, data: Any, seq: int | None = None, event: str | None = None) -> None:
        """Queues a payload; order is kept."""
        self.send_text(json.dumps({"op": op, "d": data, "s": seq, "t": event}))

    def send_text(self, text: str) -> None:
        """Queues a frame as it is."""
        self._queue.put_nowait(text)

    async def pump(self) -> None:
        """Writes what was queued until the socket closes."""
        while (text := await self._queue.get()) is not None:
            if self.socket.closed:
                return
            if self._zip is None:
                await self.socket.send_str(text)
            else:
                packed = self._zip.compress(text.encode()) + self._zip.flush(self._flush)
                await self.socket.send_bytes(packed)

    def end(self) -> None:
        """Nothing more will be written."""
        self._queue.put_nowait(None)
