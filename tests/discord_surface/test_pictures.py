"""Trends as pictures on Discord: added to the words, for whoever sees those, and never instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.cards.drawing import Drawing
from bot.cards.model import Note, Private, Quietly, Span
from bot.discord import DiscordSurface
from bot.pictures.drawn import SIGN
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import Desk, card, words
from tests.support.discord import FakeDiscord, Message, User

DRAWING = Drawing("<svg/>", "db-3 · last 24 h", "db-3 · last 24 h. CPU: 34 %, 12 % to 61 %")
PNG = SIGN + b"a picture"
SAID = "CPU ▂▃▅ 34 %"
LONG = Note(
    tuple(
        (Span(f"AmazonEC2 {n} in the account of the shop · 9 120 $ · +38 % in a week · ▂▂▂▂▇▇"),)
        for n in range(60)
    )
)


@pytest.fixture
async def shown(fake: FakeDiscord, start: Start, desk: Desk) -> DiscordSurface:
    """A surface that draws at once, and a desk whose answer has a drawing."""
    return await drawing(start, desk)


async def drawing(start: Start, desk: Desk, patience: float = 2.0) -> DiscordSurface:
    surface = await start(patience=patience)
    desk.answers["call"] = desk.answers["press"] = Private(words(SAID), drawing=DRAWING)

    async def drawn(asked: Drawing) -> bytes | None:
        return PNG

    surface._pictures._drawn = drawn
    return surface


def idle(surface: DiscordSurface) -> Callable[[], bool]:
    """Whether no picture is under way."""
    return lambda: not surface._pictures._under_way


def ana_of(fake: FakeDiscord) -> User:
    return next(u for u in fake.state.users.values() if not u.bot)


def pictured(message: Message | None) -> list[tuple[bytes, str | None]]:
    """The files of a message, with their words."""
    return [(a.data, a.description) for a in message.attachments] if message else []


async def test_the_picture_comes_below_the_words_of_a_command(
    fake: FakeDiscord, shown: DiscordSurface
) -> None:
    ana = ana_of(fake)
    seen = await fake.command(ana, fake.channel("ops"), "pv why", {"incident": "1842"})
    assert seen.text == SAID
    assert seen.message is not None
    await fake.until(lambda: pictured(seen.message))
    assert pictured(seen.message) == [(PNG, DRAWING.alt)]
    assert seen.message.content == SAID, "the words stay"
    assert seen.message.ephemeral_to is ana


async def test_a_message_of_components_names_its_picture(
    fake: FakeDiscord, shown: DiscordSurface, desk: Desk
) -> None:
    desk.answers["call"] = Private(LONG, drawing=DRAWING)
    seen = await fake.command(ana_of(fake), fake.channel("ops"), "pv why", {"incident": "1842"})
    assert seen.message is not None and seen.message.is_v2
    await fake.until(lambda: pictured(seen.message))
    *_, gallery = seen.message.components
    assert gallery["items"][0]["media"]["url"] == "attachment://trend.png"
    assert gallery["items"][0]["description"] == DRAWING.alt
    assert "AmazonEC2 0" in seen.text


async def test_a_press_on_a_card_leaves_the_card_as_it_is(
    fake: FakeDiscord, shown: DiscordSurface, desk: Desk
) -> None:
    await shown.post("#ops", card(), nonce="v1", maybe_copy=False)
    message = fake.channel("ops").public[0]
    seen = await fake.press(ana_of(fake), message, "Acknowledge")
    await fake.until(lambda: pictured(seen.message))
    assert pictured(message) == []


async def test_after_a_long_wait_the_picture_follows_for_the_presser_alone(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await drawing(start, desk, patience=0.01)
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    message = fake.channel("ops").public[0]
    desk.gate = asyncio.Event()
    ana = ana_of(fake)
    seen = await fake.press(ana, message, "Acknowledge")
    assert seen.kind == "deferred"
    desk.gate.set()
    assert (await seen.more()).text == SAID
    await fake.until(lambda: len(fake.sees(ana, fake.channel("ops"))) == 3)
    last = fake.sees(ana, fake.channel("ops"))[-1]
    assert last.ephemeral_to is ana
    assert pictured(last) == [(PNG, DRAWING.alt)]
    assert pictured(message) == []


@pytest.mark.parametrize("kind", ["500", "429", "drop_before"])
async def test_a_picture_that_discord_does_not_take_leaves_the_words(
    fake: FakeDiscord, shown: DiscordSurface, kind: str
) -> None:
    fake.fault("PATCH", "/webhooks/*/*/messages/*", kind)
    seen = await fake.command(ana_of(fake), fake.channel("ops"), "pv why", {"incident": "1842"})
    await fake.until(idle(shown))
    assert seen.text == SAID
    assert pictured(seen.message) == []


async def test_a_quiet_answer_has_no_picture(
    fake: FakeDiscord, shown: DiscordSurface, desk: Desk
) -> None:
    desk.answers["press"] = Quietly()
    await shown.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.press(ana_of(fake), fake.channel("ops").public[0], "Acknowledge")
    assert idle(shown)()


async def test_words_wait_for_no_picture_and_the_end_waits_for_none(
    fake: FakeDiscord, shown: DiscordSurface
) -> None:
    never, begun = asyncio.Event(), asyncio.Event()

    async def drawn(asked: Drawing) -> bytes | None:
        begun.set()
        await never.wait()
        return PNG

    shown._pictures._drawn = drawn
    seen = await fake.command(ana_of(fake), fake.channel("ops"), "pv why", {"incident": "1842"})
    assert seen.text == SAID
    await begun.wait()
    assert not idle(shown)()
    await shown.stop()
    assert idle(shown)()
