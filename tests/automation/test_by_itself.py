"""What runs by itself in a whole world: until it helped, or does not, or is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from commands.automation import ending, following
from commands.context import Ctx
from commands.errors import Conflict, Denied
from integrations.base import Remote, RemoteResult
from store import automation_runs, executions
from store.automation_runs import AutomationRun
from store.executions import Execution
from store.model import IncidentStatus
from tests.automation.test_running_from_the_card import Threads
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, roles: [responder], slack: U0OMAR}
  mei: {name: Mei Lin, roles: [viewer]}
teams: {db: {members: [ana, omar], oncall: ana, lead: omar}}
routes: [{name: db, team: db, channels: ["slack:#ops"]}]
actions:
  restart: {url: "http://127.0.0.1:9/restart"}
  failover: {url: "http://127.0.0.1:9/failover", approval: {by: "@omar"}}
automations:
  restart-it:
    on: [opened, reopened]
    when: {alertname: Down}
    mode: on
    cooldown: 10m
    limit: 6/1h
    breaker: {after: 2, pause: 2h}
    do:
      - run: restart
        else: {escalate: "the restart failed"}
      - check: cleared
        within: 4m
        then: {note: "{automation}: {result}"}
        else: {escalate: "a restart does not help"}
  failover-it:
    on: {still_open: 15m}
    when: {alertname: Down, nobody_has_it: true}
    mode: suggest
    do: {run: failover}
  fail-over-at-once:
    on: opened
    when: {alertname: Broken}
    mode: on
    do: {run: failover}
"""


def _heard(number: int, result: RemoteResult | None, ctx: Ctx) -> None:
    over = Remote("far", "x", "done")
    following.told(ctx, [following.News(number, over, result=result)])


def _ended(number: int, state: str, text: str, ctx: Ctx) -> None:
    ending.ended(ctx, number, state, text)


