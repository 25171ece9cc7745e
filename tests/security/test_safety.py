"""What every request meets: the name it asks under, the time its body may take, the headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.web import safety
from bot.web.safety import HEADERS, Safety
from bot.web.server import application, serve


async def _body(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def _fault(request: web.Request) -> web.Response:
    raise RuntimeError("a fault")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    names = Safety(("pv.example.eu", "*.inner.example"), "https://pv.example.eu")
    routes = [web.post("/", _body), web.get("/", _body), web.get("/fault", _fault),
              web.post("/in/x", _body), web.get("/healthz", _body)]  # fmt: skip
    runner, port = await serve(application(routes, 1024, safety=names), "127.0.0.1", 0)
    yield port
    await runner.cleanup()


async def status(port: int, host: str, path: str = "/", method: str = "GET") -> int:
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}{path}"
        async with http.request(method, url, headers={"Host": host}) as answer:
            return answer.status


async def test_a_strangers_name_for_us_opens_nothing(port: int) -> None:
    for host in ("evil.example", "evil.example:8080", "pv.example.eu.evil.example", "inner.example",
                 "127.0.0.1.nip.example"):  # fmt: skip
        assert await status(port, host) == 421, host
    for host in ("pv.example.eu", "PV.example.eu:443", "pv.example.eu.", "a.inner.example",
                 "127.0.0.1", "localhost:8080", "[::1]:8080", "10.1.2.3:8080"):  # fmt: skip
        assert await status(port, host) == 200, host


async def test_monitors_and_probes_reach_us_under_any_name(port: int) -> None:
    assert await status(port, "pixelview.monitoring.svc", "/in/x", "POST") == 200
    assert await status(port, "pixelview.monitoring.svc", "/healthz") == 200


async def test_every_answer_carries_the_headers_also_refusals_and_faults(port: int) -> None:
    async with aiohttp.ClientSession() as http:
        asked = [("GET", "/"), ("GET", "/none"), ("PUT", "/"), ("GET", "/fault"),
                 ("POST", "/in/none")]  # fmt: skip
        for method, path in asked:
            async with http.request(method, f"http://127.0.0.1:{port}{path}") as answer:
                for name in HEADERS:
                    assert answer.headers.get(name), f"{method} {path} {answer.status} {name}"
                assert "aiohttp" not in answer.headers.get("Server", "").lower()
                assert "Strict-Transport-Security" not in answer.headers


async def test_a_body_that_does_not_come_is_given_up(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert safety.in_time.__defaults__ is not None
    monkeypatch.setattr(safety.in_time, "__defaults__", (0.05,))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc"
    writer.write(head.encode())
    await writer.drain()
    assert b" 408 " in await reader.readline()
    writer.close()


async def test_a_body_longer_than_allowed_is_refused_also_without_a_length(port: int) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 100

    async with (
        aiohttp.ClientSession() as http,
        http.post(f"http://127.0.0.1:{port}/", data=pieces()) as answer,
    ):
        assert answer.status == 413


async def test_endless_headers_are_refused(port: int) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}/"
        async with http.get(url, headers={"X-Long": "x" * 20_000}) as answer:
            assert answer.status == 400
