"""A parent fires: its children ask nobody, in whatever order they come, and what still fires after
it asks once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from bot.web.now import place
from store import held
from store.model import MINUTE, AlertStatus, IncidentStatus
from store.tables import PARENTS
from tests.rules.conftest import Built
from tests.support.world import World, alert

TRIGGERED, RESOLVED = IncidentStatus.TRIGGERED, IncidentStatus.RESOLVED

RULES = """
rules:
  - name: hosts
    match: "type:service"
    under: "type:host critical"
    equal: [host]
"""


async def host(world: World, name: str = "db-3", **more: Any) -> int:
    """A host goes down."""
    return await world.fires(
        f"host/{name}", type="host", title=f"Host {name} is down", labels=_on(name, "hosts"), **more
    )


async def service(world: World, key: str = "pg", name: str = "db-3", **more: Any) -> int:
    """A service on it fails."""
    given = {"severity": "error", "title": f"{key} fails", **more}
    return await world.fires(f"{name}/{key}", type="service", labels=_on(name, key), **given)


def _on(name: str, what: str) -> dict[str, str]:
    return {"host": name, "service": what}


async def test_a_child_of_a_firing_parent_asks_nobody_and_has_no_card(house: Built) -> None:
    world = await house(RULES)
    parent = await host(world)
    world.clear()
    child = await service(world)
    await world.advance(minutes=9)
    assert child != parent and [c.id for _, c in world.pad.posts] == [parent]
    assert all(n == parent for _, n, _ in world.mail.pages)
    incident = await world.incident(child)
    assert (incident.under, incident.held_by) == (parent, "hosts")
    assert place(incident) == "quiet"
    said = "\n".join(await world.asks("ana", "why", incident=child))
    assert f"Nobody is asked: under #{parent} Host db-3 is down (rule hosts)." in said


async def test_the_parents_card_counts_what_it_holds(house: Built) -> None:
    world = await house(RULES)
    parent = await host(world)
    for key in ("pg", "backup", "exporter"):
        await service(world, key)
    (message,) = [m for m, c in world.pad.cards.items() if c.id == parent]
    rows = str(world.pad.cards[message].fold)
    assert "Holds 3 more: " in rows and "pg fails" in rows


async def test_another_host_is_not_held(house: Built) -> None:
    world = await house(RULES)
    parent = await host(world)
    child = await service(world, name="db-4")
    assert (await world.incident(child)).under is None
    assert {c.id for _, c in world.pad.posts} == {parent, child}


async def test_what_still_fires_after_the_parent_asks_exactly_once_from_the_first_step(
    house: Built,
) -> None:
    world = await house(RULES)
    parent = await host(world)
    child = await service(world)
    await world.does("ana", "ack", parent)
    await world.advance(minutes=30)
    world.clear()
    await world.clears("host/db-3", labels=_on("db-3", "hosts"))
    assert await world.status(parent) is RESOLVED and world.paged() == []
    await world.advance(minutes=1.9)
    assert world.paged() == []
    await world.advance(minutes=0.2)
    assert world.pad.pages and {c.id for _, c in world.pad.posts} == {parent, child}
    assert [a for a, _ in world.pad.pages] == ["U0ANA"]
    incident = await world.incident(child)
    assert (incident.under, incident.held_by, incident.step) == (None, "", 0)


async def test_what_ends_within_the_settle_time_asks_nobody(house: Built) -> None:
    world = await house(RULES)
    parent = await host(world)
    child = await service(world)
    await world.does("ana", "ack", parent)
    world.clear()
    await world.clears("host/db-3", labels=_on("db-3", "hosts"))
    await world.advance(minutes=1)
    await world.clears("db-3/pg", labels=_on("db-3", "pg"))
    await world.advance(minutes=60)
    assert world.paged() == [] and await world.status(child) is RESOLVED


async def test_a_child_that_came_a_moment_before_joins_the_hold(house: Built) -> None:
    world = await house(RULES)
    child = await service(world)
    assert world.pad.pages
    await world.advance(seconds=90)
    parent = await host(world)
    incident = await world.incident(child)
    assert (incident.under, incident.asking) == (parent, ())
    world.clear()
    await world.does("ana", "ack", parent)
    await world.advance(minutes=20)
    assert not [n for n in world.mail.pages if n[1] == child] and world.pad.pages == []
    (message,) = [m for m, c in world.pad.cards.items() if c.id == child]
    said = "".join(s.text for s in world.pad.cards[message].state.spans)
    assert said == f"🔇 Under #{parent} Host db-3 is down · nobody is asked while that fires"


async def test_a_child_that_came_long_before_or_that_somebody_has_is_left_alone(
    house: Built,
) -> None:
    world = await house(RULES)
    early = await service(world, "early")
    await world.advance(minutes=3)
    taken = await service(world, "taken")
    await world.does("omar", "ack", taken)
    await host(world)
    assert (await world.incident(early)).under is None
    assert (await world.incident(taken)).under is None


async def test_a_parent_that_somebody_acknowledged_holds_on_and_one_that_is_closed_does_not(
    house: Built,
) -> None:
    world = await house(RULES)
    parent = await host(world)
    await world.does("ana", "ack", parent)
    child = await service(world)
    await world.advance(minutes=60)
    assert (await world.incident(child)).under == parent
    world.clear()
    await world.does("ana", "resolve", parent, how="now")
    await world.advance(minutes=3)
    assert (await world.incident(child)).under is None and world.pad.pages


async def test_a_critical_child_is_never_hidden_unless_the_rule_says_so(house: Built) -> None:
    world = await house(RULES)
    await host(world)
    child = await service(world, severity="critical")
    assert (await world.incident(child)).under is None
    held_one = await service(world, "other")
    assert (await world.incident(held_one)).under is not None
    world.clear()
    assert await service(world, "other", severity="critical") == held_one
    await world.advance(minutes=1)
    assert (await world.incident(held_one)).under is None and world.pad.pages


async def test_criticals_too_where_the_rule_says_so(house: Built) -> None:
    world = await house(RULES + "    criticals: true\n")
    parent = await host(world)
    child = await service(world, severity="critical")
    assert (await world.incident(child)).under == parent


async def test_the_hold_ends_with_the_alert_that_held_not_with_the_whole_incident(
    house: Built,
) -> None:
    world = await house(RULES + "grouping: {group_by: [route, source, type]}\n")
    parent = await host(world, "db-3")
    assert await host(world, "db-4") == parent
    child = await service(world)
    await world.clears("host/db-3", labels=_on("db-3", "hosts"))
    assert await world.status(parent) is TRIGGERED
    await world.advance(minutes=3)
    assert (await world.incident(child)).under is None


async def test_two_that_could_hold_each_other_do_not_both_fall_silent(house: Built) -> None:
    world = await house(
        """
