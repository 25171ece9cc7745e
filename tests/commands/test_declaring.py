"""Incidents opened by hand, by ``declare`` and ``page``, and whom they page."""

from __future__ import annotations

import pytest

from commands.errors import CommandError, Conflict, Invalid
from store.model import IncidentStatus, Severity
from tests.support.world import World


async def test_declared_it_is_an_incident_of_the_team_and_asks_who_is_on_call(world: World) -> None:
    done = await world.does("omar", "declare", text="checkout is slow\nsince noon")
    assert done.aloud and done.say.startswith("#1 is open: checkout is slow. Ana Petrova is paged.")
    found = await world.incident(1)
    assert (found.team, found.severity, found.source) == ("db", Severity.ERROR, "manual")
    assert found.value == "since noon"
    assert world.paged() == ["U0ANA", "ana"]
    assert [channel for channel, _ in world.pad.posts] == ["#ops"]
    assert "declared" in await world.history(1)


async def test_the_same_words_within_minutes_are_one_incident_others_are_not(world: World) -> None:
    await world.does("omar", "declare", text="checkout is slow")
    await world.does("ana", "declare", text="checkout is slow")
    assert (await world.incident(1)).alerts_total == 2
    done = await world.does("ana", "declare", text="search is slow")
    assert done.changed[0][0] == 2


async def test_severity_and_team_are_named(world: World) -> None:
    await world.does("omar", "declare", text="all is down", severity="critical", team="db")
    assert (await world.incident(1)).severity is Severity.CRITICAL
    with pytest.raises(Invalid, match=r"There is no team web. Teams: db\."):
        await world.does("omar", "declare", text="x", team="web")
    with pytest.raises(Invalid, match="awful is not a severity"):
        await world.does("omar", "declare", text="x", severity="awful")


async def test_a_person_is_paged_by_name_and_the_policy_waits(world: World) -> None:
    done = await world.does("ana", "page", who="@omar", text="the import hangs")
    assert "Omar Haddad is paged." in done.say
    found = await world.incident(1)
    assert (found.assignee, found.status) == ("omar", IncidentStatus.TRIGGERED)
    assert world.paged() == ["U0OMAR", "omar"]
    await world.advance(minutes=11)  # without an answer the policy goes on
    assert "U0ANA" in world.paged()


async def test_a_team_is_paged_by_its_policy(world: World) -> None:
    await world.does("omar", "page", who="db", text="the import hangs")
    assert world.paged()[:1] == ["U0ANA"]
    assert (await world.incident(1)).assignee is None


async def test_who_can_not_be_paged_leaves_no_incident(world: World) -> None:
    with pytest.raises(Conflict, match="That is you"):
        await world.does("ana", "page", who="me", text="x")
    with pytest.raises(CommandError, match="I don't know bob"):
        await world.does("ana", "page", who="bob", text="x")
    with pytest.raises(CommandError):
        await world.incident(1)


async def test_it_is_resolved_by_hand_and_never_by_itself(world: World) -> None:
    await world.does("omar", "declare", text="checkout is slow")
    await world.does("ana", "ack", 1)
    await world.does("ana", "resolve", 1, how="now")
    assert await world.status(1) is IncidentStatus.RESOLVED
