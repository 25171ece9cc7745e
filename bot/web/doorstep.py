"""Connections before they are requests: who says nothing, or slowly, is let go; who speaks no HTTP
is answered without a line in the log. Neither costs more than a place among a bounded number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

HEADERS = 20.0
"""Seconds for the handshake and the headers of the first request."""
KEPT = 75.0
"""Seconds that a connection may stay without another whole request."""
MOST = 2_000
"""Connections without a request; the one that is silent for longest makes room."""

log = logging.getLogger("pixelview.web")


class Doorstep:
    """The connections of one server that have no request; ``broken`` and ``let_go`` are counted."""

    def __init__(self, headers: float = HEADERS, most: int = MOST) -> None:
        self.headers, self._most = headers, most
        self._waiting: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._kept: dict[web.RequestHandler, None] = {}
        self.broken = self.let_go = 0

    def watch(self, server: Callable[[], web.RequestHandler]) -> Callable[[], web.RequestHandler]:
        """The same factory of connections, watched from the moment they are accepted."""
        loop = asyncio.get_running_loop()

        def accept() -> web.RequestHandler:
            if len(self._waiting) + len(self._kept) >= self._most:
                self._make_room()
            made = server()
            self._waiting[made] = loop.call_later(self.headers, self._too_slow, made)
            return made

        return accept

    def heard(self, connection: web.RequestHandler) -> None:
        """Its request is whole."""
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()
        self._kept.pop(connection, None)

    def answered(self, connection: web.RequestHandler) -> None:
        """It has no request again."""
        if connection.transport is not None:
            self._kept[connection] = None

    def _too_slow(self, connection: web.RequestHandler) -> None:
        if self._waiting.pop(connection, None) is not None:
            self._close(connection)

    def _make_room(self) -> None:
        for gone in [each for each in self._kept if each.transport is None]:
            del self._kept[gone]
        if len(self._waiting) + len(self._kept) < self._most:
            return
        oldest = next(iter(self._kept), None) or next(iter(self._waiting))
        self.heard(oldest)
        self._close(oldest)

    def _close(self, connection: web.RequestHandler) -> None:
        if connection.transport is not None:
            self.let_go += 1
            connection.transport.abort()  # a close would wait until all is sent


class Site(web.TCPSite):
    """A port whose connections are watched."""

    def __init__(self, runner: web.AppRunner, step: Doorstep, *args: Any, **more: Any) -> None:
        super().__init__(runner, *args, **more)
        self._step = step

    async def start(self) -> None:
        """As TCPSite does it, with its factory under watch."""
        await web.BaseSite.start(self)
        server, tls = self._runner.server, self._ssl_context
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            self._step.watch(server), self._host, self._port, ssl=tls, backlog=self._backlog,
            ssl_handshake_timeout=self._step.headers if tls else None,
        )  # fmt: skip


class QuietLog(logging.LoggerAdapter[logging.Logger]):
    """aiohttp's log: what a stranger can cause at will is one line for who looks for it."""

    def __init__(self, step: Doorstep) -> None:
        super().__init__(log, {})
        self._step = step

    def log(self, level: int, msg: object, *args: Any, **more: Any) -> None:
        """A line, of broken HTTP a short one."""
        error = more.get("exc_info")
        if isinstance(error, HttpProcessingError):
            self._step.broken += 1
            level, more = logging.DEBUG, {}
            msg, args = "no HTTP was spoken: %s", (type(error).__name__,)
        super().log(level, msg, *args, **more)
