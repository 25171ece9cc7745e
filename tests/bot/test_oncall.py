"""Schedules on every surface: API, typed lines, suggestions, and the console's box."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.cards import text
from bot.cards.model import Account, Private
from bot.web import console
from store.model import HOUR
from tests.bot.conftest import token_of
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
teams:
  db: {members: [ana, omar], oncall: "schedule:primary", lead: omar}
  edge: {members: [omar], oncall: "schedule:office"}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {name: days, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, omar]}}
  office:
    zone: UTC
    layers: [{people: [omar], restrictions: [{start: "09:00", end: "17:00"}]}]
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView with schedules; it is Sunday, 02:09 UTC."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, YAML)
    yield made
    await made.end()


async def test_the_api_says_who_why_and_until_when(world: World, api: httpx.AsyncClient) -> None:
    found = (await api.get("/api/oncall")).json()
    teams = {each["team"]: each["oncall"] for each in found["teams"]}
    assert teams["db"] == [
        {
            "handle": "ana",
            "name": "Ana Petrova",
            "why": "on call for team db in schedule primary by layer days",
            "schedule": "primary",
            "layer": "days",
            "until": "2026-11-23T07:00:00.000Z",
        }
    ]
    assert teams["edge"] == []
    schedules = {each["schedule"]: each for each in found["schedules"]}
    assert schedules["primary"]["zone"] == "Europe/Berlin"
    assert schedules["primary"]["oncall"][0]["why"] == "on call in schedule primary by layer days"


async def test_the_api_answers_who_and_shifts_for_any_instant(
    world: World, served: str, api: httpx.AsyncClient
) -> None:
    args = {"what": "db", "when": "2026-11-24T12:00:00+01:00"}
    answer = await api.post("/api/commands/who", json=args)
    assert answer.json()["found"][1].startswith("1 Omar Haddad until Mon 30 Nov 07:00 UTC (08:00")
    answer = await api.post("/api/commands/shifts", json={"who": "schedule:primary"})
    assert len(answer.json()["found"]) == 5
    answer = await api.post("/api/commands/who", json={"what": "db", "when": "noonish"})
    assert (answer.status_code, answer.json()["where"]) == (422, "when")
    headers = {"Authorization": f"Bearer {await token_of(world, 'viewer')}"}
    async with httpx.AsyncClient(base_url=served, headers=headers, trust_env=False) as client:
        assert (await client.post("/api/commands/who", json={})).status_code == 200


@pytest.mark.parametrize("surface", ["slack", "web", "cli"])
async def test_a_typed_line_is_answered_to_whoever_asked(world: World, surface: str) -> None:
    line = "who db tomorrow 9am"
    answer = await world.app.desk.line(line, world.actor("omar", surface), "k")
    assert isinstance(answer, Private) and answer.note is not None
    said = text.note(answer.note, "Asia/Dubai", now=world.clock.at)
    assert said[0] == "☎️ On call for team db at Mon 23 Nov 09:00 +04"
    assert said[1].startswith("1 Ana Petrova until Mon 23 Nov 11:00 +04 (08:00 CET there)")


async def test_teams_schedules_and_people_are_suggested(world: World) -> None:
    account = Account("slack", "T1", "U0ANA", "ana")
    found = await world.app.desk.suggest("who", "what", "", account)
    assert {"team:db", "schedule:primary", "omar"} <= {value for value, _ in found}
    assert await world.app.desk.suggest("shifts", "who", "prim", account) == [
        ("schedule:primary", "schedule primary")
    ]


async def test_the_console_says_until_when_and_names_a_gap(world: World) -> None:
    duties = {d.what: d for d in console._extras(world.app).on_call()}  # type: ignore[misc]
    assert (duties["team db"].handle, duties["team db"].until) == ("ana", 1_795_417_200_000)
    assert duties["team edge"].handle == ""
    assert duties["team edge"].until == 1_795_338_000_000
    world.clock.at += 30 * HOUR
    duties = {d.what: d for d in console._extras(world.app).on_call()}  # type: ignore[misc]
    assert duties["team db"].handle == "omar"
