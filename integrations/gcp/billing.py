"""What was spent: Google tells it by an export into BigQuery alone, which is queried by REST."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

from integrations._cloud import fields
from integrations._cloud.fields import dig, entries, say
from integrations._cloud.rest import Refused
from integrations.base import Permanent, Transient
from integrations.gcp.api import Api
from integrations.gcp.settings import Settings
from store.clock import iso
from store.model import DAY, Instant
from store.model.resource import Cost

FIRST = 35
"""Days that the first look goes back."""
AGAIN = 4
"""Days that are asked for again, because lines still come in."""
_PAGE = 5000
_WAIT_MS = 25_000
_LOOKS = 20


def first_day(cursor: str, now: Instant) -> Instant:
    """The instant at which the days asked for begin."""
    today = now - now % DAY
    last = fields.instant(cursor) if cursor else None
    return max(last - AGAIN * DAY, today - FIRST * DAY) if last else today - FIRST * DAY


def query(table: str, labels: tuple[str, ...], partitioned: bool = True) -> str:
    """Spend by day, service, project, region, kind of use and label; credits taken off. The table's
    partitions are days of loading, which come at or after those of use. The names in it are those
    of the settings, checked when they are read."""
    columns = [
        "FORMAT_DATE('%F', DATE(usage_start_time)) AS day",
        "service.description AS service", "project.id AS project", "location.region AS region",
        "sku.description AS sku", "currency",
    ]  # fmt: skip
    if "resource_v1" in table:
        columns.append("resource.global_name AS resource")
    for i, label in enumerate(labels):
        found = ("(SELECT value FROM UNNEST(labels) WHERE key =", f"'{label}' LIMIT 1)")
        columns.append(" ".join((*found, f"AS label_{i}")))
    credit = "SUM(IFNULL((SELECT SUM(c.amount) FROM UNNEST(credits) AS c), 0))"
    return " ".join((
        "SELECT", ", ".join(columns), f", SUM(cost) + {credit} AS amount FROM", f"`{table}`",
        "WHERE DATE(usage_start_time) >= @first",
        "AND DATE(_PARTITIONTIME) >= @first" if partitioned else "",
        "GROUP BY", ", ".join(str(i + 1) for i in range(len(columns))),
        "HAVING ABS(amount) >= 0.005",
    ))  # fmt: skip


class Billing:
    """The queries of one source."""

    def __init__(
        self, api: Api, settings: Settings, sleep: Callable[[float], Awaitable[Any]]
    ) -> None:
        self._api = api
        self._settings = settings
        self._sleep = sleep

    async def lines(self, cursor: str, now: Instant) -> AsyncIterator[list[Cost]]:
        """What was spent since the days that may still have changed, page by page."""
        try:
            page = await self._asked(cursor, now, partitioned=True)
        except Refused as no:  # a view has no partitions
            if "_PARTITIONTIME" not in str(no):
                raise
            page = await self._asked(cursor, now, partitioned=False)
        names = [say(each, "name") for each in entries(dig(page, "schema.fields"))]
        where, seen = self._where(page), set[str]()
        while True:
            yield [line for row in entries(page.get("rows")) for line in self._line(names, row)]
            token = say(page, "pageToken")
            if not token or token in seen:
                return
            seen.add(token)
            params = {"pageToken": token, "maxResults": _PAGE, **where}
            page = await self._api.get("bigquery", f"{self._root}/{self._job}", **params)

    @property
    def _root(self) -> str:
        said = self._settings
        project = said.billing_project or said.billing_table.split(".")[0]
        return f"/bigquery/v2/projects/{project}/queries"

    async def _asked(self, cursor: str, now: Instant, *, partitioned: bool) -> dict[str, Any]:
        """The first page of the query, once it has run."""
        said = self._settings
        body: dict[str, Any] = {
            "query": query(said.billing_table, said.cost_labels, partitioned),
            "useLegacySql": False,
            "parameterMode": "NAMED", "maxResults": _PAGE, "timeoutMs": _WAIT_MS,
            "queryParameters": [{
                "name": "first", "parameterType": {"type": "DATE"},
                "parameterValue": {"value": iso(first_day(cursor, now))[:10]},
            }],
        }  # fmt: skip
        if said.billing_location:
            body["location"] = said.billing_location
        return await self._complete(await self._api.post("bigquery", self._root, body))

    _job = ""

    def _where(self, page: Mapping[str, Any]) -> dict[str, str]:
        """The job of a query and where it runs, needed to ask for more of it."""
        self._job = say(page, "jobReference.jobId")
        location = say(page, "jobReference.location") or self._settings.billing_location
        return {"location": location} if location else {}

    async def _complete(self, page: dict[str, Any]) -> dict[str, Any]:
        """The first page, once the query has run."""
        where = self._where(page)
        for _ in range(_LOOKS):
            if errors := entries(page.get("errors")):
                raise Permanent(f"BigQuery: {say(errors[0], 'message')[:200]}")
            if page.get("jobComplete") is not False:
                return page
            await self._sleep(1.0)
            params = {"maxResults": _PAGE, "timeoutMs": _WAIT_MS, **where}
            page = await self._api.get("bigquery", f"{self._root}/{self._job}", **params)
        raise Transient("BigQuery did not end the query")

    def _line(self, names: list[str], row: Mapping[str, Any]) -> Iterator[Cost]:
        cells = [each.get("v") for each in entries(row.get("f"))]
        found = dict(zip(names, cells, strict=False))
        amount, day = fields.number(found.get("amount")), fields.text(found.get("day"))
        if amount is None or len(day) != 10:
            return
        labels = enumerate(self._settings.cost_labels)
        tags = {name: fields.text(found.get(f"label_{i}")) for i, name in labels}
        yield Cost(
            day=day, service=fields.text(found.get("service")) or "other", amount=amount,
            currency=fields.text(found.get("currency")) or "USD",
            account=fields.text(found.get("project")), region=fields.text(found.get("region")),
            usage=fields.text(found.get("sku")), resource=_full(fields.text(found.get("resource"))),
            tags={name: value for name, value in tags.items() if value},
        )  # fmt: skip


def _full(name: str) -> str:
    """The export names resources as the asset inventory does."""
    return name if name.startswith("//") else ""
