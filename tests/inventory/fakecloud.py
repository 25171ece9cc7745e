"""A cloud that is made up: as many resources as the settings say, told in pages, each with the
latency of a real one; what it does wrong is a setting too."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from integrations.base import (
    Acted,
    Action,
    Capability,
    Changes,
    Cursor,
    Item,
    Manifest,
    Part,
    Permanent,
    Progress,
    Setting,
    Transient,
)
from store.model import Severity
from store.model.resource import Fault, Health, Resource

MANIFEST = Manifest("fakecloud", "Fake cloud", frozenset({Capability.INVENTORY}))
INVENTORY = (
    Setting("url", "Where it is", required=True),
    Setting("token", "Its key", secret=True, default=""),
    Setting("many", "Resources of each part", default=10),
    Setting("regions", "Parts", default=["eu", "us"]),
    Setting("page", "Resources a page", default=100),
    Setting("latency", "Seconds a page takes", default=0.0),
    Setting("wrong", "What it does wrong", default=""),
    Setting("file", "Says what is wrong, when it is there", default=""),
)
ACTIONS = (Action("fakecloud.reboot", "Reboot", ("server",), dangerous=True),)


def inventory(name: str, settings: Mapping[str, Any]) -> FakeCloud:
    """The connector of one fake cloud."""
    return FakeCloud(name, settings)


class FakeCloud:
    """A few regions of servers."""

    def __init__(self, name: str, settings: Mapping[str, Any]) -> None:
        self._name, self._s = name, settings

    @property
    def _wrong(self) -> str:
        path = self._s["file"]
        if not path:
            return str(self._s["wrong"])
        return Path(path).read_text(encoding="utf-8").strip() if Path(path).exists() else ""

    async def parts(self) -> Sequence[Part]:
        """One a region."""
        return [Part(region, 60.0, 600.0) for region in self._s["regions"]]

    async def sync(self, part: str, cursor: str) -> AsyncIterator[Item | Sequence[Item]]:
        """All servers of a region, page by page; with a cursor those alone that changed."""
        wrong = self._wrong
        if wrong == "refuses":
            raise Transient("503 Service Unavailable")
        if cursor:
            yield Changes()
            await asyncio.sleep(self._s["latency"])
            yield [self._server(part, i, str(cursor)) for i in range(0, self._s["many"], 100)]
            yield Cursor(str(int(cursor) + 1))
            return
        for first in range(0, self._s["many"], self._s["page"]):
            await asyncio.sleep(self._s["latency"])
            if wrong == "hangs" and first:
                time.sleep(3600)  # noqa: ASYNC251  that is what is wrong with it
            if wrong == "dies" and first:
                os._exit(9)
            if wrong == "forever" and first:
                await asyncio.sleep(3600)
            last = min(first + self._s["page"], self._s["many"])
            yield [self._server(part, i, "") for i in range(first, last)]
            yield Progress(last, self._s["many"])
        yield list(self._faults(part, wrong))
        if self._s["wrong"] == "changes":
            yield Cursor("1")

    def _server(self, part: str, i: int, round_: str) -> Resource:
        key = f"fakecloud:{self._name}:server:{part}-{i:06}"
        return Resource(
            key, "server", f"web-{part}-{i:06}", "running", Health.OK, type="m5.large",
            region=part, zone=f"{part}-{i % 3}", account="acme",
            size={"vcpus": 2.0, "memory_mb": 8192.0},
            tags={"team": f"team{i % 7}", "env": "prod", "Name": f"web-{i}", "round": round_},
            ids=(f"i-{self._name}{part}{i:08x}",),
            addresses=(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}",),
            parents=(f"fakecloud:{self._name}:zone:{part}-{i % 3}",),
        )  # fmt: skip

    def _faults(self, part: str, wrong: str) -> Iterator[Fault]:
        if wrong == "down":
            name = f"web-{part}-000000"
            yield Fault(
                f"{part}/server/0", "ServerDown", Severity.CRITICAL, f"{name} is down",
                resource=f"fakecloud:{self._name}:server:{part}-000000",
            )  # fmt: skip

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        """Reboots at once; ``slow`` takes for ever."""
        if action == "fakecloud.slow":
            await asyncio.sleep(3600)
        if action != "fakecloud.reboot":
            raise Permanent(f"{action} can't be done here")
        return Acted(f"{resource.name} reboots.", done=not dry_run, facts=dict(params))

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        """The last lines of a server; ``slow`` takes for ever."""
        if what == "slow":
            await asyncio.sleep(3600)
        if what != "logs":
            raise Permanent(f"there is no {what} of a server")
        return f"{resource.name}: all is well"

    async def close(self) -> None:
        """Nothing to let go of."""
