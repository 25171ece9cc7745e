"""``@here`` in the chats: alive in the one message that calls, dead in every edit, and never by a
stranger's words."""

from __future__ import annotations

from typing import Any

from bot.cards import here
from bot.cards.model import Card, Span
from bot.cards.scene import Scene
from bot.discord import look
from bot.discord.spans import Pen as DiscordPen
from bot.slack import render
from bot.slack.spans import Pen as SlackPen
from store.model import AlertType, Definitions, Incident, IncidentStatus, Severity
from tests.support.slack.text import mentions

NOW = 1_795_313_340_000
NOBODY_KNOWN = Definitions(1, {}, {}, (), {})


def nobody(_: str) -> str | None:
    """Knows no account, and is not the pen that mentions none."""
    return None


def drawn(title: str = "Disk full", **more: Any) -> Card:
    """The call for an incident."""
    incident = Incident(
        7, IncidentStatus.TRIGGERED, Severity.CRITICAL, title, "alertmanager", AlertType.CUSTOM,
        "db", "db", None, None, "", {}, (), (), NOW, NOW, 1, 1, 1, NOW, **more,
    )  # fmt: skip
    return here.card(incident, Scene(NOBODY_KNOWN, "https://pv.example.eu", NOW))


def test_slack_calls_all_in_the_post_and_nobody_in_an_edit() -> None:
    posted = render.body(drawn(), SlackPen(nobody))
    assert mentions(posted["text"], posted["blocks"]) == ["!here"]
    edited = render.body(drawn(), SlackPen())
    assert mentions(edited["text"], edited["blocks"]) == []


def test_discord_calls_all_in_the_post_and_nobody_in_an_edit() -> None:
    card = drawn("@everyone look")
    line = look.line(card, DiscordPen(nobody, NOW))
    assert line["allowed_mentions"] == {"parse": ["everyone"]}
    assert line["content"].count("@here") == 1
    assert "@everyone" not in line["content"]
    for edit in look.edits(card, DiscordPen(now=NOW), v2=True):
        assert edit["allowed_mentions"] == {"parse": []}
    embed = look.whole(card, DiscordPen(nobody, NOW), v2=False, silent=False)
    assert embed["allowed_mentions"] == {"parse": ["everyone"]}


def test_other_cards_call_nobody_on_discord() -> None:
    plain = drawn()
    quiet = Card(
        plain.id, plain.rev, plain.color, plain.head, plain.state, plain.actions, plain.fold,
        (Span("@here @everyone", own=False),),
    )  # fmt: skip
    assert look.line(quiet, DiscordPen(nobody, NOW))["allowed_mentions"] == {"parse": []}
