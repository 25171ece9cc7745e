"""What people ask of one resource: the console of a server, all that is known of it, what was done
to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.base import Permanent
from integrations.openstack.activity import told
from integrations.openstack.cloud import Fields
from integrations.openstack.here import Here, part, text
from store.model.resource import Resource

LINES = 100
_PATHS = {
    "server": ("compute", "servers/{}", "server"),
    "volume": ("volume", "volumes/{}", "volume"),
    "snapshot": ("volume", "snapshots/{}", "snapshot"),
    "network": ("network", "networks/{}", "network"),
    "subnet": ("network", "subnets/{}", "subnet"),
    "router": ("network", "routers/{}", "router"),
    "port": ("network", "ports/{}", "port"),
    "address": ("network", "floatingips/{}", "floatingip"),
    "image": ("image", "images/{}", ""),
    "load_balancer": ("load-balancer", "lbaas/loadbalancers/{}", "loadbalancer"),
    "project": ("identity", "projects/{}", "project"),
}
_HIDDEN = frozenset(("links", "self", "file", "schema", "adminPass", "OS-EXT-SRV-ATTR:user_data"))


def own_id(resource: Resource) -> str:
    """The id that OpenStack knows it by: the last of its key."""
    return resource.key.rpartition(":")[2].rpartition("/")[2]


async def look(here: Here, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
    """Text for ``console`` and ``logs``, words for ``detail``, lines for ``events``."""
    if what in ("console", "logs") and resource.kind == "server":
        return await _console(here, own_id(resource), params)
    if what == "events" and resource.kind == "server":
        return await told(here, own_id(resource))
    if what == "detail" and resource.kind in _PATHS:
        return await _detail(here, resource)
    raise Permanent(f"a {resource.kind} has no {what}")


async def _console(here: Here, id: str, params: Mapping[str, Any]) -> str:
    try:
        lines = max(1, min(int(params.get("lines") or LINES), 1_000))
    except (TypeError, ValueError):
        lines = LINES
    body = {"os-getConsoleOutput": {"length": lines}}
    found = await here.cloud.send("POST", here.region, "compute", f"servers/{id}/action", body)
    return "\n".join(text(found, "output").splitlines()[-lines:])


async def _detail(here: Here, resource: Resource) -> dict[str, str]:
    service, path, field = _PATHS[resource.kind]
    body = await here.cloud.get(here.region, service, path.format(own_id(resource)))
    return dict(_flat(part(body, field) if field else body))


def _flat(fields: Fields, before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in fields.items():
        if name in _HIDDEN or value in (None, "", [], {}):
            continue
        called = f"{before}{name.rpartition(':')[2]}"
        if isinstance(value, dict):
            found += _flat(value, f"{called}.") if not before else []
        elif isinstance(value, list):
            simple = [str(each) for each in value if not isinstance(each, dict | list)]
            found += [(called, ", ".join(simple)[:500])] if simple else []
        else:
            found.append((called, str(value)[:500]))
    return found[:60]
