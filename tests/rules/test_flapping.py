"""An alert that comes and goes: its card holds still, nobody is asked until it stays on, and it is
over when it is calm."""

from __future__ import annotations

import pytest

from commands.rules import flapping as rules
from store.model import MINUTE, SECOND, Flapping, IncidentStatus
from tests.rules.conftest import Built
from tests.support.world import START, World

TRIGGERED, RESOLVED = IncidentStatus.TRIGGERED, IncidentStatus.RESOLVED
ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED


async def flaps(
    world: World, times: int = 3, *, seconds: int = 60, severity: str = "warning"
) -> int:
    """It fires and is over, so many times; the incident."""
    number = 0
    for _ in range(times):
        number = await world.fires(severity=severity, title="Load 31 on staging-2")
        await world.advance(seconds=seconds)
        await world.clears(title="Load 31 on staging-2")
        await world.advance(seconds=seconds)
    return number


async def fires(world: World, severity: str = "warning") -> int:
    """It fires once more."""
    return await world.fires(severity=severity, title="Load 31 on staging-2")


# ---- pure --------------------------------------------------------------------------------------


def packed(*minutes: float) -> bytes:
    """Changes so many minutes before the start."""
    flips = b""
    for each in minutes:
        flips = rules.noted(flips, START - int(each * MINUTE))
    return flips


def test_changes_are_remembered_to_the_second_and_no_more_than_a_few() -> None:
    flips = packed(*range(100, 0, -1))
    assert len(rules.changes(flips)) == rules.MOST
    assert rules.changes(flips)[-1] == (START - MINUTE) // SECOND * SECOND


def test_changes_of_more_than_a_day_ago_are_forgotten() -> None:
    assert len(rules.changes(rules.noted(packed(3000, 2999, 2998), START))) == 1


@pytest.mark.parametrize(
    ("flips", "found"),
    [
        (packed(50, 40, 30, 20, 10, 1), True),
        (packed(50, 40, 30, 20, 10), False),
        (packed(70, 40, 30, 20, 10, 1), False),
        (b"", False),
    ],
)
def test_so_many_changes_within_the_hour_flap(flips: bytes, found: bool) -> None:
    assert rules.flaps(flips, START, Flapping()) is found


def test_without_changes_to_count_nothing_flaps() -> None:
    assert not rules.flaps(packed(*range(30, 0, -1)), START, Flapping(0))


def test_the_sparkline_shows_when_it_was_on() -> None:
    flips = packed(55, 45, 25, 15)
    began = START - 90 * MINUTE
    assert rules.sparkline(flips, False, START, START, 60 * MINUTE) == "▁██▁▁▁▁██▁▁▁"
    assert rules.longest_on(flips, False, START, START) == 10 * MINUTE
    assert rules.longest_on(packed(20), True, START, START) == 20 * MINUTE
    assert rules.sparkline(packed(30), False, began, START, 60 * MINUTE) == "██████▁▁▁▁▁▁"
    assert rules.longest_on(packed(30), False, began, START) == 60 * MINUTE


# ---- in a house --------------------------------------------------------------------------------


