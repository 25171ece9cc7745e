"""BigQuery's part of the stand-in: a query that takes its time, and whose rows come in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from tests.support.gcp.server import FakeGoogle

TABLE = "shop-prod.billing.gcp_billing_export_v1_0123AB"
_COLUMNS = ("day", "service", "project", "region", "sku", "currency", "label_0", "amount")


class Queries:
    """``slow`` looks are answered with a job that is not complete; a ``view`` has no partitions."""

    def __init__(self, fake: FakeGoogle) -> None:
        self._fake = fake
        self.slow = 0
        self.view = False
        self.first = ""
        self.asked: list[str] = []

    async def ask(self, request: web.Request) -> Any:
        """A new query."""
        from tests.support.gcp.server import Said

        body = await request.json()
        query = body["query"]
        self._fake.need(request.match_info["project"], "bigquery.tables.getData")
        if body["useLegacySql"] is not False or f"`{TABLE}`" not in query:
            raise Said(400, "INVALID_ARGUMENT", "Not found: Table")
        if self.view and "_PARTITIONTIME" in query:
            raise Said(400, "INVALID_ARGUMENT", "Unrecognized name: _PARTITIONTIME at [1:9]")
        (parameter,) = body["queryParameters"]
        self.first = parameter["parameterValue"]["value"]
        self.asked.append(query)
        return self._answer(0, body["maxResults"])

    async def more(self, request: web.Request) -> Any:
        """The next look at a query."""
        from tests.support.gcp.server import Said

        if request.match_info["job"] != "job1" or request.query.get("location") != "EU":
            raise Said(404, "NOT_FOUND", "Not found: Job")
        return self._answer(int(request.query.get("pageToken", 0)), 5000)

    def _answer(self, start: int, most: int) -> dict[str, Any]:
        found: dict[str, Any] = {
            "kind": "bigquery#queryResponse", "jobComplete": True,
            "jobReference": {"projectId": "x", "jobId": "job1", "location": "EU"},
        }  # fmt: skip
        if self.slow > 0:
            self.slow -= 1
            return {**found, "jobComplete": False}
        rows = [row for row in self._fake.world.spend if row[0] >= self.first]
        size = min(most, self._fake.most)
        found["schema"] = {"fields": [{"name": name, "type": "STRING"} for name in _COLUMNS]}
        found["totalRows"] = str(len(rows))
        found["rows"] = [{"f": [{"v": v} for v in row]} for row in rows[start : start + size]]
        if start + size < len(rows):
            found["pageToken"] = str(start + size)
        return found
