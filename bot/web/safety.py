"""What holds for every request and every answer: headers, the host that was asked for, and how
long a body may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address

from aiohttp import web

from bot.web.peer import host, scheme

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SLOWEST = 30.0
"""Seconds that a body may take to come."""

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": NOTHING,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
"""Of every answer that does not have its own."""


class Safety:
    """``hosts`` are the names browsers may use (all where there are none), ``url`` where they are
    led, ``hsts`` the seconds for which they shall use HTTPS alone."""

    def __init__(self, hosts: Sequence[str] = (), url: str = "", hsts: int = 0) -> None:
        self._hosts, self._url, self._hsts = tuple(hosts), url, hsts

    async def on_prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """The headers of an answer, just before it goes out."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "Server" in response.headers:
            response.headers["Server"] = "PixelView"
        if self._hsts and scheme(request) == "https":
            response.headers.setdefault("Strict-Transport-Security", f"max-age={self._hsts}")

    def knows(self, request: web.Request) -> bool:
        """Whether a browser may ask under this name. A page of a stranger can point a name of its
        own at us, but no IP address."""
        if not self._hosts or "Host" not in request.headers:
            return True
        name = _name(host(request))
        return name == "localhost" or _is_address(name) or any(
            fnmatchcase(name, each) for each in self._hosts
        )  # fmt: skip

    def stranger(self) -> web.Response:
        """What is said to who asks under another name."""
        where = f" It is at {self._url}" if self._url else ""
        words = f"PixelView is not called that.{where} (allowed_hosts in the settings)."
        return web.Response(status=421, text=words)


class Slow(web.HTTPRequestTimeout):
    """The body did not come in time."""


async def in_time(
    request: web.Request, handler: Handler, seconds: float = SLOWEST
) -> web.StreamResponse:
    """Run the handler; while the body is not whole after that time, reading it fails with Slow.
    What the handler does once it has the body is not interrupted."""
    if not request.can_read_body or request.content.is_eof():
        return await handler(request)

    def give_up() -> None:
        if not request.content.is_eof():
            request.content.set_exception(Slow(reason="The body took too long to come."))

    timer = asyncio.get_running_loop().call_later(seconds, give_up)
    try:
        return await handler(request)
    finally:
        timer.cancel()


def _name(netloc: str) -> str:
    if netloc.startswith("["):
        return netloc[1:].partition("]")[0]
    return netloc.partition(":")[0].casefold().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
