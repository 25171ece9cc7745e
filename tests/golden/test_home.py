"""Home as it looks in Slack, and ``me`` as words in each chat, compared with pictures in text.

``GOLDEN=write make test ARGS=tests/golden`` draws them anew.
"""

from __future__ import annotations

import asyncio
import os
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.cards.model import Account, Private
from bot.discord import render as discord_render
from bot.discord.spans import Pen as DiscordPen
from bot.slack import render as slack_render
from bot.slack.home import view_of
from bot.slack.spans import Pen as SlackPen
from tests.golden import draw
from tests.support.slack.checks import Problems, check_view
from tests.support.world import World

HERE = Path(__file__).parent / "home"
NAMES = ("27 home", "27 home of nobody", "27 me")
_SECRET = re.compile(r"(/link/)[\w~.-]{20,}")

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA,
        quiet: {from: "22:00", to: "07:00"}}
  bob: {name: Bob Stone, zone: Europe/London, slack: U0BOB}
teams:
  db: {members: [ana, bob], oncall: "schedule:primary", lead: bob}
  web: {members: [bob], oncall: bob}
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - {name: weeks, start: 2026-11-16T08:00, rotation: {kind: weekly, people: [ana, bob]}}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
"""


@cache
def pictures() -> dict[str, str]:
    """What Ana has at 03:09 that night, and what somebody sees whom nobody knows."""

    async def play() -> dict[str, str]:
        with TemporaryDirectory() as folder:
            world = await World.build(f"sqlite:///{folder}/pv.db", Path(folder), YAML)
            try:
                return await _night(world)
            finally:
                await world.end()

    return asyncio.run(play())


async def _night(world: World) -> dict[str, str]:
    await world.fires("k1")
    held = await world.fires("k2", title="Replica lag on db-5", severity="warning",
                             labels={"service": "replica"})  # fmt: skip
    await world.does("ana", "ack", held)
    await world.does("bob", "cover", when="24 nov 10:00-12:00", reason="dentist")
    desk, ana = world.app.desk, Account("slack", "T1", "U0ANA", "ana")
    me = await desk.typed("me", ana, "k1")
    assert isinstance(me, Private) and me.note is not None
    now = world.clock.now()
    words = [
        ("Slack", draw.slack(slack_render.note_body(me.note, SlackPen()))),
        ("Discord", draw.discord(discord_render.note_body(me.note, DiscordPen(now=now)))),
    ]
    return {
        "27 home": _home(view_of(await desk.home(ana))),
        "27 home of nobody": _home(view_of(await desk.home(Account("slack", "T1", "U9", "new")))),
        "27 me": "\n".join(draw.all_lines(words)),
    }


def _home(view: draw.JSON) -> str:
    problems = Problems()
    check_view(view, "home", problems)
    assert not problems.found, problems.found
    return _SECRET.sub(r"\1…", "\n".join(draw.all_lines([("Slack", draw.slack_view(view))])))


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_should(name: str) -> None:
    file, picture = HERE / f"{name}.txt", pictures()[name]
    if os.environ.get("GOLDEN") == "write":
        HERE.mkdir(exist_ok=True)
        file.write_text(picture, encoding="utf-8")
    assert picture == file.read_text(encoding="utf-8"), "draw it anew with GOLDEN=write"


def test_what_is_mine_stands_on_the_first_screen_of_a_telephone() -> None:
    lines = pictures()["27 home"].splitlines()
    assert lines.index("[Acknowledge]") <= 12
