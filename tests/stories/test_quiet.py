"""Snoozed, silenced, merged, reopened: what was quiet comes back, once, and only if it must."""

from __future__ import annotations

import pytest

from commands.errors import Conflict
from integrations.base import Permanent
from store.model import IncidentStatus
from tests.support.world import World, alert

TRIGGERED, ACKNOWLEDGED, RESOLVED = IncidentStatus


async def test_a_longer_silence_is_not_ended_by_a_shorter_one(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "silence", incident, until="1h")
    await world.does("ana", "silence", incident, until="4h")
    world.clear()
    await world.advance(minutes=239)
    assert world.paged() == []
    await world.advance(minutes=1)
    assert world.paged() == ["U0ANA", "ana"]
    assert (await world.incident(incident)).silenced_until is None


async def test_a_silence_counts_past_the_reopen_window_and_opens_nothing(world: World) -> None:
    start = world.clock.at
    incident = await world.fires(starts_at=start)
    await world.does("ana", "resolve", incident, how="silence_1h")
    await world.clears(starts_at=start)
    world.clear()
    await world.advance(minutes=30)
    await world.hears(alert(starts_at=world.clock.at))
    assert world.paged() == [] and await world.status(incident) is RESOLVED
    await world.advance(minutes=30)
    assert world.paged() == ["U0ANA", "ana"] and await world.status(incident) is TRIGGERED


async def test_a_silence_over_what_has_cleared_ends_in_silence(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "resolve", incident, how="silence_1h")
    await world.clears()
    world.clear()
    await world.advance(minutes=90)
    assert world.paged() == [] and await world.status(incident) is RESOLVED


async def test_now_means_now_whatever_silence_was_before(world: World) -> None:
    start = world.clock.at
    incident = await world.fires(starts_at=start)
    await world.does("ana", "silence", incident, until="1h")
    await world.does("ana", "resolve", incident, how="now")
    world.clear()
    await world.advance(minutes=90)
    assert world.paged() == [] and await world.status(incident) is RESOLVED
    await world.hears(alert(starts_at=start))
    assert await world.status(incident) is RESOLVED


async def test_another_alert_of_a_silenced_group_is_not_silenced(world: World) -> None:
    silenced = await world.fires("a")
    await world.does("ana", "silence", silenced, until="4h")
    world.clear()
    other = await world.fires("b")
    assert other != silenced and world.paged() == ["U0ANA", "ana"]
    await world.fires("a")
    assert (await world.incident(silenced)).alerts_total == 1


async def test_giving_back_a_silenced_incident_asks_at_once_and_once(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident)
    await world.does("ana", "silence", incident, until="1h")
    world.clear()
    await world.does("ana", "unack", incident)
    assert world.paged() == ["U0ANA", "ana"]
    await world.does("omar", "ack", incident)
    world.clear()
    for _ in range(4):
        await world.advance(minutes=20)
        await world.does("omar", "note", incident, text="on it")
    assert world.paged() == []


async def test_the_end_of_a_snooze_of_what_somebody_has_changes_nothing(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident)
    await world.does("ana", "snooze", incident, until="1h")
    world.clear()
    await world.advance(minutes=61)
    found = await world.incident(incident)
    assert (found.status, found.holder, found.snoozed_until) == (ACKNOWLEDGED, "ana", None)
    assert world.paged() == []


async def test_a_snooze_takes_back_a_question_and_an_assignment_ends_a_snooze(
    world: World,
) -> None:
    incident = await world.fires()
    await world.does("ana", "assign", incident, who="omar")
    await world.does("ana", "snooze", incident, until="2h")
    assert (await world.incident(incident)).assignee is None
    await world.does("ana", "assign", incident, who="omar")
    found = await world.incident(incident)
    assert (found.assignee, found.snoozed_until) == ("omar", None)
    world.clear()
    await world.advance(minutes=10)
    assert world.paged() == ["U0ANA", "ana"]


async def test_a_worse_alert_wakes_who_sleeps_on_it(world: World) -> None:
    incident = await world.fires("a", severity="warning")
    await world.does("ana", "ack", incident)
    await world.does("ana", "snooze", incident, until="2h")
    world.clear()
    await world.fires("b", severity="critical")
    found = await world.incident(incident)
    assert (found.status, found.snoozed_until) == (ACKNOWLEDGED, None)
    assert world.paged() == ["U0ANA", "ana"]


