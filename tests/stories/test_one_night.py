"""One alert from the first word to the last, and what may come between."""

from __future__ import annotations

import pytest

from commands.errors import Conflict, Denied
from integrations.base import Permanent
from store.model import AlertStatus, IncidentStatus
from tests.support.world import World, alert


async def test_somebody_is_asked_until_somebody_answers(world: World) -> None:
    incident = await world.fires()
    assert world.paged() == ["U0ANA", "ana"]
    await world.advance(minutes=4, seconds=59)
    assert world.paged() == ["U0ANA", "ana"]
    await world.advance(seconds=1)
    assert world.paged() == ["U0ANA", "U0OMAR", "ana", "omar"]
    world.clear()
    await world.does("omar", "ack", incident)
    for _ in range(4):  # somebody works on it
        await world.advance(minutes=29)
        await world.does("omar", "note", incident, text="still at it")
    assert world.paged() == []
    found = await world.incident(incident)
    assert (found.status, found.holder, found.holder_from) == ("acknowledged", "omar", "slack")


async def test_passes_end_with_the_fallback_and_say_so(world: World) -> None:
    incident = await world.fires()
    await world.advance(minutes=60)
    assert world.paged().count("U0ANA") == 4  # three passes and the fallback
    assert world.paged().count("U0OMAR") == 4
    found = await world.incident(incident)
    assert found.next is not None and (found.next.kind, found.next.why) == (
        "nothing",
        "everybody was asked",
    )
    assert "exhausted" in await world.history(incident)


async def test_the_last_alert_resolves_the_incident(world: World) -> None:
    incident = await world.fires("a")
    assert await world.fires("b") == incident
    await world.clears("a")
    assert await world.status(incident) is IncidentStatus.TRIGGERED
    await world.clears("b")
    assert await world.status(incident) is IncidentStatus.RESOLVED
    world.clear()
    await world.advance(minutes=60)
    assert world.paged() == []


async def test_a_refire_within_the_window_reopens_and_later_opens_a_linked_one(
    world: World,
) -> None:
    first = await world.fires("a", starts_at=world.clock.at)
    await world.clears("a")
    await world.advance(minutes=14)
    assert await world.fires("a", starts_at=world.clock.at) == first
    assert await world.status(first) is IncidentStatus.TRIGGERED
    await world.clears("a")
    await world.advance(minutes=16)
    second = await world.fires("a", starts_at=world.clock.at)
    assert second != first
    assert (await world.incident(second)).previous_id == first


async def test_a_resolve_never_opens_closes_twice_or_hits_a_newer_firing(world: World) -> None:
    await world.clears("never-seen")
    start = world.clock.at
    first = await world.fires("a", starts_at=start)
    await world.clears("a", starts_at=start)
    await world.clears("a", starts_at=start)
    await world.advance(minutes=1)
    again = await world.fires("a", starts_at=world.clock.at)
    assert again == first
    await world.clears("a", starts_at=start, ends_at=start + 1000)
    assert await world.status(first) is IncidentStatus.TRIGGERED
    kinds = await world.history(first)
    assert kinds.count("resolve") == 1


async def test_late_news_of_a_resolved_firing_is_ignored(world: World) -> None:
    start = world.clock.at
    incident = await world.fires("a", starts_at=start)
    await world.clears("a", starts_at=start)
    await world.hears(alert("a", starts_at=start))
    assert await world.status(incident) is IncidentStatus.RESOLVED


async def test_a_group_takes_alerts_in_for_five_minutes(world: World) -> None:
    first = await world.fires("a")
    await world.advance(minutes=5)
    assert await world.fires("b") == first
    await world.advance(minutes=5, seconds=1)
    second = await world.fires("c")
    assert second != first
    assert await world.fires("a") == first
    other = await world.fires("d", labels={"service": "checkout"})
    assert other not in (first, second)


async def test_a_resolve_while_it_fires_asks_how(world: World) -> None:
    incident = await world.fires("a")
    with pytest.raises(Conflict) as refused:
        await world.does("ana", "resolve", incident)
    assert refused.value.choices[0] == "when_clear" and "now" in refused.value.choices
    await world.does("ana", "resolve", incident, how="when_clear")
    assert await world.status(incident) is IncidentStatus.ACKNOWLEDGED
    await world.clears("a")
    assert await world.status(incident) is IncidentStatus.RESOLVED


