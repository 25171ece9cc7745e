"""One StackStorm, as what runs actions for us."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from integrations.base import (
    Misconfigured,
    Permanent,
    Remote,
    RemoteAction,
    RemoteInquiry,
    RemoteResult,
    RemoteStep,
    Transient,
)
from integrations.stackstorm import (
    finding,
    keeping,
    listening,
    offering,
    results,
    saying,
    schema,
    shapes,
    telling,
)
from integrations.stackstorm.asking import Asking
from integrations.stackstorm.looking import Looking, children
from integrations.stackstorm.reach import LARGEST, Reach, TooMuch, sdk
from integrations.stackstorm.settings import System
from store.clock import Instant

_DEPTH = 4
_ENDS = 64 << 10
_TASKS = 3
"""Tasks of a workflow whose output is read: the latest."""
_OVER = frozenset({"succeeded", "failed", "timeout", "abandoned", "canceled"})
_STOPPED = frozenset({"requested", "scheduled", "delayed", "running"})


class StackStorm:
    """See ``integrations._runner.Runner``."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._reach = Reach(system)
        self._looking = Looking(self._reach)
        self._asking = Asking(self._reach, self._looking)
        self._schemas: dict[str, Mapping[str, Any]] = {}
        self._as_person = system.as_person
        self._traced = False
        self._web = f"{system.web}/#/history/" if system.web else ""

    async def hello(self) -> str:
        """Its version and who we are there."""
        try:
            return await self._reach.look(_hello)
        except saying.Elsewhere as error:
            raise Misconfigured(str(error), "api_url" if not self._system.web else "url") from None

    async def actions(self) -> Sequence[RemoteAction]:
        """Everything that is enabled, with what a form needs."""
        made, self._schemas = await self._reach.look(offering.actions)
        return made

    # ---- running ---------------------------------------------------------------------------------

    async def run(self, ref: str, params: Mapping[str, Any], tag: str, by: str) -> Remote:
        """Start an action, once; the mark is its trace's, the person its user there."""
        properties = await self._schema(ref)
        given = schema.cast(params, properties)
        if not self._system.templates:
            schema.harmless(given)
        ours = {"run": tag, "by": by}
        body = {
            "action": ref, "parameters": given,
            "context": {"trace_context": {"trace_tag": tag}, "pixelview": ours},
        }  # fmt: skip
        try:
            made = await self._reach.do(lambda st2: self._started(st2, body, by))
        except Permanent as error:
            said = saying.clean(str(error), tuple(schema.hidden(given, properties)))
            raise type(error)(said) from None
        one = self._seen(made)
        await self._learn(tag, one.id)
        return one

    async def _learn(self, tag: str, execution: str) -> None:
        """Whether marks are found again by their traces here, as they should."""
        if not self._traced:
            with suppress(Transient, Misconfigured):
                self._traced = await self._reach.look(
                    lambda st2: finding.is_traced(st2, tag, execution)
                )

    def _started(self, st2: Any, body: Mapping[str, Any], by: str) -> Mapping[str, Any]:
        """The execution. An account that may not name another user runs it as itself."""
        model = sdk().models.Execution
        try:
            named = {"user": by} if by and self._as_person else {}
            made = st2.executions.create(model(**body, **named))
        except saying.Forbidden as error:
            if not named:
                raise
            try:
                made = st2.executions.create(model(**body))
            except saying.Forbidden:
                raise error from None
            self._as_person = False
        except ValueError:
            raise Transient("StackStorm's answer can't be read", uncertain=True) from None
        found = shapes.fields(made)
        if not shapes.identity(found.get("id")):
            raise Transient("StackStorm's answer names no execution", uncertain=True)
        return found

    async def _schema(self, ref: str) -> Mapping[str, Any]:
        """The parameters of an action, as far as they can be had."""
        if ref not in self._schemas:
            try:
                self._schemas[ref] = await self._reach.look(
                    lambda st2: offering.parameters(st2, ref)
                )
            except (Permanent, Transient, Misconfigured):
                return {}
        return self._schemas[ref]

    async def find(self, tag: str) -> Remote | None:
        """The execution that has this mark."""
        scan = not self._traced
        found = await self._reach.look(lambda st2: finding.find(st2, tag, scan=scan))
        return None if found is None else self._seen(found)

    async def look(self, execution: str) -> Remote:
        """How it is now; looks of the same moment go together."""
        return self._linked(await self._looking.one(execution))

    async def looks(self, executions: Sequence[str]) -> Sequence[Remote]:
        """How several are now, without those that are not there."""
        return [self._linked(each) for each in await self._looking.several(executions)]

    async def since(self, at: Instant, most: int = 300) -> Sequence[Remote]:
        """What began after a moment, without tasks of workflows."""
        found = await self._reach.look(lambda st2: finding.since(st2, at, most))
        return [self._seen(each) for each in found]

    async def cancel(self, execution: str) -> Remote:
        """Ask for its end. A workflow does not stop what it started: that is stopped after it."""
        await self._reach.do(lambda st2: _cancel(st2, execution))
        one = await self._looking.one(execution)
        if self._looking.workflows.get(execution):
            await self._reach.do(lambda st2: _cancel_below(st2, execution, _DEPTH))
            one = await self._looking.one(execution)
        return self._linked(one)

    # ---- what becomes of it ----------------------------------------------------------------------

    async def steps(self, execution: str, most: int = 50) -> Sequence[RemoteStep]:
        """Its tasks, and theirs."""
        return await self._reach.look(lambda st2: _steps(st2, execution, most))

    async def output(self, execution: str, most: int) -> str:
        """What it printed; of a workflow, what its latest tasks did."""
        if execution not in self._looking.workflows:
            await self._looking.one(execution)
        if not self._looking.workflows.get(execution):
            return (await self._reach.look(lambda st2: self._printed(execution, most)))[0]
        return await self._reach.look(lambda st2: self._printed_below(st2, execution, most))

    def _printed(self, execution: str, most: int, kind: str = "") -> tuple[str, bool]:
        more = {"params": {"output_type": kind}} if kind else {}
        path = f"/executions/{execution}/output"
        _, tail, total = self._reach.tail(path, most, **more)
        shown, _ = results.legible(tail, most)
        if total > len(tail) and shown.startswith("("):
            shown, _ = results.legible(b"\0" * total, most)
        return shown, total > len(tail)

    def _printed_below(self, st2: Any, execution: str, most: int) -> str:
        tasks = [each for each in _steps(st2, execution, 50)
                 if each.id and not each.ref.startswith("core.ask")]  # fmt: skip
        pieces: list[str] = []
        for task in reversed(tasks[-_TASKS:]):
            printed, _ = self._printed(task.id, most)
            if printed.strip():
                pieces.insert(0, f"── {task.name}\n{printed.rstrip()}\n")
        return "\n".join(pieces).encode()[-most:].decode("utf-8", "replace")

    async def result(self, execution: str, most: int) -> RemoteResult:
        """What came of it. A result is as large as it likes: its size is looked at first."""
        return await self._reach.look(lambda st2: self._result(st2, execution, most))

    def _result(self, st2: Any, execution: str, most: int) -> RemoteResult:
        sender = st2.executions.client
        wanted = {"include_attributes": "id,status,result_size,action.ref,action.runner_type"}
        about = sender.get(f"/executions/{execution}", params=wanted).json()
        status = shapes.text(about.get("status"))
        path = f"/executions/{execution}/attribute/result"
        head, tail, total = self._reach.tail(path, _ENDS)
        if total <= LARGEST // 2:
            whole = head if total <= _ENDS else sender.get(path).content
            return results.told(_parsed(whole), status, most)
        printed, _ = self._printed(execution, most, "stdout" if status == "succeeded" else "")
        return results.too_large(head, tail, printed, status, most)

    def stream(self) -> AsyncIterator[Remote]:
        """Executions as they change."""
        return self._streamed()

    async def _streamed(self) -> AsyncIterator[Remote]:
        heard = listening.listen(self._system, self._reach, self._looking.many)
        try:
            async for one in heard:
                yield self._linked(one) if one.id else one
        finally:
            await heard.aclose()

    # ---- people, events, workflows ---------------------------------------------------------------

    async def inquiries(self) -> Sequence[RemoteInquiry]:
        """The questions that wait, of what still runs."""
        return await self._asking.inquiries()

    async def answer(self, inquiry: str, response: Mapping[str, Any]) -> None:
        """Answer a question."""
        await self._asking.answer(inquiry, response)

    async def tell(self, event: Mapping[str, Any], key: str) -> None:
        """One of our events, for rules there."""
        await self._reach.do(lambda st2: telling.tell(st2, self._system, event, key))

    async def keep(self, files: Mapping[str, str]) -> str:
        """Put the files of a workflow there; its ref."""
        ref = await self._reach.do(lambda st2: keeping.keep(st2, sdk(), files))
        self._schemas.pop(ref, None)
        return ref

    async def forget(self, ref: str) -> None:
        """Take an action away that was put there."""
        await self._reach.do(lambda st2: keeping.forget(st2, ref))
        self._schemas.pop(ref, None)

    def link(self, execution: str) -> str:
        """Where people see it."""
        return f"{self._web}{execution}/general" if self._web and execution else ""

    async def close(self) -> None:
        """Let go of connections and threads."""
        self._looking.close()
        self._reach.close()

    def _seen(self, found: Mapping[str, Any]) -> Remote:
        return self._linked(self._looking.seen(found))

    def _linked(self, one: Remote) -> Remote:
        """With the address people use, and not the one StackStorm thinks it has."""
        if not self._web and one.url and "//localhost" not in one.url and "#/history/" in one.url:
            self._web = one.url.partition("#/history/")[0] + "#/history/"
        return replace(one, url=self.link(one.id))


