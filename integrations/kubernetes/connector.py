"""One cluster: watched while somebody listens, asked now and then for what can't be watched."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from integrations.base import Acted, Item, Of, Part, Permanent, Told
from integrations.kubernetes import asking, deeds, polling
from integrations.kubernetes.api import Api, Thing, known
from integrations.kubernetes.events import Events
from integrations.kubernetes.kinds import KINDS, PARTS
from integrations.kubernetes.settings import Source
from integrations.kubernetes.state import State
from integrations.kubernetes.telling import Telling
from integrations.kubernetes.watching import Feed
from store.clock import Clock, SystemClock
from store.model import SECOND
from store.model.resource import Resource

T = TypeVar("T")

PACE = 1.0
"""Seconds between two looks at what changed; what changes more often is told once."""
SETTLES = 15.0
"""So many seconds what is polled waits for the first lists."""
AGAIN = 20 * SECOND
"""How often what may change by the passing of time is looked at again."""
PATIENCE = 10.0
"""Seconds without its watch until a part is stale."""
_AT_ONCE = 4
"""So many lists are asked for at a time."""
_PAGE = 500
_MANY = 300
"""More than so much told at once is followed by a longer pause, in which more comes together."""


class Kubernetes:
    """The connector of a cluster."""

    def __init__(self, source: Source, clock: Clock | None = None) -> None:
        self.source = source
        self.clock: Clock = clock or SystemClock()
        self.api = Api(source)
        self.state = State(source, self.clock)
        self.pace = PACE
        self.patience = PATIENCE
        self._pool = ThreadPoolExecutor(6, thread_name_prefix=f"k8s-{source.name}")
        self._watched: Watched | None = None
        self._probe = polling.Probe(self)

    # ---- what is polled --------------------------------------------------------------------------

    async def parts(self) -> Sequence[Part]:
        """What is asked now and then; everything else comes by the stream."""
        source = self.source
        found = [
            Part("api", every=source.every, timeout=60, title="API server"),
            Part("services", every=60, timeout=120, title="services and ingresses"),
            Part("certificates", every=3600, timeout=120, title="certificates"),
        ]
        if source.metrics_every:
            found.append(
                Part("metrics", every=source.metrics_every, timeout=60, title="CPU and memory")
            )
        return found

    async def sync(self, part: str, cursor: str) -> AsyncIterator[Sequence[Item]]:
        """Everything of one of ``parts``."""
        look = {
            "api": self._probe.look,
            "services": polling.services,
            "certificates": polling.certificates,
            "metrics": polling.metrics,
        }.get(part)
        if look is None:
            raise Permanent(f"there is no part {part}")
        if part in ("metrics", "services"):
            await self._settled()
        items: list[Item] = await self._run(look, self)
        for start in range(0, len(items), _PAGE):
            yield items[start : start + _PAGE]
        if part == "metrics" and self.source.prometheus_url:
            from integrations.kubernetes import prometheus

            yield await prometheus.look(self)

    async def _settled(self) -> None:
        """What is measured belongs to workloads: while they are being listed, wait a while."""
        until = time.monotonic() + SETTLES
        while self._watched is not None and self._watched.listing and time.monotonic() < until:
            await asyncio.sleep(0.05)

    # ---- what is watched -------------------------------------------------------------------------

    async def stream(self) -> AsyncIterator[Sequence[Told]]:
        """Goes on until it is closed."""
        if self._watched is not None:
            self._watched.stop()
        self.state = State(self.source, self.clock)
        watched = self._watched = Watched(self)
        try:
            watched.start()
            while True:
                told = await self._run(watched.step)
                for start in range(0, len(told), _PAGE):
                    yield told[start : start + _PAGE]
                await asyncio.sleep(self.pace * (3 if len(told) > _MANY else 1))
        finally:
            watched.stop()
            if self._watched is watched:
                self._watched = None

    def unreachable(self, why: str) -> None:
        """The API server does not answer, or does again (``""``): what is watched is stale, or
        begins again."""
        if self._watched is not None:
            self._watched.unreachable(why)

    def absent(self) -> Mapping[str, str]:
        """What is not there or not allowed, with the API server's words."""
        return self._watched.absences() if self._watched is not None else {}

    # ---- what people ask -------------------------------------------------------------------------

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        """Do one of ACTIONS, once; or have the API server try it and say what it would do."""
        return await self._run(deeds.act, self, action, resource, dict(params), dry_run)

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        """``logs``, ``events`` or ``detail`` of a resource."""
        return await self._run(asking.ask, self, what, resource, dict(params))

    async def close(self) -> None:
        """Let go of connections and threads."""
        if self._watched is not None:
            self._watched.stop()
        self.api.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, function: Callable[..., T], *args: Any) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)
        except Exception as error:
            raise known(error) from error


