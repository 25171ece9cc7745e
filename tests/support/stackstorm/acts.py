"""What scripted actions do: print, wait to be told, ask people, start others, end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.stackstorm.shapes import FINAL, Fields
from tests.support.stackstorm.world import Execution, World

Script = Callable[["Running"], Awaitable[Any]]


class Failed(Exception):
    """What a script raises to fail; the result."""


class Running:
    """What a script is given. What it returns is the result of a success."""

    def __init__(self, world: World, one: Execution, start: Callable[[Execution], None]) -> None:
        self.world, self.one, self._start = world, one, start
        self.params = one.parameters

    def print(self, text: str, kind: str = "stdout") -> None:
        """It writes something."""
        self.one.printed.append((kind, text))

    async def told(self) -> None:
        """Wait until the test says ``st2.go(...)``, once for each wait."""
        await self.one.go.wait()
        self.one.go.clear()

    def fail(self, result: Any = None, code: int = 1) -> None:
        """End as failed; without a result, as a command that exits with ``code``."""
        raise Failed(self.printed(code) if result is None else result)

    def printed(self, code: int = 0) -> Fields:
        """The result of a command, from what was printed."""
        return {"failed": code != 0, "succeeded": code == 0, "return_code": code,
                "stdout": self.one.output("stdout").rstrip("\n"),
                "stderr": self.one.output("stderr").rstrip("\n")}  # fmt: skip

    async def task(self, name: str, ref: str, **params: Any) -> Any:
        """A task of a workflow: its result. A failure fails the workflow."""
        one = self.begin(name, ref, **params)
        await one.over.wait()
        if one.status != "succeeded":
            raise Failed({"output": None, "errors": [{
                "type": "error", "message": "Execution failed. See result for details.",
                "task_id": name, "result": one.result}]})  # fmt: skip
        return one.result

    def begin(self, name: str, ref: str, **params: Any) -> Execution:
        """A task that runs beside."""
        of = self.one.context
        context = {"user": of["user"], "parent": {
            "execution_id": self.one.id, "user": of["user"], "pack": of["pack"]},
            "orquesta": {"workflow_execution_id": "6c" * 12, "task_execution_id": "6d" * 12,
                         "task_name": name, "task_id": name, "task_route": 0}}  # fmt: skip
        one = self.world.start(ref, params, context, parent=self.one)
        self._start(one)
        return one

    async def ask(self, name: str = "ask", **params: Any) -> Fields:
        """A task that asks people (core.ask); the workflow is paused meanwhile. The answer."""
        one = self.begin(name, "core.ask", **params)
        while one.status != "pending" and not one.over.is_set():
            await asyncio.sleep(0)
        self.world.turn(self.one, "paused")
        await one.over.wait()
        self.world.turn(self.one, "resuming")
        self.world.turn(self.one, "running")
        if one.status != "succeeded":
            raise Failed({"output": None, "errors": [{"type": "error", "message": one.status}]})
        return dict(one.result["response"])


def does(*printed: str, code: int = 0, result: Any = None, waits: bool = False) -> Script:
    """A script that prints lines and exits; ``waits`` makes it wait to be told before its end."""

    async def script(run: Running) -> Any:
        for each in printed:
            run.print(each + "\n")
        if waits:
            await run.told()
        if code:
            run.fail(result, code)
        return run.printed() if result is None else result

    return script


async def never(run: Running) -> Any:
    """A script that does not end."""
    await asyncio.Event().wait()


async def asked(run: Running) -> Any:
    """What core.ask does."""
    one, given = run.one, run.params
    default = {"type": "object", "properties": {"continue": {"type": "boolean", "required": True,
               "description": "Would you like to continue?"}}}  # fmt: skip
    said = {"schema": given.get("schema") or default, "roles": given.get("roles") or [],
            "users": given.get("users") or [], "route": given.get("route") or "",
            "ttl": given.get("ttl") or 1440}  # fmt: skip
    one.answer = asyncio.get_running_loop().create_future()
    run.world.turn(one, "pending", said)
    return {**said, "response": await one.answer}


async def carried_out(world: World, one: Execution, script: Script, start: Any) -> None:
    """From requested to the end, as the scheduler and a runner would."""
    for status in ("scheduled", "running"):
        await asyncio.sleep(0)
        world.turn(one, status)
    run = Running(world, one, start)
    try:
        result = await script(run)
    except Failed as failed:
        world.turn(one, "failed", failed.args[0])
    else:
        if one.status not in FINAL:
            workflow = one.action["runner_type"] == "orquesta"
            if workflow and not (isinstance(result, dict) and "output" in result):
                result = {"output": result}
            world.turn(one, "canceled" if one.status == "canceling" else "succeeded", result)
