"""What every stand-in is: one server on a free port of loopback, and answers ordered beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Self

from aiohttp import web


class Standin:
    """Starts with ``async with``; ``url`` is its base address."""

    def __init__(self) -> None:
        self.url = ""
        self.port = 0
        self.violations: list[str] = []
        self.asked = 0
        self._ordered: list[tuple[int, Any, Mapping[str, str]] | None] = []
        self._runner: web.AppRunner | None = None

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        raise NotImplementedError

    def answer_next(
        self, status: int, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """The next request gets this answer, whatever it says."""
        self._ordered.append((status, body, headers or {}))

    def hang_up_next(self) -> None:
        """The next request is read and then the connection is cut without an answer."""
        self._ordered.append(None)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._ordered_first])
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    def against(self, why: str) -> None:
        """Note that the real one would not have taken this."""
        self.violations.append(why)

    @web.middleware
    async def _ordered_first(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked += 1
        if not self._ordered:
            found: web.StreamResponse = await handler(request)
            return found
        await request.read()
        ordered = self._ordered.pop(0)
        if ordered is None:
            transport = request.transport
            if transport is not None:
                transport.abort()
            raise asyncio.CancelledError
        status, body, headers = ordered
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(body or {}, status=status, headers=headers)