def _hello(st2: Any) -> str:
    sender = st2.executions.client
    try:
        who = shapes.text(sender.get("/user").json().get("username"))
    except (saying.NotThere, saying.Elsewhere):
        who = ""
    try:
        version = shapes.text(sender.get("/").json().get("version"))[:60]
    except (saying.NotThere, saying.Elsewhere, ValueError, AttributeError):
        version = ""
    if not who and not version:
        with suppress(saying.NotThere):
            sender.get("/actions", params={"limit": 1}).json()
            return "StackStorm"
        raise saying.Elsewhere("what answers there is not StackStorm's API")
    return f"StackStorm {version}".rstrip() + (f", as {who}" if who else "")


def _cancel(st2: Any, execution: str) -> None:
    """What is over or ending already answers that it can't be, which is no mistake."""
    with suppress(TooMuch):
        st2.executions.client.delete(f"/executions/{execution}")


def _cancel_below(st2: Any, execution: str, depth: int) -> None:
    for each in children(st2, execution, 100):
        if not (number := shapes.identity(each.get("id"))):
            continue
        if depth and shapes.is_workflow(each):
            _cancel_below(st2, number, depth - 1)
        if shapes.text(each.get("status")) in _STOPPED:
            _cancel(st2, number)


def _steps(st2: Any, execution: str, most: int, depth: int = 0) -> list[RemoteStep]:
    found: list[RemoteStep] = []
    below = children(st2, execution, 100)
    if not below and not depth:
        return _all_steps(st2, execution, most)
    for each in below[-most:]:
        if len(found) >= most:
            break
        found.append(shapes.step(each, depth))
        if depth < _DEPTH and shapes.is_workflow(each) and found[-1].id:
            found += _steps(st2, shapes.identity(each.get("id")), most - len(found), depth + 1)
    return found[:most]


def _all_steps(st2: Any, execution: str, most: int) -> list[RemoteStep]:
    """The same where executions are not listed by their parent: all that are below, in one list
    that nothing narrows."""
    try:
        found = [shapes.fields(each) for each in st2.executions.get_children(execution)]
    except (TooMuch, *saying.NONE):
        return []
    depths = {execution: -1}
    made = []
    for each in shapes.in_order(found)[-most:]:
        depth = depths.get(shapes.text(each.get("parent")), -1) + 1
        depths[shapes.text(each.get("id"))] = depth
        made.append(shapes.step(each, depth))
    return made


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else None
    except ValueError:
        return raw.decode("utf-8", "replace")
