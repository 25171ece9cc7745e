"""Cards as people see them in Slack: posted loud or quiet, edited in place, never twice alive."""

from __future__ import annotations

import pytest

from bot.cards.model import Sent
from bot.slack import SlackSurface
from tests.slack_surface.support import card, taken, words
from tests.support.slack import FakeSlack, User


async def test_the_card_reads_as_it_should(fake: FakeSlack, surface: SlackSurface) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    [message] = fake.channel("ops").messages
    assert sent == Sent(fake.channel("ops").id, message.ts, message.ts)
    assert message.visible_text.splitlines() == [
        ":red_circle: CRITICAL · #1842 Disk 94 % full on db-3",
        "New, nobody has it. Paging @Ana · next Omar at 02:14 UTC",
        "[Acknowledge] [Assign…] [Escalate] [Run…] [Resolve…] [⋯ Note… | Snooze… | Give back | Why?]",
        "/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min",
        "postgres-main · team db 3 alerts · since 02:09 UTC",
        "Runbook · Open in console",
    ]
    assert message.text == "🔴 #1842 Disk 94 % full on db-3 · paging @Ana · next Omar in 5 min"


async def test_a_loud_card_mentions_who_is_asked_once(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    [message] = fake.channel("ops").messages
    assert message.mentions == [ana.id]
    await surface.edit(sent, card())
    assert message.live == []
    assert "Paging Ana" in message.visible_text
