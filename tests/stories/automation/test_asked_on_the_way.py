"""A workflow asks people on its way: whoever answers first counts, wherever that is, and a question
that nobody answers says so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.stories.automation.house import House, house
from tests.support.stackstorm import Running, StackStorm

pytestmark = pytest.mark.slow

SCHEMA = {
    "properties": {
        "go": {"type": "boolean", "required": True, "description": "Go on?"},
        "keep": {"type": "integer", "minimum": 1, "description": "How many copies."},
    }
}


async def flow(run: Running) -> Any:
    """A workflow with a question that waits for half an hour."""
    answer = await run.ask(schema=SCHEMA, route="Fail over now?", ttl=30)
    return {"output": {"kept": answer["keep"]}}


async def test_the_first_answer_counts_and_a_late_one_is_told_so(tmp_path: Path) -> None:
    async with StackStorm() as st2:
        st2.action("pg.failover", {"cluster": {"type": "string"}}, runner="orquesta", script=flow)
        async with house(st2, tmp_path, "") as there:
            await _answered(there, st2)
            await _late(there, st2)


async def _asked(there: House, number: int) -> None:
    world, given = there.world, f"cluster=c{number}"
    await world.does("omar", "run", 1, action="st2:pg.failover", params=given)
    await there.both(lambda: there.discord("ANSWER?") and there.slack("ANSWER?"))
    await there.both(lambda: given in there.says("WAITING"))


async def _answered(there: House, st2: StackStorm) -> None:
    world, discord = there.world, there.world.discord
    await world.fires()
    await _asked(there, 1)
    card = there.discord("ANSWER?")[0]
    assert "Go on? for #1" in discord.visible_text(card)
    page = await there.ana.get("/q/1")
    assert "How many copies" in page.words and "expires" in page.words

    form = await discord.press(there.omar(), card, "Answer…")
    assert form.modal is not None
    by_ana: dict[str, Any] = {"inquiry": "1", "values.go": "no", "values.keep": "1"}
    seen, other = await asyncio.gather(
        discord.submit(there.omar(), form, {"Go": "yes", "Keep": "3"}),
        there.ana.does("answer", **by_ana),
    )
    assert seen.message is not None
    first = other.status == 409
    told = other.words if first else discord.visible_text(seen.message)
    who = (
        "Omar Haddad answered it in Discord" if first else "Ana Petrova answered it in the console"
    )
    assert who in told, "who came second reads who was first"
    await there.both(lambda: there.slack("DONE") and there.discord("DONE"))
    kept = 3 if first else 1
    assert st2.last("pg.failover").result == {"output": {"kept": kept}}
    assert f"kept: {kept}" in there.says("DONE")
    for words in (there.says("QUESTION"), there.slack("QUESTION")[0].visible_text,
                  (await there.ana.get("/q/1")).words):  # fmt: skip
        assert who in words
    assert sum(m == "PUT" and path.startswith("/inquiries") for m, path, *_ in st2.asked) == 1


async def _late(there: House, st2: StackStorm) -> None:
    await there.world.does("ana", "ack", 1)
    await _asked(there, 2)
    await there.world.pass_time(31 * 60, step=60)
    await there.both(lambda: "Nobody answered in time" in str(there.all_said()))
    card = there.discord("Nobody answered in time")[0]
    assert there.world.discord.buttons(card) == []
    late: dict[str, Any] = {"inquiry": "2", "values.go": "yes"}
    assert "time is over" in (await there.ana.does("answer", **late)).words
    st2.end(st2.last("core.ask"), "timeout")
    await there.both(lambda: there.slack("FAILED") and there.discord("FAILED"))
    assert 'at step 1 "ask": timeout' in there.says("FAILED")
