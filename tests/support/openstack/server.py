"""The APIs over HTTP on loopback: Keystone's tokens that run out, Nova's microversions and query
schema, pages with links, 401, 403, 413, errors and silence. What the real ones would refuse is a
violation."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.support.openstack.stack import ADMIN, DEMO, SERVICES, Fields, Stack, instant

GONE: Any = object()
"""A thing that there is not, at an address that there is."""
USERS = {"bot": "hunter2-not"}
_PATHS = {"identity": "/identity/v3", "compute": "/compute/v2.1", "volume": f"/volume/v3/{DEMO}",
          "network": "/network", "image": "/image", "placement": "/placement",
          "load-balancer": "/load-balancer", "metric": "/metric"}  # fmt: skip
_TYPES = {"volume": "volumev3"}
_NOVA_QUERY = {
    "servers/detail": {"all_tenants", "limit", "marker", "changes-since", "host", "status"},
    "os-services": {"binary", "host"}, "os-hypervisors/detail": {"limit", "marker"},
    "os-simple-tenant-usage": {"start", "end", "limit", "marker", "detailed"},
    "os-instance-actions": {"limit", "marker", "changes-since"}, "flavors": {"limit"},
}  # fmt: skip


class Cloud:
    """The stand-in that listens; ``stack`` is what it has. ``asked`` are (method, service, path),
    ``done`` the bodies of what changed something."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.url = ""
        self.asked: list[tuple[str, str, str]] = []
        self.done: list[tuple[str, Any]] = []
        self.violations: list[str] = []
        self.tokens: dict[str, str] = {}
        self.users = {"u-ana": "ana"}
        self.busy = 0
        self._logins = 0
        self.release = asyncio.Event()

    # ---- tokens ----------------------------------------------------------------------------------

    def expire(self) -> None:
        """Every token that was given out is worth nothing any more."""
        self.tokens.clear()

    @property
    def logins(self) -> int:
        """How often somebody signed in."""
        return self._logins

    async def sign_in(self, request: web.Request) -> web.Response:
        """Keystone's tokens."""
        auth = (await request.json())["auth"]
        user = auth["identity"]["password"]["user"]
        if USERS.get(user["name"]) != user["password"]:
            return _error(401, "The request you have made requires authentication.")
        self._logins += 1
        token = f"token-{self._logins}"
        system = "system" in auth.get("scope", {})
        self.tokens[token] = "system" if system else "project"
        body: Fields = {
            "methods": ["password"], "user": {"id": "u-bot", "name": user["name"],
                                              "domain": {"id": "default", "name": "Default"}},
            "expires_at": "2099-01-01T00:00:00.000000Z", "issued_at": "2026-01-01T00:00:00.000000Z",
            "roles": [{"id": "r", "name": "reader"}], "catalog": self.catalog(),
        }  # fmt: skip
        if system:
            body["system"] = {"all": True}
        else:
            body["project"] = {"id": DEMO, "name": "demo",
                               "domain": {"id": "default", "name": "Default"}}  # fmt: skip
        return web.json_response({"token": body}, status=201, headers={"X-Subject-Token": token})

    def catalog(self) -> list[Fields]:
        """What there is and where."""
        there = [*SERVICES, *(["metric"] if self.stack.measures else [])]
        return [
            {"type": _TYPES.get(each, each), "name": each, "id": each, "endpoints": [
                {"id": f"{each}-{region}-{interface}", "interface": interface, "region": region,
                 "region_id": region, "url": self.url + _PATHS[each]
                 if interface == "public" else "http://127.0.0.1:9"}
                for region in self.stack.regions for interface in ("admin", "internal", "public")
            ]}
            for each in there if each not in self.stack.missing
        ]  # fmt: skip

    # ---- every request ---------------------------------------------------------------------------

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Sort a request to its service."""
        service, _, path = request.path.lstrip("/").partition("/")
        path = path.strip("/")
        self.asked.append((request.method, service, path))
        root = path in ("", "v3", "v2.1", "v2", "v2.0", "v1") or path.endswith(f"v3/{DEMO}")
        if (ill := await self._ill(service, root, request)) is not None:
            return ill
        if service == "identity" and path == "v3/auth/tokens" and request.method == "POST":
            return await self.sign_in(request)
        if root:
            return self._root(service)
        token = request.headers.get("X-Auth-Token", "")
        if token not in self.tokens:
            return _error(401, "Unauthorized")
        below = path if service == "placement" else path.partition("/")[2]
        if any(service == s and below.startswith(p) for s, p in self.stack.denied):
            return _error(403, f"Policy doesn't allow {path} to be performed.")
        return await self._served(service, path, request)

    async def _ill(
        self, service: str, root: bool, request: web.Request
    ) -> web.StreamResponse | None:
        how = self.stack.ill.get(service, "")
        if how == "closed":
            assert request.transport is not None
            request.transport.abort()
        pools = request.path.endswith("get_pools") and self.stack.volume_bus_hangs
        if self.stack.actions_hang and request.path.endswith("/action"):
            await self.release.wait()
        if how == "hang" or pools or (how == "calls" and not root):
            await self.release.wait()
        if how == "busy" and not root:
            self.busy += 1
            wait = {"Retry-After": "0"}
            return _error(413 if self.busy % 2 else 429, "Over limit", wait)
        if how == "page" and not root:
            return web.Response(text="<html>We are back soon</html>", content_type="text/html")
        if how == "empty" and not root:
            return web.json_response({})
        if how == "error" and not root:
            return _error(500, "Unexpected API Error.")
        if how == "keystone" and not root:
            return _error(503, "The Keystone service is temporarily unavailable.")
        return None

    def _root(self, service: str) -> web.Response:
        if service == "compute":
            return web.json_response({"version": {
                "id": "v2.1", "status": "CURRENT", "version": self.stack.newest,
                "min_version": "2.1" if self.stack.newest else ""}})  # fmt: skip
        if service == "identity":
            return web.json_response({"version": {
                "id": "v3.14", "status": "stable", "media-types": [],
                "links": [{"rel": "self", "href": f"{self.url}/identity/v3/"}]}})  # fmt: skip
        return web.json_response({"versions": []}, status=300 if service == "image" else 200)

    async def _served(self, service: str, path: str, request: web.Request) -> web.Response:
        if service == "compute":
            if (refused := self._nova_refuses(path, request)) is not None:
                return refused
            if request.method != "GET":
                return await self._change(path.removeprefix("v2.1/"), request)
        if service == "metric" and request.method == "POST":
            body = await request.json()
            measure = body["operations"].split("metric ")[1].split()[0]
            return web.json_response(self.stack.measures.get(measure, []))
        found = self._find(service, path, request)
        if found is None or found is GONE:
            return _error(404, "The resource could not be found.")
        return web.json_response(found)

    def _nova_refuses(self, path: str, request: web.Request) -> web.Response | None:
        """The microversion header, and parameters that the schema does not know."""
        asked = request.headers.get("OpenStack-API-Version", "")
        if self.stack.newest and asked:
            name, _, version = asked.partition(" ")
            if name != "compute" or _tuple(version) > _tuple(self.stack.newest):
                self.violations.append(f"microversion {asked}")
                return _error(406, f"Version {version} is not supported by the API.")
        elif self.stack.newest and not path.endswith("/flavors"):
            self.violations.append(f"{path} without a microversion")
        tail = path.removeprefix("v2.1/")
        known = next((names for p, names in _NOVA_QUERY.items() if tail.endswith(p)), set[str]())
        if unknown := set(request.query) - known:
            self.violations.append(f"{tail}: {sorted(unknown)}")
            return _error(400, f"Invalid input for query parameters {sorted(unknown)}")
        return None

    async def _change(self, path: str, request: web.Request) -> web.Response:
        body = await request.json()
        if path.endswith("/action") and "os-getConsoleOutput" in body:
            return web.json_response({"output": "Linux version 6.1\nlogin: "})
        self.done.append((path, body))
        if path.startswith("os-services/"):
            service = next(s for s in self.stack.services if path.endswith(s["id"]))
            service |= {"status": body["status"], "disabled_reason": body.get("disabled_reason")}
            return web.json_response({"service": service})
        return web.Response(status=202)

    # ---- what there is ---------------------------------------------------------------------------

    def _find(self, service: str, path: str, request: web.Request) -> Any:
        look: Callable[[str, web.Request], Any] = {
            "compute": self._nova, "volume": self._cinder, "network": self._neutron,
            "identity": self._keystone, "placement": self._placement, "image": self._glance,
            "load-balancer": self._octavia, "metric": lambda _path, _request: {},
        }[service]  # fmt: skip
        cut = f"v3/{DEMO}/" if service == "volume" else path[: path.find("/") + 1]
        found = look(path if service == "placement" else path.removeprefix(cut), request)
        if found is None:
            self.violations.append(f"{service} {path}")
        return found

    def _paged(
        self, name: str, listed: list[Fields], request: web.Request, link: str = ""
    ) -> Fields:
        marker, limit = request.query.get("marker"), int(request.query.get("limit", 10**9))
        start = next((n + 1 for n, each in enumerate(listed) if each["id"] == marker), 0)
        size = min(limit, self.stack.page)
        some = listed[start : start + size]
        body: Fields = {name: some}
        if start + size < len(listed):
            query = "&".join(f"{k}={v}" for k, v in request.query.items() if k != "marker")
            href = f"http://elsewhere.example{request.path}?{query}&marker={some[-1]['id']}"
            if link:
                body[link] = href
            else:
                body[f"{name}_links"] = [{"rel": "next", "href": href}]
        return body

    def _nova(self, path: str, request: web.Request) -> Any:
        s, query = self.stack, request.query
        if path == "servers/detail":
            return self._paged("servers", self._servers(request), request)
        if path == "os-services":
            return {"services": [e for e in s.services
                                 if query.get("binary", e["binary"]) == e["binary"]
                                 and query.get("host", e["host"]) == e["host"]]}  # fmt: skip
        if path == "os-hypervisors/detail":
            asked = _tuple(request.headers.get("OpenStack-API-Version", " 2.1").partition(" ")[2])
            gone = ("vcpus", "vcpus_used", "memory_mb", "memory_mb_used") if asked > (2, 87) else ()
            listed = [{k: v for k, v in e.items() if k not in gone} for e in s.hypervisors]
            return self._paged("hypervisors", listed, request)
        if path.startswith("servers/"):
            return self._of_server(path.removeprefix("servers/"))
        if path.startswith("os-availability-zone"):
            up = any(e["state"] == "up" for e in s.services if e["binary"] == "nova-compute")
            return {"availabilityZoneInfo": [
                {"zoneName": "nova", "zoneState": {"available": up}, "hosts": None}]}  # fmt: skip
        if path.startswith("os-quota-sets/"):
            project = path.split("/")[1]
            return {"quota_set": {"id": project, **s.quotas.get(("compute", project), {})}}
        if path == "os-simple-tenant-usage":
            return {"tenant_usages": [{"tenant_id": DEMO, "total_vcpus_usage": 720.4,
                                       "total_hours": 360.0}]}  # fmt: skip
        return {"os-aggregates": {"aggregates": s.aggregates}, "flavors": {"flavors": []}}.get(path)

    def _servers(self, request: web.Request) -> list[Fields]:
        query, found = request.query, self.stack.servers
        if "host" in query:
            found = [e for e in found if e["OS-EXT-SRV-ATTR:host"] == query["host"]]
        if "changes-since" in query:
            since = instant(query["changes-since"].removesuffix("Z"))
            return [e for e in found if instant(e["updated"].removesuffix("Z")) >= since]
        return [e for e in found if e["status"] != "DELETED"]

    def _of_server(self, tail: str) -> Any:
        own, _, more = tail.partition("/")
        server = next((e for e in self.stack.servers if e["id"] == own), None)
        if server is None or not more:
            return {"server": server} if server else GONE
        if more == "os-instance-actions":
            return {"instanceActions": self.stack.actions.get(own, [])}
        if more.startswith("os-instance-actions/"):
            return {"instanceAction": {"events": [
                {"event": "compute__do_build", "result": "Error", "details": "No disk left"}]}
            }  # fmt: skip
        return self.stack.diagnostics.get(own, {}) if more == "diagnostics" else None

    def _cinder(self, path: str, request: web.Request) -> Any:
        s = self.stack
        if path in ("volumes/detail", "volumes"):
            return self._paged("volumes", s.volumes, request)
        if path == "snapshots/detail":
            return self._paged("snapshots", s.snapshots, request)
        if path.startswith("os-quota-sets/"):
            project = path.split("/")[1]
            return {"quota_set": {"id": project, **s.quotas.get(("volume", project), {})}}
        return {"os-services": {"services": s.volume_services},
                "scheduler-stats/get_pools": {"pools": s.pools}}.get(path)  # fmt: skip

    def _neutron(self, path: str, request: web.Request) -> Any:
        s = self.stack
        if path == "agents":
            return {"agents": s.agents}
        if path.startswith("quotas/"):
            return {"quota": s.quotas.get(("network", path.split("/")[1]), {})}
        if path not in ("networks", "subnets", "routers", "ports", "floatingips"):
            return None
        listed: list[Fields] = getattr(s, path)
        if path == "ports":
            listed = [e for e in listed if request.query.get("status", e["status"]) == e["status"]]
            if wanted := request.query.getall("fixed_ips", []):
                listed = [e for e in listed if any(
                    f"ip_address={ip['ip_address']}" in wanted for ip in e["fixed_ips"])
                ]  # fmt: skip
        return self._paged(path, listed, request)

    def _keystone(self, path: str, request: web.Request) -> Any:
        if path.startswith("users/"):
            name = self.users.get(path.removeprefix("users/"))
            return {"user": {"id": path[6:], "name": name}} if name else GONE
        if path == "projects" and self.tokens.get(request.headers["X-Auth-Token"]) == "none":
            return None
        return {"projects": {"projects": self.stack.projects, "links": {"next": None}},
                "domains": {"domains": [{"id": "default", "name": "Default"}]},
                "auth/projects": {"projects": []}}.get(path)  # fmt: skip

    def _placement(self, path: str, request: web.Request) -> Any:
        if path == "resource_providers":
            return {"resource_providers": [
                {"uuid": e["id"], "name": e["hypervisor_hostname"]}
                for e in self.stack.hypervisors]}  # fmt: skip
        if path == "resource_classes":
            return {"resource_classes": []}
        own = path.split("/")[1] if path.startswith("resource_providers/") else ""
        if path.endswith("/inventories"):
            return {"inventories": self.stack.inventories.get(own, {})}
        return {"usages": self.stack.usages.get(own, {})} if path.endswith("/usages") else None

    def _glance(self, path: str, request: web.Request) -> Any:
        return (
            self._paged("images", self.stack.images, request, "next") if path == "images" else None
        )

    def _octavia(self, path: str, request: web.Request) -> Any:
        if path.endswith("/members"):
            return {"members": self.stack.members.get(path.split("/")[2], [])}
        found = {"lbaas/pools": ("pools", self.stack.lb_pools),
                 "lbaas/loadbalancers": ("loadbalancers", self.stack.balancers)
             }.get(path)  # fmt: skip
        return self._paged(found[0], found[1], request) if found else None


def _tuple(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split(".")) if version.strip() else (2, 1)


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = json.dumps({"error": {"code": status, "message": message}})
    return web.Response(
        status=status, text=body, content_type="application/json", headers=headers
    )  # fmt: skip


@asynccontextmanager
async def serving(stack: Stack, tls: ssl.SSLContext | None = None) -> AsyncIterator[Cloud]:
    """The stand-in, listening; what it would have refused fails the test."""
    cloud = Cloud(stack)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", cloud.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    cloud.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield cloud
    finally:
        cloud.release.set()
        await runner.cleanup()
    assert not cloud.violations, cloud.violations


__all__ = ["ADMIN", "DEMO", "Cloud", "serving"]
