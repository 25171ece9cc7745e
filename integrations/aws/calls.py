"""Calls to AWS off the event loop: so many a second and at a time, signed in anew where the
credentials have expired, every failure in our words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from integrations.aws.clients import Clients
from integrations.aws.errors import Expired, translated
from integrations.base import Transient

_SLOW = {"cloudtrail": 1.8, "ce": 1.0, "health": 4.0, "support": 2.0, "organizations": 2.0,
         "pricing": 3.0, "compute-optimizer": 2.0}  # fmt: skip
"""Calls a second that a service takes."""
_TOKENS = (
    ("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "Marker"),
    ("PaginationToken", "PaginationToken"), ("NextPageToken", "NextPageToken"),
    ("ContinuationToken", "ContinuationToken"), ("Marker", "Marker"),
    ("LastEvaluatedTableName", "ExclusiveStartTableName"),
)  # fmt: skip
"""How an answer names its next page, and how a request does."""
PAGES = 10_000


class Calls:
    """All calls of one source. ``made`` counts them by service and operation."""

    def __init__(self, clients: Clients, rate: float, threads: int) -> None:
        self.clients = clients
        self.made: dict[str, int] = {}
        self._rate = rate
        self._next: dict[tuple[str, str, str], float] = {}
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="aws")

    async def ask(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """One answer, or a typed error."""
        try:
            return await self._once(account, region, service, operation, params)
        except Expired:
            await self.run(self.clients.renew, account)
            return await self._once(account, region, service, operation, params)

    async def pages(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        """All pages of an answer, one after the other."""
        asked, seen = dict(params), set[str]()
        for _ in range(PAGES):
            answer = await self.ask(account, region, service, operation, asked)
            yield answer
            if not (following := next_page(answer)):
                return
            if (token := str(following)) in seen:
                break
            seen.add(token)
            asked = {**params, **following}
        raise Transient(f"{service}:{operation} has pages without end")

    async def run(self, function: Any, *args: Any) -> Any:
        """Something that blocks, in a thread of our own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    async def close(self) -> None:
        """Let go of threads and connections; calls under way end by their own time limits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        await asyncio.to_thread(self.clients.close)

    async def _once(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        await self._turn(account, region, service)
        what = f"{service}:{operation}"
        self.made[what] = self.made.get(what, 0) + 1
        call = partial(self._call, account, region, service, operation, dict(params))
        try:
            found: dict[str, Any] = await self.run(call)
        except RuntimeError as error:
            raise Transient(f"{what} was not asked: {error}") from None
        return found

    def _call(
        self, account: str, region: str, service: str, operation: str, params: dict[str, Any]
    ) -> Any:
        try:
            client = self.clients.get(account, region, service)
            names = client.meta.method_to_api_mapping
            method = next(mine for mine, theirs in names.items() if theirs == operation)
            return getattr(client, method)(**params)
        except Exception as error:  # noqa: BLE001  whatever a library raises is told apart there
            raise translated(error, f"{service}:{operation}") from None

    async def _turn(self, account: str, region: str, service: str) -> None:
        gap = 1.0 / min(self._rate, _SLOW.get(service, self._rate))
        loop, key = asyncio.get_running_loop(), (account, region, service)
        now = loop.time()
        mine = max(now, self._next.get(key, 0.0))
        self._next[key] = mine + gap
        if mine > now:
            await asyncio.sleep(mine - now)


def next_page(answer: Mapping[str, Any]) -> dict[str, str]:
    """What to ask with for the page after this one; empty where it was the last."""
    inner = answer.get("DistributionList")
    answer = inner if isinstance(inner, Mapping) else answer
    if answer.get("IsTruncated") is False:
        return {}
    for theirs, ours in _TOKENS:
        if token := answer.get(theirs):
            return {ours: str(token)}
    return {}
