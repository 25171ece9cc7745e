"""An exercise from the command to its result: real pages, marked, bounded, scored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.cards.view import visible
from commands.errors import Conflict, Invalid
from integrations.base import Permanent
from store.model import HOUR, IncidentStatus
from tests.support.world import START, World, words

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Europe/Berlin, slack: U0OMAR,
         rules: [{after: 0, via: slack}]}
  mei: {name: Mei Lin, email: mei@example.eu, zone: Europe/Berlin}
teams:
  db: {members: [ana, omar, mei], oncall: ana, lead: omar}
routes:
  - {name: db, match: {team: db}, team: db, policy: long, channels: ["slack:#ops"]}
policies:
  long:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: ["policy:more"], delay: 5}
    repeat: 2
    fallback: [team]
  more:
    steps:
      - {targets: [lead], delay: 5, until: resolved}
      - {targets: ["person:mei"], delay: 5}
drills:
  - {team: db, days: [mon], at: "10:00", zone: Europe/Berlin, steps: 1}
"""


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A team with a planned drill."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


async def at_ten(world: World) -> None:
    """Sunday 10:09 in Berlin."""
    world.clock.at += 7 * HOUR


async def run(world: World, minutes: int) -> None:
    """Minutes pass, and each is looked at."""
    for _ in range(minutes):
        await world.advance(minutes=1)
        await world.minute()


async def begin(world: World, **more: Any) -> int:
    """Ana begins a drill of her team."""
    done = await world.does("ana", "drill", what="db", **more)
    return done.changed[0][0]


async def test_it_pages_for_real_and_says_drill_everywhere(world: World) -> None:
    await at_ten(world)
    number = await begin(world)
    (card, *_) = [card for _, card in world.pad.posts]
    assert card.head.title == "DRILL for team db"
    ((account, note), *_) = world.pad.pages
    assert account == "U0ANA" and "DRILL" in words(note)
    assert world.mail.pages[0][:2] == ("ana", number)


async def test_it_goes_two_steps_and_no_further_even_through_other_policies(world: World) -> None:
    await at_ten(world)
    await begin(world)
    await run(world, 14)
    assert set(world.paged()) == {"U0ANA", "ana", "U0OMAR"}


async def test_nobody_answers_and_it_ends_by_itself_after_a_quarter_of_an_hour(
    world: World,
) -> None:
    await at_ten(world)
    number = await begin(world, steps=1)
    await run(world, 14)
    assert await world.status(number) is IncidentStatus.TRIGGERED
    await run(world, 1)
    assert await world.status(number) is IncidentStatus.RESOLVED
    _, card = world.pad.posts[-1]
    assert (card.head.word, card.head.title) == ("DRILL", "of team db")
    assert visible(card.state.spans).startswith("Nobody answered; paged: Ana Petrova.")


async def test_an_answer_ends_it_and_is_scored(world: World) -> None:
    await at_ten(world)
    world.pad.refuse["page"] = Permanent("the chat said no")
    number = await begin(world)
    world.pad.refuse.clear()
    await world.advance(seconds=48)
    await world.does("ana", "ack", number, surface="email")
    await run(world, 1)
    assert await world.status(number) is IncidentStatus.RESOLVED
    (first, *_) = (await world.asks("ana", "drill-list")).facts["drills"]
    score = first["score"]
    assert (score["by"], score["ack"], score["place"], score["first_page"]) == (
        "ana", 48_000, "email", 0,
    )  # fmt: skip
    assert score["channels"]["slack"] == {"asked": 1, "sent": 0, "delivered": 0, "refused": 1}
    assert score["channels"]["email"]["sent"] == 1
    assert [(s["person"], s["via"]) for s in score["silent"]] == [("ana", "slack")]
    lines = (await world.asks("ana", "drill-list")).lines
    assert "Ana Petrova answered after 48 s from e-mail." in lines[0]
    assert lines[-1].startswith("Next: Mon 23 Nov 10:00 CET, team db")


async def test_an_alert_of_the_same_team_stays_out_of_it(world: World) -> None:
    await at_ten(world)
    number = await begin(world)
    assert await world.fires() != number


async def test_at_night_it_wakes_nobody_unless_that_is_wanted(world: World) -> None:
    with pytest.raises(Conflict, match=r"It is 03:09 for Ana Petrova.*--now"):
        await begin(world)
    await begin(world, now=True)
    assert world.paged()


async def test_two_at_once_are_one_too_many(world: World) -> None:
    await at_ten(world)
    await begin(world)
    with pytest.raises(Conflict, match="running already"):
        await begin(world)
    with pytest.raises(Invalid, match="There are: team db"):
        await world.does("ana", "drill", what="nowhere")
    other = await world.does("ana", "drill", what="more")
    assert other.changed[0][0] != 1, "one of another policy is a drill of its own"


async def test_a_planned_one_comes_by_itself_once_at_its_time(world: World) -> None:
    monday_ten = START + 24 * HOUR + 6 * HOUR + 51 * 60_000  # Monday 10:00 in Berlin
    world.clock.at = monday_ten - 60_000
    await world.minute()
    assert not world.paged()
    await run(world, 3)
    assert world.paged() == ["U0ANA", "ana"]
    found = (await world.asks("ana", "drill-list")).facts["drills"]
    assert [(d["by"], d["steps"]) for d in found] == [("plan", 1)]


async def test_one_that_nobody_could_begin_in_time_is_left_out(world: World) -> None:
    await world.minute()
    world.clock.at = START + 24 * HOUR + 7 * HOUR + 5 * 60_000
    await world.minute()
    assert not world.paged()


async def test_by_hand_it_stays_within_its_policy_too(world: World) -> None:
    await at_ten(world)
    number = await begin(world)
    with pytest.raises(Conflict, match="A drill stays"):
        await world.does("ana", "escalate", number, policy="more")
    with pytest.raises(Invalid, match="steps 1 to 2"):
        await world.does("ana", "escalate", number, step=2)