rules:
  - {name: one, match: "alertname=a", under: "alertname=b", equal: [host]}
  - {name: two, match: "alertname=b", under: "alertname=a", equal: [host]}
"""
    )
    for name in "ab":
        labels = {"alertname": name, "host": "x", "service": name}
        await world.fires(name, severity="error", labels=labels)
    await world.advance(minutes=30)
    held_ones = [(await world.incident(n)).under for n in (1, 2)]
    assert sorted(map(bool, held_ones)) == [False, True] and world.pad.pages


async def test_the_hold_survives_a_restart(house: Built) -> None:
    world = await house(RULES)
    parent = await host(world)
    child = await service(world)
    await world.does("ana", "ack", parent)
    await world.die()
    again = await world.again()
    try:
        again.clear()
        late = await service(again, "late")
        assert (await again.incident(late)).under == parent
        await again.clears("host/db-3", labels=_on("db-3", "hosts"))
        await again.advance(minutes=3)
        for number in (child, late):
            assert (await again.incident(number)).under is None
        assert again.pad.pages
    finally:
        await again.end()


async def test_a_parent_and_its_child_in_one_body_are_parent_and_child(house: Built) -> None:
    world = await house(RULES)
    child = alert("c", type="service", severity="error", labels=_on("db-3", "pg"))
    parent = alert("p", type="host", title="Host db-3 is down", labels=_on("db-3", "hosts"))
    accepted = await world.hears(child, parent)
    assert (await world.incident(accepted.incidents[0])).under == accepted.incidents[1]


async def test_a_person_takes_a_held_incident_like_any_other(house: Built) -> None:
    world = await house(RULES)
    await host(world)
    child = await service(world)
    await world.does("omar", "ack", child)
    assert (await world.incident(child)).holder == "omar"
    await world.does("omar", "unack", child)
    await world.advance(minutes=1)
    incident = await world.incident(child)
    assert incident.next is not None and incident.next.kind == "waits"


async def test_a_snoozed_child_sleeps_on_when_its_parent_is_over(house: Built) -> None:
    world = await house(RULES)
    parent = await host(world)
    child = await service(world)
    await world.does("omar", "snooze", child, until="1h")
    await world.does("ana", "ack", parent)
    world.clear()
    await world.clears("host/db-3", labels=_on("db-3", "hosts"))
    await world.advance(minutes=50)
    assert world.paged() == []
    await world.advance(minutes=11)
    assert world.pad.pages and (await world.incident(child)).under is None


async def test_what_was_held_to_its_end_has_a_card_when_it_is_back(house: Built) -> None:
    world = await house(RULES)
    await host(world)
    child = await service(world)
    for key, name in (("db-3/pg", "pg"), ("host/db-3", "hosts")):
        await world.clears(key, labels=_on("db-3", name))
    await world.advance(minutes=3)
    world.clear()
    assert await service(world) == child
    assert child in [c.id for _, c in world.pad.posts] and world.pad.pages


async def test_what_may_hold_others_is_forgotten_a_day_after_it_is_over(house: Built) -> None:
    world = await house(RULES)
    await host(world)
    count = select(func.count()).select_from(PARENTS)
    await world.clears("host/db-3", labels=_on("db-3", "hosts"))
    await world.minute()
    assert await world.app.reader.read(lambda tx: tx.conn.execute(count).scalar()) == 1
    await world.advance(minutes=25 * 60)
    await world.minute()
    assert await world.app.reader.read(lambda tx: tx.conn.execute(count).scalar()) == 0


async def test_a_late_child_joins_its_like_under_the_same_parent(house: Built) -> None:
    world = await house(RULES + "grouping: {group_by: [route, source, type]}\n")
    await host(world)
    one = await service(world, "a")
    await world.advance(minutes=2)
    assert await service(world, "b") == one


async def test_a_storm_under_one_parent_opens_quickly_and_pages_nobody_more(house: Built) -> None:
    world = await house(RULES)
    parent = await host(world)
    world.clear()
    many = [
        alert(f"s{n}", type="service", severity="error", labels=_on("db-3", f"s{n}"))
        for n in range(50)
    ]
    await world.hears(*many)
    assert len(await world.app.reader.read(lambda tx: held.under(tx, parent))) == 50
    assert world.pad.pages == []
    await world.hears(*(alert(a.key, status=AlertStatus.RESOLVED) for a in many))
    assert await world.app.reader.read(lambda tx: held.under(tx, parent)) == []


@pytest.mark.parametrize("minutes", [11, 31])
async def test_a_held_incident_is_looked_at_now_and_then(house: Built, minutes: int) -> None:
    world = await house(RULES)
    parent = await host(world)
    await world.does("ana", "ack", parent)
    child = await service(world)
    await world.advance(minutes=minutes)
    nxt = (await world.incident(child)).next
    assert nxt is not None and world.clock.at < (nxt.at or 0) <= world.clock.at + 10 * MINUTE
