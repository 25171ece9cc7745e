"""Connections without a request, over real sockets: slow ones and silent ones are let go, broken
ones fill no log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from aiohttp import web

from bot.web.doorstep import Doorstep
from bot.web.server import STEP, application, serve

Started = Callable[[Doorstep], Awaitable[int]]
WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
async def started() -> AsyncIterator[Started]:
    """Starts a server whose connections stand on a doorstep of one's own."""
    async with AsyncExitStack() as stack:

        async def start(step: Doorstep) -> int:
            async def there(request: web.Request) -> web.Response:
                return web.Response(text="there")

            app = application([web.get("/", there)], 1024)
            app[STEP] = step
            runner, port = await serve(app, "127.0.0.1", 0)
            stack.push_async_callback(runner.cleanup)
            return port

        yield start


async def test_silence_and_headers_that_never_end_are_let_go(started: Started) -> None:
    step = Doorstep(headers=0.1)
    port = await started(step)
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: lo", b"\r\n" * 3):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
    assert step.let_go == 3


async def test_who_dribbles_headers_wins_no_time_by_it(started: Started) -> None:
    step = Doorstep(headers=0.2)
    port = await started(step)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\n")
    ended = asyncio.ensure_future(reader.read(1))
    while not ended.done():
        writer.write(b"X-Drop: of water\r\n")
        await asyncio.wait({ended}, timeout=0.02)
    assert step.let_go == 1
    assert ended.exception() or ended.result() == b""
    writer.close()


async def test_a_request_in_time_is_answered_and_the_connection_stays(started: Started) -> None:
    step = Doorstep(headers=3600)
    port = await started(step)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(WHOLE)
        assert b"200" in await reader.readline()
        await reader.readuntil(b"there")
    assert step.let_go == 0
    assert not step._waiting
    writer.close()


async def test_the_longest_silent_connection_makes_room_for_a_new_one(started: Started) -> None:
    step = Doorstep(headers=3600, most=3)
    port = await started(step)
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    for reader, _ in silent[:2]:
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    for reader, writer in silent[2:]:
        writer.write(WHOLE)
        assert b"200" in await reader.readline()
    assert step.let_go == 2
    for _, writer in silent:
        writer.close()


BROKEN = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"NOT HTTP AT ALL\r\n\r\n",
    b"GET / HTTP/9.9.9\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
]  # fmt: skip


async def test_broken_http_is_answered_counted_and_no_error_in_the_log(
    started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    step = Doorstep()
    port = await started(step)
    caplog.set_level(logging.INFO)
    for sent in BROKEN:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        assert b" 400 " in await reader.readline(), sent[:40]
        writer.close()
    assert step.broken == len(BROKEN)
    assert not caplog.records
