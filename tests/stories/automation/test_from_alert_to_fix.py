"""From an alert to the fix: a button, a form, a second person's yes, a run that is watched in
Slack, Discord and the console, and its result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from store.model import IncidentStatus
from tests.stories.automation.house import House, house
from tests.support.stackstorm import Running, StackStorm

pytestmark = pytest.mark.slow

ACTIONS = """
actions:
  failover:
    run: st2:pg.failover
    title: Fail over
    params: {cluster: "{labels.cluster}"}
    match: {severity: [critical]}
    approval: {by: "@omar"}
"""
PARAMS = {
    "cluster": {"type": "string", "required": True},
    "pin": {"type": "string", "secret": True},
}


async def flow(run: Running) -> Any:
    """Two steps; each ends when it is told."""
    await run.task("fence", "pg.step", says="fencing db-1")
    await run.task("promote", "pg.step", says="promoting db-2")
    return {"output": {"primary": "db-2"}}


async def step(run: Running) -> Any:
    """One of them."""
    run.print(run.params["says"] + "\n")
    await run.told()
    return run.printed()


async def test_button_form_approval_run_output_result_resolve(tmp_path: Path) -> None:
    async with StackStorm() as st2:
        st2.action("pg.failover", PARAMS, runner="orquesta", script=flow)
        st2.action("pg.step", {"says": {"type": "string"}}, script=step)
        async with house(st2, tmp_path, ACTIONS) as there:
            await _told(there, st2)


async def _told(there: House, st2: StackStorm) -> None:
    world, slack = there.world, there.world.slack
    incident = await world.fires(labels={"cluster": "main"})
    form = (await slack.press("Ana Petrova", there.card(), "Fail over…")).modal
    assert form is not None and "pg.failover cluster=main on StackStorm st2" in form.visible_text
    assert "needs approval: @omar" in form.visible_text
    sent = await slack.submit("Ana Petrova", form, {"Pin": "hunter2secret"})
    assert not sent.errors
    await there.both(lambda: there.says("APPROVE?"))
    assert not st2.executions, "nothing runs before a second person agrees"
    await world.discord.press(there.omar(), there.discord("APPROVE?")[0], "Approve")
    await there.both(lambda: "fencing db-1" in there.says("RUNNING") and there.slack("fencing"))
    began = st2.last("pg.failover")
    assert began.parameters == {"cluster": "main", "pin": "hunter2secret"}
    assert "asked by Ana Petrova, approved by Omar Haddad" in there.says("RUNNING")
    page = await there.ana.get("/runs/1")
    assert "fencing db-1" in page.words and "Omar Haddad" in page.words

    st2.go(st2.last("pg.step"))
    await there.both(lambda: "✔ fence" in there.says("RUNNING") and there.slack("promoting db-2"))
    assert "✔ fence" in there.slack("RUNNING")[0].visible_text
    (card,), (same,) = there.slack("RUNNING"), there.discord("RUNNING")
    st2.go(st2.last("pg.step"))
    await there.both(lambda: there.slack("DONE") and there.discord("DONE"))
    assert there.slack("DONE") == [card] and there.discord("DONE") == [same], "it was edited"
    assert "primary" in card.visible_text and "Run again…" in card.visible_text
    printed = (await there.ana.get("/runs/1.txt")).text
    assert "promoting db-2" in printed and "primary: db-2" in printed, printed

    await world.clears(labels={"cluster": "main"})
    await there.both(lambda: "RESOLVED" in there.card().visible_text)
    assert (await world.incident(incident)).status is IncidentStatus.RESOLVED
    said = (await there.ana.get(f"/i/{incident}")).words
    assert "Omar Haddad approved" in said and "failover cluster=main pin=••••" in said
    seen = [*there.all_said(), said, str(await world.history(incident)), page.text]
    assert not any("hunter2secret" in each for each in seen)
    assert sum(path == "/executions" and m == "POST" for m, path, *_ in st2.asked) == 1
