"""Executions looked up, many in one request: two hundred that are followed cost a few calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from integrations.base import IntegrationError, Permanent, Remote
from integrations.stackstorm.reach import Reach, TooMuch
from integrations.stackstorm.saying import NotThere
from integrations.stackstorm.shapes import FIELDS, fields, in_order, is_workflow, remote, text

_TOGETHER = 50
_REMEMBERED = 5_000

Found = dict[str, Mapping[str, Any]]


class Looking:
    """Looks of the same moment go together; one alone goes alone."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._waiting: dict[str, asyncio.Future[Remote]] = {}
        self._task: asyncio.Task[None] | None = None
        self.workflows: dict[str, bool] = {}
        """Which executions are known to be of a workflow, and which not."""

    async def one(self, execution: str) -> Remote:
        """How it is now. NotThere where it is not."""
        future = self._waiting.get(execution)
        if future is None or future.done():
            future = asyncio.get_running_loop().create_future()
            self._waiting[execution] = future
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._together())
        return await asyncio.shield(future)

    async def _together(self) -> None:
        await asyncio.sleep(0)
        while self._waiting:
            batch = dict(list(self._waiting.items())[:_TOGETHER])
            for each in batch:
                del self._waiting[each]
            try:
                await self._settle(batch)
            except asyncio.CancelledError:
                for future in batch.values():
                    future.cancel()
                raise

    async def _settle(self, batch: dict[str, asyncio.Future[Remote]]) -> None:
        found: Found = {}
        if len(batch) > 1:
            try:
                found = {each["id"]: each for each in await self._listed(list(batch))}
            except Permanent:  # they are not listed by id there: each is asked for
                found = {}
            except IntegrationError as error:
                for future in batch.values():
                    _fail(future, error)
                return
        for execution, future in batch.items():
            try:
                there = found.get(execution)
                if there is None:
                    there = await self._reach.look(_by_id(execution))
            except IntegrationError as error:
                _fail(future, error)
            else:
                if not future.done():
                    future.set_result(self.seen(there))

    async def many(self, executions: Sequence[str]) -> Sequence[Remote]:
        """Those of some ids that are executions."""
        return [self.seen(each) for each in await self._listed(executions)]

    async def several(self, executions: Sequence[str]) -> Sequence[Remote]:
        """Those that are there; who is not in the list is asked for alone."""
        found: dict[str, Remote] = {}
        for start in range(0, len(executions), _TOGETHER):
            with suppress(Permanent):
                for one in await self.many(executions[start : start + _TOGETHER]):
                    found[one.id] = one
        for each in executions:
            if each not in found:
                with suppress(NotThere):
                    found[each] = await self.one(each)
        return [found[each] for each in executions if each in found]

    async def raw(self, executions: Sequence[str]) -> Found:
        """The same, as StackStorm tells them."""
        return {text(each.get("id")): each for each in await self._listed(executions)}

    async def _listed(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        if not ids:
            return []
        params = {"id": ",".join(ids)}
        rows = await self._reach.look(lambda st2: listed(st2, params, len(ids)))
        wanted = set(ids)
        return [each for each in rows if each.get("id") in wanted]

    def seen(self, there: Mapping[str, Any]) -> Remote:
        """An execution, and whether it is of a workflow."""
        one = remote(there)
        if len(self.workflows) > _REMEMBERED:
            self.workflows.clear()
        self.workflows[one.id] = is_workflow(there)
        return one

    def close(self) -> None:
        """Nobody looks any more."""
        if self._task is not None:
            self._task.cancel()


def listed(
    st2: Any, params: Mapping[str, Any], most: int, wanted: str = FIELDS
) -> list[Mapping[str, Any]]:
    """Executions by a filter, the newest first, with what is asked of them."""
    asked = {**params, "include_attributes": wanted, "limit": max(1, min(most, 100))}
    return [fields(each) for each in st2.executions.get_all(params=asked)]


def children(st2: Any, execution: str, most: int) -> list[Mapping[str, Any]]:
    """What an execution started, in the order it began."""
    found = listed(st2, {"parent": execution}, most)
    return in_order([each for each in found if each.get("parent") == execution])


def _by_id(execution: str) -> Callable[[Any], Mapping[str, Any]]:
    def ask(st2: Any) -> Mapping[str, Any]:
        try:
            found = st2.executions.get_by_id(execution, params={"include_attributes": FIELDS})
        except TooMuch:  # by one that narrows nothing
            sender = st2.executions.client
            status = sender.get(f"/executions/{execution}/attribute/status").json()
            found = {"id": execution, "status": status}
        if found is None:
            raise NotThere(f"StackStorm has no execution {execution}")
        return fields(found)

    return ask


def _fail(future: asyncio.Future[Remote], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()
