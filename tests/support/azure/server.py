"""The stand-in itself: tokens that end, versions that are checked, quotas that are kept, page
tokens that nobody can make up, and rights that can be taken away."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from store.clock import Clock, to_datetime
from store.model import MINUTE, SECOND
from tests.support.azure import kusto, signing
from tests.support.azure.world import DATA, SHOP, SHUT, World, made
from tests.support.pagers.server import Standin

TENANT = "99999999-aaaa-bbbb-cccc-000000000000"
CLIENT = "88888888-aaaa-bbbb-cccc-000000000000"
SECRET = "s3cret-of-azure"
MANAGEMENT = "https://management.azure.com"
METRICS = "https://metrics.monitor.azure.com"
LIFE = 3600
PAGE_LIFE = 10 * MINUTE
_ACTIONS = {"start": "PowerState/running", "restart": "PowerState/running",
            "deallocate": "PowerState/deallocated"}  # fmt: skip

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Said(Exception):
    """An error as the resource manager words it."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.answer = web.json_response(
            {"error": {"code": code, "message": message}}, status=status, headers=headers
        )


class FakeAzure(Standin):
    """``forbidden`` are (subscription, permission) that are refused, ``used`` the permissions that
    were needed so far. ``most`` rows of any list are on a page."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.world: World = made(to_datetime(clock.now()))
        self.most = 150
        self.used: set[str] = set()
        self.forbidden: set[tuple[str, str]] = set()
        self.batches = True
        self.machine = False
        self.federated = ""
        self.trust = signing.Certificate()
        self.tokens: dict[str, tuple[str, int]] = {}
        self.fetched = 0
        self.queries: list[str] = []
        self.acted: list[str] = []
        self._pages: dict[str, tuple[Any, int]] = {}
        self._graph: list[int] = []
        self.cost_quota = 100

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        sub = "/subscriptions/{sub}"
        arm = "/subscriptions/{sub}/providers"
        tail = "/{rest:.*}"
        return [
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
            web.get("/metadata/identity/oauth2/token", self._identity),
            web.get("/subscriptions", self._arm("2022-12-01", "", self._subscriptions)),
            web.get(sub, self._arm("2022-12-01", "", self._subscription)),
            web.post("/providers/Microsoft.ResourceGraph/resources",
                     self._arm("2021-03-01", "", self._resources)),
            web.get(f"{arm}/Microsoft.ResourceHealth/availabilityStatuses", self._arm(
                "2025-05-01", "Microsoft.ResourceHealth/availabilityStatuses/read",
                self._statuses)),
            web.get(f"{arm}/Microsoft.ResourceHealth/events", self._arm(
                "2025-05-01", "Microsoft.ResourceHealth/events/read", self._events)),
            web.get(f"{arm}/Microsoft.Advisor/recommendations", self._arm(
                "2020-01-01", "Microsoft.Advisor/recommendations/read", self._advice)),
            web.post(f"{arm}/Microsoft.CostManagement/query", self._arm(
                "2025-03-01", "Microsoft.CostManagement/query/action", self._cost)),
            web.get(f"{arm}/Microsoft.Compute/locations/{{where}}/usages", self._arm(
                "2024-07-01", "Microsoft.Compute/locations/usages/read", self._usages)),
            web.get(f"{arm}/Microsoft.Network/locations/{{where}}/usages", self._arm(
                "2024-05-01", "Microsoft.Network/locations/usages/read", self._usages)),
            web.post("/metrics/{region}" + sub + "/metrics:getBatch", self._arm(
                "2023-10-01", "Microsoft.Insights/metrics/read", self._batch, METRICS)),
            web.get(sub + "/resourceGroups" + tail, self._arm("", "", self._resource)),
            web.post(sub + "/resourceGroups" + tail, self._arm("", "", self._act)),
            web.get(sub.lower() + "/resourcegroups" + tail, self._arm("", "", self._resource)),
            web.post(sub.lower() + "/resourcegroups" + tail, self._arm("", "", self._act)),
        ]  # fmt: skip

    # signing in

    async def _token(self, request: web.Request) -> web.Response:
        self.fetched += 1
        form = await request.post()
        scope = str(form.get("scope", ""))
        wrong = (
            form.get("grant_type") != "client_credentials"
            or request.match_info["tenant"] != TENANT
            or scope not in {f"{MANAGEMENT}/.default", f"{METRICS}/.default"}
        )
        if wrong:
            self.against(f"token asked with {sorted(form)} for {scope}")
            return _oauth(400, "invalid_request", "AADSTS900144: the request is wrong")
        if error := self._proof_error(form, str(request.url)):
            return _oauth(401, "invalid_client", error)
        return self._issued(scope.removesuffix("/.default"))

    def _proof_error(self, form: Mapping[str, Any], url: str) -> str:
        if form.get("client_id") != CLIENT:
            return "AADSTS700016: Application was not found"
        if "client_secret" in form:
            good = form["client_secret"] == SECRET
            return "" if good else "AADSTS7000215: Invalid client secret provided."
        if form.get("client_assertion_type") != (
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        ):
            return "AADSTS7000216: client_assertion is required"
        given = str(form.get("client_assertion", ""))
        if self.federated:
            return "" if given == self.federated else "AADSTS700213: No matching federated identity"
        return self.trust.fault(given, url, CLIENT, self.clock.now() // SECOND)

    async def _identity(self, request: web.Request) -> web.Response:
        if request.headers.get("Metadata") != "true" or not self.machine:
            return web.json_response({"error": "invalid_request"}, status=400)
        if request.query.get("api-version") != "2018-02-01":
            self.against("the identity of a machine is asked with another version")
        return self._issued(request.query["resource"])

    def _issued(self, audience: str) -> web.Response:
        token = secrets.token_urlsafe(12)
        self.tokens[token] = (audience, self.clock.now() + LIFE * SECOND)
        return web.json_response(
            {"token_type": "Bearer", "expires_in": LIFE, "access_token": token}
        )

    def expire_tokens(self) -> None:
        """None of the tokens is good any more, whatever was said of their life."""
        self.tokens.clear()

    # the resource manager

    def _arm(self, version: str, permission: str, then: Any, audience: str = MANAGEMENT) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            try:
                self._authenticated(request, audience)
                said = request.query.get("api-version", "")
                if not said:
                    raise Said(400, "MissingApiVersionParameter", "api-version is required")
                if version and said != version:
                    raise Said(400, "InvalidResourceType", f"{said} is not supported")
                self._allowed(request, permission)
                return web.json_response(await then(request))
            except Said as said_:
                return said_.answer

        return handler

    def _authenticated(self, request: web.Request, audience: str) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known, until = self.tokens.get(token, ("", 0))
        if known != audience or until <= self.clock.now():
            raise Said(401, "ExpiredAuthenticationToken", "The access token expired.")

    def _allowed(self, request: web.Request, permission: str) -> None:
        sub = request.match_info.get("sub", "")
        if sub and sub not in self.world.states:
            raise Said(404, "SubscriptionNotFound", f"The subscription '{sub}' is not there.")
        if permission:
            self.need(sub, permission)

    def need(self, sub: str, permission: str) -> None:
        """Refused where this right is taken away."""
        self.used.add(permission)
        if (sub, permission) in self.forbidden:
            raise Said(403, "AuthorizationFailed",
                       f"The client does not have authorization to perform action '{permission}'"
                       f" over scope '/subscriptions/{sub}'")  # fmt: skip

    def _page(self, request: web.Request, items: list[Any]) -> dict[str, Any]:
        """A page of a list with the address of the next one."""
        start = self._opened(request.query.get("$skipToken", ""), request.path)
        page: dict[str, Any] = {"value": items[start : start + self.most]}
        if start + self.most < len(items):
            token = self._sealed((request.path, start + self.most))
            version = request.query["api-version"]
            page["nextLink"] = f"{self.url}{request.path}?api-version={version}&$skipToken={token}"
        return page

    def _sealed(self, what: Any) -> str:
        token = secrets.token_urlsafe(16)
        self._pages[token] = (what, self.clock.now() + PAGE_LIFE)
        return token

    def _opened(self, token: str, of: Any) -> int:
        if not token:
            return 0
        (what, start), until = self._pages.get(token, ((None, 0), 0))
        if what != of or until <= self.clock.now():
            raise Said(400, "InvalidSkipToken", "The skip token is not valid any more.")
        return int(start)

    async def _subscriptions(self, request: web.Request) -> Any:
        return self._page(request, [self._sub(each) for each in self.world.states])

    async def _subscription(self, request: web.Request) -> Any:
        return self._sub(request.match_info["sub"])

    def _sub(self, sub: str) -> dict[str, Any]:
        names = {SHOP: "Shop", DATA: "Data", SHUT: "Shut"}
        return {"id": f"/subscriptions/{sub}", "subscriptionId": sub, "tags": None,
                "displayName": names[sub], "state": self.world.states[sub]}  # fmt: skip

    # Resource Graph

    async def _resources(self, request: web.Request) -> Any:
        body = await request.json()
        if set(body) - {"subscriptions", "managementGroups", "query", "options", "facets"}:
            self.against(f"Resource Graph is asked with {sorted(body)}")
        self._count_query()
        options = body.get("options", {})
        if not 1 <= options.get("$top", 100) <= 1000:
            raise Said(400, "BadRequest", "$top")
        subs = body.get("subscriptions") or (
            [SHOP] if body.get("managementGroups") == ["shop-group"] else []
        )
        if not subs:
            raise Said(400, "BadRequest", "NoValidSubscriptionsInQueryRequest")
        for sub in subs:
            self.need(sub, "Microsoft.Resources/subscriptions/resources/read")
        self.queries.append(body["query"])
        try:
            found = kusto.run(body["query"], self._table(body["query"], subs))
        except kusto.BadQuery as wrong:
            raise Said(400, "BadRequest", str(wrong)) from None
        token = options.get("$skipToken", "")
        start = self._opened(token, (body["query"], *subs)) or options.get("$skip", 0)
        size = min(options.get("$top", 100), self.most)
        page = found[start : start + size]
        more = start + size < len(found)
        answer = {"totalRecords": len(found), "count": len(page), "data": page, "facets": [],
                  "resultTruncated": "true" if more else "false"}  # fmt: skip
        if more:
            answer["$skipToken"] = self._sealed(((body["query"], *subs), start + size))
        return answer

    def _table(self, query: str, subs: list[str]) -> list[dict[str, Any]]:
        tables = {
            "resources": self.world.rows, "computeresources": self.world.in_sets,
            "resourcechanges": self.world.changes,
            "resourcecontainers": [
                {**self._sub(each), "type": "microsoft.resources/subscriptions",
                 "name": self._sub(each)["displayName"],
                 "properties": {"state": self.world.states[each]}}
                for each in self.world.states
            ],
        }  # fmt: skip
        rows = tables[kusto.table_of(query)]
        return [row for row in rows if row["subscriptionId"] in subs]

    def _count_query(self) -> None:
        """15 queries in 5 seconds."""
        now = self.clock.now()
        self._graph = [each for each in self._graph if each > now - 5 * SECOND]
        if len(self._graph) >= 15:
            headers = {"Retry-After": "5", "x-ms-user-quota-remaining": "0",
                       "x-ms-user-quota-resets-after": "00:00:05"}  # fmt: skip
            self.against("Resource Graph was asked though its quota was used up")
            raise Said(429, "RateLimiting", "Please slow down.", headers)
        self._graph.append(now)

    @property
    def quota(self) -> Mapping[str, str]:
        """What every answer of Resource Graph says of its quota."""
        return {"x-ms-user-quota-remaining": str(15 - len(self._graph)),
                "x-ms-user-quota-resets-after": "00:00:05"}  # fmt: skip

    @web.middleware
    async def _ordered_first(self, request: web.Request, handler: Any) -> web.StreamResponse:
        answer = await super()._ordered_first(request, handler)
        if "ResourceGraph" in request.path:
            answer.headers.update(self.quota)
        return answer

    # health, advice, cost, usage

    async def _statuses(self, request: web.Request) -> Any:
        sub = request.match_info["sub"]
        return self._page(request, [
            {"id": f"{id_}/providers/Microsoft.ResourceHealth/availabilityStatuses/current",
             "name": "current", "type": "Microsoft.ResourceHealth/AvailabilityStatuses",
             "location": "westeurope", "properties": props}
            for id_, props in self.world.statuses.items() if f"/{sub}/" in id_
        ])  # fmt: skip

    async def _events(self, request: web.Request) -> Any:
        return self._page(request, self.world.events)

    async def _advice(self, request: web.Request) -> Any:
        sub = request.match_info["sub"]
        return self._page(request, [each for each in self.world.advice if sub in each["id"]])

    async def _usages(self, request: web.Request) -> Any:
        return self._page(request, self.world.usages)

    async def _cost(self, request: web.Request) -> Any:
        if request.headers.get("ClientType") != "PixelView":
            self.against("Cost Management is asked without a name")
        if self.cost_quota <= 0:
            self.cost_quota = 100
            headers = {"x-ms-ratelimit-microsoft.costmanagement-entity-retry-after": "7"}
            raise Said(429, "429", "Too many requests. Please retry.", headers)
        self.cost_quota -= 1
        body = await request.json()
        dataset = body["dataset"]
        if body["timeframe"] != "Custom" or dataset["granularity"] != "Daily":
            raise Said(400, "BadRequest", "timeframe")
        by = [each["name"] for each in dataset["grouping"]]
        if len(by) > 2:
            raise Said(400, "BadRequest", "Query supports two groupings")
        first = int(body["timePeriod"]["from"][:10].replace("-", ""))
        last = int(body["timePeriod"]["to"][:10].replace("-", ""))
        rows = [row for row in self.world.costs if first <= row[1] <= last]
        names = ["Cost", "UsageDate", "ResourceId", "ServiceName", "Currency"]
        keep = [n for n, name in enumerate(names)
                if name in {"Cost", "UsageDate", "Currency", *by}]  # fmt: skip
        start = self._opened(request.query.get("$skipToken", ""), request.path)
        size = self.most // 3
        found: dict[str, Any] = {
            "columns": [{"name": names[n], "type": "Number" if n < 2 else "String"} for n in keep],
            "rows": [[row[n] for n in keep] for row in rows[start : start + size]],
            "nextLink": None,
        }
        if start + size < len(rows):
            token = self._sealed((request.path, start + size))
            found["nextLink"] = (
                f"{self.url}{request.path}?api-version=2025-03-01&$skipToken={token}"
            )
        return {"id": "x", "properties": found}

    # measures and machines

    async def _batch(self, request: web.Request) -> Any:
        if not self.batches:
            raise Said(404, "NotFound", "There is no such host")
        ids = (await request.json())["resourceids"]
        if len(ids) > 50:
            raise Said(400, "BadRequest", "Only 50 resources")
        query = request.query
        if not query["metricnamespace"]:
            raise Said(400, "BadRequest", "metricnamespace")
        return {"values": [
            {"resourceid": each, "resourceregion": request.match_info["region"],
             "namespace": query["metricnamespace"], "interval": query["interval"],
             "value": self._measured(each, query["metricnames"])}
            for each in ids
        ]}  # fmt: skip

    def _measured(self, id_: str, wanted: str) -> list[dict[str, Any]]:
        known = self.world.load.get(id_.lower(), {})
        at = [to_datetime(self.clock.now() - n * 5 * MINUTE).isoformat() for n in (3, 2, 1)]
        found = []
        for name in wanted.split(","):
            value = known.get(name.lower())
            series = [{"timeStamp": at[0], "average": 1.0, "total": 1.0, "maximum": 1.0},
                      {"timeStamp": at[1], "average": value, "total": value, "maximum": value},
                      {"timeStamp": at[2]}]  # fmt: skip
            found.append({
                "name": {"value": name, "localizedValue": name}, "unit": "x", "id": id_,
                "timeseries": [{"metadatavalues": [], "data": series}] if value else [],
            })  # fmt: skip
        return found

    async def _resource(self, request: web.Request) -> Any:
        path, sub = request.path, request.match_info["sub"]
        id_, _, what = path.partition("/providers/Microsoft.Insights/")
        if what == "metrics":
            self.need(sub, "Microsoft.Insights/metrics/read")
            return {"value": self._measured(id_, request.query["metricnames"])}
        if path.endswith("/instanceView"):
            self.need(sub, "Microsoft.Compute/virtualMachines/instanceView/read")
            code = self._vm(path.removesuffix("/instanceView"))["powerState"]["code"]
            return {"statuses": [{"code": "ProvisioningState/succeeded"},
                                 {"code": code, "displayStatus": "VM"}],
                    "vmAgent": {"statuses": [{"displayStatus": "Ready"}]}}  # fmt: skip
        raise Said(404, "ResourceNotFound", f"{path} was not found")

    async def _act(self, request: web.Request) -> Any:
        id_, _, verb = request.path.rpartition("/")
        if verb not in _ACTIONS:
            raise Said(404, "NotFound", verb)
        self.need(request.match_info["sub"], f"Microsoft.Compute/virtualMachines/{verb}/action")
        self._vm(id_)["powerState"]["code"] = _ACTIONS[verb]
        self.acted.append(f"{verb} {id_.rpartition('/')[2]}")
        return {}

    def _vm(self, id_: str) -> Any:
        rows = (r for r in self.world.rows if r["id"].lower() == id_.lower())
        if (row := next(rows, None)) is None:
            raise Said(404, "ResourceNotFound", f"{id_} was not found")
        return row["properties"]["extended"]["instanceView"]


def _oauth(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
