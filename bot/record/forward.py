"""Forwards the record to a syslog receiver without a gap: what a broken connection may have lost is
sent again, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import ssl
import struct
import termios
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.record.settings import SyslogSettings
from bot.record.syslog import frame, message
from commands.door import Door
from store import audit, upkeep
from store.audit import Entry
from store.db import Tx
from store.tls import private

log = logging.getLogger("pixelview.record")

POSITION = "audit.forwarded"
BATCH = 200
PATIENCE = 60.0
"""Seconds a receiver may take for a batch."""
Places = dict[str, int]


class Forwarder:
    """Sends every row once it is committed. Syslog has no answer of its own: a row counts as
    arrived once the other side's TCP took it and the connection lived on ``settle`` seconds."""

    def __init__(
        self, door: Door, settings: SyslogSettings, *, settle: float = 2.0, pause: float = 1.0
    ) -> None:
        self._door, self._settings = door, settings
        self._settle, self._pause = settle, pause
        self._task: asyncio.Task[None] | None = None
        self._raw: asyncio.WriteTransport | None = None
        self.trouble = ""
        self.sent = 0

    def start(self) -> None:
        """Begin where the last one stood."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-syslog")

    async def stop(self) -> None:
        """Let go; what is not confirmed is sent again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        wait = self._pause
        while True:
            try:
                await self._connected()
            except (OSError, ssl.SSLError, asyncio.IncompleteReadError) as error:
                await self._broken(error)
            except Exception as error:
                log.exception("forwarding the record failed")
                await self._broken(error)
            else:
                wait = self._pause
            await asyncio.sleep(wait)
            wait = min(60.0, wait * 2) if self.trouble else self._pause

    async def _broken(self, error: BaseException) -> None:
        said = str(error) or type(error).__name__
        if said != self.trouble:
            log.error("the record does not reach syslog at %s: %s", self._settings.host, said)
        if not self.trouble:
            await self._told("failed", {"why": said})
        self.trouble = said

    async def _told(self, outcome: str, detail: dict[str, Any]) -> None:
        """An outage of the receiver, and its end, are on record themselves."""
        door, to = self._door, f"{self._settings.host}:{self._settings.port}"

        def note(ctx: Any) -> None:
            audit.append(
                ctx.tx, door.writer_name, ctx.now, ctx.actor, "audit.forward", outcome, None,
                {"to": to, **detail},
            )  # fmt: skip

        await door.system(note)

    async def _connected(self) -> None:
        reader, writer = await asyncio.wait_for(self._open(), 10)
        try:
            if self.trouble:
                self.trouble = ""
                await self._told("ok", {"say": "The receiver is there again."})
            await self._send(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await asyncio.wait_for(writer.wait_closed(), 2)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        s = self._settings
        reader, writer = await asyncio.open_connection(s.host, s.port)
        self._raw = writer.transport
        if s.tls:
            try:
                await writer.start_tls(tls(s), server_hostname=s.host)
            except BaseException:
                self._raw.abort()
                raise
        return reader, writer

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the connection breaks: rows as they come, and their places once they settled."""
        at = await self._door.reader.read(position)
        settling: deque[tuple[float, Places]] = deque()
        loop = asyncio.get_running_loop()
        gone = loop.create_task(_ended(reader))
        try:
            while not gone.done():
                rows = await self._door.reader.read(partial(after, at=at))
                for entry in rows:
                    writer.write(frame(self._message(entry)))
                    at = {**at, entry.writer: entry.seq}
                if rows:
                    async with asyncio.timeout(PATIENCE):
                        await self._taken(writer, gone)
                    self.sent += len(rows)
                    settling.append((loop.time(), at))
                await self._confirm(settling, loop.time())
                if len(rows) < BATCH:
                    await asyncio.wait({gone}, timeout=self._pause)
            raise ConnectionResetError("the receiver closed the connection")
        finally:
            gone.cancel()

    async def _taken(self, writer: asyncio.StreamWriter, gone: asyncio.Task[None]) -> None:
        """Until the other side's TCP has acknowledged every byte, where this system tells."""
        await writer.drain()
        sock, raw = writer.get_extra_info("socket"), self._raw
        while not gone.done() and ((raw and raw.get_write_buffer_size()) or _unacknowledged(sock)):
            await asyncio.sleep(0.01)

    def _message(self, entry: Entry) -> bytes:
        return message(entry, self._settings.format, self._settings.facility)

    async def _confirm(self, settling: deque[tuple[float, Places]], now: float) -> None:
        """Remember the last place that has settled."""
        done: Places | None = None
        while settling and settling[0][0] + self._settle <= now:
            done = settling.popleft()[1]
        if done is not None:
            text = json.dumps(done)
            await self._door.system(lambda ctx: upkeep.set_meta(ctx.tx, POSITION, text))


def tls(settings: SyslogSettings) -> ssl.SSLContext:
    """TLS 1.2 or later; the receiver's certificate and name are verified."""
    context = private(settings.ca or "")
    if settings.cert:
        context.load_cert_chain(settings.cert, settings.key)
    return context


def position(tx: Tx) -> Places:
    """Writer → the last row that arrived."""
    found: Places = json.loads(upkeep.meta(tx, POSITION) or "{}")
    return found


def after(tx: Tx, at: Mapping[str, int]) -> list[Entry]:
    """The next rows of every chain, each chain in its order."""
    rows: list[Entry] = []
    for writer in audit.writers(tx):
        if len(rows) < BATCH:
            rows += audit.following(tx, writer, at.get(writer, 0), BATCH - len(rows))
    return rows


async def _ended(reader: asyncio.StreamReader) -> None:
    """Until the other side is gone; what it says meanwhile means nothing."""
    while await reader.read(1024):
        pass


def _unacknowledged(sock: Any) -> int:
    """Bytes that the kernel keeps until they are acknowledged (Linux: SIOCOUTQ)."""
    try:
        left = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    except OSError:
        return 0
    return int(struct.unpack("i", left)[0])
