"""What alerts are about is looked up on a snapshot beside the writer, and remembered.

Nothing is looked up where no source is configured, and nothing twice: repeats of an alert cost a
look in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from typing import NamedTuple

from commands.inventory.matching import asked, bare, matched
from commands.rules.inventory import InventoryRules
from store.access import Source
from store.db import Reader
from store.model import HOUR, MINUTE, AlertReading, Instant

log = logging.getLogger("pixelview.inventory")

PATIENCE = 2.5
"""Seconds after which an alert goes on without."""
FOUND, MISSED = HOUR, 2 * MINUTE
"""For so long what was found, and that nothing was, is remembered."""
_KEPT = 20_000


class _Kept(NamedTuple):
    """What was found for an alert, and until when that is taken for true."""

    until: Instant
    asked: AlertReading
    found: AlertReading

    def holds(self, reading: AlertReading, now: Instant) -> bool:
        """Whether the same would be found for it as it is now."""
        asked = self.asked
        if (
            now >= self.until
            or asked.labels != reading.labels
            or asked.resource != reading.resource
        ):
            return False
        same_words = asked.title == reading.title and asked.severity is reading.severity
        return same_words or not self.may_fall

    @property
    def may_fall(self) -> bool:
        """Whether its words may say that a resource is lost."""
        return self.found.about is not None and self.found.about.carries


class Finder:
    """What alerts are about, looked up on a snapshot beside the writer and remembered."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: OrderedDict[tuple[int, str], _Kept] = OrderedDict()

    async def about(
        self,
        rules: InventoryRules,
        source: Source,
        readings: tuple[AlertReading, ...],
        now: Instant,
    ) -> tuple[AlertReading, ...]:
        """The readings with what they are about. No alert waits for that, nor is one lost by it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.found(rules, source, readings, now)
        except Exception:
            log.exception("what %d alerts are about was not found", len(readings))
            return readings

    async def found(
        self,
        rules: InventoryRules,
        source: Source,
        readings: tuple[AlertReading, ...],
        now: Instant,
    ) -> tuple[AlertReading, ...]:
        """The readings with what they are about; as they are where no source is configured."""
        if not rules.sources:
            return readings
        out: list[AlertReading | None] = [self._again(source.id, r, now) for r in readings]
        new = [i for i, one in enumerate(out) if one is None]
        if new:
            look = [readings[i] for i in new]
            told = await self._reader.read(lambda tx: matched(tx, rules, source.name, look))
            for i, one in zip(new, told, strict=True):
                out[i] = one
                self._keep(source.id, readings[i], one, now)
        return tuple(one for one in out if one is not None)

    def _again(self, source_id: int, reading: AlertReading, now: Instant) -> AlertReading | None:
        """As it was found before; what is over needs no more."""
        if not asked(reading):
            return bare(reading)
        kept = self._kept.get((source_id, reading.key))
        if kept is None or not kept.holds(reading, now):
            return None
        return replace(reading, labels=kept.found.labels, about=kept.found.about)

    def _keep(
        self, source_id: int, reading: AlertReading, found: AlertReading, now: Instant
    ) -> None:  # fmt: skip
        lasts = FOUND if found.about is not None and found.about.ids else MISSED
        key = source_id, reading.key
        self._kept[key] = _Kept(now + lasts, reading, found)
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