async def test_after_now_the_same_firing_only_counts_and_a_newer_one_reopens(
    world: World,
) -> None:
    start = world.clock.at
    incident = await world.fires("a", starts_at=start)
    await world.does("ana", "resolve", incident, how="now", text="known")
    await world.hears(alert("a", starts_at=start))
    assert await world.status(incident) is IncidentStatus.RESOLVED
    await world.advance(minutes=3)
    world.clear()
    await world.hears(alert("a", starts_at=world.clock.at))
    found = await world.incident(incident)
    assert found.status is IncidentStatus.TRIGGERED and found.alerts_firing == 1
    assert world.paged() == ["U0ANA", "ana"]


async def test_silence_on_resolve_counts_and_comes_back_when_it_ends(world: World) -> None:
    incident = await world.fires("a", starts_at=world.clock.at)
    await world.does("ana", "resolve", incident, how="silence_1h")
    await world.advance(minutes=3)
    await world.hears(alert("a", starts_at=world.clock.at))
    assert await world.status(incident) is IncidentStatus.RESOLVED
    world.clear()
    await world.advance(minutes=58)
    assert await world.status(incident) is IncidentStatus.TRIGGERED
    assert world.paged() == ["U0ANA", "ana"]


async def test_the_loser_of_a_race_is_told_who_won(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident, surface="discord")
    await world.advance(seconds=4)
    with pytest.raises(Conflict) as late:
        await world.does("omar", "ack", incident)
    assert late.value.winner == {
        "who": "Ana Petrova",
        "surface": "Discord",
        "at": world.clock.at - 4000,
    }


async def test_a_resolve_always_beats_a_late_ack(world: World) -> None:
    incident = await world.fires()
    await world.clears()
    with pytest.raises(Conflict) as late:
        await world.does("omar", "ack", incident, rev=1)
    assert late.value.winner is not None and late.value.winner["who"] == "the monitor"
    assert await world.status(incident) is IncidentStatus.RESOLVED


async def test_giving_back_asks_the_last_step_again_at_once(world: World) -> None:
    incident = await world.fires()
    await world.advance(minutes=6)
    await world.does("ana", "ack", incident)
    await world.advance(minutes=30)
    world.clear()
    await world.does("ana", "unack", incident, text="going offline")
    assert world.paged() == ["U0OMAR", "omar"]
    assert (await world.incident(incident)).holder is None


async def test_an_old_card_does_not_escalate_resolve_or_give_back(world: World) -> None:
    incident = await world.fires()
    old = (await world.incident(incident)).rev
    await world.does("ana", "ack", incident, rev=old - 1)
    for verb in ("escalate", "unack", "resolve"):
        with pytest.raises(Conflict):
            await world.does("omar", verb, incident, rev=old)
    assert (await world.incident(incident)).holder == "ana"


async def test_assign_asks_and_only_an_ack_changes_the_holder(world: World) -> None:
    incident = await world.fires()
    world.clear()
    await world.does("ana", "assign", incident, who="omar")
    found = await world.incident(incident)
    assert (found.assignee, found.holder, found.status) == ("omar", None, "triggered")
    assert world.paged() == ["U0OMAR", "omar"]
    world.clear()
    await world.advance(minutes=9)
    assert world.paged() == []
    await world.advance(minutes=1)
    assert world.paged() == ["U0ANA", "ana"]  # the lease ended: the step asks again


async def test_assigning_a_team_asks_its_person_on_call(world: World) -> None:
    incident = await world.fires()
    await world.does("omar", "assign", incident, who="team:db")
    assert (await world.incident(incident)).assignee == "ana"


async def test_escalate_pages_the_next_step_now_also_from_acknowledged(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident)
    world.clear()
    await world.does("ana", "escalate", incident)
    assert world.paged() == ["U0OMAR", "omar"]
    assert await world.status(incident) is IncidentStatus.TRIGGERED


async def test_snooze_stops_asking_and_its_end_asks_again(world: World) -> None:
    incident = await world.fires()
    world.clear()
    await world.does("ana", "snooze", incident, until="2h")
    await world.advance(minutes=119)
    assert world.paged() == []
    await world.advance(minutes=1)
    assert world.paged() == ["U0ANA", "ana"]


