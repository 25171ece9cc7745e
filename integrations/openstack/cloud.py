"""Calls to one cloud: a token and where services are, microversions, pages, time limits, and every
refusal as one of ours. Calls block in threads of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from integrations.base import Misconfigured, Permanent
from integrations.openstack.catalog import TITLES, Endpoint, endpoints, regions
from integrations.openstack.reach import Reach, Unanswered
from integrations.openstack.settings import Source

T = TypeVar("T")
Fields = dict[str, Any]
Params = Mapping[str, Any] | Sequence[tuple[str, Any]]

PAGE = 500
MOST_PAGES = 5_000
LATEST = (2, 87)
"""The newest microversion of Nova that still tells what a hypervisor has and uses."""
PATIENCE = 5.0
"""Longest that a reading call waits by itself where it is asked to slow down."""
_SYSTEM = frozenset(("identity", "placement"))


class Refused(Permanent):
    """403: we may not."""


class Missing(Permanent):
    """404: there is no such thing, or no such service here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer and how long it took, in milliseconds."""

    status: int
    body: Any
    text: str
    took: float


class Cloud:
    """One cloud, all its regions."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._reach = Reach(source)
        self._system = Reach(source, system=True) if source.system_scope else None
        self._threads = ThreadPoolExecutor(8, thread_name_prefix=f"openstack-{source.name}")
        self._catalog: list[Mapping[str, Any]] = []
        self._project = ""
        self.user = ""
        self._versions: dict[str, str] = {}

    async def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for each in (self._reach, self._system):
            if each is not None:
                each.close()

    # ---- where things are ------------------------------------------------------------------------

    async def sign_in(self) -> None:
        """A token that is good for a while, and the catalogue that came with it."""
        access = await self._run(self._reach.access)
        self._catalog = list(access.service_catalog.catalog if access.has_service_catalog() else ())
        self._project = str(access.project_id or "")
        self.user = str(access.username or access.user_id or "")

    @property
    def project(self) -> str:
        """The id of the project that is signed in to."""
        return self._project

    async def regions(self) -> tuple[str, ...]:
        """The regions that are looked at."""
        if self.source.regions:
            return self.source.regions
        await self._run(self._reach.session)
        if self._reach.regions:
            return self._reach.regions
        if not self._catalog:
            await self.sign_in()
        return regions(self._catalog) or ("",)

    def endpoints(self, region: str) -> dict[str, Endpoint]:
        """The services of a region, as the last catalogue names them; nothing before a sign-in.
        Misconfigured where it names other regions alone."""
        config = self._reach.config.config if self._reach.config is not None else {}
        overrides = {
            name.removesuffix("_endpoint_override"): str(value)
            for name, value in config.items()
            if name.endswith("_endpoint_override") and value
        }
        named = regions(self._catalog)
        if region and named and region not in named and not overrides:
            raise Misconfigured(_no_region(region, named), "regions")
        interface = str(config.get("interface") or "public")
        return endpoints(self._catalog, region, interface, self._project, overrides)

    def auth_url(self) -> str:
        """Keystone, by the settings."""
        config = self._reach.config
        return str(config.config["auth"].get("auth_url", "")) if config is not None else ""

    async def endpoint(self, region: str, service: str) -> Endpoint:
        """Where a service is; Missing where the catalogue has none."""
        await self.sign_in()
        found = self.endpoints(region).get(service)
        if found is None:
            raise Missing(f"the catalogue has no {TITLES.get(service, service)} in {region}")
        return found

    # ---- calls -----------------------------------------------------------------------------------

    async def get(
        self, region: str, service: str, path: str, params: Params = (), *, version: str = ""
    ) -> Fields:
        """A JSON object. Refused, Missing, Unanswered, Permanent for other refusals."""
        answer = await self._patient(region, service, path, params, version)
        return answer.body if isinstance(answer.body, dict) else {}

    async def pages(
        self, region: str, service: str, path: str, field: str, params: Params = (),
        limit: int = PAGE,
    ) -> AsyncIterator[list[Fields]]:  # fmt: skip
        """The list of a path, a page at a time, as far as its links lead."""
        asked = [*_pairs(params), ("limit", limit)] if limit else _pairs(params)
        seen: set[tuple[tuple[str, str], ...]] = set()
        for _ in range(MOST_PAGES):
            body = await self.get(region, service, path, asked)
            listed = body.get(field)
            if not isinstance(listed, list):
                name = TITLES.get(service, service)
                raise Unanswered(f"{name} answers {path} without {field}", "error", 200)
            yield [each for each in listed if isinstance(each, dict)]
            following = _next(body, field)
            if not following or (mark := tuple(following)) in seen or not listed:
                return
            seen.add(mark)
            asked = list(following)

    async def every(
        self, region: str, service: str, path: str, field: str, params: Params = (),
        limit: int = PAGE,
    ) -> list[Fields]:  # fmt: skip
        """All pages at once: for what is few."""
        found: list[Fields] = []
        async for page in self.pages(region, service, path, field, params, limit):
            found += page
        return found

    async def send(self, method: str, region: str, service: str, path: str, body: Fields) -> Fields:
        """A call that changes something, made once. Unanswered is ``uncertain`` where it may have
        been carried out."""
        answer = await self._called(method, region, service, path, (), "", body)
        return answer.body if isinstance(answer.body, dict) else {}

    async def ask_array(self, region: str, service: str, path: str, body: Fields) -> list[Fields]:
        """A question that is too long for an address; it changes nothing. The JSON array that
        answers it."""
        answer = await self._called("POST", region, service, path, (), "", body)
        listed = answer.body if isinstance(answer.body, list) else []
        return [each for each in listed if isinstance(each, dict)]

    async def probe(self, url: str, service: str, *, token: bool, version: str = "") -> Answer:
        """One GET and how long it took, whatever the status is; Unanswered without an answer."""
        return await self._run(
            self._once, self._reach, "GET", url, service, (), version, None, token
        )

    async def version(self, region: str) -> str:
        """The microversion that Nova is spoken to with, "" for one without."""
        if region not in self._versions:
            endpoint = await self.endpoint(region, "compute")
            answer = await self.probe(endpoint.root, "compute", token=True)
            if answer.status >= 400:
                _raise(answer, "compute", "GET")
            self._versions[region] = _newest(answer.body)
        return self._versions[region]

    async def _patient(
        self, region: str, service: str, path: str, params: Params, version: str
    ) -> Answer:
        for left in (2, 1, 0):
            try:
                return await self._called("GET", region, service, path, params, version, None)
            except Unanswered as error:
                wait = error.retry_after
                if error.how != "busy" or wait is None or wait > PATIENCE or not left:
                    raise
                await asyncio.sleep(wait)
        raise AssertionError

    async def _called(
        self, method: str, region: str, service: str, path: str, params: Params, version: str,
        body: Fields | None,
    ) -> Answer:  # fmt: skip
        endpoint = await self.endpoint(region, service)
        if service == "compute" and not version:
            version = await self.version(region)
        url = f"{endpoint.base}/{path.lstrip('/')}"
        answer = await self._run(
            self._once, self._reach, method, url, service, params, version, body, True
        )
        if answer.status == 403 and service in _SYSTEM and self._system is not None:
            with contextlib.suppress(Misconfigured, Permanent):
                answer = await self._run(
                    self._once, self._system, method, url, service, params, version, body, True
                )
        if answer.status >= 400 or answer.status in (300, 301, 302, 303, 307, 308):
            _raise(answer, service, method)
        if method == "GET" and not isinstance(answer.body, dict):
            raise Unanswered(f"{TITLES.get(service, service)} answers no JSON", "error", 200)
        return answer

    def _once(
        self, reach: Reach, method: str, url: str, service: str, params: Params, version: str,
        body: Fields | None, token: bool,
    ) -> Answer:  # fmt: skip
        more: dict[str, Any] = {"headers": {"Accept": "application/json"}, "authenticated": token}
        if version:
            more |= {"microversion": version, "microversion_service_type": service}
        if params:
            more["params"] = _pairs(params)
        if body is not None:
            more["json"] = body
        begun = time.perf_counter()
        answer = reach.send(method, url, TITLES.get(service, service), **more)
        took = (time.perf_counter() - begun) * 1000
        return Answer(answer.status_code, *_read(answer), took)

    async def _run(self, call: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)