class Watched:
    """The watches of a cluster, and what is told of what they find."""

    def __init__(self, connector: Kubernetes) -> None:
        self._connector = connector
        self.state = connector.state
        self.events = Events(self.state)
        self._telling = Telling(self.state)
        self._lock = threading.Lock()
        self._status: dict[Feed, tuple[str, str, float]] = {}
        self._unreachable = ""
        gate = threading.Semaphore(_AT_ONCE)
        source = connector.source
        self._feeds = [
            Feed(connector.api, kind, namespace, self, gate)
            for kind in KINDS
            for namespace in (source.named if kind.namespaced else ()) or ("",)
        ]
        for each in self._feeds:
            self._status[each] = ("waiting", "", time.monotonic())

    @property
    def listing(self) -> bool:
        """Whether some of it was never listed yet, and may still be."""
        with self._lock:
            return any(word == "waiting" for word, _, _ in self._status.values())

    def start(self) -> None:
        """Begin to watch."""
        for each in self._feeds:
            each.start()

    def stop(self) -> None:
        """End all watches."""
        for each in self._feeds:
            each.stop()

    def step(self) -> list[Told]:
        """What is to be told by now."""
        now = self.state.clock.now()
        known = {part: self._known(part) for part in PARTS}
        told = self._telling.step(now, known, AGAIN)
        if known["events"] is None:
            told += [Of("events", each) for each in self.events.collect()]
        return told

    def _known(self, part: str) -> str | None:
        """None where a part is known, "" where nothing is to be said, or why it is stale."""
        if self._unreachable:
            return self._unreachable
        with self._lock:
            everywhere = {word for word, _, _ in self._status.values()}
            if everywhere == {"absent"}:
                return f"nothing may be looked at: {next(iter(self._status.values()))[1]}"
            states = [self._status[each] for each in self._feeds if each.kind.part == part]
        lost = [each for each in states if each[0] == "lost"]
        if any(time.monotonic() - since >= self._connector.patience for _, _, since in lost):
            return lost[0][1] or "it can't be watched"
        # Before anything at all is followed, it is not believed that something is not there.
        if lost or any(each[0] == "waiting" for each in states) or "following" not in everywhere:
            return ""
        return None

    def unreachable(self, why: str) -> None:
        """See the connector's."""
        before, self._unreachable = self._unreachable, why
        if before and not why:
            with self._lock:
                following = [f for f, each in self._status.items() if each[0] == "following"]
                for each in following:
                    self._status[each] = ("waiting", "", time.monotonic())
            for each in following:
                each.cut()

    def absences(self) -> dict[str, str]:
        """What is not there or not allowed."""
        with self._lock:
            return {
                f.kind.resource: why for f, (s, why, _) in self._status.items() if s == "absent"
            }

    # ---- what the watches say, in their threads --------------------------------------------------

    def listed(self, feed: Feed, things: list[Thing]) -> None:
        """Everything there is."""
        if feed.kind.part == "events":
            for each in things:
                self.events.take(each)
            return
        self.state.replace(feed.kind.name, feed.namespace, things)
        if feed.kind.name == "replicaset":
            for each in things:
                self.events.rollout(each)

    def changed(self, feed: Feed, type: str, thing: Thing) -> None:
        """One thing changed."""
        if feed.kind.part == "events":
            if type != "DELETED":
                self.events.take(thing)
        elif type == "DELETED":
            self.state.drop(feed.kind.name, thing)
        else:
            self.state.put(feed.kind.name, thing)
            if feed.kind.name == "replicaset" and type == "ADDED":
                self.events.rollout(thing)

    def absent(self, feed: Feed, why: str) -> None:
        """Nothing is to be had of it."""
        self._set(feed, "absent", why)

    def lost(self, feed: Feed, why: str) -> None:
        """It can't be followed for now."""
        self._set(feed, "lost", why)

    def followed(self, feed: Feed) -> None:
        """What is known is so."""
        self._set(feed, "following", "")

    def _set(self, feed: Feed, word: str, why: str) -> None:
        with self._lock:
            before = self._status[feed]
            since = before[2] if before[0] == word else time.monotonic()
            self._status[feed] = (word, why, since)
