"""StackStorm down, slow, odd, endless: each is an error in words, in time, and holds nothing up."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from integrations import stackstorm
from integrations.base import Misconfigured, Permanent, Transient
from integrations.stackstorm import listening
from integrations.stackstorm.telling import canonical, signature
from store import tls
from tests.security.authority import Authority
from tests.stackstorm.conftest import Connect
from tests.support.stackstorm import StackStorm, does
from tests.support.stackstorm.acts import Running


async def test_what_goes_wrong_over_there_is_said_and_is_over_in_time(
    st2: StackStorm, connect: Connect
) -> None:
    runner, hasty = connect(), connect(read_timeout=0.2)
    one = await runner.run("core.local", {"cmd": "true"}, "pixelview-b-1", "ada")
    for status, broken in ((500, True), (503, True), (502, True), (429, False)):
        st2.fault("", status, times=1, body="<html>nginx</html>")
        with pytest.raises(Transient) as wrong:
            await runner.look(one.id)
        assert (wrong.value.broken, wrong.value.uncertain) == (broken, False)
    st2.fault("POST /executions", 504, times=1)
    with pytest.raises(Transient) as late:
        await runner.run("core.local", {"cmd": "true"}, "pixelview-b-2", "ada")
    assert late.value.uncertain
    st2.fault("", 404, times=1, body="<html>nginx</html>")
    with pytest.raises(Transient, match="not StackStorm"):
        await runner.look(one.id)
    st2.fault("", 404, times=3, body="nothing")
    with pytest.raises(Misconfigured, match="not StackStorm") as elsewhere:
        await runner.hello()
    assert elsewhere.value.setting == "url"
    st2.fault("", 302, times=1)
    with pytest.raises(Misconfigured, match="leads elsewhere"):
        await runner.look(one.id)
    st2.hang("GET /executions")
    with pytest.raises(Transient, match="in time"):
        await hasty.look(one.id)
    assert (await runner.run("core.local", {"cmd": "true"}, "pixelview-b-3", "ada")).id
    ours = [each for each in threading.enumerate() if each.name.startswith("stackstorm-")]
    assert ours
    assert all(each.daemon for each in ours), "what hangs would keep the service from ending"
    st2.heal()
    assert (await runner.look(one.id)).id == one.id
    await runner.close()
    with pytest.raises(Transient, match="let go of"):
        await runner.look(one.id)


async def test_output_and_results_are_bounded_however_large(st2: StackStorm, runner: Any) -> None:
    async def large(run: Running) -> Any:
        for number in range(80):
            run.print(f"{number:03d} " + "x" * 50_000 + "\n")
        run.print("mount: /srv: permission denied\n", "stderr")
        run.fail(code=32)

    async def noise(run: Running) -> Any:
        run.print("\x00\x01\x7fELF" * 300)
        run.fail({"error": "'utf-8' codec can't decode byte 0xff in position 0", "traceback": "…"})

    async def colours(run: Running) -> Any:
        run.print("\x1b[31mred\x1b[0m\n10%\r100%\n")

    for name, script in (("large", large), ("noise", noise), ("colours", colours)):
        st2.action(f"x.{name}", script=script)
    one = await runner.run("x.large", {}, "pixelview-b-4", "ada")
    await st2.last().over.wait()
    assert (await runner.output(one.id, 500)).endswith("permission denied\n")
    assert len(await runner.output(one.id, 500)) == 500
    result = await runner.result(one.id, 500)
    assert (result.code, result.error, result.cut) == (32, "mount: /srv: permission denied", True)
    assert len(result.text) <= 500

    two = await runner.run("x.noise", {}, "pixelview-b-5", "ada")
    await st2.last().over.wait()
    assert await runner.output(two.id, 500) == "(1.8 kB that are no text are not shown)"
    assert "no text" in (await runner.result(two.id, 500)).error
    three = await runner.run("x.colours", {}, "pixelview-b-6", "ada")
    await st2.last().over.wait()
    assert await runner.output(three.id, 500) == "red\n100%\n"


async def test_a_stream_that_breaks_comes_again_and_an_endless_event_is_looked_up(
    st2: StackStorm, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "_FIRST", 0.01)

    async def large(run: Running) -> Any:
        await run.told()
        return {"stdout": "y" * 600_000, "stderr": "", "return_code": 0}

    st2.action("x.large", script=large)
    st2.action("x.slow", script=does("a", waits=True))
    runner = connect(api_key="", user="pixelview", password="hunter2-not")
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def listen() -> None:
        async for one in runner.stream():
            heard.put_nowait(one)

    async def until(execution: str, said: str) -> Any:
        while True:
            one = await heard.get()
            if (one.id, one.said) == (execution, said):
                return one

    hearing = asyncio.create_task(listen())
    await until("", "")
    big = await runner.run("x.large", {}, "pixelview-b-7", "ada")
    assert (await until(big.id, "running")).tag == "pixelview-b-7"
    st2.go()
    ended = await until(big.id, "succeeded")
    assert (ended.status, ended.ref, ended.tag) == ("done", "x.large", "pixelview-b-7")

    st2.expire_tokens()
    st2.fault("GET stream:/stream", 503, times=1)
    st2.break_stream()
    await until("", "StackStorm answers 503")
    await until("", "")
    rule = {"trigger_instance": {"payload": {"incident": {"id": "#12"}}}}
    other = st2.start("x.slow", trigger=rule["trigger_instance"])
    assert (await until(other.id, "running")).incident == 12
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    while st2.streams.open:
        await asyncio.sleep(0)


async def test_a_certificate_is_checked_against_the_authority_of_the_settings(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path)
    pair = authority.pair("127.0.0.1")
    async with StackStorm(tls=tls.server(pair.cert, pair.key)) as st2:
        blind = stackstorm.runner("st2", st2.settings())
        with pytest.raises(Transient, match="certificate is not believed"):
            await blind.hello()
        told = [one async for one in _first(blind.stream())]
        assert told[0].said
        sure = stackstorm.runner("st2", st2.settings(ca_file=str(authority.root)))
        assert "as pixelview" in await sure.hello()
        assert [one.said async for one in _first(sure.stream())] == [""]
        await blind.close()
        await sure.close()


async def _first(stream: Any) -> Any:
    async for one in stream:
        yield one
        break
    await stream.aclose()


async def test_a_stackstorm_that_lacks_what_ours_has_is_worked_with_all_the_same(
    st2: StackStorm, runner: Any
) -> None:
    """No list of runners, no traces, executions that are not listed by parent or id, a stream that
    tells everything: what is older, smaller, or behind narrow rights."""

    async def flow(run: Running) -> Any:
        await run.task("look", "core.local", cmd="df")

    st2.action("x.flow", runner="orquesta", script=flow)
    st2.fault("GET /runnertypes", 404, body="none")
    st2.fault("GET /actions/views", 403)
    st2.fault("GET /traces", 404, body="none")
    st2.fault("GET /user", 404, body="none")
    assert await runner.hello() == "StackStorm 3.10dev"
    actions = {each.ref: each for each in await runner.actions()}
    assert [each.name for each in actions["core.local"].params] == ["cmd"]
    one = await runner.run("x.flow", {}, "pixelview-b-20", "ada")
    await st2.last("x.flow").over.wait()
    found = await runner.find("pixelview-b-20")
    assert found is not None
    assert found.id == one.id
    st2.fault("GET /executions", 200, times=1, body="[]")
    assert [(each.name, each.depth) for each in await runner.steps(one.id)] == [("look", 0)]

    async def lines() -> Any:
        live = b'data: {"id": "of-a-liveaction", "status": "running", "action": "x.y"}\n\n'
        yield b"\r\nevent: st2.liveaction__update\r\n" + live
        yield b"event: st2.exec"
        yield b'ution__update\ndata: {"id": "a", "sta'
        yield b'tus": "running"}\n\n\n\nevent: EOF\ndata: \'\'\n\n'

    said = [each async for each in listening._cut(lines()) if isinstance(each, bytes)]
    assert [json.loads(each)["id"] for each in said] == ["a"]


# ---- people, events, workflows -------------------------------------------------------------------


async def test_questions_of_what_still_runs_are_asked_and_answered_once(
    st2: StackStorm, runner: Any
) -> None:
    schema = {"properties": {"go": {"type": "boolean", "required": True, "description": "Go on?"},
                             "why": {"type": "string", "secret": True}}}  # fmt: skip

    async def flow(run: Running) -> Any:
        return await run.ask(schema=schema, route="pixelview", ttl=30)

    async def narrow(run: Running) -> Any:
        return await run.ask(schema=schema, users=["bo"])

    st2.action("x.flow", runner="orquesta", script=flow)
    st2.action("x.narrow", runner="orquesta", script=narrow)

    async def questions() -> Any:
        while not (found := await runner.inquiries()):
            pass
        return found

    one = await runner.run("x.flow", {}, "pixelview-b-8", "ada")
    (asked,) = await questions()
    assert (asked.parent, asked.route, asked.text) == (one.id, "pixelview", "")
    assert [(p.name, p.kind, p.required, p.secret) for p in asked.params] == [
        ("go", "flag", True, False), ("why", "text", False, True)]  # fmt: skip
    assert asked.expires_at == asked.asked_at + 30 * 60_000
    assert (await runner.look(one.id)).status == "waiting"
    with pytest.raises(Permanent, match=r"'maybe' is not of type 'boolean'$"):
        await runner.answer(asked.id, {"go": "maybe"})
    await runner.answer(asked.id, {"go": "yes"})
    with pytest.raises(Permanent, match="already been responded"):
        await runner.answer(asked.id, {"go": "yes"})
    await st2.last("x.flow").over.wait()
    assert (await runner.result(one.id, 100)).text == "go: true"

    two = await runner.run("x.narrow", {}, "pixelview-b-9", "ada")
    (asked,) = await questions()
    assert asked.users == ("bo",)
    with pytest.raises(Permanent, match="only bo may answer"):
        await runner.answer(asked.id, {"go": True})
    await runner.cancel(two.id)
    assert st2.last("core.ask").status == "pending"
    assert not await runner.inquiries()


async def test_our_events_are_signed_and_workflows_are_looked_through_and_kept(
    st2: StackStorm, connect: Connect
) -> None:
    runner = connect(events={"secret": "between-us"})
    event = {"event": "opened", "incident": {"id": "7", "title": "Plattenplatz fällt"}}
    await runner.tell(event, "17-1")
    told = st2.world.told[-1]
    payload = told["body"]["payload"]
    assert (told["body"]["trigger"], payload["delivery"]) == ("pixelview.event", "17-1")
    good = signature("between-us", payload["sent"], canonical(payload))
    assert payload["signature"] == good
    assert told["headers"]["X-PixelView-Signature"].startswith("v1=")
    st2.world.triggers.clear()
    with pytest.raises(Permanent, match=r"no trigger pixelview\.event; the pack"):
        await runner.tell(event, "17-1")

    about = "name: clean\npack: default\nrunner_type: orquesta\nentry_point: workflows/clean.yaml\n"
    files = {"actions/clean.yaml": about, "workflows/clean.yaml": "version: 1.0\ntasks: {}\n"}
    for _ in range(2):
        assert await runner.keep(files) == "default.clean"
    assert st2.world.files["default/actions/workflows/clean.yaml"].startswith("version")
    assert (await runner.run("default.clean", {}, "pixelview-b-10", "ada")).ref == "default.clean"
    odd = "version: 1.0\ntasks:\n  a: {action: core.noop, next: [{do: zz}]}\n"
    with pytest.raises(Permanent, match=r'fault at tasks\.a\.next\[0\]\.do: The task "zz" is not'):
        await runner.keep({**files, "workflows/clean.yaml": odd})
    for wrong in ({**files, "actions/clean.yaml": about.replace("default", "core")},
                  {**files, "actions/../../x": ""}, {"workflows/clean.yaml": "x"}):  # fmt: skip
        with pytest.raises(Permanent):
            await runner.keep(wrong)