def _no_region(region: str, named: Sequence[str]) -> str:
    more = f" and {len(named) - 10} more" if len(named) > 10 else ""
    return f"there is no region {region}; the catalogue has {', '.join(named[:10])}{more}"


def _read(answer: Any) -> tuple[Any, str]:
    """The body and what it says when it is a refusal; ``retry-after`` is kept beside."""
    try:
        body = answer.json() if answer.content else {}
    except ValueError:
        body = None
    text = _said(body) or (answer.text or "")[:200].strip()
    if "retry-after" in answer.headers:
        body = {"retry-after": answer.headers["retry-after"], **(body or {})}
    return body, text


def _said(body: Any) -> str:
    """The message of an error, in whichever of its shapes."""
    if not isinstance(body, dict):
        return ""
    for value in (body, *body.values()):
        if isinstance(value, dict):
            for name in ("message", "detail", "faultstring"):
                if isinstance(value.get(name), str):
                    return str(value[name])[:500]
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("detail") or errors[0].get("title") or "")[:500]
    return ""


def _raise(answer: Answer, service: str, method: str) -> None:
    name, status = TITLES.get(service, service), answer.status
    said = f"{name} answers {status}" + (f": {answer.text}" if answer.text else "")
    if status == 401 or (status == 400 and "marker" in answer.text.lower()):
        raise Unanswered(said, "error", status)  # or what a page begins after is gone
    if status == 403:
        raise Refused(said)
    if status == 404:
        raise Missing(said)
    if status in (413, 429, 503) and (wait := _retry(answer.body)) is not None:
        how = "error" if status == 503 else "busy"
        raise Unanswered(said, how, status, wait)
    if status in (408, 413, 429):
        raise Unanswered(said, "busy", status)
    if status >= 500:
        raise Unanswered(said, "error", status, uncertain=method != "GET")
    raise Permanent(said)


