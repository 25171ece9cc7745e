"""The stand-in itself: signed assertions, tokens that end, rights and APIs that can be taken away,
page tokens that nobody can make up, answers that are not whole."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from store.clock import Clock, to_datetime
from store.model import MINUTE, SECOND
from tests.support.azure import signing
from tests.support.gcp import bigquery
from tests.support.gcp.world import NUMBERS, ORG, SHOP, WWW, World, made
from tests.support.pagers.server import Standin

ACCOUNT = "pixelview@shop-prod.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
LIFE = 3600
PAGE_LIFE = 10 * MINUTE
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LISTS = {"instances": "compute.instances.list", "disks": "compute.disks.list",
          "addresses": "compute.addresses.list", "forwardingRules": "compute.forwardingRules.list",
          "backendServices": "compute.backendServices.list",
          "instanceGroupManagers": "compute.instanceGroupManagers.list",
          "sslCertificates": "compute.sslCertificates.list"}  # fmt: skip
_RIGHTS = {
    "google.compute.instance.IdleResourceRecommender": "computeInstanceIdleResource",
    "google.compute.instance.MachineTypeRecommender": "computeInstanceMachineType",
    "google.compute.instanceGroupManager.MachineTypeRecommender":
        "computeInstanceGroupManagerMachineType",
    "google.compute.disk.IdleResourceRecommender": "computeDiskIdleResource",
    "google.compute.address.IdleResourceRecommender": "computeAddressIdleResource",
    "google.compute.image.IdleResourceRecommender": "computeImageIdleResource",
    "google.compute.commitment.UsageCommitmentRecommender": "usageCommitment",
    "google.cloudsql.instance.IdleRecommender": "cloudsqlIdleInstance",
    "google.cloudsql.instance.OverprovisionedRecommender": "cloudsqlOverprovisionedInstance",
    "google.run.service.CostRecommender": "runServiceCost",
}  # fmt: skip


class Said(Exception):
    """An error as Google's APIs word it."""

    def __init__(self, status: int, word: str, message: str, reason: str = "", **more: Any) -> None:
        super().__init__(message)
        details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
        error = {"code": status, "message": message, "status": word, "details": details, **more}
        self.answer = web.json_response({"error": error}, status=status)


