"""Steps of every kind, told as nights: whom they ask, when, and what ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.errors import Conflict, Invalid
from commands.rules.oncall import reading
from integrations.base import Permanent
from store import definitions
from store.model import Definitions, IncidentStatus
from tests.support.world import World

YAML = """
paging: {ack_lease: {critical: 0, error: 0, warning: 0}}
people:
  ana: {name: Ana Petrova, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, slack: U0OMAR, rules: [{after: 0, via: slack}, {after: 5, via: slack}]}
  lina: {name: Lina Berg, slack: U0LINA, rules: [{after: 0, via: slack}, {after: 8, via: slack}]}
  mei: {name: Mei Lin, slack: U0MEI}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
policies:
  manager:
    steps:
      - {targets: [person:ana], delay: 10}
      - {targets: [person:omar], delay: 50}
      - {targets: [person:lina], delay: 30, until: resolved}
    repeat: 1
  everyone:
    steps: [{targets: [person:omar, person:lina], delay: 30, multi_ack: true}]
  turns:
    steps: [{targets: [{round_robin: [ana, omar, lina]}], delay: 5}]
  rota:
    steps: [{targets: [person:mei], delay: 5}, {targets: [person:ana], delay: 5}]
  night:
    steps:
      - targets: [person:ana]
        hours: {zone: UTC, start: "09:00", end: "17:00"}
      - targets: [policy:managers]
  managers:
    steps: [{targets: [person:lina], delay: 5}, {targets: [person:omar], delay: 5}]
    fallback: [person:mei]