def _retry(body: Any) -> float | None:
    if isinstance(body, dict):
        with contextlib.suppress(TypeError, ValueError):
            return max(0.0, float(body["retry-after"])) if "retry-after" in body else None
    return None


def _pairs(params: Params) -> list[tuple[str, Any]]:
    return list(params.items() if isinstance(params, Mapping) else params)


def _next(body: Mapping[str, Any], field: str) -> list[tuple[str, str]]:
    """The query of the next page: by ``servers_links``, ``next`` or ``links.next``."""
    links = body.get(f"{field}_links")
    found: Any = next(
        (each.get("href") for each in links or () if isinstance(each, dict)
         and each.get("rel") == "next"), None
    ) if isinstance(links, list) else None  # fmt: skip
    found = found or body.get("next")
    if not found and isinstance(own := body.get("links"), dict):
        found = own.get("next")
    return parse_qsl(urlsplit(found).query) if isinstance(found, str) else []


def _newest(body: Any) -> str:
    """The newest microversion of a version document that we know how to read."""
    body = body if isinstance(body, dict) else {}
    versions = body.get("versions")
    one = body.get("version") or (versions[-1] if isinstance(versions, list) and versions else {})
    said = str(one.get("version") or "") if isinstance(one, dict) else ""
    try:
        major, _, minor = said.partition(".")
        found = (int(major), int(minor))
    except ValueError:
        return ""
    return "{}.{}".format(*min(found, LATEST))
