"""The one way out by HTTP: which certificates are believed, which proxy is asked. The environment
of the process says nothing about either.

``use`` is called once with the settings; what the operator wrote is asked by ``client``, what
people and other systems wrote by a client of ``outside()``.
"""

from __future__ import annotations

from typing import Any

import httpx

from integrations._outside import Outside
from store import tls

_in_force: list[Outside] = [Outside()]


def use(outside: Outside) -> None:
    """From now on this process goes out so."""
    _in_force[:] = [outside]


def outside() -> Outside:
    """The guard in front of addresses that people and other systems wrote."""
    return _in_force[-1]


def proxy(url: str) -> str | None:
    """The proxy to ask for an address, None where it is asked directly."""
    guard = outside()
    return guard.proxy if guard.proxy and not guard.near(httpx.URL(url).host) else None


def client(*, ca_file: str = "", **more: Any) -> httpx.AsyncClient:
    """A client for addresses the operator wrote, ours or the world's; it follows no redirect.
    OSError where ``ca_file`` can't be read."""
    more = {"follow_redirects": False, **more}
    if "transport" not in more:
        more["transport"] = _Way(outside(), tls.trust(ca_file))
    return httpx.AsyncClient(trust_env=False, **more)


def post(url: str, **more: Any) -> httpx.Response:
    """One answer of our own server, for a command that waits for it."""
    return httpx.post(url, verify=tls.trust(), trust_env=False, **more)


class _Way(httpx.AsyncBaseTransport):
    """Directly where that is near, else by the proxy."""

    def __init__(self, guard: Outside, verify: Any) -> None:
        self._guard = guard
        self._direct = httpx.AsyncHTTPTransport(verify=verify, trust_env=False)
        self._far = httpx.AsyncHTTPTransport(
            verify=verify, trust_env=False, proxy=guard.proxy
        ) if guard.proxy else None  # fmt: skip

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._far is None or self._guard.near(request.url.host):
            return await self._direct.handle_async_request(request)
        return await self._far.handle_async_request(request)

    async def aclose(self) -> None:
        await self._direct.aclose()
        if self._far is not None:
            await self._far.aclose()
