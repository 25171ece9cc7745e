"""One source of kind azure: its parts, each subscription's apart, so that a refusal in one leaves
the others as they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import say
from integrations._cloud.leaving import Leaving
from integrations._cloud.prices import Prices
from integrations._cloud.rest import Refused
from integrations.azure import (
    actions,
    changes,
    cost,
    faults,
    findings,
    kinds,
    measuring,
    prices,
    quotas,
)
from integrations.azure.arm import Arm
from integrations.azure.looking import Looking, View
from integrations.azure.settings import Settings, read
from integrations.base import Acted, Changes, Cursor, Item, Part, Permanent, Progress
from store.clock import Clock, SystemClock, iso
from store.model import DAY
from store.model.resource import Health, Resource

HEALTH = "2025-05-01"
ADVISOR = "2020-01-01"
SUBSCRIPTIONS = "2022-12-01"
_CONTAINERS = (
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'"
    " | project id, name, subscriptionId, properties, tags | order by id asc"
)
_SCHEDULE = {
    "inventory": (300.0, 540.0, "resources"), "health": (90.0, 80.0, "health"),
    "service_health": (120.0, 110.0, "Azure's outages"),
    "metrics": (300.0, 280.0, "measures"), "changes": (120.0, 110.0, "changes"),
    "quotas": (3600.0, 600.0, "quotas"), "recommendations": (86_400.0, 900.0, "Advisor"),
    "cost": (43_200.0, 1800.0, "cost"),
}  # fmt: skip
"""Of each part how often it is asked for and how long it may take, in seconds."""
_ALWAYS = frozenset(("inventory", "health", "service_health"))

Told = AsyncIterator[Item | Sequence[Item]]


class Azure:
    """All subscriptions that one identity sees."""

    def __init__(
        self, name: str, settings: Mapping[str, Any], clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self.name = name
        self._settings: Settings = read(settings)
        self._clock = clock or SystemClock()
        self._arm = Arm(self._settings, self._clock, sleep)
        self._views: dict[str, View] = {}
        self._leaving = Leaving()
        said = self._settings
        priced = Prices(prices.LIST, prices.SAID, said.prices, said.prices_day)
        rules = findings.Rules(priced, said.old_snapshot_days)
        self._looking = Looking(self._arm, said, self._clock, rules)
        self._measuring = measuring.Measuring(self._arm, said, self._clock)

    # what there is to ask

    async def parts(self) -> Sequence[Part]:
        """The subscriptions, and of each what the settings want."""
        found = [Part("subscriptions", 900.0, 120.0, "Subscriptions")]
        subs = [(each.account, each.name) for each in await self._subscriptions()]
        for kind, (every, timeout, title) in _SCHEDULE.items():
            if kind in _ALWAYS or kind in self._settings.wanted:
                found += [Part(f"{s}/{kind}", every, timeout, f"{n}: {title}") for s, n in subs]
        return found

    async def _subscriptions(self) -> list[Resource]:
        said = self._settings
        if said.subscriptions:
            return [await self._subscription(each) for each in said.subscriptions]
        rows: list[dict[str, Any]] = []
        if said.management_groups:
            async for page, _ in self._arm.graph(_CONTAINERS, (), said.management_groups):
                rows += page
        else:
            async for listed in self._arm.listed("/subscriptions", SUBSCRIPTIONS):
                rows += listed
        found = {each.key: each for row in rows if (each := _account(row)) is not None}
        return [found[key] for key in sorted(found)]

    async def _subscription(self, sub: str) -> Resource:
        """One that is named in the settings; what it is called may be out of our sight."""
        try:
            row = await self._arm.get(kinds.subscription_key(sub), SUBSCRIPTIONS)
        except Refused as no:
            row = {"properties": {}, "why": str(no)}
        found = _account({**row, "subscriptionId": sub})
        assert found is not None
        return found

    # one part

    def sync(self, part: str, cursor: str) -> Told:
        """Everything of a part."""
        if part == "subscriptions":
            return self._accounts()
        sub, _, kind = part.partition("/")
        asked: dict[str, Callable[[], Told]] = {
            "inventory": lambda: self._looking.resources(sub, self._view(sub), self._sick),
            "health": lambda: self._health(sub),
            "service_health": lambda: self._events(sub),
            "metrics": lambda: self._measuring.samples(sub),
            "changes": lambda: self._changes(sub, cursor),
            "quotas": lambda: self._quotas(sub),
            "recommendations": lambda: self._recommendations(sub),
            "cost": lambda: self._cost(sub, cursor),
        }
        if kind not in asked:
            raise Permanent(f"there is no part {part}")
        told = asked[kind]()
        return told if kind == "inventory" else self._leaving.out(part, told)

    def _view(self, sub: str) -> View:
        return self._views.setdefault(sub, View())

    async def _accounts(self) -> Told:
        yield await self._subscriptions()

    async def _sick(self, sub: str) -> None:
        """Learn how Resource Health finds the resources, before the first look at them."""
        async for _ in self._health(sub):
            pass

    async def _health(self, sub: str) -> Told:
        sick: dict[str, tuple[Health, str]] = {}
        portal = self._settings.cloud.portal
        root = f"/subscriptions/{sub}/providers/Microsoft.ResourceHealth"
        async for page in self._arm.listed(f"{root}/availabilityStatuses", HEALTH):
            for status in page:
                key, health, why = faults.health_of(status)
                if key and health in {Health.DOWN, Health.DEGRADED}:
                    sick[key] = (health, why)
            yield [fault for status in page for fault in faults.of_status(status, portal)]
        self._view(sub).sick = sick

    async def _events(self, sub: str) -> Told:
        now = self._clock.now()
        root = f"/subscriptions/{sub}/providers/Microsoft.ResourceHealth"
        async for page in self._arm.listed(f"{root}/events", HEALTH):
            regions = self._view(sub).regions if page else frozenset[str]()
            if page and not regions:
                regions = frozenset(await self._measuring.regions(sub))
            yield [f for each in page for f in faults.of_event(each, sub, regions)]
            yield [h for each in page for h in faults.notice(each, sub, now)]

    async def _changes(self, sub: str, cursor: str) -> Told:
        now = self._clock.now()
        query = changes.query(changes.since(cursor, now))
        yield Changes()
        async for rows, _ in self._arm.graph(query, [sub]):
            yield [found for row in rows for found in changes.happening(row)]
        yield Cursor(str(now))

    async def _quotas(self, sub: str) -> Told:
        regions = sorted(self._view(sub).regions or await self._measuring.regions(sub))
        now, said, refused, heard = self._clock.now(), self._settings, "", not regions
        for region in regions:
            for provider, version in quotas.ASKED:
                path = f"/subscriptions/{sub}/providers/{provider}/locations/{region}/usages"
                try:
                    async for page in self._arm.listed(path, version):
                        heard = True
                        yield [item for each in page for item in
                               quotas.told(each, sub, region, now, said.quota_warning)]  # fmt: skip
                except Refused as no:
                    refused = str(no)
        if refused and not heard:
            raise Refused(refused, 403)
        if refused:
            yield Progress(0, note=f"Some quotas are left out. {refused}")

    async def _recommendations(self, sub: str) -> Told:
        path = f"/subscriptions/{sub}/providers/Microsoft.Advisor/recommendations"
        async for page in self._arm.listed(path, ADVISOR):
            yield [found for row in page for found in findings.recommended(row, sub)]

    async def _cost(self, sub: str, cursor: str) -> Told:
        now = self._clock.now()
        start = cost.first_day(cursor, now)
        for span in cost.spans(self._settings.cost_detail, start, now):
            async for page in self._bill(sub, cost.question(*span)):
                yield list(cost.lines(page, sub))
        yield Cursor(iso(now - now % DAY))

    async def _bill(self, sub: str, body: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        path = f"/subscriptions/{sub}/providers/Microsoft.CostManagement/query"
        version, seen = cost.VERSION, set[str]()
        while True:
            answer = await self._arm.post(path, version, body, headers=cost.HEADERS)
            page = fields.body(answer, "Azure")
            yield page
            following = say(page, "properties.nextLink") or say(page, "nextLink")
            if not following or following in seen:
                return
            seen.add(following)
            path, version = following, ""

    # doing and asking

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        """Start, restart or deallocate a machine, or say what would be done."""
        return await actions.act(self._arm, action, resource, dry_run)

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        """``detail`` of a machine."""
        if what != "detail":
            raise Permanent(f"Azure has no {what} of a {resource.kind}.")
        return await actions.detail(self._arm, resource)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._arm.close()


def _account(row: Mapping[str, Any]) -> Resource | None:
    """A subscription, in the shape of either list."""
    sub = (say(row, "subscriptionId") or say(row, "id").rpartition("/")[2]).lower()
    state = say(row, "state") or say(row, "properties.state")
    if not sub or state.lower() == "deleted":
        return None
    name = say(row, "displayName") or say(row, "name") or sub
    ill = state.lower() in {"disabled", "pastdue", "warned"}
    health = Health.DEGRADED if ill else Health.OK if state else Health.UNKNOWN
    return Resource(
        key=kinds.subscription_key(sub), kind="account", name=name, state=state, health=health,
        why=say(row, "why") or (f"The subscription is {state}." if ill else ""), account=sub,
        tags=fields.tags(row.get("tags")), ids=(sub,),
    )  # fmt: skip
