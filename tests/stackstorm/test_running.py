"""An action is run once, by whoever asked, and what comes of it is told: the real st2client against
a strict StackStorm over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.base import LooksAtMany, Misconfigured, Permanent, Runner, Transient
from tests.stackstorm.conftest import Connect
from tests.support.stackstorm import StackStorm, does, never
from tests.support.stackstorm.acts import Running

ROTATE = {
    "host": {"type": "string", "required": True, "position": 1, "description": "Where."},
    "keep": {"type": "integer", "default": 7, "position": 0},
    "pin": {"type": "string", "secret": True},
    "sudo": {"immutable": True, "default": True},
    "mode": {"type": "string", "enum": ["fast", "safe"]},
}
"""What an action asks for."""


async def test_from_what_there_is_to_what_came_of_it(st2: StackStorm, runner: Any) -> None:
    st2.action("pg.rotate_wal", ROTATE, script=does("line 1", "line 2", waits=True), tags=("db",))
    st2.action("pg.old", enabled=False)
    assert isinstance(runner, Runner)
    assert isinstance(runner, LooksAtMany)
    assert await runner.hello() == "StackStorm 3.10dev, as pixelview"

    actions = {each.ref: each for each in await runner.actions()}
    assert set(actions) == {"core.ask", "core.local", "core.noop", "pg.rotate_wal"}
    action = actions["pg.rotate_wal"]
    assert (action.pack, action.title, action.tags) == ("pg", "rotate_wal", ("db",))
    params = {each.name: each for each in action.params}
    assert list(params)[:4] == ["host", "keep", "mode", "pin"]
    assert "sudo" not in params
    assert params["host"].required
    assert (params["keep"].kind, params["keep"].default) == ("number", 7)
    assert params["mode"].choices == ("fast", "safe")
    assert params["pin"].secret
    assert params["timeout"].kind == "number"

    assert await runner.find("pixelview-a-1") is None
    given = {"host": "db-1", "keep": "3", "pin": "4711", "mode": ""}
    one = await runner.run("pg.rotate_wal", given, "pixelview-a-1", "ada@example.eu")
    there = await st2.began("pg.rotate_wal")
    assert there.parameters == {"host": "db-1", "keep": 3, "pin": "4711"}
    assert there.context["user"] == "ada@example.eu"
    assert (one.tag, one.by, one.params["pin"]) == ("pixelview-a-1", "ada@example.eu", "********")
    assert one.url == f"{st2.url}/#/history/{one.id}/general"
    found = await runner.find("pixelview-a-1")
    assert found is not None
    assert (found.id, found.status) == (one.id, "running")
    assert await runner.output(one.id, 1_000) == "line 1\nline 2\n"
    assert await runner.output(one.id, 4) == "e 2\n"

    st2.go()
    await there.over.wait()
    ended = await runner.look(one.id)
    assert (ended.status, ended.over, ended.ended_at is not None) == ("done", True, True)
    result = await runner.result(one.id, 1_000)
    assert (result.text, result.error, result.code) == ("line 1\nline 2", "", 0)


async def test_a_lost_answer_is_uncertain_and_the_execution_is_found(
    st2: StackStorm, runner: Any
) -> None:
    st2.lose_answer("POST /executions")
    with pytest.raises(Transient) as lost:
        await runner.run("core.local", {"cmd": "true"}, "pixelview-a-2", "ada")
    assert lost.value.uncertain
    found = await runner.find("pixelview-a-2")
    assert found is not None
    assert found.ref == "core.local"
    assert len(st2.executions) == 1
    await st2.down()
    with pytest.raises(Transient) as never_left:
        await runner.run("core.local", {"cmd": "true"}, "pixelview-a-3", "ada")
    assert not never_left.value.uncertain
    await st2.up()
    assert await runner.find("pixelview-a-3") is None
    st2.fault("GET /traces", 403)
    assert await runner.find("pixelview-a-2") == await runner.look(found.id)


async def test_what_stackstorm_refuses_is_said_in_its_words_and_without_secrets(
    st2: StackStorm, runner: Any
) -> None:
    st2.action("pg.rotate_wal", {**ROTATE, "pin": {"type": "integer", "secret": True}})
    for ref, given, said in (
        ("core.local", {}, "'cmd' is a required property"),
        ("core.none", {}, 'Action "core.none" cannot be found.'),
        ("core.local", {"cmd": "x", "zzz": 1}, "'zzz' was unexpected"),
        ("pg.rotate_wal", {"host": "x", "mode": "odd"}, "'odd' is not one of"),
        ("pg.rotate_wal", {"host": "x", "pin": "hunter2"}, r"base 10: '\*{8}'"),
    ):
        with pytest.raises(Permanent, match=said):
            await runner.run(ref, given, "", "ada")
    asked = len(st2.asked)
    for live in ("{{ st2kv.system.key }}", ["{% if x %}"], {"a": "<% ctx(x) %>"}):
        with pytest.raises(Permanent, match="would evaluate"):
            await runner.run("core.local", {"cmd": live}, "pixelview-a-5", "ada")
    assert len(st2.asked) == asked
    with pytest.raises(Permanent, match="Unable to identify"):
        await runner.look("6b0000000000000000000000")


async def test_an_account_that_may_name_nobody_else_runs_it_as_itself(
    st2: StackStorm, runner: Any
) -> None:
    st2.fault("POST /executions", 403, times=1)
    one = await runner.run("core.local", {"cmd": "true"}, "pixelview-a-6", "ada")
    assert st2.last().context["user"] == "pixelview"
    assert one.by == "ada"
    await runner.run("core.local", {"cmd": "true"}, "pixelview-a-7", "bo")
    bodies = [body for method, path, _, body in st2.asked if (method, path) == (
        "POST", "/executions")]  # fmt: skip
    assert ["user" in body for body in bodies] == [True, False, False]


async def test_a_token_is_renewed_when_it_is_refused_and_a_wrong_password_is_tried_once(
    st2: StackStorm, connect: Connect
) -> None:
    apart = {"url": "", "api_url": st2.api_url, "auth_url": st2.auth_url,
             "stream_url": st2.stream_url, "api_key": ""}  # fmt: skip
    runner = connect(**apart, user="pixelview", password="hunter2-not")
    await runner.hello()
    st2.expire_tokens()
    one = await runner.run("core.local", {"cmd": "true"}, "pixelview-a-8", "ada")
    assert one.ref == "core.local"
    signed = [path for _, path, _, _ in st2.asked if path == "auth:/tokens"]
    assert len(signed) == 2
    assert len(st2.executions) == 1

    wrong = connect(**apart, user="pixelview", password="wrong")
    for _ in range(3):
        with pytest.raises(Misconfigured, match="neither user nor password") as refused:
            await wrong.hello()
        assert refused.value.setting == "password"
    assert len([path for _, path, _, _ in st2.asked if path == "auth:/tokens"]) == 3
    for way in ("api_key", "token"):
        with pytest.raises(Misconfigured) as none:
            await connect(**{**apart, way: "nobody-s-key"}).hello()
        assert none.value.setting == way
        assert "hash" not in str(none.value)
        assert "nobody-s" not in str(none.value)


async def test_a_workflow_is_told_by_its_tasks_and_stopped_with_them(
    st2: StackStorm, runner: Any
) -> None:
    async def flow(run: Running) -> Any:
        await run.task("look", "core.local", cmd="df")
        await run.task("clean", "disk.clean")

    async def clean(run: Running) -> Any:
        run.print("cleaning\n")
        await run.told()

    st2.action("disk.clean", script=clean)
    st2.action("disk.flow", runner="orquesta", script=flow)
    one = await runner.run("disk.flow", {}, "pixelview-a-9", "ada")
    await st2.began("disk.clean")
    while st2.last("disk.clean").status != "running":
        await runner.look(one.id)
    steps = await runner.steps(one.id)
    assert [(each.name, each.status) for each in steps] == [("look", "done"), ("clean", "running")]
    assert await runner.output(one.id, 1_000) == "── look\ndone\n\n── clean\ncleaning\n"
    assert (await runner.cancel(one.id)).status in ("canceling", "canceled")
    await st2.last("disk.flow").over.wait()
    assert [each.status for each in await runner.steps(one.id)] == ["done", "canceled"]
    assert (await runner.cancel(one.id)).status == "canceled"
    assert (await runner.result(one.id, 100)).error


async def test_many_are_looked_at_in_few_questions(st2: StackStorm, runner: Any) -> None:
    st2.action("x.wait", script=never)
    started = [st2.start("x.wait").id for _ in range(120)]
    asked = len(st2.asked)
    found = await runner.looks([*started[:100], "6b0000000000000000000000"])
    assert [each.id for each in found] == started[:100]
    assert len(st2.asked) - asked <= 4
    st2.fault("GET /executions", 400, times=1)
    assert len(await runner.looks(started[:3])) == 3
