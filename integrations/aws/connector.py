"""The connector of one source: its parts, what is told of each, and what is done and asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from integrations.aws import acting, asking, plan
from integrations.aws.accounts import Accounts
from integrations.aws.calls import Calls
from integrations.aws.clients import Clients
from integrations.aws.errors import Expired, Refused
from integrations.aws.place import Memory, Place
from integrations.aws.settings import Source
from integrations.base import Acted, Changes, Cursor, Item, Part, Permanent, Progress
from store.clock import Clock, SystemClock
from store.model.resource import Fault, Finding, Resource, Sample

_ONLY_MORE = frozenset({"metrics", "trail", "cost"})
"""Areas that tell no resource: nothing of theirs can be gone."""
KEPT = 4096


class Aws:
    """Accounts of AWS. Nothing is asked, and no SDK imported, before it is needed."""

    def __init__(self, source: Source, clock: Clock | None = None) -> None:
        self._source = source
        self._clock = clock or SystemClock()
        self.calls = Calls(Clients(source), source.number("rate"), int(source.number("threads")))
        self._accounts = Accounts(source, self.calls)
        self._memory = Memory()

    async def parts(self) -> Sequence[Part]:
        """The parts of all accounts; one for an account that can't be signed in to."""
        now = self._clock.now()
        accounts = await self._accounts.all(now)
        await self._learn_regions()
        found = [
            each
            for account in accounts
            for each in plan.parts(account, self._source, self._memory.has, self._memory.empty)
        ]
        return [*found, *(Part(f"{ident}/account") for ident in self._accounts.wrong())]

    async def sync(self, part: str, cursor: str) -> AsyncIterator[Item | Sequence[Item]]:
        """Everything of a part. What was refused is noted once, at the end."""
        ident, region, area = plan.place_of(part)
        if area is None:
            raise Permanent(f"AWS has no part {part}")
        now = self._clock.now()
        account = await self._accounts.get(ident, now)
        place = Place(
            self._source, account, region or account.home, self.calls, self._memory, now,
            _state(cursor),
        )  # fmt: skip
        if area.name in _ONLY_MORE:
            yield Changes()
        told = 0
        try:
            async for items in area.read(place):
                told += sum(isinstance(each, Resource | Finding | Fault | Sample) for each in items)
                for start in range(0, len(items), KEPT):
                    yield items[start : start + KEPT]
        except Refused as error:
            raise Permanent(f"no longer allowed: {error}") from None
        except Expired:
            raise Permanent("the credentials have expired, and new ones are no better") from None
        if area.name not in plan.BACKGROUND:
            (self._memory.empty.discard if told else self._memory.empty.add)(part)
        if place.notes:
            yield Progress(told, told, "left out: " + "; ".join(sorted(place.notes)))
        if (text := json.dumps(place.state, sort_keys=True)) != cursor:
            yield Cursor(text)

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        """One of ``ACTIONS``."""
        await self._accounts.get(resource.account, self._clock.now())
        return await acting.act(self.calls, action, resource, params, dry_run)

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        """``logs`` or ``detail`` of a resource."""
        now = self._clock.now()
        await self._accounts.get(resource.account, now)
        return await asking.ask(self.calls, what, resource, params, now)

    async def close(self) -> None:
        """Let go of clients and threads."""
        await self.calls.close()

    async def _learn_regions(self) -> None:
        if self._memory.regions or self._source.endpoint_url:
            return
        services = {each.service for each in plan.REGIONAL} | plan.ALSO
        self._memory.regions = {
            each: await self.calls.run(self.calls.clients.regions, each) for each in services
        }


def _state(cursor: str) -> dict[str, Any]:
    try:
        found = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
