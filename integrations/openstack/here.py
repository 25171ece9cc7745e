"""One region of a cloud while a part of it is read: its calls with what may not be asked left out,
the keys of what is in it, and what the parts of a source tell each other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations import _time
from integrations._inventory import Item
from integrations.openstack.cloud import Cloud, Fields, Missing, Params, Refused
from integrations.openstack.reach import KEYSTONE, Unanswered
from integrations.openstack.settings import Source
from store.clock import SystemClock
from store.model import Instant, Severity
from store.model.resource import Fault, Health

Items = AsyncIterator[Item | Sequence[Item]]

WORDS = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO,
         "critical": Severity.CRITICAL}  # fmt: skip
_BUS_FRESH = 45.0


@dataclass(slots=True)
class Watch:
    """What the servers of a region were like at the last look: those that are in between, for
    they get stuck without changing, and the state of each host."""

    since: Instant = 0
    whole: Instant = 0
    moving: dict[str, Fields] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Memory:
    """What the parts of a source know of each other; gone with the process, and made anew."""

    projects: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    down: dict[str, set[str]] = field(default_factory=dict)
    silent_at: dict[str, float] = field(default_factory=dict)
    asking: dict[str, asyncio.Lock] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)
    ill: dict[str, set[str]] = field(default_factory=dict)
    counters: dict[str, tuple[float, dict[str, float]]] = field(default_factory=dict)
    turn: dict[str, int] = field(default_factory=dict)
    used: dict[str, list[tuple[Instant, float]]] = field(default_factory=dict)

    def watch(self, region: str) -> Watch:
        """The one of a region."""
        return self.watches.setdefault(region, Watch())


class Here:
    """A region at an instant."""

    def __init__(self, cloud: Cloud, memory: Memory, region: str) -> None:
        self.cloud, self.memory, self.region = cloud, memory, region
        self.source: Source = cloud.source
        self.now: Instant = SystemClock().now()
        self.refused: list[str] = []

    # ---- calls -----------------------------------------------------------------------------------

    async def maybe(self, service: str, path: str, params: Params = ()) -> Fields | None:
        """An object; None where we may not ask or there is no such thing."""
        try:
            return await self.cloud.get(self.region, service, path, params)
        except Refused:
            self.refused.append(f"{service} {path.partition('?')[0]}")
        except Missing:
            pass
        return None

    async def listed(
        self, service: str, path: str, name: str, params: Params = (), limit: int = 0
    ) -> list[Fields] | None:
        """Everything of a list that is short; None where we may not ask or it is not offered."""
        try:
            return await self.cloud.every(self.region, service, path, name, params, limit)
        except Refused:
            self.refused.append(f"{service} {path}")
        except Missing:
            pass
        return None

    async def pages(
        self, service: str, path: str, name: str, everyone: Mapping[str, Any], params: Params = ()
    ) -> AsyncIterator[list[Fields]]:
        """A long list of all projects, or of ours where only that is allowed."""
        both = {**everyone, **dict(params)}
        try:
            async for page in self.cloud.pages(self.region, service, path, name, both):
                yield page
        except Refused:
            self.refused.append(f"{service} {path} of all projects")
            try:
                async for page in self.cloud.pages(self.region, service, path, name, params):
                    yield page
            except (Refused, Missing):
                return
        except Missing:
            return

    async def bus(self) -> bool | None:
        """Whether Cinder's scheduler, which is asked over the message bus, answers; None where it
        can't be told. One that did not is let alone for a while: each question that waits for it
        takes one of Cinder's few workers."""
        async with self.memory.asking.setdefault(self.region, asyncio.Lock()):
            if self.bus_silent():
                return False
            try:
                await self.cloud.get(self.region, "volume", "scheduler-stats/get_pools")
            except (Refused, Missing):
                return None
            except Unanswered as error:
                return False if self.unheard(error) else None
            return True

    def bus_silent(self, within: float = _BUS_FRESH) -> bool:
        """Whether it did not answer a moment ago."""
        at = self.memory.silent_at.get(self.region)
        return at is not None and time.monotonic() - at < within

    def unheard(self, error: Unanswered) -> bool:
        """Whether this says that the bus does not answer; then it is remembered."""
        if error.how not in ("hangs", "error") or error.service == KEYSTONE:
            return False
        self.memory.silent_at[self.region] = time.monotonic()
        return True

    async def project_names(self) -> None:
        """Learn what the projects are called, once."""
        if self.memory.projects:
            return
        for each in await self.listed("identity", "projects", "projects") or ():
            self.memory.projects[text(each, "id")] = text(each, "name")

    async def user_name(self, user: str) -> str:
        """What a user is called, or the id where we may not know."""
        if not user:
            return ""
        if user not in self.memory.users:
            if len(self.memory.users) > 10_000:
                self.memory.users.clear()
            found = await self.maybe("identity", f"users/{user}")
            name = text((found or {}).get("user") or {}, "name")
            self.memory.users[user] = name or user
        return self.memory.users[user]

    # ---- words -----------------------------------------------------------------------------------

    def key(self, kind: str, *path: str) -> str:
        """The key of something that has an id of its own."""
        return self.source.key(kind, *path)

    def local(self, kind: str, *path: str) -> str:
        """The key of something that is called by a name that is unique in its region only."""
        return self.source.key(kind, self.region, *path)

    def project(self, id: str) -> str:
        """What a project is called."""
        return self.memory.projects.get(id, id)

    def fault(
        self, kind: str, about: str, severity: str, title: str, resource: str = "", **more: Any
    ) -> Fault:
        """Something that is wrong; ``about`` tells those of one kind apart. ``called`` is a more
        exact word for what may change while it is still the same fault."""
        labels = {
            "cloud": self.source.name, "region": self.region, **more.pop("labels", {})
        }  # fmt: skip
        return Fault(
            key=f"{kind}:{self.region}:{about}",
            kind=more.pop("called", kind),
            severity=WORDS[severity],
            title=title[:300],
            resource=resource,
            labels={name: value for name, value in labels.items() if value},
            **more,
        )

    def stuck(self, since: Instant | None) -> bool:
        """Whether what began to pass at an instant should have passed by now."""
        return since is not None and self.now - since >= self.source.stuck


