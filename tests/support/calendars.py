"""A calendar server on loopback: gives what a test puts there, and says who asked how."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from typing import Any

from aiohttp import web

TYPE = "text/calendar; charset=utf-8"


def ics(*events: str, head: str = "") -> str:
    """A calendar of events, each written as its own lines."""
    parts = [
        f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{each.strip()}\nEND:VEVENT" for each in events
    ]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", head, *parts, "END:VCALENDAR"]
    return "\r\n".join("\n".join(filter(None, lines)).split("\n")) + "\r\n"


def event(uid: str, start: str, end: str, title: str, *more: str) -> str:
    """An event between two times, ``20261124T090000Z`` or ``20261124``."""
    kind = ";VALUE=DATE" if len(start) == 8 else ""
    lines = (f"UID:{uid}", f"DTSTART{kind}:{start}", f"DTEND{kind}:{end}", f"SUMMARY:{title}")
    return "\n".join((*lines, *more))


class CalendarServer:
    """``body`` is given at every path but those in ``moved``; ``status`` and ``wait`` are how."""

    def __init__(self) -> None:
        self.body: str | bytes = ics()
        self.status = 200
        self.wait = 0.0
        self.tag = ""
        self.packed = False
        self.moved: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> str:
        """Listen; the base address."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._give)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        server: Any = site._server
        port = server.sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        return self.url

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _give(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, {k.lower(): v for k, v in request.headers.items()}))
        if self.wait:
            await asyncio.sleep(self.wait)
        if request.path in self.moved:
            return web.Response(status=302, headers={"Location": self.moved[request.path]})
        if self.tag and request.headers.get("If-None-Match") == self.tag:
            return web.Response(status=304, headers={"ETag": self.tag})
        body = self.body.encode() if isinstance(self.body, str) else self.body
        headers = {"Content-Type": TYPE, **({"ETag": self.tag} if self.tag else {})}
        if self.packed:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        return web.Response(status=self.status, body=body, headers=headers)
