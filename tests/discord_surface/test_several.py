"""Cards about several incidents, and the question to a holder, are messages that Discord takes."""

from __future__ import annotations

import pytest

from bot.cards import bundle
from bot.cards.model import Card
from bot.discord import render
from bot.discord.spans import Pen
from tests.cards.support import BASE
from tests.cards.test_checkin import question, views
from tests.support.discord.check_message import check_create


@pytest.mark.parametrize(
    "card", [question(), bundle.card(views(3), BASE), bundle.card(views(99), BASE)]
)
def test_discord_takes_them(card: Card) -> None:
    check_create(render.v2([render.container(card, Pen())]), set(), ephemeral_ok=False)
