"""It is over, or somebody has it: every page stops at once, and who was paged hears so once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World

YAML = """
people:
  ana:
    name: Ana Petrova
    email: ana@example.eu
    roles: [admin]
    slack: U0ANA
    rules: [{after: 0, via: email}, {after: 3, via: slack}]
  omar:
    name: Omar Haddad
    email: omar@example.eu
    slack: U0OMAR
    rules: [{after: 0, via: email}, {after: 3, via: slack}]
    told_when_over: false
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: rest, team: db}
policies:
  default:
    steps: [{targets: [oncall], delay: 5}, {targets: [lead], delay: 5}]
    fallback: [team]
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house that is paged by mail first."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


def chats(house: World) -> list[str]:
    """Who was paged by chat."""
    return [a for a, card in house.pad.direct if card.head.id]


async def test_a_mail_is_followed_by_one_in_its_thread_when_somebody_else_has_it(
    house: World,
) -> None:
    incident = await house.fires()
    await house.does("omar", "ack", incident)
    assert house.mail.overs == [("ana", incident, "acknowledged")]
    await house.does("omar", "resolve", incident, how="now")
    assert len(house.mail.overs) == 1  # once


async def test_who_did_it_hears_nothing_and_neither_does_who_does_not_want_to(
    house: World,
) -> None:
    incident = await house.fires()
    await house.advance(minutes=5)
    assert [h for h, _, _ in house.mail.pages] == ["ana", "omar"]
    await house.does("ana", "resolve", incident, how="now")
    assert house.mail.overs == []


async def test_what_the_monitor_resolves_is_told_too(house: World) -> None:
    incident = await house.fires()
    await house.clears()
    assert house.mail.overs == [("ana", incident, "resolved")]


async def test_paged_anew_it_is_news_anew(house: World) -> None:
    incident = await house.fires()
    await house.does("omar", "ack", incident)
    await house.does("omar", "unack", incident)
    await house.does("omar", "ack", incident)
    assert house.mail.overs == [("ana", incident, "acknowledged")] * 2


@pytest.mark.parametrize("verb", ["ack", "resolve"])
async def test_a_direct_page_stops_at_once(house: World, verb: str) -> None:
    incident = await house.fires()
    await house.does("ana", "assign", incident, who="omar")
    assert [h for h, _, _ in house.mail.pages] == ["ana", "omar"]
    await house.advance(minutes=2)
    args: dict[str, Any] = {"how": "now"} if verb == "resolve" else {}
    await house.does("ana", verb, incident, **args)
    await house.advance(minutes=25)
    assert chats(house) == []  # the rule after three minutes never came


async def test_a_page_by_hand_stops_at_once(house: World) -> None:
    done = await house.does("ana", "page", who="omar", text="the import hangs")
    [(incident, _)] = done.changed
    await house.advance(minutes=1)
    await house.does("ana", "ack", incident)
    await house.advance(minutes=25)
    assert chats(house) == []