class Auto:
    """Automation in a world: what waits outside ends when the test says so."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def under_way(self) -> list[Execution]:
        return await self.world.app.reader.read(executions.still_open)

    async def ends(self, state: str = "done", text: str = "restarted") -> None:
        """What runs outside ends so."""
        for one in await self.under_way():
            await self.world.door.system(partial(_ended, one.id, state, text))
        await self.world.settle()

    async def runs(self, name: str = "") -> list[AutomationRun]:
        found = await self.world.app.reader.read(lambda tx: automation_runs.last(tx, name))
        return found[::-1]

    async def said(self, incident: int) -> list[tuple[str, str]]:
        """What the timeline says of automation."""
        lines = (await self.world.detail(incident)).timeline
        return [(one.say, one.why) for one in lines if one.kind == "automation"]

    async def down(self, key: str, **labels: str) -> int:
        return await self.world.fires(key, labels={"alertname": "Down", "service": key, **labels})

    async def up(self, key: str) -> None:
        await self.world.clears(key, labels={"alertname": "Down", "service": key})


@pytest.fixture
async def auto(tmp_path: Path) -> AsyncIterator[Auto]:
    world = await World.build(f"sqlite:///{tmp_path}/a.db", tmp_path, YAML, pad=Threads())
    yield Auto(world)
    await world.end()


async def test_a_restart_that_helps_says_so_and_one_that_does_not_trips_its_breaker(
    auto: Auto,
) -> None:
    world = auto.world
    first = await auto.down("web")
    assert [one.action for one in await auto.under_way()] == ["restart"]
    await auto.ends()
    await auto.up("web")
    assert (await world.incident(first)).summary == "Automation restart-it: restart."
    assert await auto.said(first) == [
        ("Automation restart-it runs.", "Because alertname=Down."),
        ("restart-it: restarted", "Automation restart-it notes it."),
        ("Automation restart-it did it: restart.", "It helped."),
    ]
    report = await world.asks("ana", "automation-report")
    assert report.facts["whole"]["without_a_person"] == 1
    assert report.facts["whole"]["minutes"] == 10

    await auto.down("cart")
    await auto.ends("failed", "exit 1")
    second = await auto.down("pay")
    await auto.ends()
    await world.advance(minutes=5)
    assert (await auto.said(second))[-1] == (
        "Automation restart-it tripped: 2 runs in a row did not help.",
        "It rests for 2 h and then tries once; automation-on restart-it turns it on.",
    )
    assert (await world.incident(second)).step == 1, "the next ones are asked at once"
    heads = [card.head.word for _, card in world.pad.posts]
    assert heads.count("TRIPPED") == 1, "the team is told where it looks"

    third = await auto.down("mail")
    assert (await auto.said(third))[0][1].startswith("It tripped: 2 runs in a row did not help.")
    assert not await auto.under_way()

    await world.advance(minutes=121)
    fourth = await auto.down("dns")
    assert "tries once" in (await auto.said(fourth))[0][1]
    fifth = await auto.down("ntp")
    assert not (await auto.said(fifth))[0][0].endswith("runs."), "one try at a time"
    await auto.ends()
    await auto.up("dns")
    assert (await auto.said(fourth))[-1][0] == "Automation restart-it is on again."
    await auto.down("ldap")
    assert len(await auto.under_way()) == 1


async def test_a_storm_runs_no_more_than_the_limit_and_the_rest_says_why_not(auto: Auto) -> None:
    numbers = [await auto.down(f"s{n}") for n in range(9)]
    assert len(await auto.under_way()) == 6
    states = [one.state for one in await auto.runs("restart-it")]
    assert states.count("held") == 3
    assert await auto.said(numbers[-1]) == [
        ("Automation restart-it did not run.", "It ran 6 times in 60 min, which is its limit.")
    ]
    await auto.ends()
    await auto.up("s0")
    again = await auto.down("s0")
    assert again == numbers[0]
    assert "cool-down" in (await auto.said(again))[-1][1]
    trial = await auto.world.asks("mei", "automation-try", name="restart-it")
    assert "would have run 6 times about 9 incidents" in trial.lines[0]
    assert trial.lines[1] == "Limits would have held it back 4 times: its limit 3, the cool-down 1."


async def test_the_kill_switch_holds_everything_and_ends_what_is_under_way(auto: Auto) -> None:
    world = auto.world
    first = await auto.down("web")
    with pytest.raises(Denied):
        await world.does("mei", "stop-automation")
    done = await world.does("omar", "stop-automation", text="it restarts everything")
    assert "1 that was under way goes no further" in done.say
    await auto.ends()
    assert (await auto.said(first))[-1] == (
        "Automation restart-it goes no further.", "Omar Haddad stopped all automation.",
    )  # fmt: skip
    second = await auto.down("cart")
    assert (await auto.said(second))[0][1] == (
        "Omar Haddad stopped all automation 0 s ago: it restarts everything."
    )
    assert "Nothing runs by itself" in world.app.health.banner()
    assert (await world.asks("mei", "automations")).lines[0].startswith("⛔ Omar Haddad stopped")
    with pytest.raises(Denied):
        await world.does("omar", "start-automation")
    await world.does("ana", "start-automation")
    assert not world.app.health.banner()
    await auto.down("pay")
    assert len(await auto.under_way()) == 1


async def test_what_is_suggested_runs_for_who_may_and_what_needs_a_second_person_waits(
    auto: Auto,
) -> None:
    world = auto.world
    number = await auto.down("web")
    await auto.ends("failed", "exit 1")
    await world.advance(minutes=15)
    suggested = (await auto.runs("failover-it"))[0]
    assert suggested.state == "suggested" and suggested.incident_id == number
    assert not await auto.under_way()
    assert isinstance(world.pad, Threads)
    (card,) = [card for _, card in world.pad.replies if card.head.word == "SUGGESTED"]
    (press,) = card.actions.buttons
    with pytest.raises(Denied):
        await world.does("omar", "take-suggestion", run=suggested.id)
    await world.press("U0ANA", press.token)
    assert world.pad.edits[-1][1].head.word == "AUTOMATION", "the button is gone"
    taken = (await auto.runs("failover-it"))[0]
    assert taken.state == "approval", "who takes it up is not the second person"
    with pytest.raises(Conflict):
        await world.does("ana", "take-suggestion", run=suggested.id)
    await world.does("omar", "approve", approval=taken.approval)
    assert [(e.by, e.automation) for e in await auto.under_way()] == [("ana", "failover-it")]
    await auto.ends()

    waits = await world.fires("k9", labels={"alertname": "Broken", "service": "db"})
    run = (await auto.runs("fail-over-at-once"))[0]
    assert run.state == "approval" and not await auto.under_way()
    await world.does("omar", "approve", approval=run.approval)
    (one,) = await auto.under_way()
    assert (one.action, one.approved_by, one.incident_id) == ("failover", "omar", waits)
    await auto.ends()
    assert (await auto.runs("fail-over-at-once"))[0].state == "waiting", "whether it helps"


async def test_nothing_runs_twice_and_a_restart_of_the_service_loses_nothing(auto: Auto) -> None:
    world = auto.world
    number = await auto.down("web")
    await auto.ends()
    await world.die()
    auto.world = world = await world.again()
    try:
        await world.settle()
        assert not await auto.under_way()
        await world.advance(minutes=5)
        assert (await auto.runs("restart-it"))[0].state == "unhelped"
        assert (await world.incident(number)).status is IncidentStatus.TRIGGERED
        assert len(await auto.runs("restart-it")) == 1
    finally:
        await world.end()


async def test_what_is_silenced_is_left_alone(auto: Auto) -> None:
    world = auto.world
    await world.does(
        "ana", "silence", what="alertname=Down", until="2h", text="known", no_preview=True
    )
    labels = {"alertname": "Down", "service": "web"}
    number = await world.fires("web", severity="warning", labels=labels)
    assert await auto.said(number) == [("Automation restart-it did not run.", "It is silenced.")]
    assert not await auto.under_way()


async def test_the_next_step_waits_for_what_came_of_the_last_one_but_not_for_long(
    auto: Auto,
) -> None:
    world = auto.world
    for key, late, noted in (
        ("web", RemoteResult("2 workers are up"), "restart-it: 2 workers are up"),
        ("cart", None, "restart-it:"),
    ):
        incident = await auto.down(key)
        [one] = await auto.under_way()
        await world.door.system(partial(_heard, one.id, None))
        assert not await auto.under_way()
        assert (await auto.runs("restart-it"))[-1].state == "running"
        if late is not None:
            await world.door.system(partial(_heard, one.id, late))
        await world.advance(seconds=21)
        await auto.up(key)
        assert noted in [say.strip() for say, _ in await auto.said(incident)]