class FakeGoogle(Standin):
    """``forbidden`` are (project, permission) that are refused, ``used`` the permissions that were
    needed so far, ``off`` the (project, api) that are not used, ``silent`` zones that do not
    answer."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.world: World = made(to_datetime(clock.now()))
        self.most = 75
        self.used: set[str] = set()
        self.forbidden: set[tuple[str, str]] = set()
        self.off: set[tuple[str, str]] = set()
        self.silent: set[str] = set()
        self.tokens: dict[str, int] = {}
        self.grants: list[str] = []
        self.acted: list[str] = []
        self.subject = ""
        self.errors: list[dict[str, Any]] = []
        self.queries = bigquery.Queries(self)
        self._pages: dict[str, tuple[Any, int, int]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Its addresses."""
        compute = "/compute/v1/projects/{project}"
        api = self._api
        return [
            web.post("/token", self._token),
            web.post("/sts", self._exchange),
            web.get("/computeMetadata/v1/instance/service-accounts/default/token", self._machine),
            web.get("/subject", self._subject),
            web.post("/v1/projects/-/serviceAccounts/{who}:generateAccessToken",
                     api("iamcredentials", "iam.serviceAccounts.getAccessToken", self._as_other)),
            web.get("/v1/{kind:projects|folders|organizations}/{id}:searchAllResources",
                    api("asset", "cloudasset.assets.searchAllResources", self._search)),
            web.get("/v3/projects:search",
                    api("resourcemanager", "resourcemanager.projects.get", self._projects)),
            web.get(compute, api("compute", "compute.projects.get", self._project)),
            web.get(compute + "/regions", api("compute", "compute.regions.list", self._regions)),
            web.get(compute + "/aggregated/{what}", api("compute", "", self._aggregated)),
            web.get(compute + "/global/snapshots",
                    api("compute", "compute.snapshots.list", self._snapshots)),
            web.post(compute + "/{where:global|regions/[^/]+}/backendServices/{name}/getHealth",
                     api("compute", "compute.backendServices.get", self._backends)),
            web.get(compute + "/zones/{zone}/instances/{name}",
                    api("compute", "compute.instances.get", self._instance)),
            web.post(compute + "/zones/{zone}/instances/{name}/{verb}",
                     api("compute", "", self._act)),
            web.get("/v1/projects/{project}/instances",
                    api("sql", "cloudsql.instances.list", self._databases)),
            web.get("/v1/projects/{project}/locations/-/clusters",
                    api("container", "container.clusters.list", self._clusters)),
            web.get("/v1/projects/{project}/locations/global/events",
                    api("servicehealth", "servicehealth.events.list", self._events)),
            web.get("/v3/projects/{project}/timeSeries",
                    api("monitoring", "monitoring.timeSeries.list", self._series)),
            web.get("/v1/projects/{project}/locations/{place}/recommenders/{name}/recommendations",
                    api("recommender", "", self._recommended)),
            web.post("/v2/entries:list", api("logging", "", self._entries)),
            web.post("/bigquery/v2/projects/{project}/queries",
                     api("bigquery", "bigquery.jobs.create", self.queries.ask)),
            web.get("/bigquery/v2/projects/{project}/queries/{job}",
                    api("bigquery", "bigquery.jobs.create", self.queries.more)),
        ]  # fmt: skip

    # signing in

    def key_file(self) -> dict[str, Any]:
        """The key of the service account, as Google hands it out."""
        return {"type": "service_account", "client_email": ACCOUNT, "private_key_id": "kid1",
                "private_key": signing.key_pem(), "token_uri": f"{self.url}/token"}  # fmt: skip

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        grant = str(form.get("grant_type", ""))
        self.grants.append(grant.rpartition(":")[2])
        if grant == "refresh_token":
            good = form["refresh_token"] == "refresh" and form["client_secret"] == "cs"
            return self._issued() if good else _oauth(400, "invalid_grant", "Token has expired.")
        if grant != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return _oauth(400, "unsupported_grant_type", grant)
        fault = self._fault(str(form.get("assertion", "")))
        return self._issued() if not fault else _oauth(400, "invalid_grant", fault)

    def _fault(self, assertion: str) -> str:
        """What Google has against an assertion."""
        try:
            head, claims, signature = assertion.split(".")
            header, said = (json.loads(signing.opened(each)) for each in (head, claims))
            signing.key().public_key().verify(
                signing.opened(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(),
                hashes.SHA256(),
            )  # fmt: skip
        except (ValueError, InvalidSignature):
            return "Invalid JWT Signature."
        now = self.clock.now() // SECOND
        if header["alg"] != "RS256" or header.get("kid") != "kid1" or said["iss"] != ACCOUNT:
            return "Invalid JWT: unknown key"
        if said["aud"] != f"{self.url}/token" or said["scope"] != SCOPE:
            return "Invalid JWT: audience or scope"
        if not said["iat"] <= now < said["exp"] or said["exp"] - said["iat"] > 3600:
            return "Invalid JWT: Token must be a short-lived token (60 minutes)"
        return ""

    async def _exchange(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.grants.append("exchange")
        good = (
            form["grant_type"] == "urn:ietf:params:oauth:grant-type:token-exchange"
            and form["requested_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
            and form["audience"] == "//iam.googleapis.com/pool"
            and form["subject_token"] == self.subject
        )
        return self._issued() if good else _oauth(400, "invalid_grant", "The subject is wrong")

    async def _subject(self, request: web.Request) -> web.Response:
        if request.headers.get("X-Ask") != "us":
            return web.Response(status=403)
        return web.json_response({"id_token": self.subject})

    async def _as_other(self, request: web.Request) -> Any:
        body = await request.json()
        if body["scope"] != [SCOPE] or body["lifetime"] != "3600s":
            raise Said(400, "INVALID_ARGUMENT", "scope")
        self.grants.append(f"as {request.match_info['who']}")
        token = self._new()
        until = to_datetime(self.tokens[token]).isoformat().replace("+00:00", "Z")
        return {"accessToken": token, "expireTime": until}

    async def _machine(self, request: web.Request) -> web.Response:
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403, text="Missing Metadata-Flavor:Google header.")
        self.grants.append("machine")
        return self._issued()

    def _new(self) -> str:
        token = secrets.token_urlsafe(12)
        self.tokens[token] = self.clock.now() + LIFE * SECOND
        return token

    def _issued(self) -> web.Response:
        return web.json_response(
            {"access_token": self._new(), "expires_in": LIFE, "token_type": "Bearer"}
        )

    # what every request goes through

    def _api(self, api: str, permission: str, then: Any) -> Handler:
        async def handler(request: web.Request) -> web.StreamResponse:
            try:
                token = request.headers.get("Authorization", "").removeprefix("Bearer ")
                if self.tokens.get(token, 0) <= self.clock.now():
                    raise Said(401, "UNAUTHENTICATED", "Request had invalid credentials.")
                project = request.match_info.get("project", "")
                self.is_on(project, api)
                if permission:
                    self.need(project, permission)
                return web.json_response(await then(request))
            except Said as said:
                return said.answer

        return handler

    def is_on(self, project: str, api: str) -> None:
        """Refused where the project does not use that API."""
        if (project, api) in self.off:
            raise Said(403, "PERMISSION_DENIED", f"{api} API has not been used in project {project}"
                       " before or it is disabled.", "SERVICE_DISABLED")  # fmt: skip

    def need(self, project: str, permission: str) -> None:
        """Refused where this right is taken away."""
        self.used.add(permission)
        if (project, permission) in self.forbidden or ("*", permission) in self.forbidden:
            raise Said(403, "PERMISSION_DENIED", f"Permission '{permission}' denied on {project}",
                       "IAM_PERMISSION_DENIED")  # fmt: skip

    def page(self, request: web.Request, items: list[Any], under: str,
             size: str = "pageSize") -> dict[str, Any]:  # fmt: skip
        """A page of a list; a page token holds for the very same question alone, and not long."""
        asked = {k: v for k, v in request.query.items() if k != "pageToken"}
        question = (request.path, tuple(sorted(asked.items())))
        start = 0
        if token := request.query.get("pageToken", ""):
            of, start, until = self._pages.get(token, (None, 0, 0))
            if of != question or until <= self.clock.now():
                raise Said(400, "INVALID_ARGUMENT", "The page token is not valid.")
        most = min(int(request.query.get(size, self.most)), self.most)
        found: dict[str, Any] = {under: items[start : start + most]}
        if start + most < len(items):
            following = secrets.token_urlsafe(9)
            self._pages[following] = (question, start + most, self.clock.now() + PAGE_LIFE)
            found["nextPageToken"] = following
        return found

    # lists

    async def _search(self, request: web.Request) -> Any:
        kind, id_ = request.match_info["kind"], request.match_info["id"]
        scope = f"{kind}/{id_}"
        if int(request.query.get("pageSize", 100)) > 500:
            raise Said(400, "INVALID_ARGUMENT", "pageSize")
        number = NUMBERS.get(id_) if kind == "projects" else ""
        if number is None or (kind != "projects" and scope != ORG):
            raise Said(403, "PERMISSION_DENIED", f"The caller may not search {scope}")
        self.need(id_, "cloudasset.assets.searchAllResources")
        types = request.query.getall("assetTypes", [])
        asked = re.fullmatch(r"project:(\d+)", request.query.get("query", ""))
        number = number or (f"projects/{asked[1]}" if asked else "")
        rows = [
            row for row in self.world.assets
            if (not types or row["assetType"] in types) and row["project"] == (
                number or row["project"])
        ]  # fmt: skip
        return self.page(request, rows, "results")

    async def _projects(self, request: web.Request) -> Any:
        rows = [{"name": number, "projectId": id_, "displayName": id_, "state": state}
                for (id_, number), state in zip(
                    NUMBERS.items(), ("ACTIVE", "ACTIVE", "DELETE_REQUESTED"), strict=True)
                ]  # fmt: skip
        return self.page(request, rows, "projects")

    async def _aggregated(self, request: web.Request) -> Any:
        project, what = request.match_info["project"], request.match_info["what"]
        self.need(project, _LISTS[what])
        items = self.world.lists.get((project, what), [])
        condition = request.query.get("filter", "")
        if condition not in {"", 'status != "RUNNING"'}:
            raise Said(400, "INVALID_ARGUMENT", "filter")
        if condition:
            items = [each for each in items if each.get("status") != "RUNNING"]
        page = self.page(request, items, "entries", "maxResults")
        scopes: dict[str, Any] = {
            f"zones/{zone}": {"warning": {"code": "UNREACHABLE"}} for zone in self.silent
        }
        scopes["zones/nowhere"] = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "none"}}
        for each in page.pop("entries"):
            link = each.get("selfLink") or ""
            found = re.search(r"(zones|regions)/[^/]+", link)
            where = found[0] if found else "global"
            if where.rpartition("/")[2] not in self.silent:
                scopes.setdefault(where, {}).setdefault(what, []).append(each)
        if self.silent and request.query.get("returnPartialSuccess") != "true":
            raise Said(503, "UNAVAILABLE", "A zone does not answer")
        return {"kind": "x", "items": scopes, **page}

    async def _snapshots(self, request: web.Request) -> Any:
        items = self.world.lists.get((request.match_info["project"], "snapshots"), [])
        return self.page(request, items, "items", "maxResults")

    async def _project(self, request: web.Request) -> Any:
        return {"name": request.match_info["project"], "quotas": [
            {"metric": "NETWORKS", "limit": 5.0, "usage": 5.0}]}  # fmt: skip

    async def _regions(self, request: web.Request) -> Any:
        quotas = self.world.quotas.get(request.match_info["project"], [])
        rows = [{"name": "europe-west1", "quotas": quotas}, {"name": "us-central1"}]
        return self.page(request, rows, "items", "maxResults")

    async def _backends(self, request: web.Request) -> Any:
        group = (await request.json())["group"]
        if group not in self.world.health:
            raise Said(400, "INVALID_ARGUMENT", "The group has no health check")
        return {"kind": "compute#backendServiceGroupHealth",
                "healthStatus": self.world.health[group]}  # fmt: skip

    async def _databases(self, request: web.Request) -> Any:
        rows = self.world.databases.get(request.match_info["project"], [])
        return self.page(request, rows, "items", "maxResults")

    async def _clusters(self, request: web.Request) -> Any:
        found = self.world.clusters.get(request.match_info["project"])
        return {} if found is None else {"clusters": found}

    async def _events(self, request: web.Request) -> Any:
        return self.page(request, self.world.events.get(request.match_info["project"], []),
                         "events")  # fmt: skip

    async def _series(self, request: web.Request) -> Any:
        query = request.query
        found = re.match(r'metric\.type = "([^"]+)"', query.get("filter", ""))
        period = query.get("aggregation.alignmentPeriod")
        if not found or period != "300s" or "interval.endTime" not in query:
            raise Said(400, "INVALID_ARGUMENT", "filter, interval and aggregation")
        if query.get("aggregation.crossSeriesReducer") and not query.getall(
            "aggregation.groupByFields", []
        ):
            raise Said(400, "INVALID_ARGUMENT", "groupByFields")
        type_ = found[1]
        if type_.startswith("agent."):
            raise Said(404, "NOT_FOUND", f"Cannot find metric(s) that match type = {type_}")
        rows = self.world.series.get((request.match_info["project"], type_), [])
        page = self.page(request, rows, "timeSeries")
        return {**page, "executionErrors": self.errors, "unit": "1"}

    async def _recommended(self, request: web.Request) -> Any:
        project, place, name = (request.match_info[each] for each in ("project", "place", "name"))
        self.need(project, f"recommender.{_RIGHTS[name]}Recommendations.list")
        rows = self.world.recommendations.get((project, place, name), [])
        return self.page(request, rows, "recommendations")

    async def _entries(self, request: web.Request) -> Any:
        body = await request.json()
        (resource,) = body["resourceNames"]
        self.is_on(resource.removeprefix("projects/"), "logging")
        self.need(resource.removeprefix("projects/"), "logging.logEntries.list")
        found = re.fullmatch(r'logName="([^"]+)" AND timestamp>"?=?"?([^"]+)"', body["filter"])
        if not found or unquote(found[1]) != f"{resource}/logs/cloudaudit.googleapis.com/activity":
            raise Said(400, "INVALID_ARGUMENT", f"filter {body['filter']}")
        rows = [row for row in self.world.log if row["logName"] == found[1]
                and row["timestamp"] >= found[2].replace("Z", "")]  # fmt: skip
        rows.sort(key=lambda row: str(row["timestamp"]))
        start = int(body.get("pageToken") or 0)
        size = min(body["pageSize"], 2)
        page: dict[str, Any] = {"entries": rows[start : start + size]}
        if start + size < len(rows):
            page["nextPageToken"] = str(start + size)
        return page if rows else {}

    # machines

    async def _instance(self, request: web.Request) -> Any:
        return self._known(request)

    async def _act(self, request: web.Request) -> Any:
        verb, project = request.match_info["verb"], request.match_info["project"]
        self.need(project, f"compute.instances.{verb}")
        item = self._known(request)
        item["status"] = {"stop": "TERMINATED"}.get(verb, "RUNNING")
        self.acted.append(f"{verb} {item['name']}")
        return {"kind": "compute#operation", "name": "operation-1", "status": "RUNNING"}

    def _known(self, request: web.Request) -> Any:
        zone, name = request.match_info["zone"], request.match_info["name"]
        project = request.match_info["project"]
        link = f"{WWW}/projects/{project}/zones/{zone}/instances/{name}"
        for item in self.world.lists.get((project, "instances"), []):
            if item["selfLink"] == link:
                return item
        raise Said(404, "NOT_FOUND", f"{link} was not found", "notFound")


def _oauth(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)


def settings(fake: FakeGoogle, **more: Any) -> Mapping[str, Any]:
    """The settings of a source at the stand-in."""
    return {
        "credentials": json.dumps(fake.key_file()), "base_urls": {"all": fake.url},
        "metadata_url": fake.url, "projects": [SHOP, "data-prod"], **more,
    }  # fmt: skip
