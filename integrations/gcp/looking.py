"""A project's resources: Compute Engine's own lists first, then all else by the asset inventory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations._cloud.fields import say
from integrations._cloud.rest import Refused
from integrations.base import Item, Progress, Transient
from integrations.gcp import api as names
from integrations.gcp import assets, compute, faults
from integrations.gcp.api import Api, Page, switched_off
from integrations.gcp.checking import Sick
from integrations.gcp.findings import Rules
from integrations.gcp.settings import Settings
from store.clock import Clock
from store.model import Instant
from store.model.resource import Health, Resource

_PAGE = 500


@dataclass(slots=True)
class View:
    """What is remembered of a project between two looks: machines by their number, the regions and
    zones in use, which services there are. ``known`` once it was looked at."""

    machines: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    known: bool = False

    @property
    def zones(self) -> list[str]:
        """The zones in use."""
        return sorted({zone for _, zone in self.places if zone})

    @property
    def regions(self) -> list[str]:
        """The regions in use."""
        return sorted({region for region, _ in self.places if region})


@dataclass(slots=True)
class _Look:
    """One look: what it told, and what it could not."""

    view: View
    sick: Mapping[str, Sick] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    partial: bool = False


class Looking:
    """Looks at projects; ``numbers`` are those by which Google calls them too."""

    def __init__(
        self, api: Api, settings: Settings, clock: Clock, rules: Rules,
        numbers: Mapping[str, str], sick: Callable[[str], Mapping[str, Sick]],
    ) -> None:  # fmt: skip
        self._api = api
        self._settings = settings
        self._clock = clock
        self._rules = rules
        self._numbers = numbers
        self._sick = sick

    async def resources(
        self, project: str, view: View
    ) -> AsyncIterator[Item | Sequence[Item]]:  # fmt: skip
        """All resources of a project, with what our rules find."""
        look, now = _Look(View(), sick=self._sick(project)), self._clock.now()
        for what in (*compute.LISTS, "snapshots"):
            try:
                async for items in self._entries(project, what, look):
                    yield [x for item in items for x in self._of_compute(what, item, project,
                                                                         look, now)]  # fmt: skip
            except Refused as no:
                if switched_off(no):
                    break
                look.notes.append(f"{what} are left out. {no}")
            yield Progress(len(look.told))
        view.machines, view.places = look.view.machines, look.view.places
        if self._settings.assets:
            async for rows in self._assets(project):
                yield [x for row in rows for x in self._of_assets(row, project, look, now)]
                yield Progress(len(look.told))
        elif look.partial:
            raise Transient("Some zones of Google Cloud do not answer")
        yield list(compute.places(look.view.places, project))
        if look.partial:
            look.notes.append("Some zones do not answer; their machines are as they were told of.")
        yield Progress(len(look.told), len(look.told), " ".join(look.notes))
        view.services, view.known = frozenset(look.services), True

    async def _entries(
        self, project: str, what: str, look: _Look
    ) -> AsyncIterator[Sequence[dict[str, Any]]]:
        if what == "snapshots":
            path = f"/compute/v1/projects/{project}/global/snapshots"
            async for items, _ in self._api.listed("compute", path, "items", maxResults=_PAGE):
                yield items
            return
        async for found, unreachable in self._api.aggregated(project, what):
            look.partial = look.partial or unreachable
            yield found

    def _of_compute(
        self, what: str, item: Mapping[str, Any], project: str, look: _Look, now: Instant
    ) -> Iterator[Item]:
        found = compute.resource(what, item, project)
        if found is None:
            return
        if what == "instances" and (number := say(item, "id")):
            look.view.machines[number] = found.key
        self._note(found, look)
        yield _with_health(found, look)
        yield from faults.certificate(found, now, self._settings.certificate_days)
        yield from self._rules.found(what, item, found, now)

    async def _assets(self, project: str) -> AsyncIterator[Sequence[dict[str, Any]]]:
        """The project's results; of a wider search where only that may be asked."""
        try:
            async for rows, _ in self._search(f"projects/{project}"):
                yield rows
        except Refused:
            if not self._settings.scopes:
                raise
            number = self._numbers.get(project, "")
            for scope in self._settings.scopes:
                query = {"query": f"project:{names.last(number)}"} if number else {}
                async for rows, _ in self._search(scope, **query):
                    yield [row for row in rows if _in(row, project, number)]

    def _search(self, scope: str, **more: str) -> AsyncIterator[Page]:
        path = f"/v1/{scope}:searchAllResources"
        return self._api.listed("asset", path, "results", pageSize=_PAGE, **more)

    def _of_assets(
        self, row: Mapping[str, Any], project: str, look: _Look, now: Instant
    ) -> Iterator[Item]:
        type_ = say(row, "assetType")
        look.services.add(type_.partition(".")[0])
        found = assets.resource(row, project)
        if found is None or found.kind == "project" or found.key in look.told:
            return
        self._note(found, look)
        yield _with_health(found, look)
        yield from faults.certificate(found, now, self._settings.certificate_days)

    def _note(self, found: Resource, look: _Look) -> None:
        look.told.add(found.key)
        region, zone = names.place_of(found.key, found.zone or found.region)
        if region or zone:
            place = (region, zone)
            look.view.places[place] = look.view.places.get(place, 0) + 1
        if found.key.startswith("//compute."):
            look.services.add("compute")


def _with_health(found: Resource, look: _Look) -> Resource:
    """The worse of what it says of itself and what the checks found."""
    ill = look.sick.get(found.key)
    if ill is None or found.health is Health.DOWN:
        return found
    return replace(found, health=ill[0], why=ill[1])


def _in(row: Mapping[str, Any], project: str, number: str) -> bool:
    own = say(row, "project")
    return own in {number, f"projects/{project}"} if own else (
        names.project_of(say(row, "name")) == project
    )  # fmt: skip
