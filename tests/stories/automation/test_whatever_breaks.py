"""Whatever breaks in mid-run, on either side, is a clear word on one card; nothing runs twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cards.model import Output
from tests.automation.ran import Ran, settings
from tests.automation.test_running_from_the_card import Threads
from tests.support.engines import fresh_url
from tests.support.stackstorm import StackStorm, does, never
from tests.support.world import World

PARAMS = {"host": {"type": "string"}, "keep": {"type": "integer", "minimum": 1}}


class Told(Ran):
    """The house, where the cards below an incident's card are seen."""

    @classmethod
    async def built(cls, st2: StackStorm, path: Path) -> Ran:
        """With a password, so that it has a token to lose."""
        own = {"api_key": "", "user": "pixelview", "password": "hunter2-not"}
        yaml = settings(st2, **own, auth_url=st2.auth_url)
        world = await World.build(fresh_url("sqlite", path), path, yaml, pad=Threads())
        return await cls(world, st2).begun()


def card(ran: Ran, host: str) -> str:
    """What the one card of the run on a host says now."""
    cards = ran.world.pad.cards.values()
    mine = [each for each in cards if each.head.id == 0 and f"host={host}" in each.head.title]
    assert len(mine) == 1, "one message, whatever happens"
    text = next((b.text for b in mine[0].fold if isinstance(b, Output)), "")
    return f"{mine[0].head.word} {''.join(s.text for s in mine[0].state.spans)}\n{text}"


@pytest.mark.slow
async def test_each_ends_in_a_clear_word_on_its_card_and_nothing_runs_twice(tmp_path: Path) -> None:
    async with StackStorm() as st2:
        st2.action("pg.rotate_wal", PARAMS, script=does("rotated", waits=True))
        st2.action("pg.upgrade", {"host": {"type": "string"}}, script=never)
        ran = await Told.built(st2, tmp_path)
        try:
            incident = await ran.world.fires()
            ran = await _restarts(ran, st2, incident)
            await _refusals(ran, st2, incident)
            await _outputs(ran, st2, incident)
            await _endless(ran, st2, incident)
            posts = [q for q in st2.asked if q[:2] == ("POST", "/executions")]
            tags = [one.tag for one in st2.executions]
            assert len(tags) == len(set(tags)) == len(posts) - 2, "two were refused"
        finally:
            await ran.end()


async def _restarts(ran: Ran, st2: StackStorm, incident: int) -> Ran:
    """The answer is lost, the service dies, StackStorm is away when it ends."""
    await ran.listen()
    st2.lose_answer("POST /executions")
    one = await ran.run("rotate-wal", "host=db-1", incident=incident)
    await ran.look(3)
    assert card(ran, "db-1").startswith("RUNNING")
    ran = await ran.died()
    await ran.listen()
    await st2.down()
    for _ in range(5):
        await ran.look(31)
    assert "st2 has not answered since" in card(ran, "db-1"), "in three minutes"
    assert "not started twice" in card(ran, "db-1")
    st2.go()
    await st2.last().over.wait()
    st2.deafen()
    st2.expire_tokens()
    await st2.up()
    await ran.look(31)
    await ran.look(5)
    assert card(ran, "db-1").startswith("DONE"), card(ran, "db-1")
    said = [e.say for e in (await ran.world.detail(incident)).timeline]
    assert sum("rotate-wal host=db-1" in each and "✅" in each for each in said) == 1
    assert (await ran.get(one.id)).state == "done" and len(st2.executions) == 1
    st2.hear()
    return ran


async def _refusals(ran: Ran, st2: StackStorm, incident: int) -> None:
    """A value, and an action that is there no more."""
    await ran.run("rotate-wal", "host=db-2 keep=0", incident=incident)
    assert "0 is less than the minimum of 1" in card(ran, "db-2")
    assert card(ran, "db-2").startswith("FAILED")
    gone = st2.world.actions.pop("pg.rotate_wal")
    await ran.run("rotate-wal", "host=db-3", incident=incident)
    assert "cannot be found" in card(ran, "db-3")
    st2.world.actions["pg.rotate_wal"] = gone


async def _outputs(ran: Ran, st2: StackStorm, incident: int) -> None:
    """Ten megabytes, and what is no text."""
    st2.scripts["pg.rotate_wal"] = does("y" * 10_000_000, "the end", code=3)
    one = await ran.run("rotate-wal", "host=db-4", incident=incident)
    await st2.last().over.wait()
    await ran.look(15)
    assert card(ran, "db-4").startswith("FAILED exit 3"), card(ran, "db-4")
    assert "the end" in card(ran, "db-4") and len(card(ran, "db-4")) < 2_000
    assert len(await ran.output(one.id)) <= 1024 * 1024
    st2.scripts["pg.rotate_wal"] = does("\x00\x01\x02\x1b[31m\ufffd" * 2_000)
    await ran.run("rotate-wal", "host=db-5", incident=incident)
    await st2.last().over.wait()
    await ran.look(15)
    assert card(ran, "db-5").startswith("DONE")
    assert not any(each < " " and each != "\n" for each in card(ran, "db-5"))


async def _endless(ran: Ran, st2: StackStorm, incident: int) -> None:
    """One that never ends, and one whose runner is lost."""
    await ran.run("upgrade", "host=db-6", incident=incident)
    await ran.look(601)
    await ran.look(20)
    await ran.look(5)
    assert "It did not end within 10 min" in card(ran, "db-6")
    assert st2.last().status == "canceled", "and it does not go on unseen"
    await ran.run("upgrade", "host=db-7", incident=incident)
    st2.end(st2.last(), "abandoned")
    await ran.look(15)
    await ran.look(5)
    assert card(ran, "db-7").startswith("FAILED") and "lost in mid-run" in card(ran, "db-7")
