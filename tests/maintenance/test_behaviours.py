"""The four behaviours of a maintenance, told as nights."""

from __future__ import annotations

import pytest

from store.model import IncidentStatus
from tests.maintenance.conftest import card, line, paged
from tests.support.world import World

RESOLVED, ACKNOWLEDGED, TRIGGERED = (
    IncidentStatus.RESOLVED,
    IncidentStatus.ACKNOWLEDGED,
    IncidentStatus.TRIGGERED,
)
HOST = {"host": "db-5"}


def cards_of(house: World, incident: int) -> list[str]:
    """Where an incident's card was posted."""
    return [where for where, c in house.pad.posts if c.head.id == incident]


async def on(house: World, behaviour: str, what: str = "db-5", when: str = "1h") -> None:
    """Ana works on something."""
    await house.does("ana", "maintenance", what=what, when=when, behaviour=behaviour, text="swap")


# no pages


async def test_without_pages_a_card_is_shown_and_the_first_step_comes_once_at_the_end(
    house: World,
) -> None:
    await on(house, "no-pages")
    incident = await house.fires("k1", labels=HOST)
    assert cards_of(house, incident) == ["#ops"] and paged(house) == []
    found = await house.incident(incident)
    assert found.next is not None and found.next.why == "when the maintenance is over"
    await house.advance(minutes=59)
    assert paged(house) == []
    await house.advance(minutes=1)
    assert paged(house) == ["ana"]
    await house.advance(minutes=5)
    assert paged(house) == ["omar"]


async def test_what_recovers_within_pages_nobody(house: World) -> None:
    await on(house, "no-pages")
    incident = await house.fires("k1", labels=HOST)
    await house.clears("k1", labels=HOST)
    assert await house.status(incident) is RESOLVED
    await house.advance(minutes=70)
    assert paged(house) == []


async def test_who_acknowledges_within_has_it_and_nobody_is_paged_at_the_end(house: World) -> None:
    await on(house, "no-pages")
    incident = await house.fires("k1", labels=HOST)
    await house.does("omar", "ack", incident)
    await house.advance(minutes=70)
    assert await house.status(incident) is ACKNOWLEDGED and paged(house) == []


async def test_missed_steps_are_not_made_up_for(house: World) -> None:
    incident = await house.fires("k1", labels=HOST)
    assert paged(house) == ["ana"]
    await house.advance(minutes=2)
    await on(house, "no-pages")
    await house.advance(minutes=60)
    assert paged(house) == ["omar"]
    found = await house.incident(incident)
    assert (found.step, found.loop) == (1, 0)


async def test_others_are_paged_as_ever(house: World) -> None:
    await on(house, "no-pages")
    await house.fires("k1", labels={"host": "db-50"})
    assert paged(house) == ["ana"]


@pytest.mark.parametrize("host", ["db-5", "db-5:9100", "db-5.example.eu", "DB-5.example.eu:9100"])
async def test_a_bare_name_is_that_of_a_host_with_its_port_and_domain(
    house: World, host: str
) -> None:
    await on(house, "no-pages")
    await house.fires("k1", labels={"instance": host})
    assert paged(house) == []


async def test_an_alert_of_something_else_does_not_hide_behind_one_that_is_worked_on(
    house: World,
) -> None:
    await on(house, "no-pages")
    first = await house.fires("k1", labels=HOST)
    other = await house.fires("k2", labels={"host": "db-6"})
    assert other != first and paged(house) == ["ana"]


async def test_what_opened_before_is_not_marked_and_takes_no_such_alert_in(house: World) -> None:
    before = await house.fires("k1", labels=HOST)
    await on(house, "one-incident")
    within = await house.fires("k2", labels=HOST)
    assert within != before and (await house.incident(before)).maintenance == ""


async def test_what_people_declare_pages_whatever_is_worked_on(house: World) -> None:
    await on(house, "no-cards", "all")
    await house.does("omar", "declare", text="checkout slow", team="db")
    assert "ana" in paged(house)


async def test_a_maintenance_of_mild_things_lets_go_of_what_becomes_worse(house: World) -> None:
    await on(house, "no-pages", "warning host=db-5")
    incident = await house.fires("k1", severity="warning", labels=HOST)
    assert paged(house) == []
    await house.fires("k1", severity="critical", labels=HOST)
    assert paged(house) == ["ana"], await house.incident(incident)


# no cards


async def test_without_cards_what_recovers_within_leaves_nothing_in_chat(house: World) -> None:
    await on(house, "no-cards")
    incident = await house.fires("k1", labels=HOST)
    await house.does("ana", "note", incident, text="known")
    await house.clears("k1", labels=HOST)
    await house.advance(minutes=70)
    assert cards_of(house, incident) == [] and paged(house) == []
    assert [text for _, text in house.pad.said] == []


