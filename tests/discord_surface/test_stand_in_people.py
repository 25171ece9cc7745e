"""The stand-in's strictness around people: three seconds for the first answer, one first answer,
fifteen minutes for the rest; and the gateway's closing codes, as discord.py itself meets them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from tests.discord_surface.support import Clock
from tests.support.discord import CannotDo, FakeDiscord, Interaction, Message, User, pointed_at
from tests.support.discord.model import JSON

QUIET: JSON = {"allowed_mentions": {"parse": []}}
SAY: JSON = {"type": 4, "data": {"content": "here", "flags": 64} | QUIET}
WORDS: JSON = {"type": 4, "custom_id": "w", "style": 1}
ROWS = [{"type": 18, "label": "Words", "component": WORDS}]
FORM: JSON = {"type": 9, "data": {"title": "Note", "custom_id": "f", "components": ROWS}}


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeDiscord]:
    """Complaints are looked at by each test; people wait a moment only."""
    async with FakeDiscord(clock=clock, patience=0.5) as one:
        one.add_user("Ana")
        one.add_user("Omar")
        one.add_channel("ops")
        with pointed_at(one):
            yield one


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as one:
        yield one


def ana(fake: FakeDiscord) -> User:
    return next(u for u in fake.state.users.values() if u.name == "Ana")


async def posted(fake: FakeDiscord, session: aiohttp.ClientSession) -> Message:
    """A message of the bot with one button."""
    go = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    body = {"content": "x", "components": [{"type": 1, "components": [go]}]} | QUIET
    url = f"{fake.api_base}/channels/{fake.channel('ops').id}/messages"
    async with session.post(url, json=body, headers=auth(fake)) as reply:
        assert reply.status == 200
    return fake.channel("ops").public[-1]


def auth(fake: FakeDiscord) -> dict[str, str]:
    return {"Authorization": f"Bot {fake.token}"}


async def answer(
    fake: FakeDiscord, session: aiohttp.ClientSession, one: Interaction, body: JSON
) -> tuple[int, int]:
    """The first answer; status and code."""
    url = f"{fake.api_base}/interactions/{one.id}/{one.token}/callback"
    async with session.post(url, json=body) as reply:
        return reply.status, (await reply.json())["code"] if reply.status >= 400 else 0


async def connected(fake: FakeDiscord, session: aiohttp.ClientSession) -> Any:
    """A gateway connection by hand that has identified."""
    socket = await session.ws_connect(fake.gateway_url)
    await socket.receive()
    await socket.send_str(json.dumps(identify(fake.token)))
    await fake.until(lambda: fake.sessions)
    return socket


def identify(token: str, intents: int = 1) -> JSON:
    return {"op": 2, "d": {"token": token, "intents": intents, "properties": {}}}


async def pressed(fake: FakeDiscord, message: Message) -> tuple[asyncio.Task[Any], Interaction]:
    """Ana presses; what she will see, and the interaction that was sent."""
    known = len(fake.state.interactions)
    task = asyncio.ensure_future(fake.press(ana(fake), message, "Go"))
    await fake.until(lambda: len(fake.state.interactions) > known)
    return task, [*fake.state.interactions.values()][-1]


async def test_a_press_nobody_answers_fails_for_its_person(
    fake: FakeDiscord, session: aiohttp.ClientSession
) -> None:
    message = await posted(fake, session)
    socket = await connected(fake, session)
    seen = await fake.press(ana(fake), message, "Go")
    assert (seen.kind, seen.text) == ("failed", "This interaction failed")
    assert "not answered in time" in fake.violations[0]
    await socket.close()


async def test_a_late_first_answer_is_refused(
    fake: FakeDiscord, session: aiohttp.ClientSession, clock: Clock
) -> None:
    message = await posted(fake, session)
    socket = await connected(fake, session)
    task, one = await pressed(fake, message)
    clock.at += 3.1
    assert await answer(fake, session, one, SAY) == (404, 10062)
    assert (await task).kind == "failed"
    await socket.close()


async def test_there_is_one_first_answer(fake: FakeDiscord, session: aiohttp.ClientSession) -> None:
    message = await posted(fake, session)
    socket = await connected(fake, session)
    task, one = await pressed(fake, message)
    assert (await answer(fake, session, one, SAY))[0] == 204
    assert (await task).text == "here"
    assert await answer(fake, session, one, SAY) == (400, 40060)
    assert "40060" in fake.violations[0]
    await socket.close()


async def test_a_form_can_not_follow_a_wait_nor_another_form(
    fake: FakeDiscord, session: aiohttp.ClientSession
) -> None:
    message = await posted(fake, session)
    socket = await connected(fake, session)
    task, one = await pressed(fake, message)
    assert (await answer(fake, session, one, {"type": 6}))[0] == 204
    assert await answer(fake, session, one, FORM) == (400, 40060)
    await task
    task, one = await pressed(fake, message)
    await answer(fake, session, one, FORM)
    form = await task
    with pytest.raises(CannotDo, match="must be filled in"):
        await fake.submit(ana(fake), form, {"Words": ""})
    task = asyncio.ensure_future(fake.submit(ana(fake), form, {"Words": "x"}))
    await fake.until(lambda: len(fake.state.interactions) == 3)
    last = [*fake.state.interactions.values()][-1]
    assert await answer(fake, session, last, FORM) == (400, 50035)
    await answer(fake, session, last, SAY)
    assert (await task).text == "here"
    await socket.close()


async def test_the_token_ends_after_fifteen_minutes(
    fake: FakeDiscord, session: aiohttp.ClientSession, clock: Clock
) -> None:
    message = await posted(fake, session)
    socket = await connected(fake, session)
    task, one = await pressed(fake, message)
    await answer(fake, session, one, SAY)
    await task
    clock.at += 901
    url = f"{fake.api_base}/webhooks/{fake.application_id}/{one.token}/messages/@original"
    async with session.patch(url, json={"content": "late"} | QUIET) as reply:
        assert (await reply.json())["code"] == 50027
    assert "after 15 minutes" in fake.violations[0]
    await socket.close()


async def test_people_can_only_press_what_they_see(
    fake: FakeDiscord, session: aiohttp.ClientSession
) -> None:
    message = await posted(fake, session)
    with pytest.raises(CannotDo, match="Stop"):
        await fake.press(ana(fake), message, "Stop")
    message.ephemeral_to = next(u for u in fake.state.users.values() if u.name == "Omar")
    with pytest.raises(CannotDo, match="does not see"):
        await fake.press(ana(fake), message, "Go")


# the gateway

BAD_FRAMES = {
    "a wrong token": (identify("wrong"), 4004),
    "an intent nobody knows": (identify("", 1 << 30), 4013),
    "an intent that is not enabled": (identify("", 1 << 15), 4014),
    "words before IDENTIFY": ({"op": 3, "d": {}}, 4003),
    "no JSON": ("{", 4002),
    "more than 4,096 bytes": ({"op": 1, "d": "x" * 4100}, 4002),
}


@pytest.mark.parametrize("what", BAD_FRAMES)
async def test_the_gateway_closes_with_discords_code(
    fake: FakeDiscord, session: aiohttp.ClientSession, what: str
) -> None:
    frame, code = BAD_FRAMES[what]
    if isinstance(frame, dict) and frame["op"] == 2 and not frame["d"]["token"]:
        frame = identify(fake.token, frame["d"]["intents"])
    socket = await session.ws_connect(fake.gateway_url)
    await socket.receive()
    await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
    closed = await socket.receive(timeout=5)
    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, code)
    await socket.close()


async def test_too_many_frames_end_the_connection(
    fake: FakeDiscord, session: aiohttp.ClientSession
) -> None:
    socket = await connected(fake, session)
    for _ in range(121):
        await socket.send_str(json.dumps({"op": 1, "d": None}))
    closed = await _end(socket)
    assert closed == 4008
    assert "120 gateway sends" in fake.violations[0]


async def _end(socket: Any) -> int:
    while (message := await socket.receive(timeout=5)).type is not aiohttp.WSMsgType.CLOSE:
        pass
    await socket.close()
    return int(message.data)


class Listener(discord.Client):
    """discord.py itself, which writes down what it hears."""

    def __init__(self, **intents: bool) -> None:
        wanted = discord.Intents(guilds=True, guild_messages=True, **intents)
        super().__init__(intents=wanted, guild_ready_timeout=0)
        self.words: list[str] = []

    async def on_message(self, message: discord.Message) -> None:
        self.words.append(message.content)


async def test_words_are_hidden_from_who_may_not_read_them(fake: FakeDiscord) -> None:
    fake.state.enabled_intents.add("message_content")
    deaf, hears = Listener(), Listener(message_content=True)
    tasks = []
    for client in (deaf, hears):
        await client.login(fake.token)
        tasks.append(asyncio.ensure_future(client.connect(reconnect=False)))
        await client.wait_until_ready()
    await fake.say(ana(fake), fake.channel("ops"), "secret")
    await fake.say(ana(fake), fake.channel("ops"), f"{fake.bot.mention} hello")
    await fake.until(lambda: True)
    while len(deaf.words) < 2 or len(hears.words) < 2:
        await asyncio.sleep(0.01)
    assert hears.words[0] == "secret"
    assert deaf.words == ["", f"{fake.bot.mention} hello"]
    for client, task in zip((deaf, hears), tasks, strict=True):
        await client.close()
        await asyncio.gather(task, return_exceptions=True)


async def test_discord_py_is_refused_an_intent_that_is_off(fake: FakeDiscord) -> None:
    client = Listener(message_content=True)
    await client.login(fake.token)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await client.connect()
    await client.close()
