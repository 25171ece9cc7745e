"""The check on Discord: intents, servers, permissions, channels and roles, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from bot.abilities import GOOD, NOTE, WRONG, Finding
from bot.discord.check import check
from bot.settings import DiscordSettings
from tests.support.discord import FakeDiscord


def settings(fake: FakeDiscord, **more: Any) -> DiscordSettings:
    known = {"bot_token": fake.token, "api_base": fake.api_base}
    return DiscordSettings(**(known | more))


def found(findings: list[Finding], what: str) -> Finding:
    [one] = [f for f in findings if f.what == what]
    return one


async def test_what_is_allowed_is_good(fake: FakeDiscord) -> None:
    findings = await check(settings(fake), ["#ops"])
    assert [f for f in findings if f.level == WRONG] == []
    assert found(findings, "#ops").level == GOOD
    assert found(findings, "bot token").level == GOOD


async def test_an_intent_that_is_wanted_and_off_says_where_to_turn_it_on(
    fake: FakeDiscord,
) -> None:
    fake.state.enabled_intents.discard("message_content")
    finding = found(await check(settings(fake, message_content=True), []), "message content intent")
    assert finding.level == WRONG and "Developer Portal" in finding.fix
    finding = found(await check(settings(fake), []), "message content intent")
    assert finding.level == NOTE


@pytest.mark.parametrize(
    ("wrong", "what"),
    [({"bot_token": "other"}, "bot token"), ({"guild": "999"}, "servers")],
)
async def test_what_is_refused_is_named(
    fake: FakeDiscord, wrong: dict[str, Any], what: str
) -> None:
    finding = found(await check(settings(fake, **wrong), []), what)
    assert finding.level == WRONG and finding.words


async def test_a_channel_that_is_not_there_is_named(fake: FakeDiscord) -> None:
    finding = found(await check(settings(fake), ["#nowhere"]), "#nowhere")
    assert finding.level == WRONG and "no channel #nowhere" in finding.words


async def test_a_role_that_is_not_there_is_named(fake: FakeDiscord) -> None:
    finding = found(await check(settings(fake), [], ["@oncall-db"]), "@oncall-db")
    assert finding.level == WRONG and "no such role" in finding.words
    fake.add_role("oncall-db")
    assert found(await check(settings(fake), [], ["@oncall-db"]), "@oncall-db").level != WRONG
