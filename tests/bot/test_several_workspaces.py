"""Several workspaces of a chat: people are paged where they have an account, in the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.model import Account
from bot.settings import parse
from integrations.base import Permanent, Transient
from store.model import IncidentStatus
from tests.support.world import Pad, World

YAML = """
people:
  ana: {name: Ana Petrova, zone: UTC, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, zone: UTC, roles: [responder], contacts: {slack-acme: U0OMAR}}
  bob:
    name: Bob Lang
    zone: UTC
    roles: [responder]
    slack: U0BOB
    contacts: {slack-acme: U0BOBACME}
    rules: [{after: 0, via: slack}]
teams:
  db: {members: [omar], oncall: omar}
  web: {members: [bob], oncall: bob}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops", "slack-acme:#ops-db"]}
  - {name: web, match: {team: web}, team: web}
slack:
  bot_token: xoxb-1
  app_token: xapp-1
  workspaces: {acme: {bot_token: xoxb-2}}
"""


@pytest.fixture
async def acme() -> Pad:
    return Pad("slack-acme")


@pytest.fixture
async def world(tmp_path: Path, acme: Pad) -> AsyncIterator[World]:
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, yaml=YAML)
    made.app.surfaces["slack-acme"] = acme
    yield made
    await made.end()


def paged(pad: Pad) -> list[str]:
    return [account for account, _ in pad.pages]


def words_of(pad: Pad) -> str:
    return " ".join(s.text for card in pad.cards.values() for s in card.state.spans)


async def test_a_card_stands_in_each_workspace_a_route_names(world: World, acme: Pad) -> None:
    number = await world.fires("k1", labels={"team": "db"})
    assert [channel for channel, _ in world.pad.posts] == ["#ops"]
    assert [channel for channel, _ in acme.posts] == ["#ops-db"]
    await world.does("ana", "ack", number)
    assert {card.color for card in (*world.pad.cards.values(), *acme.cards.values())} == {0x7A8797}


async def test_who_is_in_another_workspace_is_paged_there_and_answers_there(
    world: World, acme: Pad
) -> None:
    number = await world.fires("k1", labels={"team": "db"})
    assert paged(acme) == ["U0OMAR"] and paged(world.pad) == []
    [message] = acme.dms
    there = await world.app.desk.incident_at("slack-acme", "D", message)
    assert there == number, "words below the page are about its incident"
    token = acme.dms[message].actions.buttons[0].token
    account = Account("slack-acme", "T2", "U0OMAR", "Omar")
    await world.app.desk.press(token, account, "p1")
    await world.settle()
    assert await world.status(number) is IncidentStatus.ACKNOWLEDGED
    assert acme.repages == [message] and world.pad.repages == []
    says = [e.say for e in (await world.detail(number)).timeline]
    assert any("Page to Omar Haddad by Slack sent" in say for say in says)
    [ack] = [e for e in (await world.detail(number)).timeline if e.kind == "ack"]
    assert ack.surface == "slack-acme"
    assert "answered from Slack (acme)" in words_of(acme)


async def test_the_first_workspace_that_takes_it_has_it_alone(world: World, acme: Pad) -> None:
    await world.fires("k1", labels={"team": "web"})
    assert paged(world.pad) == ["U0BOB"] and paged(acme) == []


@pytest.mark.parametrize("no", [Permanent("user_disabled"), Transient("not reached")])
async def test_where_the_first_refuses_the_next_is_tried(
    world: World, acme: Pad, no: Exception
) -> None:
    world.pad.refuse["page"] = no
    number = await world.fires("k1", labels={"team": "web"})
    assert paged(acme) == ["U0BOBACME"]
    assert "page_failed" not in await world.history(number)


async def test_what_may_have_arrived_is_not_sent_elsewhere(world: World, acme: Pad) -> None:
    world.pad.refuse["page"] = Transient("its answer was lost", uncertain=True)
    await world.fires("k1", labels={"team": "web"})
    assert paged(acme) == []


async def test_without_an_account_anywhere_the_page_fails_in_words(world: World, acme: Pad) -> None:
    world.pad.refuse["page"] = acme.refuse["page"] = Permanent("user_disabled")
    number = await world.fires("k1", labels={"team": "web"})
    assert "page_failed" in await world.history(number)


async def test_a_card_to_one_person_is_brought_and_edited_where_they_are(
    world: World, acme: Pad
) -> None:
    await world.does("omar", "test-page", surface="web")
    [message] = acme.dms
    assert paged(acme) == ["U0OMAR"] and paged(world.pad) == []
    token = acme.dms[message].actions.buttons[0].token
    account = Account("slack-acme", "T2", "U0OMAR", "Omar")
    await world.app.desk.press(token, account, "p1")
    await world.settle()
    assert message in acme.repages


async def test_somebody_who_is_away_there_is_found(world: World, acme: Pad) -> None:
    known = world.door.definitions().people
    assert world.app.identity.account_of(known["omar"], "slack-acme") == "U0OMAR"
    assert world.app.identity.account_of(known["omar"], "slack") is None
    assert world.app.identity.known("slack-acme", "U0BOBACME") is known["bob"]


def test_every_workspace_has_its_command() -> None:
    settings = parse(YAML, "pv.yaml")
    assert settings.commands() == {"slack": "/pv", "slack-acme": "/pv"}
