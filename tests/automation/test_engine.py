"""What StackStorm runs for us: begun once, followed to its end whatever breaks, told in clear
words. The real client speaks to a strict StackStorm over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bot.automation import engine
from commands.errors import Conflict, Denied, Invalid
from tests.automation.ran import Ran
from tests.support.stackstorm import StackStorm, does, never

ROTATE = {
    "host": {"type": "string", "required": True, "description": "Where."},
    "keep": {"type": "integer", "default": 7},
    "pin": {"type": "string", "secret": True},
    "dry_run": {"type": "boolean", "default": False},
}


failing = does("no space left", code=3, waits=True)


@pytest.fixture
async def st2() -> AsyncIterator[StackStorm]:
    async with StackStorm() as made:
        made.action("pg.rotate_wal", ROTATE, script=does("rotating", "rotated", waits=True))
        made.action("pg.upgrade", script=never)
        yield made


@pytest.fixture
async def ran(st2: StackStorm, tmp_path: Path) -> AsyncIterator[Ran]:
    made = await Ran.build(st2, tmp_path)
    yield made
    await made.end()


async def test_an_action_is_run_with_what_the_alert_says_and_followed_to_its_end(
    ran: Ran, st2: StackStorm
) -> None:
    await ran.listen()
    incident = await ran.world.fires(labels={"host": "db-3"})
    one = await ran.run("rotate-wal", "pin=hunter2secret", incident=incident)
    there = st2.last("pg.rotate_wal")
    assert there.parameters == {"host": "db-3", "pin": "hunter2secret"}
    assert (one.state, one.remote, one.by) == ("running", there.id, "ana")
    assert there.tag.startswith("pixelview-") and there.tag.endswith(f"-{one.id}")
    assert there.context["user"] == "ana"

    st2.last().printed.append(("stdout", "pin is hunter2secret\n"))
    await ran.until(lambda: any(f.status == "running" for f in ran.system.follower.all.values()))
    await ran.look(4)
    assert (await ran.last()).tail[-1] == "pin is ••••"
    st2.go()
    await ran.until(lambda: ran.system.follower.busy or not ran.system.follower.all)
    one = await ran.last()
    assert (one.state, one.code, one.ended_at is not None) == ("done", "", True)
    assert "hunter2secret" not in await ran.output(one.id) and one.tail
    said = [e.say for e in (await ran.world.detail(incident)).timeline]
    assert "Ana Petrova ran rotate-wal host=db-3 pin=••••." in said, said[6:]
    assert any(line.startswith("✅ rotate-wal host=db-3") for line in said)
    told = await ran.world.asks("ana", "output", execution=one.id)
    assert "rotated" in told.lines
    registry = CollectorRegistry()
    ran.world.app.automation.collect(registry)
    assert registry.get_sample_value("pixelview_executions_open", {"system": "st2"}) == 0
    [standing] = (await ran.world.asks("ana", "stackstorm")).facts["systems"]
    assert standing["version"].startswith("StackStorm 3") and standing["stream"]
    form = await ran.world.asks("ana", "run-form", incident=incident, action="rotate-wal")
    assert " host=db-3 on StackStorm st2 as pixelview for Ana Petrova" in form.facts["intro"]
    again = await ran.world.does("ana", "rerun", execution=one.id, params="host=db-4")
    assert "under way" in again.say
    assert st2.last().parameters == {"host": "db-4", "pin": "hunter2secret"}
    assert (await ran.last()).again_of == one.id


async def test_a_lost_answer_starts_nothing_twice_and_a_start_that_never_arrived_comes_later(
    ran: Ran, st2: StackStorm
) -> None:
    st2.lose_answer("POST /executions")
    one = await ran.run("rotate-wal", "host=db-1")
    assert one.state == "asked" and len(st2.executions) == 1
    await ran.look(3)
    one = await ran.last()
    assert (one.state, one.remote, len(st2.executions)) == ("running", st2.last().id, 1)

    st2.fault("POST /executions", 503, 2)
    two = await ran.run("rotate-wal", "host=db-2")
    assert two.state == "asked" and two.lost_at
    for _ in range(9):
        await ran.look(5)
    two = await ran.last()
    assert (two.state, two.lost_at, len(st2.executions)) == ("running", None, 2)
    st2.go(st2.executions[0])
    st2.go(st2.executions[1])
    for each in st2.executions:
        await each.over.wait()
    await ran.look(15)
    first, second = await ran.get(one.id), await ran.get(two.id)
    assert (first.state, second.state) == ("done", "done")
    assert ("db-1" in first.says, "db-2" in second.says) == (True, True)


async def test_what_came_of_one_is_read_later_where_its_system_was_away_at_its_end(
    ran: Ran, st2: StackStorm
) -> None:
    st2.action("pg.rotate_wal", ROTATE, script=failing)
    one = await ran.run("rotate-wal", "host=db-1")
    await ran.look(3)
    away = st2.fault(f"GET /executions/{one.remote}/attribute", 503)
    st2.go()
    await st2.last().over.wait()
    await ran.look(15)
    one = await ran.last()
    assert (one.state, one.outcome) == ("failed", "It failed.")
    await ran.look(3)
    st2.faults.remove(away)
    for _ in range(3):
        await ran.look(5)
    one = await ran.last()
    assert (one.outcome, one.code, one.tail[-1]) == ("no space left", "exit 3", "no space left")
    assert "no space left" in await ran.output(one.id)


async def test_what_began_elsewhere_while_nobody_listened_is_told_when_the_stream_is_back(
    ran: Ran, st2: StackStorm
) -> None:
    await ran.listen()
    incident = await ran.world.fires(labels={"host": "db-3"})
    await ran.look()
    st2.deafen()
    there = st2.start("pg.rotate_wal", parameters={"host": "db-3"},
                      context={"pixelview": {"incident": int(incident)}}, user="omar")  # fmt: skip
    there.began = there.began.fromtimestamp(ran.world.clock.now() / 1000, there.began.tzinfo)
    st2.hear()
    st2.break_stream()
    await st2.streams.listened(2)
    await ran.until(lambda: ran.system._back_to is not None)
    await ran.look(20)
    one = await ran.last()
    assert (one.remote, one.elsewhere, one.incident_id) == (there.id, True, int(incident))


async def test_what_can_not_be_started_says_so_and_why(ran: Ran, st2: StackStorm) -> None:
    st2.fault("POST /executions", 400, 1, body='{"faultstring": "keep must be positive"}')
    one = await ran.run("rotate-wal", "host=db-1")
    assert (one.state, one.code) == ("failed", "not started")
    assert "keep must be positive" in one.outcome
    with pytest.raises(Invalid, match="host is missing"):
        await ran.run("rotate-wal")
    with pytest.raises(Invalid, match="There is no action rotate-wall"):
        await ran.run("rotate-wall")
    with pytest.raises(Denied):
        await ran.run("rotate-wal", "host=db-1", by="omar")

    st2.fault("POST /executions", 503)
    two = await ran.run("rotate-wal", "host=db-2")
    await ran.world.advance(minutes=31)
    two = await ran.get(two.id)
    assert (two.state, two.code) == ("failed", "not started")
    three = await ran.run("rotate-wal", "host=db-3")
    await ran.world.does("ana", "cancel-run", execution=three.id)
    st2.heal()
    await ran.look(60)
    assert ((await ran.get(three.id)).state, st2.executions) == ("canceled", [])


async def test_neither_side_loses_it_when_the_other_begins_anew(ran: Ran, st2: StackStorm) -> None:
    one = await ran.run("rotate-wal", "host=db-1")
    ran = await ran.died()
    try:
        await st2.down()
        for _ in range(6):
            await ran.look(31)
        assert (await ran.last()).lost_at is not None
        st2.go()
        await st2.last().over.wait()
        await st2.up()
        await ran.look(30)
        done = await ran.get(one.id)
        assert (done.state, done.lost_at, len(st2.executions)) == ("done", None, 1)
        assert done.tail == ("rotating", "rotated")
    finally:
        await ran.end()


async def test_an_end_that_the_stream_missed_is_found_by_looking(ran: Ran, st2: StackStorm) -> None:
    await ran.listen()
    one = await ran.run("rotate-wal", "host=db-1")
    st2.deafen()
    st2.go()
    await st2.last().over.wait()
    st2.expire_tokens()
    await ran.look(20)
    assert (await ran.get(one.id)).state == "done"


async def test_what_does_not_end_in_time_is_canceled_and_what_is_abandoned_is_said_so(
    ran: Ran, st2: StackStorm
) -> None:
    one = await ran.run("upgrade")
    await ran.look(601)
    await ran.look(20)
    late = await ran.get(one.id)
    assert (late.state, late.code) == ("failed", "deadline")
    assert late.outcome == "It did not end within 10 min. It was canceled."

    for status, state, words in (
        ("abandoned", "failed", "lost in mid-run"), ("timeout", "failed", "its own time limit"),
    ):  # fmt: skip
        two = await ran.run("upgrade")
        st2.end(st2.last(), status)
        await ran.look(15)
        found = await ran.get(two.id)
        assert (found.state, found.code) == (state, status)
        assert words in found.outcome
    three = await ran.run("upgrade")
    await ran.world.does("ana", "cancel-run", execution=three.id)
    await ran.look(15)
    found = await ran.get(three.id)
    assert (found.state, found.outcome) == ("canceled", "Ana Petrova canceled it.")
    with pytest.raises(Conflict, match="It is over"):
        await ran.world.does("ana", "cancel-run", execution=three.id)


async def test_ten_megabytes_and_what_is_no_text_are_told_in_bounds(
    ran: Ran, st2: StackStorm
) -> None:
    st2.scripts["pg.upgrade"] = does("x" * 99 + "\n" + "y" * 10_000_000, "the end", code=3)
    one = await ran.run("upgrade")
    await st2.last().over.wait()
    await ran.look(3)
    found = await ran.get(one.id)
    assert (found.state, found.code, found.tail[-1]) == ("failed", "exit 3", "the end")
    assert len(await ran.output(one.id)) <= 1024 * 1024
    st2.scripts["pg.upgrade"] = does("\x00\x01\x02\ufffd" * 2_000)
    two = await ran.run("upgrade")
    await st2.last().over.wait()
    await ran.look(3)
    found = await ran.get(two.id)
    assert found.state == "done" and not any(c < " " for line in found.tail for c in line)


async def test_a_dry_run_shows_what_would_be_posted_and_runs_what_can_be_dry(
    st2: StackStorm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "DRY", 0.0)
    more = "  restart: {url: 'http://h.test/in/abc123', secret: s3cret, headers: {X-Key: k3y5}}\n"
    ran = await Ran.build(st2, tmp_path, more)
    try:
        incident = await ran.world.fires()
        told = await ran.world.asks("ana", "dry-run", action="restart", incident=incident)
        text = "\n".join(told.lines)
        assert "POST http://h.test/…" in text and '"action": "restart"' in text
        assert "X-Key: ••••" in text and "abc123" not in text and "s3cret" not in text

        told = await ran.world.asks("ana", "dry-run", action="rotate-wal", params="host=db-1")
        assert "under way as execution 1" in told.lines[1]
        await ran.world.settle()
        assert st2.last().parameters == {"host": "db-1", "dry_run": True}
        assert (await ran.last()).dry
    finally:
        await ran.end()
