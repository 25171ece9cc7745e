"""StackStorm repairs things by itself: until it does not help, and whatever breaks in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import automation_runs
from store.model import IncidentStatus
from tests.automation.ran import Ran
from tests.support.stackstorm import StackStorm, does

AUTOMATIONS = """
automations:
  repair:
    on: opened
    when: {alertname: "Service*"}
    mode: on
    breaker: {after: 2, pause: 1h}
    do:
      - run: st2:ops.restart_service
        params: {host: "{labels.host}", service: "{labels.unit}"}
        then:
          check: cleared
          within: 4m
          else: {run: "st2:ops.reboot", params: {host: "{labels.host}"}}
        else: {escalate: "the restart failed: {result}"}
"""
NAMED = {"type": "string", "required": True}


async def down(ran: Ran, host: str, unit: str = "nginx") -> int:
    labels = {"alertname": "ServiceDown", "host": host, "unit": unit, "service": host}
    number = await ran.world.fires(host, labels=labels)
    await ran.look()
    return number


async def states(ran: Ran) -> list[str]:
    found = await ran.world.door.reader.read(automation_runs.last)
    return [one.state for one in reversed(found)]


@pytest.mark.slow
async def test_a_service_is_restarted_by_itself_until_that_does_not_help(tmp_path: Path) -> None:
    async with StackStorm() as st2:
        st2.action(
            "ops.restart_service", {"host": NAMED, "service": NAMED},
            script=does("nginx restarted", waits=True),
        )  # fmt: skip
        st2.action("ops.reboot", {"host": NAMED}, script=does("rebooted"))
        ran = await Ran.build(st2, tmp_path, AUTOMATIONS)
        try:
            await _nights(ran, st2)
        finally:
            await ran.end()


async def _nights(ran: Ran, st2: StackStorm) -> None:
    world = ran.world
    await ran.listen()
    first = await down(ran, "web-1")
    there = st2.last("ops.restart_service")
    assert there.parameters == {"host": "web-1", "service": "nginx"}
    assert (await ran.last()).automation == "repair"
    st2.break_stream()
    await st2.down()
    await ran.look(20)
    assert await states(ran) == ["running"], "nothing is known of it, so nothing follows"
    await st2.up()
    st2.go(there)
    await ran.until(lambda: st2.last().status == "succeeded")
    await ran.look(60)
    assert await states(ran) == ["waiting"] and len(st2.executions) == 1
    await world.clears("web-1", labels={"alertname": "ServiceDown", "service": "web-1"})
    one = await world.incident(first)
    assert one.status is IncidentStatus.RESOLVED
    assert one.summary.startswith("Automation repair: st2:ops.restart_service host=web-1")

    for host in ("web-2", "web-3"):
        await down(ran, host)
        st2.go(st2.last("ops.restart_service"))
        await ran.until(lambda: st2.last().status == "succeeded")
        await ran.look(30)
        await ran.look(240)
        assert st2.last().ref == "ops.reboot", "the next one is tried where it did not help"
        await ran.until(lambda: st2.last().status == "succeeded")
        await ran.look(60)
        await ran.look(16 * 60)
    assert await states(ran) == ["helped", "unhelped", "unhelped"]
    begun = len(st2.executions)
    last = await down(ran, "web-4")
    assert (await states(ran))[-1] == "held" and len(st2.executions) == begun
    said = [e.why for e in (await world.detail(last)).timeline if e.kind == "automation"]
    assert said[0].startswith("It tripped: 2 runs in a row did not help.")
    await world.does("ana", "automation-on", name="repair")
    await down(ran, "web-5", "nginx; rm -rf /")
    assert len(st2.executions) == begun, "a value that is no plain word is taken by nothing"
    assert (await states(ran))[-1] == "failed"

    heads = [card.head.word for _, card in world.pad.posts]
    assert heads.count("TRIPPED") == 1, "the team is told once, where it looks"
    await world.does("ana", "stop-automation", text="enough for tonight")
    stopped = await down(ran, "web-6")
    assert len(st2.executions) == begun and (await states(ran))[-1] == "held"
    why = [e.why for e in (await world.detail(stopped)).timeline if e.kind == "automation"]
    assert "Ana Petrova stopped all automation" in why[0]
