"""The first ten minutes: five steps, each told as it stands, each done by its button or command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cards.model import Account, Private
from commands.errors import Conflict, Invalid
from commands.told import Told
from tests.support.engines import migrated_url
from tests.support.world import Pad, World

ANA = Account("slack", "T1", "U0ANA", "ana")

EMPTY = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
routes:
  - {name: rest, team: ops, channels: ["slack:#ops"]}
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """People and a channel; the team stands in for what the file leaves out."""
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path, EMPTY)
    yield made
    await made.end()


async def steps(world: World, who: str = "ana") -> dict[str, bool]:
    told: Told = await world.asks(who, "setup")
    return {s["key"]: s["done"] for s in told.facts["steps"]}


def pad(world: World) -> Pad:
    found = world.app.surfaces["slack"]
    assert isinstance(found, Pad)
    return found


async def test_it_says_what_is_done_and_what_comes_next(world: World) -> None:
    told: Told = await world.asks("ana", "setup")
    assert [s["key"] for s in told.facts["steps"]] == [
        "connect", "card", "link", "schedule", "page",
    ]  # fmt: skip
    assert await steps(world) == {
        "connect": True, "card": False, "link": True, "schedule": False, "page": False,
    }  # fmt: skip
    assert told.lines[-1] == "Next: see a card." and not told.ok
    assert [o.token for o in told.offers] == [
        "cmd:test-card:0:0", "cmd:new-schedule:0:0", "cmd:test-page:0:0",
    ]  # fmt: skip


async def test_in_a_chat_the_next_steps_are_buttons(world: World) -> None:
    answer = await world.app.desk.typed("setup", ANA, "k1")
    assert isinstance(answer, Private) and answer.note is not None
    assert [p.label for p in answer.note.actions] == [
        "Post a test card", "New schedule…", "Test my pages",
    ]  # fmt: skip


async def test_a_test_card_arrives_and_says_who_pressed_it(world: World) -> None:
    await world.does("ana", "test-card")
    await world.settle()
    (where, card) = pad(world).posts[-1]
    assert where == "#ops" and card.head.word == "TEST CARD" and card.quiet
    answer = await world.app.desk.press(card.actions.buttons[0].token, ANA, "k2")
    assert not isinstance(answer, Private)
    await world.settle()
    shown = pad(world).edits[-1][1]
    assert "Cards arrive here and presses come back." in "".join(s.text for s in shown.state.spans)
    assert (await steps(world))["card"]


async def test_a_channel_that_is_none_is_refused_with_what_to_type(world: World) -> None:
    with pytest.raises(Invalid, match="#ops is no channel such as slack:#ops"):
        await world.does("ana", "test-card", channel="#ops")


async def test_a_schedule_from_a_handful_of_words_is_asked_at_once(world: World) -> None:
    done = await world.does(
        "ana", "new-schedule", name="ops-primary", people="omar @ana", turns="weekly", day="mon"
    )
    # A Sunday: the turn that began last Monday is the first one's.
    assert "Omar Haddad is on call now" in done.say and "Team ops is asked through it" in done.say
    assert (await steps(world))["schedule"]
    lines = await world.asks("ana", "who", what="team:ops")
    assert any("Omar" in line for line in lines)
    assert done.say.endswith("To take it back: revert 3, then revert 2")
    for version in (3, 2):
        await world.does("ana", "revert", version=version)
    assert not world.app.door.definitions().schedules


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"people": "ana", "at": "25:00"}, "25:00 is not a time. Try: 09:00"),
        ({"people": ","}, "Name at least one person"),
        ({"people": "ana", "team": "db"}, "There is no team db. There are: ops."),
    ],
)
async def test_a_mistake_is_told_and_makes_nothing(
    world: World, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        await world.does("ana", "new-schedule", name="x", **given)
    assert not world.app.door.definitions().schedules


async def test_a_name_that_is_taken_is_not_written_over(world: World) -> None:
    await world.does("ana", "new-schedule", name="x", people="ana")
    with pytest.raises(Conflict, match="There is a schedule x"):
        await world.does("ana", "new-schedule", name="x", people="omar")


async def test_a_test_page_that_was_answered_is_the_last_step(world: World) -> None:
    await world.does("ana", "test-page")
    await world.settle()
    assert not (await steps(world))["page"]
    card = pad(world).direct[-1][1]
    await world.app.desk.press(card.actions.buttons[0].token, ANA, "k3")
    assert (await steps(world))["page"]
    await world.advance(minutes=90 * 24 * 60 + 1)
    assert not (await steps(world))["page"]
