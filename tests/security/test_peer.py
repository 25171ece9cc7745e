"""Whose address counts: that of the caller, as the right-most proxy of ours tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.web.peer import PROXIES, Proxies, peer
from bot.web.server import application, serve

US = ("127.0.0.0/8", "10.0.0.0/8", "fd00::/8")
ME = "127.0.0.1"


async def _say(request: web.Request) -> web.Response:
    found = peer(request)
    return web.json_response([found.address, found.scheme, found.host])


class Door:
    """A server that says whom it takes the caller for."""

    def __init__(self, app: web.Application, port: int, http: aiohttp.ClientSession) -> None:
        self.app, self.port, self.http = app, port, http

    async def sees(
        self, headers: Mapping[str, str] | list[tuple[str, str]], proxies: Proxies | None = None
    ) -> Any:
        ours, now = self.app[PROXIES], proxies or Proxies(US)
        ours.networks, ours.header = now.networks, now.header
        async with self.http.get(f"http://{ME}:{self.port}/", headers=headers) as answer:
            return await answer.json()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    app = application([web.get("/", _say)], 1024)
    app[PROXIES] = Proxies()
    runner, port = await serve(app, ME, 0)
    async with aiohttp.ClientSession() as http:
        yield Door(app, port, http)
    await runner.cleanup()


async def test_nobody_is_believed_who_is_no_proxy_of_ours(door: Door) -> None:
    said = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "e.vil",
            "Forwarded": "for=6.6.6.6;proto=https;host=e.vil"}  # fmt: skip
    for proxies in (Proxies(), Proxies(["10.0.0.0/8"])):
        assert await door.sees(said, proxies) == [ME, "http", f"{ME}:{door.port}"]


CASES: list[tuple[dict[str, str], list[str]]] = [
    ({"X-Forwarded-For": "203.0.113.9"}, ["203.0.113.9", "http"]),
    ({"X-Forwarded-For": "203.0.113.9:4711"}, ["203.0.113.9", "http"]),
    ({"X-Forwarded-For": "[2001:db8::1]:80"}, ["2001:db8::1", "http"]),
    ({"X-Forwarded-For": "2001:DB8::1"}, ["2001:db8::1", "http"]),
    ({"X-Forwarded-For": "::ffff:203.0.113.9"}, ["203.0.113.9", "http"]),
    # the caller wrote what stands further left
    ({"X-Forwarded-For": "1.1.1.1, 203.0.113.9, 10.0.0.4"}, ["203.0.113.9", "http"]),
    ({"X-Forwarded-For": "10.0.0.9, 203.0.113.9, 10.0.0.4"}, ["203.0.113.9", "http"]),
    ({"X-Forwarded-For": "10.0.0.9, 10.0.0.4"}, ["10.0.0.9", "http"]),
    # what can't be read ends the search at the proxy that said it
    ({"X-Forwarded-For": "203.0.113.9, <script>, 10.0.0.4"}, ["10.0.0.4", "http"]),
    ({"X-Forwarded-For": "unknown"}, [ME, "http"]),
    ({"X-Forwarded-For": ""}, [ME, "http"]),
    ({"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}, ["203.0.113.9", "https"]),
    ({"X-Forwarded-Proto": "https"}, [ME, "https"]),
    ({"X-Forwarded-For": "203.0.113.9, 10.0.0.4", "X-Forwarded-Proto": "https, http"},
     ["203.0.113.9", "https"]),
    ({"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "javascript"},
     ["203.0.113.9", "http"]),
    ({"Forwarded": "for=203.0.113.9;proto=https;by=10.0.0.1"}, ["203.0.113.9", "https"]),
    ({"Forwarded": 'For="[2001:db8::17]:4711" ; Proto=HTTPS'}, ["2001:db8::17", "https"]),
    ({"Forwarded": 'for=1.1.1.1, for="203.0.113.9", for=10.0.0.4;proto=https'},
     ["203.0.113.9", "https"]),
    ({"Forwarded": "for=1.1.1.1, for=_hidden;proto=https"}, [ME, "https"]),
    ({"Forwarded": 'for="203.0.113.9, for=1.1.1.1'}, [ME, "http"]),
    ({"Forwarded": "for=1.1.1.1;for=203.0.113.9"}, [ME, "http"]),
    # one of the two was written by the caller, and nobody can say which
    ({"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=1.1.1.1"}, [ME, "http"]),
    ({"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"}, ["203.0.113.9", "http"]),
]  # fmt: skip


async def test_the_right_most_address_that_is_none_of_ours_is_the_caller(door: Door) -> None:
    for said, expected in CASES:
        assert (await door.sees(said))[:2] == expected, said


async def test_several_lines_of_a_header_are_one_list(door: Door) -> None:
    lines = [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "203.0.113.9")]
    assert (await door.sees(lines))[0] == "203.0.113.9"


async def test_a_proxy_that_writes_one_header_is_heard_by_that_one_alone(door: Door) -> None:
    said = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=1.1.1.1"}
    assert (await door.sees(said, Proxies(US, "x-forwarded")))[0] == "203.0.113.9"
    assert (await door.sees(said, Proxies(US, "forwarded")))[0] == "1.1.1.1"


async def test_the_host_is_the_one_the_browser_asked_for(door: Door) -> None:
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "pv.example.eu:8443"}
    assert (await door.sees(said))[2] == "pv.example.eu:8443"
    said["X-Forwarded-Host"] = "pv.example.eu/evil"
    assert (await door.sees(said))[2] == f"{ME}:{door.port}"


async def test_thousands_of_hops_cost_nothing(door: Door) -> None:
    said = {"X-Forwarded-For": "," * 3_000 + "203.0.113.9", "Forwarded": '"' + "," * 3_000}
    assert (await door.sees(said, Proxies(US, "x-forwarded")))[0] == "203.0.113.9"
    assert (await door.sees(said, Proxies(US, "forwarded")))[0] == ME
