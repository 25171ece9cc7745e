"""Nights that go on: nobody answers for a day, somebody is removed, the process dies in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from store import definitions
from store.model import Definitions, IncidentDetail, IncidentStatus
from tests.support.world import World

TRIGGERED, ACKNOWLEDGED = IncidentStatus.TRIGGERED, IncidentStatus.ACKNOWLEDGED

YAML = """
people:
  ana:
    name: Ana Petrova
    roles: [admin]
    slack: U0ANA
    rules: [{after: 0, via: slack}, {after: 2, via: slack}, {after: 9, via: slack}]
  omar:
    name: Omar Haddad
    slack: U0OMAR
    quiet: {from: "00:00", to: "06:00"}
  lina: {name: Lina Berg, slack: U0LINA}
teams:
  db: {members: [ana, omar, lina], oncall: ana, lead: omar}
routes:
  - {name: rest, team: db, channels: ["slack:#ops"]}
policies:
  default:
    steps:
      - {targets: [oncall], delay: 10}
      - {targets: [lead], delay: 10}
      - {targets: [person:lina, "channel:slack:#all"], delay: 10}
    repeat: 2
    fallback: [team]
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house with three people."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


def paged(house: World) -> list[str]:
    """Who was paged about an incident, in order."""
    return [a for a, card in house.pad.direct if card.head.id and card.head.glyph != "⏰"]


async def test_nobody_answers_for_a_day(house: World) -> None:
    incident = await house.fires(severity="error")
    await house.advance(minutes=89)
    assert paged(house).count("U0ANA") == 9  # three passes, three rules each
    assert paged(house).count("U0LINA") == 3
    await house.advance(minutes=1)
    assert sorted(paged(house)[-3:]) == ["U0ANA", "U0LINA", "U0OMAR"]  # the fallback
    await house.advance(minutes=24 * 60)
    found = await house.incident(incident)
    assert found.status is TRIGGERED
    assert found.next is not None and (found.next.kind, found.next.why) == (
        "nothing",
        "everybody was asked",
    )
    await house.minute()  # the self-audit finds a recorded reason
    assert (await house.incident(incident)).next == found.next
    assert [channel for channel, _ in house.pad.posts] == ["#ops", "#all"]
    kinds = await house.history(incident)
    assert kinds.count("exhausted") == 1 and kinds.count("channel") == 3
    await house.does("lina", "ack", incident)
    assert (await house.incident(incident)).holder == "lina"


async def test_nobody_works_on_it_for_a_day(house: World) -> None:
    """An ack that is forgotten is not forgotten by us: it goes round and round, and says so."""
    incident = await house.fires()
    for _ in range(3):
        await house.does("ana", "ack", incident)
        await house.advance(minutes=40)
        found = await house.incident(incident)
        assert found.status is TRIGGERED and found.asking == ("ana",)
    assert (await house.history(incident)).count("check_in") == 6  # asked, and back, three times


async def seen(house: World, incident: int) -> IncidentDetail:
    """Everything about an incident, for somebody who is still there."""
    found: IncidentDetail = await house.asks("omar", "show", incident=incident)
    return found


async def without(house: World, handle: str) -> None:
    """Somebody is no longer among the people."""

    def gone(old: Definitions) -> Definitions:
        return replace(old, people={h: p for h, p in old.people.items() if h != handle})

    known = gone(house.door.definitions())
    await house.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "test", known))
    await house.door.reload()


async def test_somebody_is_removed_in_mid_escalation(house: World) -> None:
    incident = await house.fires()
    assert paged(house) == ["U0ANA"]
    await without(house, "ana")
    await house.advance(minutes=9)
    assert paged(house) == ["U0ANA"]  # nothing more to that person
    said = [e.say for e in (await seen(house, incident)).timeline]
    assert said.count("ana is not paged any more.") == 2
    await house.advance(minutes=1)
    assert paged(house) == ["U0ANA", "U0OMAR"]
    await house.advance(minutes=10)
    assert paged(house)[-1] == "U0LINA"
    await house.advance(minutes=10)
    assert paged(house)[-1] == "U0OMAR"  # in the next pass her step is skipped at once


async def test_who_has_it_is_removed_and_others_are_asked(house: World) -> None:
    incident = await house.fires()
    await house.does("lina", "ack", incident)
    await without(house, "lina")
    await house.advance(minutes=40)
    found = (await seen(house, incident)).incident
    assert found.status is TRIGGERED and found.asking == ("ana",)


@pytest.mark.parametrize("minute", [1, 2, 5, 9, 10, 15, 21, 30, 45, 89])
async def test_killed_at_any_minute_nobody_is_forgotten_or_asked_twice(
    house: World, minute: int
) -> None:
    await house.fires()
    await house.advance(minutes=minute)
    await house.die()
    born = await house.again()
    await born.advance(minutes=200)
    at_once = ["U0ANA"] * 9 + ["U0OMAR"] * 3 + ["U0LINA"] * 3
    fallback = ["U0ANA"] * 3 + ["U0OMAR", "U0LINA"]
    assert sorted(paged(born)) == sorted(at_once + fallback)
    assert born.pad.copies == []
    await born.end()


async def test_killed_while_the_holder_is_asked_the_answer_counts(house: World) -> None:
    incident = await house.fires()
    await house.does("ana", "ack", incident)
    await house.advance(minutes=33)
    await house.die()
    born = await house.again()
    await born.does("omar", "note", incident, text="the WAL is full")
    await born.advance(minutes=20)
    assert (await born.incident(incident)).status is ACKNOWLEDGED
    await born.end()
