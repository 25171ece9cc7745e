"""Cards on Discord: loud ones ring with words, quiet ones are silent, edits mention nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards.model import Sent, Value
from bot.discord import DiscordSurface
from integrations.base import Misconfigured, Transient
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import NOW, Clock, card, taken
from tests.support.discord import FakeDiscord, Message


def posted(fake: FakeDiscord, channel: str = "ops") -> Message:
    return fake.channel(channel).public[-1]


async def test_a_loud_card_rings_with_its_line_and_then_is_a_card(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    message = posted(fake)
    assert sent == Sent(str(fake.channel("ops").id), str(message.id))
    ana = fake.state.users[fake.channel("ops").public[-1].mentions[0].id]
    assert (
        message.push == f"🔴 #1842 Disk 94 % full on db-3 · paging @{ana.name} · next Omar in 5 min"
    )
    assert message.is_v2
    assert message.content == ""
    assert fake.notified(ana) == [message]
    assert fake.buttons(message) == ["Acknowledge", "Assign…", "Escalate", "Run…", "Resolve…"]
    assert fake.options(message) == ["Note…", "Snooze…", "Why?"]
    assert [r.method for r in fake.requests[-2:]] == ["POST", "PATCH"]


async def test_a_quiet_card_is_one_silent_request(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    before = len(fake.requests)
    await surface.post("#ops", replace(card(), quiet=True), nonce="v1", maybe_copy=False)
    message = posted(fake)
    assert message.silent and message.is_v2 and message.push == ""
    assert [r.method for r in fake.requests[before:]] == ["GET", "POST"]


async def test_an_edit_mentions_nobody(fake: FakeDiscord, surface: DiscordSurface) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert await surface.edit(sent, card()) == sent
    message = posted(fake)
    assert message.highlights == []
    assert "<@" not in str(message.components)
    await surface.edit(sent, taken())
    assert "Ana has it" in fake.visible_text(message)


async def test_embed_cards_are_one_message_with_rows(fake: FakeDiscord, start: Start) -> None:
    surface = await start(cards="embed")
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    message = posted(fake)
    assert not message.is_v2
    assert message.embeds[0]["color"] == 0xE5304A
    assert message.push.startswith("🔴 #1842 Disk 94 % full on db-3")
    assert fake.options(message) == ["Note…", "Snooze…", "Why?"]
    await surface.edit(sent, taken())
    assert "Ana has it" in fake.visible_text(message)
    assert message.highlights == []


async def test_a_card_that_is_v2_stays_so_when_the_setting_changes(
    fake: FakeDiscord, start: Start
) -> None:
    sent = await (await start()).post("#ops", card(), nonce="v1", maybe_copy=False)
    await (await start(cards="embed")).edit(sent, taken())
    assert posted(fake).is_v2
    assert "Ana has it" in fake.visible_text(posted(fake))
    assert fake.violations.pop().endswith("using MessageFlags.IS_COMPONENTS_V2")


async def test_a_lost_answer_makes_no_second_copy(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    fake.fault("POST", "/channels/*/messages", "drop_after")
    with pytest.raises(Transient) as lost:
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert lost.value.uncertain
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=True)
    assert [str(m.id) for m in fake.channel("ops").public] == [sent.message]


async def test_a_repeat_after_the_nonce_is_forgotten_says_so(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    fake.fault("POST", "/channels/*/messages", "drop_after")
    with pytest.raises(Transient):
        await surface.post("#ops", replace(card(), quiet=True), nonce="v1", maybe_copy=False)
    clock.at += 3600
    await surface.post("#ops", replace(card(), quiet=True), nonce="v1", maybe_copy=True)
    first, second = fake.channel("ops").public
    assert "Sent once more" not in fake.visible_text(first)
    assert "Sent once more" in fake.visible_text(second)


async def test_a_lost_second_half_is_made_up_for_and_posts_nothing_anew(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    fake.fault("PATCH", "/channels/*/messages/*", "503")
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert sent.half and not posted(fake).is_v2
    await surface.edit(sent, card())
    assert posted(fake).is_v2
    assert len(fake.channel("ops").public) == 1


async def test_a_missing_channel_says_what_to_do(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    with pytest.raises(Misconfigured, match="There is no channel #nowhere"):
        await surface.post("#nowhere", card(), nonce="v1", maybe_copy=False)


async def test_a_channel_made_later_is_found(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.add_channel("late")
    clock.at += 10
    await surface.post("#late", card(), nonce="v2", maybe_copy=False)
    assert posted(fake, "late").is_v2


@pytest.mark.parametrize("denied", ["view", "send"])
async def test_a_channel_closed_to_the_bot_says_which_permissions(
    fake: FakeDiscord, surface: DiscordSurface, denied: str
) -> None:
    closed = fake.add_channel("closed", deny={denied})
    with pytest.raises(Misconfigured, match="View Channel, Send Messages"):
        await surface.post(str(closed.id), card(), nonce="v1", maybe_copy=False)


async def test_an_old_card_is_edited_once_a_minute(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    clock.at = NOW + 3700
    await surface.edit(sent, taken())
    clock.at += 20
    with pytest.raises(Transient) as wait:
        await surface.edit(sent, card())
    assert wait.value.retry_after == pytest.approx(40)
    clock.at += 41
    assert await surface.edit(sent, card()) == sent


async def test_an_old_card_is_edited_for_changes_of_state_alone(
    fake: FakeDiscord, surface: DiscordSurface, clock: Clock
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    more = replace(card(), fold=(Value("95.1 % of 2.0 TB"),))
    clock.at = NOW + 3500
    await surface.edit(sent, more)
    assert "95.1 %" in fake.visible_text(posted(fake))
    clock.at = NOW + 3700
    edits = len(posted(fake).edits)
    assert await surface.edit(sent, card()) == sent
    assert len(posted(fake).edits) == edits
    await surface.edit(sent, taken())
    assert "Ana has it" in fake.visible_text(posted(fake))


async def test_a_card_too_old_to_edit_moves_to_the_end(
    fake: FakeDiscord, start: Start, clock: Clock
) -> None:
    sent = await (await start()).post("#ops", card(), nonce="v1", maybe_copy=False)
    clock.at = NOW + 3700
    await (await start()).edit(sent, taken())
    moved = await (await start()).edit(sent, taken())
    old, fresh = fake.channel("ops").public
    assert moved == Sent(sent.channel, str(fresh.id))
    assert fresh.silent
    assert "Ana has it" in fake.visible_text(fresh)
    await fake.until(lambda: "Moved ↓" in fake.visible_text(old))
    assert fake.buttons(old) == []
