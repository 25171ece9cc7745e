"""One source of kind gcp: its parts, each project's apart, so that a refusal in one leaves the
others as they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import entries, say
from integrations._cloud.leaving import Leaving
from integrations._cloud.prices import Prices
from integrations._cloud.rest import Refused
from integrations.base import Acted, Cursor, Item, Part, Permanent, Progress
from integrations.gcp import actions, assets, checking, findings, measures, quotas
from integrations.gcp import api as names
from integrations.gcp.api import Api, switched_off
from integrations.gcp.billing import Billing
from integrations.gcp.looking import Looking, View
from integrations.gcp.settings import read
from store.clock import Clock, SystemClock, iso
from store.model import DAY
from store.model.resource import Resource, Sample

PROJECT = "cloudresourcemanager.googleapis.com/Project"
_SCHEDULE = {
    "inventory": (300.0, 540.0, "resources"), "instances": (120.0, 110.0, "machines' health"),
    "databases": (120.0, 110.0, "databases' health"),
    "clusters": (120.0, 110.0, "clusters' health"), "backends": (120.0, 110.0, "backends' health"),
    "service_health": (120.0, 110.0, "Google's outages"), "metrics": (300.0, 280.0, "measures"),
    "activity": (300.0, 280.0, "changes"), "quotas": (3600.0, 300.0, "quotas"),
    "recommendations": (86_400.0, 1200.0, "Recommender"),
}  # fmt: skip
"""Of each part how often it is asked for and how long it may take, in seconds."""
_ALWAYS = frozenset(("inventory", "instances", "databases", "clusters", "backends"))
_AT_ONCE = 6

Told = AsyncIterator[Item | Sequence[Item]]


class GoogleCloud:
    """All projects that one identity sees."""

    def __init__(
        self, name: str, settings: Mapping[str, Any], clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self.name = name
        said = self._settings = read(settings)
        self._clock = clock or SystemClock()
        self._api = Api(said, self._clock, sleep)
        self._views: dict[str, View] = {}
        self._leaving = Leaving()
        self._numbers: dict[str, str] = {}
        priced = Prices(findings.LIST, findings.SAID, said.prices, said.prices_day)
        rules = findings.Rules(priced, said.old_snapshot_days)
        self._checking = checking.Checking(self._api, self._clock)
        self._looking = Looking(
            self._api, said, self._clock, rules, self._numbers, self._checking.sick
        )
        self._billing = Billing(self._api, said, sleep)

    # what there is to ask

    async def parts(self) -> Sequence[Part]:
        """The projects, and of each what the settings want."""
        found = [Part("projects", 900.0, 120.0, "Projects")]
        if self._settings.billing_table:
            found.append(Part("cost", 43_200.0, 900.0, "Cost"))
        projects = [(each.account, each.name) for each in await self._projects()]
        for kind, (every, timeout, title) in _SCHEDULE.items():
            if kind in _ALWAYS or kind in self._settings.wanted:
                found += [
                    Part(f"{id_}/{kind}", every, timeout, f"{name}: {title}")
                    for id_, name in projects
                ]
        return found

    async def _projects(self) -> list[Resource]:
        said, rows = self._settings, list[dict[str, Any]]()
        if said.projects:
            rows = [{"projectId": each} for each in said.projects]
        elif said.scopes:
            rows = await self._by_scopes()
        else:
            path = "/v3/projects:search"
            async for page, _ in self._api.listed("resourcemanager", path, "projects"):
                rows += page
        found = {each.key: each for row in rows if (each := assets.project(row)) is not None}
        for each in found.values():
            if number := next((id_ for id_ in each.ids if id_.split("/")[-1].isdigit()), ""):
                self._numbers[each.account] = number
        return [found[key] for key in sorted(found)]

    async def _by_scopes(self) -> list[dict[str, Any]]:
        """The projects below organizations and folders; a project alone stands for itself."""
        rows: list[dict[str, Any]] = []
        for scope in self._settings.scopes:
            if scope.startswith("projects/"):
                rows.append({"projectId": scope.removeprefix("projects/")})
                continue
            found = [row async for page in self._searched(scope, PROJECT) for row in page]
            rows += found or await self._by_names(scope)
        return rows

    async def _searched(self, scope: str, type_: str = "") -> AsyncIterator[Sequence[Any]]:
        asked = {"pageSize": 500, **({"assetTypes": type_} if type_ else {})}
        path = f"/v1/{scope}:searchAllResources"
        async for page, _ in self._api.listed("asset", path, "results", **asked):
            yield page

    async def _by_names(self, scope: str) -> list[dict[str, Any]]:
        """Projects that the search does not tell of, by the names of what lies in them."""
        ids = {names.project_of(say(row, "name")) async for page in self._searched(scope)
               for row in page}  # fmt: skip
        return [{"projectId": id_} for id_ in sorted(ids) if id_ and not id_.isdigit()]

    # one part

    def sync(self, part: str, cursor: str) -> Told:
        """Everything of a part."""
        if part == "projects":
            return self._told_projects()
        if part == "cost" and self._settings.billing_table:
            return self._leaving.out(part, self._cost(cursor))
        project, _, kind = part.partition("/")
        check = self._checking
        asked: dict[str, Callable[[], Told]] = {
            "inventory": lambda: self._looking.resources(project, self._view(project)),
            "instances": lambda: check.instances(project),
            "databases": lambda: check.databases(project),
            "clusters": lambda: check.clusters(project),
            "backends": lambda: check.backends(project),
            "service_health": lambda: check.events(project),
            "activity": lambda: check.activity(project, cursor),
            "metrics": lambda: self._metrics(project),
            "quotas": lambda: self._quotas(project),
            "recommendations": lambda: self._recommendations(project),
        }
        if kind not in asked:
            raise Permanent(f"there is no part {part}")
        told = asked[kind]()
        return told if kind == "inventory" else self._leaving.out(part, told)

    def _view(self, project: str) -> View:
        return self._views.setdefault(project, View())

    async def _told_projects(self) -> Told:
        yield await self._projects()

    async def _metrics(self, project: str) -> Told:
        view, now = self._view(project), self._clock.now()
        wanted = [each for each in measures.MEASURES if _worth(each.google, view)]
        notes, refused, heard = set[str](), "", not wanted

        async def one(measure: measures.Measure) -> list[Sample]:
            nonlocal refused, heard
            found: list[Sample] = []
            path = f"/v3/projects/{project}/timeSeries"
            asked = measures.asked(measure, now)
            try:
                async for series, page in self._api.listed("monitoring", path, "timeSeries",
                                                           **asked):  # fmt: skip
                    heard = True
                    found += [
                        x
                        for each in series
                        for x in measures.sample(each, measure, project, view.machines)
                    ]
                    notes.update(say(e, "message")[:200] for e in
                                 entries(page.get("executionErrors")))  # fmt: skip
            except Refused as no:
                if no.status in {400, 404}:  # a metric that nothing has told of is not known there
                    heard = True
                else:
                    refused = str(no)
            return found

        for chunk in fields.chunks(wanted, _AT_ONCE):
            for found in await asyncio.gather(*map(one, chunk)):
                yield found
        if refused and not heard:
            raise Refused(refused, 403)
        if notes or refused:
            told = " ".join([refused, *sorted(notes)])
            yield Progress(0, note=f"Some measures are left out. {told}"[:400])

    async def _quotas(self, project: str) -> Told:
        now, warning = self._clock.now(), self._settings.quota_warning
        root = f"/compute/v1/projects/{project}"
        try:
            async for regions, _ in self._api.listed("compute", f"{root}/regions", "items"):
                yield [item for region in regions for quota in entries(region.get("quotas"))
                       for item in
                       quotas.told(quota, project, say(region, "name"), now, warning)]  # fmt: skip
            whole = await self._api.get("compute", root)
            yield [item for quota in entries(whole.get("quotas"))
                   for item in quotas.told(quota, project, "", now, warning)]  # fmt: skip
        except Refused as no:
            if not switched_off(no):
                raise

    async def _recommendations(self, project: str) -> Told:
        view = self._view(project)
        if not view.known:
            with contextlib.suppress(Refused):  # the places of the machines are known all the same
                async for _ in self._looking.resources(project, view):
                    pass
        asked = list(findings.asked(view.zones, view.regions))
        refused, heard = "", False
        for done, (name, place) in enumerate(asked, 1):
            path = f"/v1/projects/{project}/locations/{place}/recommenders/{name}/recommendations"
            try:
                async for rows, _ in self._api.listed("recommender", path, "recommendations"):
                    heard = True
                    yield [x for row in rows for x in findings.recommended(row, name, project)]
            except Refused as no:
                if switched_off(no):
                    return
                # Not every recommender knows every place.
                heard = heard or no.status in {400, 404}
                refused = str(no) if no.status not in {400, 404} else refused
            yield Progress(done, len(asked))
        if refused and not heard:
            raise Refused(refused, 403)
        if refused:
            yield Progress(len(asked), len(asked), f"Some recommenders are left out. {refused}")

    async def _cost(self, cursor: str) -> Told:
        now = self._clock.now()
        async for lines in self._billing.lines(cursor, now):
            yield lines
        yield Cursor(iso(now - now % DAY))

    # doing and asking

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        """Start, reset or stop a machine, or say what would be done."""
        return await actions.act(self._api, action, resource, dry_run)

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        """``detail`` of a machine."""
        if what != "detail":
            raise Permanent(f"Google Cloud has no {what} of a {resource.kind}.")
        return await actions.detail(self._api, resource)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


_SEEN_AS = {"agent": "compute", "cloudsql": "sqladmin", "loadbalancing": "compute"}


def _worth(metric: str, view: View) -> bool:
    """Whether the project has anything that a metric could be of."""
    service = metric.partition(".")[0]
    return not view.known or _SEEN_AS.get(service, service) in view.services
