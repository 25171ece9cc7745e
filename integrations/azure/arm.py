"""Azure Resource Manager: lists by nextLink, Resource Graph by skip token, and its quotas."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

from integrations._cloud import fields
from integrations._cloud.rest import PAGES, Rest, Waits
from integrations._cloud.tokens import Tokens
from integrations.azure.settings import Settings
from integrations.azure.signin import SignIn
from integrations.base import Permanent, Transient
from store.clock import Clock
from store.model import SECOND

GRAPH = "2021-03-01"
PAGE = 1000
"""Rows of Resource Graph at most."""
_HINT = re.compile(r"x-ms-ratelimit-.*-retry-after")
"""Cost Management names its waits in headers of its own; the longest counts."""


_REGION = re.compile(r"[a-z0-9]{2,40}")


class _Waits(Waits):
    def seconds(self, answer: httpx.Response) -> float | None:
        named = [
            fields.number(value)
            for name, value in answer.headers.items()
            if name == "retry-after" or _HINT.fullmatch(name)
        ]
        known = [each for each in named if each is not None]
        resets = reset_after(answer.headers.get("x-ms-user-quota-resets-after"))
        return max([*known, resets]) if known or resets else None


class Arm:
    """The requests of one source."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._sign_in = SignIn(settings, clock)
        tokens = Tokens(self._sign_in, clock)
        self._rest = Rest(
            "Azure", tokens, ca_file=settings.ca_file, waits=_Waits(), sleep=sleep
        )  # fmt: skip
        self._graph_turn = asyncio.Lock()
        self._graph_free_at = 0

    def _url(self, path: str) -> str:
        """An address of the resource manager. Of a full one only the path is kept: tokens go to
        the host that the operator wrote, whatever a page says."""
        if "://" not in path:
            return f"{self._settings.management_url}/{path.lstrip('/')}"
        split = urlsplit(path)
        base = urlsplit(self._settings.management_url)
        rest = split.path + (f"?{split.query}" if split.query else "")
        return f"{base.scheme}://{base.netloc}{rest}"

    async def get(self, path: str, version: str = "", **params: str) -> dict[str, Any]:
        """One object."""
        asked = {"api-version": version, **params} if version else None
        audience = self._settings.cloud.audience
        found: dict[str, Any] = await self._rest.ask(
            "GET", self._url(path), audience=audience, params=asked
        )
        return found

    async def post(
        self, path: str, version: str, body: Mapping[str, Any] | None = None, *,
        again: bool = True, headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """The answer to something that is sent; ``version`` is "" where the path has it."""
        what: dict[str, Any] = {"json": dict(body)} if body is not None else {}
        if version:
            what["params"] = {"api-version": version}
        return await self._rest.answer(
            "POST", self._url(path), audience=self._settings.cloud.audience, again=again,
            headers=dict(headers or {}), **what,
        )  # fmt: skip

    async def metrics(self, region: str, path: str, body: Mapping[str, Any], **params: str) -> Any:
        """What Azure Monitor's own host of a region says of many resources."""
        if not _REGION.fullmatch(region):  # it becomes part of a host's name
            raise Permanent(f"{region[:60]} is no region")
        url = self._settings.metrics_url.replace("{region}", region) + path
        return await self._rest.ask(
            "POST", url, audience=self._settings.cloud.metrics_audience, params=params, json=body
        )

    async def listed(
        self, path: str, version: str, **params: str
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """The pages of a list."""
        seen: set[str] = set()
        page = await self.get(path, version, **params)
        for _ in range(PAGES):
            yield fields.entries(page.get("value"))
            following = fields.say(page, "nextLink")
            if not following:
                return
            if following in seen:
                raise Transient("Azure gives the same page again and again")
            seen.add(following)
            page = await self.get(following)

    async def graph(
        self, query: str, subscriptions: Sequence[str], groups: Sequence[str] = ()
    ) -> AsyncIterator[tuple[list[dict[str, Any]], int]]:
        """The rows of a query over subscriptions, or over all below management groups, page by
        page, each with how many there are in all."""
        where = {"managementGroups": [*groups]} if groups else {"subscriptions": [*subscriptions]}
        options: dict[str, Any] = {"resultFormat": "objectArray", "$top": PAGE}
        done, seen = 0, set()
        for _ in range(PAGES):
            page = await self._asked({
                **where, "query": query, "options": options,
            })  # fmt: skip
            rows = _rows(page.get("data"))
            total = int(fields.number(page.get("totalRecords")) or 0)
            yield rows, total
            done += len(rows)
            token = fields.text(page.get("$skipToken") or page.get("skipToken"))
            if token and token not in seen:
                seen.add(token)
                options = {"resultFormat": "objectArray", "$top": PAGE, "$skipToken": token}
            elif done < total and rows and not token:
                options = {"resultFormat": "objectArray", "$top": PAGE, "$skip": done}
            elif token or fields.text(page.get("resultTruncated")).lower() == "true":
                raise Transient("Resource Graph cut its answer short")
            else:
                return

    async def _asked(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """One query, when the quota has room for it."""
        path = "/providers/Microsoft.ResourceGraph/resources"
        async with self._graph_turn:
            pause = (self._graph_free_at - self._clock.now()) / SECOND
            if pause > 0:
                await self._sleep(pause)
            answer = await self.post(path, GRAPH, body)
            self._note_quota(answer)
        return fields.body(answer, "Azure")

    def _note_quota(self, answer: httpx.Response) -> None:
        left = fields.number(answer.headers.get("x-ms-user-quota-remaining"))
        if left is not None and left < 1:
            wait = reset_after(answer.headers.get("x-ms-user-quota-resets-after"))
            self._graph_free_at = self._clock.now() + int(wait * SECOND)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._rest.close()
        await self._sign_in.close()


def reset_after(text: str | None) -> float:
    """Seconds of ``00:00:05``."""
    found = [fields.number(each) for each in (text or "").split(":")]
    if len(found) != 3 or None in found:
        return 0.0
    hours, minutes, seconds = (each or 0.0 for each in found)
    return min(hours * 3600 + minutes * 60 + seconds, 60.0)


def _rows(found: Any) -> list[dict[str, Any]]:
    """Rows as objects, also where they come as a table."""
    if isinstance(found, Mapping) and isinstance(found.get("rows"), list):
        names = [fields.say(each, "name") for each in fields.entries(found.get("columns"))]
        rows = (row for row in found["rows"] if isinstance(row, list))
        return [dict(zip(names, row, strict=False)) for row in rows]
    return fields.entries(found)