async def test_it_wakes_from_a_snooze_when_it_gets_worse(world: World) -> None:
    incident = await world.fires("a", severity="warning")
    await world.does("ana", "snooze", incident, until="2h")
    world.clear()
    await world.fires("b", severity="critical")
    assert world.paged() == ["U0ANA", "ana"]
    assert (await world.incident(incident)).snoozed_until is None


async def test_a_worse_alert_pages_the_holder_once(world: World) -> None:
    incident = await world.fires("a", severity="warning")
    await world.does("omar", "ack", incident)
    world.clear()
    await world.fires("b", severity="critical")
    await world.fires("c", severity="critical")
    assert world.paged() == ["U0OMAR", "omar"]
    found = await world.incident(incident)
    assert (found.status, found.severity, found.alerts_total) == ("acknowledged", "critical", 3)


async def test_reopen_pages_the_last_holder_first_then_the_policy(world: World) -> None:
    incident = await world.fires("a")
    await world.does("omar", "ack", incident)
    await world.clears("a")
    world.clear()
    await world.does("ana", "reopen", incident)
    assert world.paged() == ["U0OMAR", "omar"]
    await world.advance(minutes=5)
    assert world.paged() == ["U0OMAR", "U0ANA", "omar", "ana"]


async def test_merged_alerts_live_on_in_the_other_incident(world: World) -> None:
    child = await world.fires("a", labels={"service": "checkout"})
    parent = await world.fires("b")
    await world.does("ana", "merge", child, into=parent)
    assert (await world.incident(child)).merged_into == parent
    found = await world.incident(parent)
    assert (found.alerts_total, found.alerts_firing) == (2, 2)
    await world.clears("a", labels={"service": "checkout"})
    await world.clears("b")
    assert await world.status(parent) is IncidentStatus.RESOLVED


async def test_notes_and_tags_are_kept_and_found(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "note", incident, text="archive target was full")
    await world.does("ana", "tag", incident, tags="network vendor")
    await world.does("ana", "untag", incident, tags="vendor")
    found = await world.incident(incident)
    assert (found.tags, found.notes) == (("network",), 1)
    assert any("archive target was full" in said for _, said in world.pad.said)
    listing = await world.asks("ana", "list", tag="network")
    assert [i.id for i in listing.incidents] == [incident]
    assert (await world.asks("ana", "list", tag="vendor")).incidents == ()


async def test_a_viewer_changes_nothing_and_is_told_who_can(world: World) -> None:
    incident = await world.fires()
    with pytest.raises(Denied) as no:
        await world.does("mei", "ack", incident)
    assert no.value.needs == "incident.act" and "Ana Petrova" in no.value.ask
    assert await world.status(incident) is IncidentStatus.TRIGGERED
    assert "denied" in await world.history(incident)


async def test_the_same_press_twice_counts_once(world: World) -> None:
    incident = await world.fires()
    one = await world.does("ana", "note", incident, text="hello", key="p1")
    two = await world.does("ana", "note", incident, text="hello", key="p1")
    assert one == two
    assert (await world.incident(incident)).notes == 1
    with pytest.raises(Conflict):
        await world.does("ana", "note", incident, text="other", key="p1")


async def test_several_alerts_in_one_body_keep_their_own_states(world: World) -> None:
    await world.fires("a")
    accepted = await world.hears(
        alert("a", status=AlertStatus.RESOLVED), alert("b"), alert("b"), alert("c", severity="info")
    )
    assert accepted.accepted == 4 and len(accepted.incidents) == 1
    found = await world.incident(accepted.incidents[0])
    assert (found.alerts_total, found.alerts_firing) == (3, 2)


async def test_every_decision_says_why(world: World) -> None:
    incident = await world.fires()
    why = "\n".join(await world.asks("ana", "why", incident=incident))
    assert "Route db because team=db." in why
    assert "service=postgres-main" in why
    assert "on call for team db" in why


async def test_a_refused_page_does_not_count_as_asking(world: World) -> None:
    world.pad.refuse["page"] = Permanent("user_disabled")
    world.mail.refuse = True
    incident = await world.fires()
    kinds = await world.history(incident)
    assert "page_failed" in kinds
    found = await world.incident(incident)
    assert found.next is not None and found.next.why == "nobody could be reached"
    assert found.asking == ()
