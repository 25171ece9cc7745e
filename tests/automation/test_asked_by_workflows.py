"""From a second person's yes to a workflow's question and its answer, over the wire: the real
client speaks to a strict StackStorm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands.errors import Conflict
from store import inquiries
from store.inquiries import Inquiry
from tests.automation.ran import Ran
from tests.support.stackstorm import StackStorm
from tests.support.stackstorm.acts import Running

MORE = """
  failover:
    run: st2:pg.failover
    approval: {by: "@omar", params: {cluster: main}}
"""
SCHEMA = {
    "properties": {
        "go": {"type": "boolean", "required": True, "description": "Go on?"},
        "keep": {"type": "integer", "minimum": 1, "description": "How many copies."},
    }
}


async def question(ran: Ran) -> Inquiry:
    one = await ran.world.app.reader.read(lambda tx: inquiries.get(tx, 1))
    assert one is not None
    return one


async def test_what_was_approved_asks_and_goes_on_with_the_answer(tmp_path: Path) -> None:
    answers: list[Any] = []

    async def flow(run: Running) -> Any:
        answers.append(await run.ask(schema=SCHEMA, route="Fail over now?", ttl=30))
        return {"output": answers[-1]}

    async with StackStorm() as st2:
        st2.action("pg.failover", {"cluster": {"type": "string"}}, runner="orquesta", script=flow)
        ran = await Ran.build(st2, tmp_path, MORE)
        world = ran.world
        incident = await world.fires()
        asked = await world.does("ana", "run", incident, action="failover", params="cluster=main")
        assert "It waits for @omar" in asked.say
        assert not [one for one in st2.executions if one.ref == "pg.failover"]
        await world.does("omar", "approve", approval=1)
        there = st2.last("pg.failover")
        assert (there.context["user"], there.parameters) == ("ana", {"cluster": "main"})

        await st2.began("core.ask")
        await ran.until(lambda: st2.last("core.ask").status == "pending")
        await ran.look(16)
        one = await question(ran)
        assert (one.incident_id, one.state, one.remote) == (incident, "waits", st2.last().id)
        assert one.expires_at is not None and "ana" in one.to
        st2.fault("PUT /inquiries", 400, times=1, body='{"faultstring": "did not pass schema"}')
        await world.does("ana", "answer", inquiry=1, values="go=yes keep=2")
        one = await question(ran)
        assert one.state == "waits" and "did not pass schema" in one.error
        await world.does("ana", "answer", inquiry=1, values="go=yes keep=3")
        assert (await question(ran)).state == "answered"
        with pytest.raises(Conflict, match="Ana Petrova answered it in Slack"):
            await world.does("ana", "answer", inquiry=1, values="go=no")
        await ran.until(lambda: st2.last("pg.failover").status == "succeeded")
        await ran.look(16)
        assert answers == [{"go": True, "keep": 3}]
        assert (await ran.last()).state == "done" and (await ran.last()).approved_by == "omar"
        assert not st2.violations
        await ran.end()
