"""What people take away: cards, threads, channels and permissions; and what comes of it."""

from __future__ import annotations

import pytest

from bot.abilities import Gone
from bot.discord import DiscordSurface
from integrations.base import Misconfigured, Permanent
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import card, taken, words
from tests.support.discord import FakeDiscord


@pytest.mark.parametrize("look", ["v2", "embed"])
async def test_a_card_somebody_deleted_stands_there_again_and_says_so(
    fake: FakeDiscord, start: Start, look: str
) -> None:
    surface = await start(cards=look)
    ops = fake.channel("ops")
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    said = await surface.say(sent, words("before"), nonce="s1", maybe_copy=False)
    await fake.delete(fake.user("Ana"), fake.state.messages[int(sent.message)])
    there = await surface.edit(said.__class__(sent.channel, sent.message, said.thread), taken())
    [message] = ops.public
    assert there.message == str(message.id) and there.thread == said.thread
    assert "It was deleted here, so it stands here again." in fake.visible_text(message)
    assert message.silent and fake.notified(fake.user("Ana")) == ops.deleted
    after = await surface.say(there, words("after"), nonce="s2", maybe_copy=False)
    assert after.thread == said.thread
    await surface.edit(there, taken())
    assert "deleted" not in fake.visible_text(message)


async def test_a_thread_somebody_deleted_is_begun_anew(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    said = await surface.say(sent, words("one"), nonce="s1", maybe_copy=False)
    await fake.remove_channel(fake.state.channels[int(said.thread)])
    again = await surface.say(said.__class__(sent.channel, sent.message, said.thread),
                              words("two"), nonce="s2", maybe_copy=False)  # fmt: skip
    thread = fake.state.channels[int(again.thread)]
    assert [fake.visible_text(m) for m in thread.public] == ["two"]


async def test_words_below_a_card_that_is_gone_are_not_lost_for_good(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.delete(fake.bot, fake.state.messages[int(sent.message)])
    with pytest.raises(Gone):
        await surface.say(sent, words("one"), nonce="s1", maybe_copy=False)


async def test_a_thread_that_sleeps_is_woken_and_a_locked_one_is_said(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    at = await surface.say(sent, words("one"), nonce="s1", maybe_copy=False)
    thread = fake.state.channels[int(at.thread)]
    thread.archived = True
    await surface.say(at, words("two"), nonce="s2", maybe_copy=False)
    assert not thread.archived
    thread.archived = thread.locked = True
    await surface.say(at, words("three"), nonce="s3", maybe_copy=False)
    thread.archived = thread.locked = True
    fake.state.home.permissions &= ~(1 << 3 | 1 << 34)
    with pytest.raises(Permanent, match="locked: unlock it, or give PixelView Manage Threads"):
        await surface.say(at, words("four"), nonce="s4", maybe_copy=False)


async def test_a_channel_somebody_deleted_is_named_until_there_is_one_again(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.remove_channel(fake.channel("ops"))
    with pytest.raises(Gone):
        await surface.edit(sent, taken())
    with pytest.raises(Misconfigured, match="no channel #ops") as gone:
        await surface.post("#ops", card(), nonce="v2", maybe_copy=False)
    assert gone.value.setting == "routes.channels"
    with pytest.raises(Misconfigured, match="was deleted on Discord: make it anew"):
        await surface.post(sent.channel, card(), nonce="v3", maybe_copy=False)
    fresh = fake.add_channel("ops")
    await surface.post("#ops", card(), nonce="v4", maybe_copy=False)
    assert len(fresh.public) == 1


@pytest.mark.parametrize("lost", ["view", "send"])
async def test_a_permission_that_is_taken_is_named_with_the_channel_at_fault(
    fake: FakeDiscord, surface: DiscordSurface, lost: str
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.channel("ops").deny.add(lost)
    with pytest.raises(Misconfigured, match="give PixelView View Channel, Send Messages") as no:
        await surface.post("#ops", card(), nonce="v2", maybe_copy=False)
    assert no.value.setting == "discord"
    fake.channel("ops").deny.clear()
    await surface.edit(sent, taken())


async def test_a_card_in_a_thread_takes_words_beside_it(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    room = await surface.make_room("inc-1842", private=False, topic="x")
    sent = await surface.post(room.channel, card(quiet=True), nonce="v1", maybe_copy=False)
    thread = await surface.make_thread(sent, "inc-1842-b")
    inside = await surface.post(thread.channel, card(quiet=True), nonce="v2", maybe_copy=False)
    said = await surface.say(inside, words("here"), nonce="s1", maybe_copy=False)
    assert said.channel == thread.channel


@pytest.mark.parametrize("quiet", [True, False])
async def test_where_components_v2_are_refused_cards_are_embeds(
    fake: FakeDiscord, surface: DiscordSurface, quiet: bool
) -> None:
    fake.state.refuses_v2 = True
    sent = await surface.post("#ops", card(quiet=quiet), nonce="v1", maybe_copy=False)
    await surface.edit(sent, taken())
    [message] = fake.channel("ops").public
    assert message.embeds and not message.is_v2
    assert "Ana has it" in fake.visible_text(message)
    assert len(fake.violations) == 1 and "flags: unknown flag" in fake.violations[0]
    fake.violations.clear()
    await surface.post("#ops", card(), nonce="v2", maybe_copy=False)
