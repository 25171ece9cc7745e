"""What is wrong in a project now, asked often: one part for each API, so that one that is refused
leaves what the others say as it is. An API that a project does not use says nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import entries, say
from integrations._cloud.rest import Refused
from integrations.base import Changes, Cursor, Item, Progress, Transient
from integrations.gcp import api as names
from integrations.gcp import faults
from integrations.gcp.api import Api, switched_off
from store.clock import Clock, iso
from store.model import HOUR, MINUTE, Severity
from store.model.resource import Fault, Health

Told = AsyncIterator[Item | Sequence[Item]]
Sick = tuple[Health, str]
_LATE = 2 * MINUTE
"""An entry of the log may come this late."""
_MOST_ENTRIES = 5000


class Checking:
    """The checks of one source."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._sick: dict[str, dict[str, dict[str, Sick]]] = {}

    def sick(self, project: str) -> dict[str, Sick]:
        """The resources that the last looks found ill, and why."""
        return {key: ill for found in self._sick.get(project, {}).values()
                for key, ill in found.items()}  # fmt: skip

    async def _noted(self, project: str, what: str, told: AsyncIterator[list[Fault]]) -> Told:
        """The faults, page by page; once all of them are there, who is ill is remembered."""
        ill: dict[str, Sick] = {}
        async for faults_ in told:
            yield faults_
            for each in faults_:
                down = each.severity is Severity.CRITICAL
                health = Health.DOWN if down else Health.DEGRADED
                ill[each.resource] = (health, each.description or f"{each.title}.")
        self._sick.setdefault(project, {})[what] = ill

    def instances(self, project: str) -> Told:
        """Machines that do not run though they should."""
        return self._noted(project, "instances", self._instances(project))

    def databases(self, project: str) -> Told:
        """Databases of Cloud SQL."""
        return self._noted(project, "databases", self._databases(project))

    def clusters(self, project: str) -> Told:
        """Clusters of GKE."""
        return self._noted(project, "clusters", self._clusters(project))

    def backends(self, project: str) -> Told:
        """Who answers behind the load balancers."""
        return self._noted(project, "backends", self._backends(project))

    async def _instances(self, project: str) -> AsyncIterator[list[Fault]]:
        asked = {"filter": 'status != "RUNNING"'}
        try:
            async for items, unreachable in self._api.aggregated(project, "instances", **asked):
                yield [fault for item in items for fault in faults.instance(item, project)]
                if unreachable:
                    raise Transient("Some zones of Google Cloud do not answer")
        except Refused as no:
            if not switched_off(no):
                raise

    async def _databases(self, project: str) -> AsyncIterator[list[Fault]]:
        path = f"/v1/projects/{project}/instances"
        try:
            async for items, _ in self._api.listed("sql", path, "items"):
                yield [fault for item in items for fault in faults.database(item, project)]
        except Refused as no:
            if not switched_off(no):
                raise

    async def _clusters(self, project: str) -> AsyncIterator[list[Fault]]:
        path = f"/v1/projects/{project}/locations/-/clusters"
        try:
            page = await self._api.get("container", path)
        except Refused as no:
            if not switched_off(no):
                raise
            return
        found = entries(page.get("clusters"))
        yield [fault for item in found for fault in faults.cluster(item, project)]
        if missing := fields.words(page.get("missingZones") or []):
            raise Transient(f"GKE does not answer for {', '.join(missing[:5])}")

    async def _backends(self, project: str) -> AsyncIterator[list[Fault]]:
        try:
            async for services, unreachable in self._api.aggregated(project, "backendServices"):
                for service in services:
                    states = await self._states(service)
                    yield list(faults.backend(service, states, project))
                if unreachable:
                    raise Transient("Some regions of Google Cloud do not answer")
        except Refused as no:
            if not switched_off(no):
                raise

    async def _states(self, service: Mapping[str, Any]) -> list[dict[str, Any]]:
        """How the backends of all groups are; a group without health checks says nothing."""
        found: list[dict[str, Any]] = []
        path = names.full_name(say(service, "selfLink")).partition("googleapis.com")[2]
        for each in entries(service.get("backends")):
            group = say(each, "group")
            if not path or "/networkEndpointGroups/" in group:
                continue
            try:
                body = {"group": group}
                answer = await self._api.post("compute", f"/compute/v1{path}/getHealth", body)
            except Refused as no:
                if no.status not in {400, 404}:
                    raise
                continue
            found += entries(answer.get("healthStatus"))
        return found

    async def events(self, project: str) -> Told:
        """Google's own outages that concern the project."""
        path = f"/v1/projects/{project}/locations/global/events"
        try:
            async for rows, _ in self._api.listed(
                "servicehealth", path, "events", view="EVENT_VIEW_FULL"
            ):
                yield [fault for row in rows for fault in faults.event(row, project)]
        except Refused as no:
            if not switched_off(no) and no.status != 404:
                raise

    async def activity(self, project: str, cursor: str) -> Told:
        """What was changed, by whom: the audit log of what administrators do."""
        now = self._clock.now()
        last = fields.number(cursor)
        since = max(int(last) - _LATE, now - 24 * HOUR) if last else now - HOUR
        log = f"projects/{project}/logs/cloudaudit.googleapis.com%2Factivity"
        body: dict[str, Any] = {
            "resourceNames": [f"projects/{project}"], "orderBy": "timestamp asc",
            "filter": f'logName="{log}" AND timestamp>="{iso(since)}"', "pageSize": 1000,
        }  # fmt: skip
        read, seen, reached = 0, set[str](), since
        yield Changes()
        while True:
            page = await self._api.post("logging", "/v2/entries:list", body)
            rows = entries(page.get("entries"))
            yield [found for row in rows for found in faults.deed(row, project)]
            read += len(rows)
            for row in rows:
                reached = max(reached, fields.instant(row.get("timestamp")) or 0)
            token = say(page, "nextPageToken")
            if not token or token in seen:
                yield Cursor(str(now))
                return
            if read >= _MOST_ENTRIES:
                yield Progress(read, note="There is more; the next look goes on from there.")
                yield Cursor(str(reached + _LATE))
                return
            seen.add(token)
            body["pageToken"] = token