routes:
  - {name: manager, match: {p: manager}, policy: manager, team: db, channels: ["slack:#ops"]}
  - {name: everyone, match: {p: everyone}, policy: everyone}
  - {name: turns, match: {p: turns}, policy: turns, group_by: [alertname]}
  - {name: night, match: {p: night}, policy: night}
  - {name: rota, match: {p: rota}, policy: rota, team: db}
  - {name: rest, team: db}
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house with steps of every kind."""
    made = await World.build(url, tmp_path, YAML)
    yield made
    await made.end()


async def fires(house: World, policy: str, key: str = "k1", **more: str) -> int:
    """An alert that goes to a policy."""
    return await house.fires(key, labels={"p": policy, "alertname": key}, **more)


def paged(house: World) -> list[str]:
    """Who was paged by chat since last asked, in order."""
    found = [account.removeprefix("U0").lower() for account, _ in house.pad.pages]
    house.pad.pages.clear()
    return found


async def put(house: World, new: Definitions) -> None:
    """Other definitions are in force."""
    await house.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "ana", new))
    await house.door.reload()


# until it is resolved


async def test_acked_at_minute_three_and_not_resolved_at_minute_sixty_the_manager_is_paged(
    house: World,
) -> None:
    incident = await fires(house, "manager")
    await house.advance(minutes=3)
    await house.does("ana", "ack", incident)
    found = await house.incident(incident)
    assert found.next is not None and found.next.at == found.opened_at + 60 * 60_000
    assert (found.next.who, found.next.step) == (("lina",), 2)
    assert paged(house) == ["ana"]
    await house.advance(minutes=56)
    assert paged(house) == []  # the second step asks until an ack: its time passes
    await house.advance(minutes=1)
    assert paged(house) == ["lina"]
    found = await house.incident(incident)
    assert found.status is IncidentStatus.ACKNOWLEDGED and found.holder == "ana"
    assert (found.step, found.asking) == (2, ("lina",))
    said = "\n".join(await house.asks("ana", "why", incident=incident))
    assert "Lina Berg is still asked" in said
    await house.advance(minutes=8)
    assert paged(house) == ["lina"]  # her second rule
    await house.advance(minutes=82)
    assert paged(house) == ["lina"]  # the second pass
    await house.advance(minutes=240)
    assert paged(house) == ["lina"]
    assert "exhausted" not in await house.history(incident)


async def test_the_manager_answers_for_herself_and_the_holder_keeps_it(house: World) -> None:
    incident = await fires(house, "manager")
    await house.does("ana", "ack", incident)
    await house.advance(minutes=60)
    await house.does("lina", "ack", incident)
    paged(house)
    await house.advance(minutes=20)
    assert paged(house) == []
    assert (await house.incident(incident)).holder == "ana"
    with pytest.raises(Conflict) as error:
        await house.does("omar", "ack", incident)
    assert error.value.winner and error.value.winner["who"] == "Ana Petrova"


async def test_resolved_means_that_the_manager_sleeps(house: World) -> None:
    incident = await fires(house, "manager")
    await house.does("ana", "ack", incident)
    await house.does("ana", "resolve", incident, how="now")
    paged(house)
    await house.advance(minutes=200)
    assert paged(house) == []


async def test_a_snooze_holds_the_clock_of_the_manager_and_its_end_lets_it_go_on(
    house: World,
) -> None:
    incident = await fires(house, "manager")
    await house.advance(minutes=3)
    await house.does("ana", "ack", incident)
    await house.does("ana", "snooze", incident, until="2h")
    paged(house)
    await house.advance(minutes=120)
    assert paged(house) == []
    await house.advance(minutes=60)  # ten minutes of the first step, fifty of the second
    assert paged(house) == ["lina"]


async def test_a_manager_who_cannot_be_reached_takes_it_from_nobody(house: World) -> None:
    incident = await fires(house, "manager")
    await house.does("ana", "ack", incident)
    house.pad.refuse = {"page": Permanent("account_inactive")}
    await house.advance(minutes=70)
    found = await house.incident(incident)
    assert found.status is IncidentStatus.ACKNOWLEDGED and found.holder == "ana"
    assert "unreachable" in await house.history(incident)


async def test_given_back_the_last_step_reached_asks_again(house: World) -> None:
    incident = await fires(house, "manager")
    await house.does("ana", "ack", incident)
    await house.advance(minutes=60)
    paged(house)
    await house.advance(minutes=1)
    await house.does("ana", "unack", incident)
    assert paged(house) == ["lina"]
    await house.advance(minutes=30)
    assert paged(house) == ["lina", "ana"]  # her rule, and the next pass


# each for themselves


async def test_each_of_a_step_is_asked_until_that_person_answers(house: World) -> None:
    incident = await fires(house, "everyone")
    assert sorted(paged(house)) == ["lina", "omar"]
    await house.advance(minutes=1)
    await house.does("omar", "ack", incident)
    found = await house.incident(incident)
    assert (found.holder, found.asking) == ("omar", ("lina",))
    await house.advance(minutes=7)
    assert paged(house) == ["lina"]
    done = await house.does("lina", "ack", incident)
    assert "Omar Haddad has it" in done.say
    found = await house.incident(incident)
    assert (found.holder, found.asking) == ("omar", ())
    with pytest.raises(Conflict):
        await house.does("ana", "ack", incident)
    await house.does("ana", "ack", incident, take=True)
    assert (await house.incident(incident)).holder == "ana"
    await house.advance(minutes=60)
    assert paged(house) == []


async def test_taking_over_leaves_the_others_asked(house: World) -> None:
    incident = await fires(house, "everyone")
    await house.advance(minutes=1)
    await house.does("omar", "ack", incident)
    await house.does("ana", "ack", incident, take=True)
    paged(house)
    await house.advance(minutes=7)
    assert paged(house) == ["lina"]


# in turn


async def test_the_next_of_the_list_each_time_whichever_incident_asks(house: World) -> None:
    for n, who in enumerate(["ana", "omar", "lina", "ana"]):
        await fires(house, "turns", f"k{n}")
        assert paged(house) == [who]


async def test_who_is_gone_is_passed_over(house: World) -> None:
    await fires(house, "turns", "k0")
    old = house.door.definitions()
    await put(house, replace(old, people={h: p for h, p in old.people.items() if h != "omar"}))
    paged(house)
    await fires(house, "turns", "k1")
    assert paged(house) == ["lina"]


# hours, other policies


async def test_out_of_hours_another_policy_goes_on_to_its_own_end(house: World) -> None:
    incident = await fires(house, "night")  # 02:09 UTC
    assert paged(house) == ["lina"]
    found = await house.incident(incident)
    assert (found.policy, found.step) == ("managers", 0)
    said = "\n".join(await house.asks("ana", "why", incident=incident))
    assert "It is for within 09:00-17:00 UTC." in said
    await house.advance(minutes=5)
    assert "omar" in paged(house)
    await house.advance(minutes=5)
    assert "mei" in paged(house)


async def test_in_hours_the_policy_asks_its_own_people_first(house: World) -> None:
    await house.advance(minutes=7 * 60)
    await fires(house, "night")
    assert paged(house) == ["ana"]


async def test_a_person_puts_an_incident_under_another_policy(house: World) -> None:
    incident = await fires(house, "manager")
    await house.advance(minutes=1)
    await house.does("omar", "ack", incident)
    paged(house)
    await house.does("ana", "escalate", incident, policy="managers")
    assert paged(house) == ["lina"]
    found = await house.incident(incident)
    assert found.status is IncidentStatus.TRIGGERED
    assert (found.policy, found.step, found.loop) == ("managers", 0, 0)
    with pytest.raises(Invalid, match="There is no policy none"):
        await house.does("ana", "escalate", incident, policy="none")


# schedules, edits


async def test_a_schedule_is_asked_at_the_moment_of_the_step_and_an_edit_counts_from_the_next(
    house: World,
) -> None:
    old = house.door.definitions()
    rota = old.policies["rota"]
    steps = tuple(replace(step, targets=("schedule:s",)) for step in rota.steps)
    people = {"layers": [{"name": "days", "people": ["omar"]}]}
    new = replace(
        old,
        policies={**old.policies, "rota": replace(rota, steps=steps)},
        schedules={"s": reading.schedule(people, "Europe/Berlin", name="s")},
    )
    await put(house, new)
    incident = await fires(house, "rota")
    assert paged(house) == ["omar"]
    said = "\n".join(await house.asks("ana", "why", incident=incident))
    assert "on call in schedule s by layer days" in said
    people["layers"][0]["people"] = ["lina"]
    edited = {"s": reading.schedule(people, "Europe/Berlin", name="s")}
    await put(house, replace(new, schedules=edited, policies=old.policies))
    await house.advance(minutes=4)
    assert paged(house) == []
    await house.advance(minutes=1)  # still the steps of then, with the people of now
    assert "lina" in paged(house)


async def test_who_is_removed_in_mid_escalation_hears_nothing_more(house: World) -> None:
    incident = await fires(house, "everyone")
    old = house.door.definitions()
    await put(house, replace(old, people={h: p for h, p in old.people.items() if h != "omar"}))
    paged(house)
    await house.advance(minutes=10)
    assert paged(house) == ["lina"]
    assert "page_failed" in await house.history(incident)


# severity


async def test_a_person_says_how_bad_it_is_and_steps_look_at_that(house: World) -> None:
    incident = await fires(house, "rota", severity="error")
    done = await house.does("ana", "severity", incident, to="critical")
    found = await house.incident(incident)
    assert (found.severity, done.say) == ("critical", f"#{incident} is critical now.")
    again = await house.does("ana", "severity", incident, to="critical")
    assert "already" in again.say and (await house.incident(incident)).rev == found.rev
    with pytest.raises(Invalid):
        await house.does("ana", "severity", incident, to="awful")
    await house.does("ana", "severity", incident, to="info")
    assert await house.fires("k2", severity="warning", labels={"p": "rota"}) == incident
    assert (await house.incident(incident)).severity == "warning"  # it rises by itself again


# maintenance


async def test_in_maintenance_a_due_step_waits_and_comes_once(house: World) -> None:
    incident = await fires(house, "rota")
    assert paged(house) == ["mei"]
    await house.does("ana", "maintenance", what="team:db", when="1h", text="disk swap")
    await house.advance(minutes=5)
    assert paged(house) == []
    found = await house.incident(incident)
    assert found.next is not None and found.next.why == "when the maintenance is over"
    said = "\n".join(await house.asks("ana", "why", incident=incident))
    assert "waits for the end of a maintenance. Maintenance of team:db. disk swap" in said
    answer = await house.does("ana", "escalate", incident)
    assert "when it is over" in answer.say and paged(house) == []
    await house.advance(minutes=55)
    assert paged(house) == ["ana"]
    await house.advance(minutes=5)
    assert "exhausted" in await house.history(incident)


async def test_the_end_of_a_maintenance_can_be_moved_and_others_are_not_held(
    house: World,
) -> None:
    await house.does("ana", "maintenance", what="route:rota", when="4h")
    incident = await fires(house, "rota")
    await fires(house, "everyone", "other")
    assert sorted(paged(house)) == ["lina", "omar"]
    await house.does("ana", "maintenance", what="route:rota", when="10m")
    found = await house.incident(incident)
    assert found.next is not None and found.next.at == house.clock.at + 600_000
    await house.advance(minutes=10)
    assert "mei" in paged(house)


@pytest.mark.parametrize("what", ["team:none", "route:none", "x:y", "team:", ""])
async def test_a_maintenance_of_nothing_is_refused(house: World, what: str) -> None:
    with pytest.raises(Invalid):
        await house.does("ana", "maintenance", what=what, when="1h")


# somebody in particular


async def test_without_an_assign_lease_the_policy_waits_for_ever_and_says_so(
    url: str, tmp_path: Path
) -> None:
    house = await World.build(
        url, tmp_path, YAML.replace("paging: {", "paging: {assign_lease: 0, ")
    )
    incident = await fires(house, "rota")
    await house.does("ana", "assign", incident, who="lina")
    paged(house)
    await house.advance(minutes=300)
    await house.minute()
    assert paged(house) == ["lina"]  # her own later rule
    found = await house.incident(incident)
    assert found.next is not None
    assert (found.next.kind, found.next.why) == ("nothing", "the policy waits for an answer")
    await house.does("ana", "escalate", incident)
    assert paged(house) == ["ana"]
    await house.end()


async def test_an_assigned_person_who_cannot_be_reached_gives_it_back_to_the_policy(
    url: str, tmp_path: Path
) -> None:
    house = await World.build(
        url, tmp_path, YAML.replace("paging: {", "paging: {assign_lease: 0, ")
    )
    incident = await fires(house, "rota")
    house.pad.refuse = {"page": Permanent("account_inactive")}
    await house.advance(minutes=1)
    await house.does("ana", "assign", incident, who="mei")
    found = await house.incident(incident)
    assert found.assignee is None
    await house.end()
