"""A console hears of every change within a moment, for as long as its session lasts."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from bot.changes import EACH
from bot.web import live
from tests.web.site import Site, Visitor


async def event(stream: aiohttp.StreamReader) -> tuple[str, str]:
    """The next event's name and what it brings."""
    name = data = ""
    async with asyncio.timeout(10):
        while line := (await stream.readline()).decode().strip("\n"):
            field, _, value = line.partition(": ")
            name = value if field == "event" else name
            data = value if field == "data" else data
    return name, data


async def open_stream(site: Site, visitor: Visitor) -> aiohttp.ClientResponse:
    """A console that listens."""
    answer = await visitor.session.get(site.url + "/events")
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    assert await event(answer.content) == ("hello", "{}")
    return answer


async def test_a_change_is_told_with_its_incident(site: Site, ana: Visitor) -> None:
    stream = await open_stream(site, ana)
    incident = await site.world.fires()
    name, told = await event(stream.content)
    assert name == "changed"
    assert incident in [i for i, _ in json.loads(told)]
    await site.world.does("omar", "ack", incident, surface="slack")
    name, told = await event(stream.content)
    rev = (await site.world.incident(incident)).rev
    assert json.loads(told) == [[incident, rev]]
    stream.close()


async def quiet(stream: aiohttp.StreamReader) -> None:
    """Read on until two looks at the changes brought nothing."""
    while True:
        try:
            async with asyncio.timeout(3 * EACH):
                await event(stream)
        except TimeoutError:
            return


async def test_words_in_the_thread_are_a_change(site: Site, ana: Visitor) -> None:
    stream = await open_stream(site, ana)
    incident = await site.world.fires()
    assert (await event(stream.content))[0] == "changed"
    await quiet(stream.content)
    await site.world.does("omar", "note", incident, text="hello")
    name, told = await event(stream.content)
    assert (name, [i for i, _ in json.loads(told)]) == ("changed", [incident])
    stream.close()


async def test_every_open_console_is_told(site: Site, ana: Visitor) -> None:
    omar = await site.visitor("omar")
    streams = [await open_stream(site, v) for v in (ana, omar, ana)]
    await site.world.fires()
    assert [(await event(s.content))[0] for s in streams] == ["changed"] * 3
    for stream in streams:
        stream.close()


async def test_a_quiet_stream_is_kept_awake_and_ends_with_the_session(
    site: Site, ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PING", 0.02)
    stream = await open_stream(site, ana)
    assert await event(stream.content) == ("ping", "{}")
    await ana.post("/signout", {"csrf": await ana.csrf()})
    names = set()
    while (name := (await event(stream.content))[0]) != "over":
        names.add(name)
    assert names <= {"ping", "changed"}
    assert await stream.content.read() == b""


async def test_when_the_service_stops_consoles_are_let_go(site: Site, ana: Visitor) -> None:
    stream = await open_stream(site, ana)
    async with asyncio.timeout(5):
        runner = site.world.app._runner
        assert runner is not None
        await runner.cleanup()
        assert await stream.content.read() == b""
    stream.close()