def text(fields: Mapping[str, Any], *names: str) -> str:
    """The first of these that is there, as text."""
    for name in names:
        value = fields.get(name)
        if value is not None and value != "":
            return str(value)
    return ""


def number(fields: Mapping[str, Any], name: str) -> float | None:
    """A number, None for what is none (``infinite``, ``unknown``)."""
    value = fields.get(name)
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if abs(found) < 1e18 else None


def part(fields: Mapping[str, Any], name: str) -> Fields:
    """An object within, or an empty one."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def parts(fields: Mapping[str, Any], name: str) -> list[Fields]:
    """The objects of a list within."""
    value = fields.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def when(fields: Mapping[str, Any], *names: str) -> Instant | None:
    """The first of these instants that is there."""
    return next((at for name in names if (at := _time.instant(fields.get(name)))), None)


def words(value: Any) -> dict[str, str]:
    """Metadata as labels."""
    if not isinstance(value, dict):
        return {}
    return {str(name): str(said)[:500] for name, said in list(value.items())[:100]}


def worst(*found: Health) -> Health:
    """The worst of several."""
    order = (Health.DOWN, Health.DEGRADED, Health.UNKNOWN, Health.OK)
    return min(found, key=order.index, default=Health.OK)


def ago(span: Instant) -> str:
    """How long, for people: 3 min, 2 h, 4 days."""
    minutes = span // 60_000
    if minutes < 1:
        return f"{max(0, span) // 1000} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2_880 else f"{minutes // 1_440} days"