async def test_a_holder_who_can_not_be_told_of_worse_gives_it_back(world: World) -> None:
    incident = await world.fires("a", severity="warning")
    await world.advance(minutes=5)
    await world.does("ana", "ack", incident)
    world.pad.refuse["page"] = Permanent("account_inactive")
    world.mail.refuse = True
    await world.fires("b", severity="critical")
    found = await world.incident(incident)
    assert (found.status, found.holder, found.severity) == (TRIGGERED, None, "critical")
    said = [e.say for e in (await world.detail(incident)).timeline if e.kind == "escalate"]
    assert said == ["It became critical and Ana Petrova can't be reached."]


async def test_a_new_incident_that_gets_worse_starts_no_new_pass(world: World) -> None:
    incident = await world.fires("a", severity="warning")
    world.clear()
    await world.advance(minutes=2)
    await world.fires("b", severity="critical")
    assert world.paged() == []
    await world.advance(minutes=3)
    assert world.paged() == ["U0OMAR", "omar"]
    assert (await world.incident(incident)).severity == "critical"


async def test_what_a_person_reopened_is_followed_again(world: World) -> None:
    start = world.clock.at
    incident = await world.fires("a", starts_at=start)
    await world.clears("a", starts_at=start)
    await world.does("ana", "reopen", incident)
    await world.advance(minutes=1)
    assert await world.fires("a", starts_at=world.clock.at) == incident
    found = await world.incident(incident)
    assert (found.alerts_total, found.alerts_firing) == (1, 1)
    await world.clears("a")
    assert await world.status(incident) is RESOLVED


async def test_what_a_silence_reopened_resolves_with_its_alert(world: World) -> None:
    incident = await world.fires("a")
    await world.does("ana", "resolve", incident, how="silence_1h")
    await world.advance(minutes=61)
    assert await world.status(incident) is TRIGGERED
    await world.clears("a")
    assert await world.status(incident) is RESOLVED


async def test_a_reopened_card_says_what_comes_next(world: World) -> None:
    incident = await world.fires("a")
    await world.does("omar", "ack", incident)
    await world.clears("a")
    await world.does("ana", "reopen", incident)
    found = await world.incident(incident)
    assert found.asking == ("omar",) and found.next is not None
    assert (found.next.kind, found.next.who, found.next.step) == ("page", ("ana",), 0)
    assert found.next.at == world.clock.at + 5 * 60_000


async def test_a_reopen_is_refused_after_a_day_and_for_what_was_merged(world: World) -> None:
    incident = await world.fires("a")
    await world.clears("a")
    await world.advance(minutes=24 * 60)
    await world.does("ana", "reopen", incident)
    await world.does("ana", "resolve", incident)
    await world.advance(minutes=24 * 60 + 1)
    with pytest.raises(Conflict, match="more than 24 h ago"):
        await world.does("ana", "reopen", incident)
    one = await world.fires("x", labels={"service": "checkout"})
    two = await world.fires("y", labels={"service": "cart"})
    await world.does("ana", "merge", one, into=two)
    for verb in ("reopen", "ack"):
        with pytest.raises(Conflict, match=f"#{two}"):
            await world.does("ana", verb, one)


async def test_a_silenced_child_is_asked_about_again_within_its_parent(world: World) -> None:
    start = world.clock.at
    child = await world.fires("a", labels={"service": "checkout"}, starts_at=start)
    parent = await world.fires("b")
    await world.does("ana", "silence", child, until="1h")
    await world.does("ana", "merge", child, into=parent)
    await world.does("ana", "resolve", parent, how="now")
    await world.clears("a", labels={"service": "checkout"}, starts_at=start)
    await world.advance(minutes=20)
    again = alert("a", labels={"service": "checkout"}, starts_at=world.clock.at)
    await world.hears(again)
    assert await world.status(parent) is RESOLVED
    world.clear()
    await world.advance(minutes=41)
    assert await world.status(parent) is TRIGGERED and world.paged() == ["U0ANA", "ana"]


async def test_a_merged_incident_is_found_by_both_labels_and_takes_the_worse_severity(
    world: World,
) -> None:
    child = await world.fires("a", labels={"service": "checkout"})
    parent = await world.fires("b", severity="warning")
    await world.does("ana", "merge", child, into=parent)
    found = await world.incident(parent)
    assert (found.severity, found.alerts_firing) == ("critical", 2)
    for service in ("checkout", "postgres-main"):
        listing = await world.asks("ana", "list", label=f"service={service}")
        assert [i.id for i in listing.incidents] == [parent]


async def test_when_clear_is_forgotten_when_it_goes_back_to_paging(world: World) -> None:
    incident = await world.fires("a")
    await world.does("ana", "resolve", incident, how="when_clear", text="restarting it")
    found = await world.incident(incident)
    assert found.next is not None and found.next.kind == "resolves"
    await world.does("ana", "unack", incident)
    assert (await world.incident(incident)).resolve_when_clear is False
