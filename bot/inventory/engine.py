"""The inventory in the server: a worker asks, what it tells is taken in, and what nobody looks at
any more is let go. With nothing configured it does nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from bot import redacting
from bot.inventory.bridge import Bridge
from bot.inventory.connecting import absent
from bot.inventory.ledger import Ledger, titled
from bot.inventory.suspects import Suspects
from bot.inventory.taking import Taking
from bot.inventory.words import Ended, Word
from bot.running import Looking, Running
from commands.context import Ctx
from commands.door import Door
from commands.inventory import happening, taking
from commands.rules.redact import secrets_of
from integrations.base import Acted, Misconfigured
from store import upkeep
from store.clock import HOUR, SECOND, Instant
from store.inventory import faults
from store.inventory.parts import LIVE, RUNNING
from store.model.resource import Resource
from store.writer import Lane

if TYPE_CHECKING:
    from bot.inventory_settings import SourceSettings
    from bot.settings import Settings

log = logging.getLogger("pixelview.inventory")

LOOK = 10.0
"""Seconds between two looks at what is due."""
READ = 20.0
"""Seconds between two looks at what is new to be searched."""
LEASE_LIFE = 40 * SECOND
_LEASE = "inventory"


class Inventory:
    """The sources of this process: those whose lease it holds."""

    def __init__(self, door: Door, settings: Settings, me: str) -> None:
        self._door, self._me = door, me
        self._settings = wanted = settings.inventory
        scales = {name: one.stretch for name, one in wanted.sources.items()}
        self.ledger = Ledger(door, scales)
        self.taking = Taking(door, self.ledger)
        self._running = Running("pixelview-inventory")
        wrong = "the inventory could not be looked after; once more in a while"
        self._looking = Looking(self.look, LOOK, "pixelview-inventory", log, wrong)
        wrong = "what there is could not be read for searching; once more in a while"
        self._reading = Looking(self._read, READ, "pixelview-inventory-index", log, wrong)
        self.suspects = Suspects(time.monotonic)
        self.owned: frozenset[str] = frozenset()
        self._forgotten: Instant = 0
        self.bridge: Bridge | None = None
        if wanted.sources:
            own = {*wanted.secrets(), *secrets_of(wanted.model_dump(mode="json"))}
            most, others = wanted.worker_memory << 20, {*redacting.secrets(settings)} - own
            settle = {
                "memory": most,
                "outside": settings.outside.model_dump(mode="json"),
                "secrets": sorted(own),
                "patterns": settings.redact.patterns,
            }
            self.bridge = Bridge(self, settle, self._lost, most, others)
            door.infra = self

    async def start(self) -> None:
        """Let go of what is not in the settings any more; look at what is."""
        self._reading.start()
        await self.ledger.load()
        self.ledger.began = self._door.clock.now()
        if gone := self.ledger.sources - set(self._settings.sources):
            self._running.begin(self._remove(sorted(gone)))
        if self.bridge is not None:
            warn_of_files(self._settings.sources)
            await self._own()
            self.bridge.start(self._sources)
            self._looking.start()

    async def stop(self) -> None:
        """End the worker, and everything."""
        await self._reading.stop()
        await self._looking.stop()
        await self._running.end()
        if self.bridge is not None:
            await self.bridge.stop()
            await self._door.system(self._give_back)

    def _sources(self) -> Mapping[str, Mapping[str, Any]]:
        """What the worker is told of the sources that are ours."""
        now = self._door.clock.now()
        return {
            name: {
                "kind": one.kind, "own": one.own, "stretch": one.stretch,
                "parts": {
                    part.name: {
                        "cursor": part.cursor,
                        "age": (now - part.ok_at) / SECOND if part.ok_at is not None else None,
                    }
                    for part in self.ledger.of(name) if part.name and not part.live
                },
            }
            for name in self.suspects.chosen(self.owned)
            for one in (self._settings.sources[name],)
        }  # fmt: skip

    async def _read(self) -> None:
        """What is to be searched is at hand before anybody asks."""
        await self._door.index.fresh(self._door.reader)

    async def tell(self, word: Word) -> None:
        """What the worker tells."""
        await self.taking.tell(word)
        if isinstance(word, Ended):
            self.suspects.well(word.source)

    async def _lost(self, why: str) -> None:
        asked = {one.source for one in self.ledger.all if one.state in (RUNNING, LIVE)}
        self.suspects.died(asked & self.owned)
        for name in self.owned:
            await self.taking.lost(name, f"the worker is gone: {why}")

    async def _remove(self, sources: list[str]) -> None:
        for name in sources:
            log.info("%s is not in the settings any more: what is known of it is let go", name)
            await self.taking.remove(name)

    # now and then

    async def look(self) -> None:
        """Keep the leases, say what is due, forget what is old."""
        await self._own()
        if self.bridge is not None and (self.suspects.lives() or self.suspects.waits()):
            self.bridge.look()
        for name in sorted(self.owned):
            if self.bridge is not None and self.bridge.pid is not None and not self.bridge.trouble:
                self.ledger.heard[name] = self._door.clock.now()
            await self.taking.due(name)
        while await self._door.system(taking.let_pass, lane=Lane.BULK):
            pass
        now = self._door.clock.now()
        if now - self._forgotten >= HOUR:
            self._forgotten = now
            await self._forget()

    async def _own(self) -> None:
        owned = await self._door.system(self._take, lane=Lane.BULK)
        if owned != self.owned:
            for name in self.owned - owned:
                await self.taking.lost(name, "another process looks at it")
            if self.owned:
                await self.ledger.load()
            self.owned = owned
            if self.bridge is not None:
                self.bridge.look()

    def _take(self, ctx: Ctx) -> frozenset[str]:
        names = (
            name
            for name in self._settings.sources
            if upkeep.take_lease(ctx.tx, f"{_LEASE}:{name}", self._me, ctx.now, LEASE_LIFE)
        )
        return frozenset(names)

    def _give_back(self, ctx: Ctx) -> None:
        for name in self.owned:
            upkeep.drop_lease(ctx.tx, f"{_LEASE}:{name}", self._me)

    async def _forget(self) -> None:
        days, bulk = self._settings.events, Lane.BULK
        await self._door.system(lambda ctx: faults.forget(ctx.tx, ctx.now), lane=bulk)
        while await self._door.system(partial(happening.forget, days=days), lane=bulk):
            pass

    # the port

    async def ask(
        self, source: str, what: str, resource: Resource, params: Mapping[str, Any]
    ) -> Any:
        """Look something up; raises the integration errors."""
        return await self._asked(source).ask(source, what, resource, params)

    async def act(
        self, source: str, action: str, resource: Resource, params: Mapping[str, Any],
        dry_run: bool,
    ) -> Acted:  # fmt: skip
        """Do an action, or say exactly what would be done; raises the integration errors."""
        return await self._asked(source).act(source, action, resource, params, dry_run)

    def _asked(self, source: str) -> Bridge:
        if self.bridge is None or source not in self._settings.sources:
            raise Misconfigured(f"there is no source {source}", "inventory.sources")
        return self.bridge

    # how it stands

    def signs(self) -> list[tuple[str, bool, str]]:
        """Lines for the Health box."""
        if self.bridge is None:
            return []
        found = []
        if self.bridge.trouble:
            found.append(("Inventory", False, f"the worker is gone: {self.bridge.trouble}"))
        for name in sorted(self.owned):
            rules = self._door.rules.inventory.sources.get(name)
            fault = self.ledger.out_of_reach(name, rules)
            parts = [one for one in self.ledger.of(name) if one.name]
            many = sum(one.resources for one in parts)
            fine = f"{many} resources in {len(parts)} parts" if parts else "not looked at yet"
            found.append((titled(name, rules), fault is None, fault.title if fault else fine))
        return found

    def gauges(self) -> dict[str, tuple[str, float]]:
        """For Prometheus: the worker."""
        if self.bridge is None:
            return {}
        return {
            "inventory_worker_bytes": ("Memory of the worker.", self.bridge.memory),
            "inventory_worker_restarts": ("How often it was begun again.", self.bridge.restarts),
            "inventory_worker_up": ("Whether it runs.", float(self.bridge.pid is not None)),
        }

    def collect(self, registry: CollectorRegistry) -> None:
        """For Prometheus: each source."""
        if self.bridge is None:
            return
        words = {
            "age_seconds": "Since the oldest part of a source was read.",
            "resources": "Resources of a source.",
            "parts_failing": "Parts of a source that can't be read.",
            "sync_seconds": "How long the slowest part took last.",
        }
        gauges = {
            name: Gauge(f"pixelview_inventory_{name}", text, ["source"], registry=registry)
            for name, text in words.items()
        }
        failures = Counter(
            "pixelview_inventory_failures", "Times a part could not be read.", ["source"],
            registry=registry,
        )  # fmt: skip
        for source in sorted(self._settings.sources):
            for name, value in self._numbers(source).items():
                gauges[name].labels(source).set(value)
            failures.labels(source).inc(self.ledger.failures[source])

    def _numbers(self, source: str) -> dict[str, float]:
        now = self._door.clock.now()
        parts = [one for one in self.ledger.of(source) if one.name]
        since = [now if one.state == "live" else one.ok_at or self.ledger.began for one in parts]
        return {
            "age_seconds": (now - min(since, default=self.ledger.began)) / SECOND,
            "resources": sum(one.resources for one in parts),
            "parts_failing": sum(1 for one in self.ledger.of(source) if one.error),
            "sync_seconds": max((one.took for one in parts), default=0.0),
        }


def warn_of_files(sources: Mapping[str, SourceSettings]) -> None:
    """Files that are named and not there: they may come later."""
    for name, one in sources.items():
        for setting, path in absent(one.kind, one.own):
            log.warning("Source %s: there is no file %s (%s) yet.", name, path, setting)