async def test_without_cards_what_still_fires_gets_its_card_and_one_page(house: World) -> None:
    await on(house, "no-cards")
    incident = await house.fires("k1", labels=HOST)
    listed = await house.asks("ana", "list", filter="open")
    assert [i.id for i in listed.incidents] == [incident]
    await house.advance(minutes=59)
    assert cards_of(house, incident) == []
    await house.advance(minutes=1)
    assert cards_of(house, incident) == ["#ops"] and paged(house) == ["ana"]
    assert (await house.incident(incident)).maintenance == ""
    await house.advance(minutes=5)
    assert cards_of(house, incident) == ["#ops"] and paged(house) == ["omar"]


async def test_without_cards_an_acknowledged_one_gets_its_card_and_no_page(house: World) -> None:
    await on(house, "no-cards")
    incident = await house.fires("k1", labels=HOST)
    await house.does("omar", "ack", incident, surface="web")
    await house.advance(minutes=60)
    assert cards_of(house, incident) == ["#ops"] and paged(house) == []


# one incident


async def test_all_of_it_is_one_incident_that_ends_with_the_maintenance(house: World) -> None:
    await on(house, "one-incident", "team:db,web")
    first = await house.fires("k1", labels=HOST)
    await house.advance(minutes=20)
    assert await house.fires("k2", labels={"team": "web", "service": "shop"}) == first
    found = await house.incident(first)
    assert found.title == "Maintenance: swap" and found.alerts_total == 2
    await house.clears("k1", labels=HOST)
    await house.clears("k2", labels={"team": "web", "service": "shop"})
    assert await house.status(first) is TRIGGERED  # quiet for a moment is not over
    assert await house.fires("k3", labels={"service": "other"}) == first
    await house.clears("k3", labels={"service": "other"})
    await house.advance(minutes=40)
    assert await house.status(first) is RESOLVED and paged(house) == []
    assert cards_of(house, first) == ["#ops"]


async def test_one_incident_that_still_fires_goes_on_with_one_page(house: World) -> None:
    await on(house, "one-incident")
    incident = await house.fires("k1", labels=HOST)
    await house.fires("k2", labels={**HOST, "service": "other"})
    await house.clears("k2", labels={**HOST, "service": "other"})
    await house.advance(minutes=60)
    assert await house.status(incident) is TRIGGERED and paged(house) == ["ana"]
    later = await house.fires("k3", labels=HOST)
    assert later != incident  # it takes nothing in any more
    await house.clears("k1", labels=HOST)
    assert await house.status(incident) is RESOLVED


async def test_why_an_alert_joined_is_the_maintenance(house: World) -> None:
    await on(house, "one-incident")
    incident = await house.fires("k1", labels=HOST)
    await house.fires("k2", labels={**HOST, "service": "other"})
    joined = [e for e in (await house.detail(incident)).timeline if "joined" in e.say]
    assert joined and "maintenance" in joined[0].why.casefold()


# pause only


async def test_a_pause_lets_the_first_step_page_and_holds_the_rest(house: World) -> None:
    await on(house, "pause-only")
    incident = await house.fires("k1", labels=HOST)
    assert paged(house) == ["ana"]
    await house.advance(minutes=59)
    assert paged(house) == []
    await house.advance(minutes=1)
    assert paged(house) == ["omar"], await house.incident(incident)


# several at once


async def test_of_two_the_longest_counts_for_each_incident(house: World) -> None:
    await on(house, "no-pages", "db-5", "1h")
    await on(house, "no-pages", "team:db", "2h")
    await on(house, "no-pages", "db-6", "30m")
    five = await house.fires("k5", labels=HOST)
    six = await house.fires("k6", labels={"host": "db-6", "team": "web"})
    await house.advance(minutes=30)
    assert paged(house) == ["ana"]  # db-6 of team web
    await house.does("ana", "ack", six)
    await house.advance(minutes=89)
    assert paged(house) == []
    await house.advance(minutes=1)
    assert paged(house) == ["ana"] and (await house.incident(five)).step == 0


async def test_where_the_longer_one_ends_early_the_shorter_one_still_holds(house: World) -> None:
    await on(house, "no-pages", "db-5", "1h")
    await on(house, "no-pages", "team:db", "2h")
    incident = await house.fires("k1", labels=HOST)
    await house.does("ana", "end-maintenance", maintenance=2)
    found = await house.incident(incident)
    assert paged(house) == [] and found.next is not None
    assert found.next.at == house.clock.at + 3_600_000
    await house.does("ana", "end-maintenance", maintenance=1)
    assert paged(house) == ["ana"]


async def test_a_longer_one_that_begins_later_is_on_the_card_at_once(house: World) -> None:
    await on(house, "no-pages", "db-5", "1h")
    incident = await house.fires("k1", labels=HOST)
    await on(house, "no-pages", "team:db", "2h")
    found = await house.incident(incident)
    assert found.next is not None and found.next.at == house.clock.at + 7_200_000


async def test_extended_it_ends_later_and_shows_it(house: World) -> None:
    await on(house, "no-cards")
    await house.fires("k1", labels=HOST)
    await house.advance(minutes=50)
    await house.does("omar", "extend-maintenance", until="30m")
    assert "on until 04:39 " in line(card(house)).replace("CET", "").replace("03:39 UTC", "04:39 ")
    await house.advance(minutes=39)
    assert paged(house) == []
    await house.advance(minutes=1)
    assert paged(house) == ["ana"]
