"""Where a cloud's services are: the catalogue of a token, read for regions and interfaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

SERVICES = {
    "identity": ("identity",),
    "compute": ("compute",),
    "volume": ("block-storage", "volumev3", "block-store", "volume"),
    "network": ("network",),
    "image": ("image",),
    "placement": ("placement",),
    "load-balancer": ("load-balancer",),
    "metric": ("metric",),
}
"""Our name for a service → its types in catalogues, the first one preferred."""

TITLES = {
    "identity": "Keystone", "compute": "Nova", "volume": "Cinder", "network": "Neutron",
    "image": "Glance", "placement": "Placement", "load-balancer": "Octavia", "metric": "Gnocchi",
}  # fmt: skip

_VERSION = {"identity": "/v3", "compute": "/v2.1", "image": "/v2", "network": "/v2.0",
            "load-balancer": "/v2.0", "metric": "/v1", "placement": ""}  # fmt: skip
_VERSIONED = re.compile(r"/v\d+(\.\d+)?(?=/|$)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One service in one region. ``base`` is what paths are put behind, ``root`` its version
    document, which anybody may read; ``type`` is the catalogue's word."""

    service: str
    region: str
    type: str
    name: str
    url: str
    base: str
    root: str

    @property
    def title(self) -> str:
        """For people: Nova."""
        return TITLES.get(self.service, self.type)


def regions(catalog: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every region that has a service, sorted."""
    found = {
        _region(each) for service in catalog for each in service.get("endpoints") or ()
    }  # fmt: skip
    return tuple(sorted(found - {""}))


def endpoints(
    catalog: Iterable[Mapping[str, Any]], region: str, interface: str, project: str,
    overrides: Mapping[str, str],
) -> dict[str, Endpoint]:  # fmt: skip
    """Our name of a service → where it is in a region."""
    listed = list(catalog)
    return {
        service: made
        for service, types in SERVICES.items()
        if (made := _endpoint(listed, service, types, region, interface, project, overrides))
    }


def _endpoint(
    catalog: list[Mapping[str, Any]], service: str, types: tuple[str, ...], region: str,
    interface: str, project: str, overrides: Mapping[str, str],
) -> Endpoint | None:  # fmt: skip
    for kind in types:
        entries = [each for each in catalog if each.get("type") == kind]
        places = [(each, place) for each in entries for place in each.get("endpoints") or ()
                  if service == "identity" or _region(place) in (region, "")]  # fmt: skip
        places.sort(key=lambda pair: (_region(pair[1]) != region, _rank(pair[1], interface)))
        override = overrides.get(kind.replace("-", "_"), "")
        if not places and not override:
            continue
        entry, place = places[0] if places else ({}, {})
        url = override or str(place.get("url") or "")
        if url:
            base = base_of(service, url, project)
            name = str(entry.get("name") or kind)
            return Endpoint(service, region, kind, name, url, base, root_of(base))
    return None


def _rank(place: Mapping[str, Any], interface: str) -> int:
    wanted = (interface or "public", "public", "internal", "admin")
    found = str(place.get("interface") or "").removesuffix("URL")
    return wanted.index(found) if found in wanted else len(wanted)


def _region(place: Mapping[str, Any]) -> str:
    return str(place.get("region_id") or place.get("region") or "")


def base_of(service: str, url: str, project: str) -> str:
    for word in ("%(project_id)s", "%(tenant_id)s", "$(project_id)s", "$(tenant_id)s"):
        url = url.replace(word, project)
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    if service == "identity":
        path = re.sub(r"/v2\.0$", "", path)
    if not _VERSIONED.search(path):
        path += f"/v3/{project}" if service == "volume" else _VERSION.get(service, "")
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def root_of(base: str) -> str:
    """The version document: no project behind the version, a slash at the end."""
    parts = urlsplit(base)
    found = _VERSIONED.search(parts.path)
    path = parts.path[: found.end()] if found else parts.path
    return urlunsplit((parts.scheme, parts.netloc, f"{path}/", "", ""))
