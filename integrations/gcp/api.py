"""Google's APIs: which address each has, how they throttle, and what their names look like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from integrations._cloud import fields
from integrations._cloud.fields import dig, entries, say
from integrations._cloud.rest import Refused, Rest, Waits
from integrations._cloud.tokens import Tokens
from integrations.gcp.settings import Settings
from integrations.gcp.signin import SignIn
from store.clock import Clock

_SLOWER = frozenset(("ratelimitexceeded", "userratelimitexceeded", "rate_limit_exceeded",
                     "quotaexceeded"))  # fmt: skip
_OFF = frozenset(("accessnotconfigured", "service_disabled"))
Page = tuple[Sequence[dict[str, Any]], dict[str, Any]]


class _Waits(Waits):
    """Google says «slower» by 429, and by 403 with a reason."""

    def throttled(self, answer: httpx.Response) -> bool:
        return answer.status_code == 429 or (
            answer.status_code == 403 and bool(_reasons(answer) & _SLOWER)
        )

    def seconds(self, answer: httpx.Response) -> float | None:
        named = super().seconds(answer)
        if named is not None:
            return named
        waits = (say(each, "retryDelay").removesuffix("s") for each in _details(answer))
        return next((found for each in waits if (found := fields.number(each)) is not None), None)


def _error(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    found = found[0] if isinstance(found, list) and found else found
    return fields.part(found, "error")


def _details(answer: httpx.Response) -> list[dict[str, Any]]:
    return entries(_error(answer).get("details"))


def _reasons(answer: httpx.Response) -> set[str]:
    named = [*_details(answer), *entries(_error(answer).get("errors"))]
    return {say(each, "reason").lower() for each in named}


def switched_off(no: Refused) -> bool:
    """Whether it was refused because the project does not use that API at all."""
    said = str(no).lower()
    return no.status == 403 and (
        any(each in said for each in _OFF)
        or ("has not been used in project" in said or "is disabled" in said)
    )


class Api:
    """The requests of one source."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._urls = settings.urls
        self._sign_in = SignIn(settings, clock)
        tokens = Tokens(self._sign_in, clock)
        self._rest = Rest(
            "Google Cloud", tokens, ca_file=settings.ca_file, waits=_Waits(), sleep=sleep
        )
        project = settings.quota_project
        self._headers = {"X-Goog-User-Project": project} if project else {}

    async def get(self, api: str, path: str, **params: Any) -> dict[str, Any]:
        """One object."""
        found: dict[str, Any] = await self._rest.ask(
            "GET", self._urls[api] + path, params=params, headers=self._headers
        )
        return found

    async def post(
        self, api: str, path: str, body: Mapping[str, Any] | None = None, *, again: bool = True
    ) -> dict[str, Any]:
        """What comes back for something that is sent."""
        what: dict[str, Any] = {"json": dict(body)} if body is not None else {}
        answer = await self._rest.answer(
            "POST", self._urls[api] + path, headers=self._headers, again=again, **what
        )
        return fields.body(answer, "Google Cloud")

    def listed(self, api: str, path: str, under: str, **params: Any) -> AsyncIterator[Page]:
        """The pages of a list, each with its entries and whole."""
        return self._rest.pages(self._urls[api] + path, under, params=params, headers=self._headers)

    async def aggregated(
        self, project: str, what: str, **params: Any
    ) -> AsyncIterator[tuple[list[dict[str, Any]], bool]]:
        """All of a project's ``instances``, ``disks`` …, over its zones and regions, page by page;
        whether some of those did not answer."""
        path = f"/compute/v1/projects/{project}/aggregated/{what}"
        asked = {"maxResults": 500, "returnPartialSuccess": "true", **params}
        async for _, page in self.listed("compute", path, "nothing", **asked):
            scopes = page.get("items")
            scopes = scopes if isinstance(scopes, dict) else {}
            found = [
                each for scope in scopes.values() if isinstance(scope, dict)
                for each in entries(scope.get(what))
            ]  # fmt: skip
            yield (
                found,
                bool(page.get("unreachables"))
                or any(
                    "UNREACHABLE" in say(where, "warning.code").upper()
                    for where in (page, *scopes.values())
                ),
            )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._rest.close()
        await self._sign_in.close()


# names


def full_name(link: str, service: str = "compute") -> str:
    """``//compute.googleapis.com/projects/…`` of any address or part of one."""
    if link.startswith("//"):
        return link
    _, found, path = link.partition("projects/")
    return f"//{service}.googleapis.com/projects/{path}" if found else ""


def last(link: str) -> str:
    """The last word of a name."""
    return link.rstrip("/").rpartition("/")[2]


def project_key(project: str) -> str:
    """The key of a project."""
    return f"//cloudresourcemanager.googleapis.com/projects/{project}"


def region_key(project: str, region: str) -> str:
    """The key of a region as one project has it."""
    return f"gcp:{project}:region:{region}"


def zone_key(project: str, zone: str) -> str:
    """The key of a zone as one project has it."""
    return f"gcp:{project}:zone:{zone}"


def project_of(name: str) -> str:
    """The project in a full name."""
    steps = name.split("/")
    return steps[steps.index("projects") + 1] if "projects" in steps[:-1] else ""


def place_of(name: str, location: str = "") -> tuple[str, str]:
    """Region and zone in a full name, or of a location; "" where it is global or is in several."""
    steps = name.split("/")
    zone = steps[steps.index("zones") + 1] if "zones" in steps[:-1] else ""
    region = steps[steps.index("regions") + 1] if "regions" in steps[:-1] else ""
    if not zone and not region and location:
        parts = location.lower().split("-")
        zone = location.lower() if len(parts) == 3 and len(parts[2]) == 1 else ""
        region = location.lower() if len(parts) == 2 else ""
    return (zone.rpartition("-")[0] if zone else region), zone


def above(project: str, region: str, zone: str) -> str:
    """What it stands in."""
    if zone:
        return zone_key(project, zone)
    return region_key(project, region) if region else project_key(project)


def labels(name: str, project: str) -> dict[str, str]:
    """What alerts of a resource are labelled with."""
    region, zone = place_of(name)
    found = {"provider": "gcp", "project": project, "region": region, "zone": zone}
    return {word: value for word, value in found.items() if value}


def value_of(point: Mapping[str, Any]) -> float | None:
    """The number of a point, whichever way it is typed; 64-bit ones come as text."""
    for path in ("value.doubleValue", "value.int64Value", "value.distributionValue.mean"):
        if (found := fields.number(dig(point, path))) is not None:
            return found
    return 1.0 if dig(point, "value.boolValue") is True else None
