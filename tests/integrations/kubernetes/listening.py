"""Listens to a connector and keeps what a server would know by what it was told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from integrations import kubernetes
from integrations.base import Begin, Broken, End, Gone, Of, Over
from integrations.kubernetes.connector import Kubernetes
from integrations.kubernetes.settings import source
from store.model.resource import Fault, Happening, Resource, Sample
from tests.support.kube import FakeKube
from tests.support.kube.seeds import NOW

ROOT = Path(__file__).parents[3]
READER = ROOT / "deploy/kubernetes/reader.yaml"
ACTIONS = ROOT / "deploy/kubernetes/actions.yaml"
SECRETS = ROOT / "deploy/kubernetes/tls-secrets.yaml"


class Still:
    """A clock that stands until it is moved."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def now(self) -> int:
        """The instant it shows."""
        return self.at


def connector(
    kube: FakeKube, token: str = "admin", clock: Still | None = None, **more: Any
) -> Kubernetes:
    """A connector of the stand-in, quick enough for tests."""
    settings = {s.name: s.default for s in kubernetes.INVENTORY}
    settings |= {"api_server": kube.url, "token": token, **more}
    made = Kubernetes(source("prod-1", settings), clock or Still())
    made.pace, made.patience = 0.01, 0.05
    return made


class Known:
    """What was told of a cluster so far. ``async with`` listens."""

    def __init__(self, made: Kubernetes) -> None:
        self.connector = made
        self.resources: dict[str, Resource] = {}
        self.faults: dict[str, Fault] = {}
        self.happenings: list[Happening] = []
        self.samples: list[Sample] = []
        self.whole: set[str] = set()
        self.broken: dict[str, str] = {}
        self.told = 0
        self.begun = 0
        self._part: dict[str, str] = {}
        self._seen: dict[str, set[str]] = {}
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.connector.close()

    async def _listen(self) -> None:
        async for told in self.connector.stream():
            for one in told if isinstance(told, list) else [told]:
                self._take(one)
            self._moved.set()

    def _take(self, one: Any) -> None:
        self.told += 1
        match one:
            case Begin(part=part):
                self.begun += 1
                self._seen[part] = set()
                self.broken.pop(part, None)
            case End(part=part):
                self.whole.add(part)
                kept = self._seen.pop(part)
                for key in [k for k, p in self._part.items() if p == part and k not in kept]:
                    self.resources.pop(key, None)
                    self.faults.pop(key, None)
                    del self._part[key]
            case Broken(part=part, why=why):
                self.broken[part] = why
            case Of(part=part, item=item):
                self._item(part, item)

    def _item(self, part: str, item: Any) -> None:
        match item:
            case Resource() | Fault():
                held: Any = self.resources if isinstance(item, Resource) else self.faults
                held[item.key] = item
                self._part[item.key] = part
                self._seen.get(part, set()).add(item.key)
            case Gone(resource=key):
                del self.resources[key]
                self._part.pop(key)
            case Over(fault=key):
                del self.faults[key]
                self._part.pop(key)
            case Happening():
                self.happenings.append(item)

    async def until(self, true: Callable[[], Any], why: str = "") -> None:
        """Wait until something is known."""
        async with asyncio.timeout(60):
            while not true():
                assert self._task is not None
                if self._task.done():
                    self._task.result()
                self._moved.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), 0.05)

    async def all(self) -> None:
        """Wait until every part is known."""
        await self.until(lambda: len(self.whole) == 6 and not self.broken)

    def kinds(self) -> set[str]:
        """The kinds of what is wrong."""
        return {each.kind for each in self.faults.values()}

    def fault(self, kind: str) -> Fault:
        """The one fault of a kind."""
        (found,) = [each for each in self.faults.values() if each.kind == kind]
        return found


async def polled(made: Kubernetes, part: str) -> list[Any]:
    """Everything of a part that is asked for."""
    return [item async for page in made.sync(part, "") for item in page]