async def test_what_flaps_stays_open_and_the_card_says_so(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    incident = await world.incident(number)
    assert incident.status is TRIGGERED and incident.alerts_firing == 0
    assert incident.flapping_since is not None
    (card,) = world.pad.cards.values()
    said = "".join(s.text for s in card.state.spans)
    assert said.startswith("🔁 Flapping, ") and said.endswith(
        "times in 1 h. Paging held until it stays on for 5 min"
    )
    assert "▁" in str(card.fold) and "█ last 15 min, longest on 1 min" in str(card.fold)
    assert "flaps (" in "".join(s.text for s in card.notification)


async def test_further_flaps_page_nobody_and_say_nothing_in_the_thread(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    world.clear()
    before = len(await world.history(number))
    edits, posts = len(world.pad.edits), len(world.pad.posts)
    assert await flaps(world, 10, seconds=20) == number
    assert world.paged() == [] and world.pad.said == []
    assert len(await world.history(number)) == before
    assert len(world.pad.posts) == posts
    assert len(world.pad.edits) - edits <= 8, "at most once a minute in 400 s"


async def test_what_stays_on_for_long_enough_pages(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    world.clear()
    assert await fires(world) == number
    await world.advance(minutes=4.9)
    assert world.paged() == []
    await world.advance(minutes=0.2)
    assert [a for a, _ in world.pad.pages] == ["U0ANA"]
    incident = await world.incident(number)
    assert incident.flapping_since is None and incident.asking == ("ana",)


async def test_what_is_calm_is_over_by_itself(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    await world.advance(minutes=3.5)
    assert await world.status(number) is TRIGGERED
    await world.advance(minutes=1)
    incident = await world.incident(number)
    assert incident.status is RESOLVED and incident.resolved_by is None
    assert (await world.detail(number)).timeline[-1].why == "Nothing of it fires, and it is calm."


async def test_a_critical_one_pages_at_its_first_firing_and_not_for_each_flap(house: Built) -> None:
    world = await house("")
    await fires(world, "critical")
    assert world.pad.pages
    await world.clears(title="Load 31 on staging-2")
    await flaps(world, 3, severity="critical")
    world.clear()
    number = await flaps(world, 6, seconds=10, severity="critical")
    assert not [a for a, _ in world.pad.pages if a == "U0ANA"]
    assert (await world.incident(number)).status is TRIGGERED


async def test_a_critical_one_that_flapped_before_is_asked_about_once_in_a_new_incident(
    house: Built,
) -> None:
    world = await house(
        "grouping: {reopen_window: 0, flapping: {changes: 3, within: 120, calm: 1}}\n"
    )
    first = await flaps(world, 3, severity="critical")
    await world.advance(minutes=20)
    assert await world.status(first) is RESOLVED
    world.clear()
    second = await fires(world, "critical")
    assert second != first and world.pad.pages


async def test_one_that_is_acknowledged_stays_open_and_ends_when_it_is_calm(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    await world.does("omar", "ack", number)
    await fires(world)
    await world.advance(minutes=1)
    await world.clears(title="Load 31 on staging-2")
    assert await world.status(number) is ACKNOWLEDGED
    (card,) = world.pad.cards.values()
    assert "🔁 flapping, " in str(card.fold)
    await world.advance(minutes=6)
    assert await world.status(number) is RESOLVED


async def test_a_person_may_close_it_and_its_next_flap_pages_only_when_it_stays_on(
    house: Built,
) -> None:
    world = await house("")
    number = await flaps(world, 4)
    await world.does("omar", "resolve", number)
    world.clear()
    await world.advance(minutes=1)
    assert await fires(world) == number
    assert world.paged() == [] and (await world.incident(number)).flapping_since is not None
    await world.advance(minutes=6)
    assert world.pad.pages


async def test_another_alert_that_does_not_flap_is_asked_about(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4, seconds=20)
    world.clear()
    assert await world.fires("other", severity="error") == number
    await world.advance(minutes=6)
    assert world.pad.pages


async def test_the_numbers_are_the_settings_or_a_rules(house: Built) -> None:
    world = await house(
        """
rules:
  - {name: jumpy, match: "severity=error", flapping: {changes: 3, within: 10, calm: 2}}
  - {name: never, match: "env=lab", flapping: false}
"""
    )
    number = await flaps(world, 2, severity="error")
    assert (await world.incident(number)).flapping_since is not None
    said = "\n".join(await world.asks("ana", "why", incident=number))
    assert "Rule jumpy. Nobody is asked until it stays on for 2 min." in said
    for _ in range(5):
        other = await world.fires(
            "lab", severity="warning", labels={"env": "lab", "service": "lab"}
        )
        await world.clears("lab", labels={"env": "lab", "service": "lab"})
    assert await world.status(other) is RESOLVED


async def test_it_can_be_switched_off(house: Built) -> None:
    world = await house("grouping: {flapping: false}\n")
    number = await flaps(world, 6)
    assert await world.status(number) is RESOLVED
    assert (await world.detail(number)).alerts[0].flips == b""


async def test_flapping_survives_a_restart(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 4)
    await world.die()
    again = await world.again()
    try:
        again.clear()
        assert await fires(again) == number
        assert again.paged() == []
        await again.advance(minutes=6)
        assert again.pad.pages
    finally:
        await again.end()


async def test_a_slow_alert_does_not_flap(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 2, seconds=600)
    assert await world.status(number) is RESOLVED


async def test_flaps_in_one_body_are_no_storm_of_lines(house: Built) -> None:
    world = await house("")
    number = await flaps(world, 12, seconds=5)
    kinds = await world.history(number)
    assert kinds.count("flapping") == 1 and kinds.count("alert_resolved") < 6
