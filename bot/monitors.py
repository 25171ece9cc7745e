"""The monitors that are told what people did, and looked at for what never reached us.

A monitor belongs to an intake source: ``intake.sources.<name>.write_back`` says where it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import integrations
from bot import standing
from bot.streams import Stream
from commands import hushed, silence_back, untold
from commands.checked import Checked
from commands.context import Trust
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import (
    Capability,
    Checks,
    Deed,
    Did,
    Hush,
    Hushes,
    IntegrationError,
    LabelTerm,
    Misconfigured,
    Monitor,
    Reports,
    Rights,
    Silencers,
    Silencing,
    Transient,
)
from store import access, alerts
from store.access import Source
from store.clock import Instant
from store.db import Tx
from store.model import MINUTE, Alert, AlertStatus, Severity
from store.outbox import Row

log = logging.getLogger("pixelview.monitors")

EVERY = 5
"""Minutes between two looks, unless ``every`` says otherwise; 0 looks never."""
AGAIN = 1
"""Minutes until the next look after one that failed."""
LASTS = 10 * MINUTE
"""A monitor that does not answer for so long is told of."""
PATIENCE = 2.0
"""Seconds that one is waited for when it is asked what it lets us do."""
_AT_ONCE = 100
_HUSHED = 500
"""So many alerts are asked after whether they are silenced there."""


class Monitors:
    """All of them. ``troubles`` is what is wrong with each now, ``looked`` when each was last
    looked at with success."""

    def __init__(self, door: Door, sources: Mapping[str, Mapping[str, Any]], url: str) -> None:
        self._door, self._url = door, url.rstrip("/")
        self._settings = {
            n: given["write_back"] for n, given in sources.items() if "write_back" in given
        }
        self._connected: dict[str, Monitor] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.streams = {
            name: Stream(name, door.clock, self._monitor, door.intake, self.look)
            for name in self._settings
        }
        self.troubles: dict[str, str] = {}
        self.looked: dict[str, Instant] = {}
        self._since: dict[str, Instant] = {}
        self.vitals: Callable[[], tuple[bool, str]] = lambda: (True, "PixelView runs")

    def start(self) -> None:
        """Look at each now, then every few minutes."""
        loop = asyncio.get_running_loop()
        for name in self._settings:
            self._tasks.append(loop.create_task(self._run(name), name=f"pixelview-look-{name}"))
        for name, stream in self.streams.items():
            self._tasks.append(loop.create_task(stream.run(), name=f"pixelview-stream-{name}"))

    async def stop(self) -> None:
        """End, also in the middle of an answer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for stream in self.streams.values():
            await stream.stop()
        for each in self._connected.values():
            await each.close()

    # telling

    async def tell(self, row: Row) -> Landed | None:
        """Tell the monitor of a row what was done; None where nothing of its own is left to tell
        of. Raises the integration errors."""
        name = row.place.partition(":")[2]
        try:
            but = await self._told(row, name)
        except Transient as error:
            await self._failed(name, error)
            raise Transient(str(error), error.retry_after) from error
        except IntegrationError as error:
            await self._failed(name, error)
            raise
        if but is None:
            return None
        await self._worked(name)
        return Landed("", but)

    async def _told(self, row: Row, name: str) -> str | None:
        if row.content["did"] == silence_back.MATCHER:
            _, monitor = await self._monitor(name)
            asked = _silencing(row.content, self._url)
            return await monitor.silence(asked) if isinstance(monitor, Silencers) else None
        deed = await self._door.reader.read(lambda tx: self._deed(tx, row, name))
        if deed is None:
            return None
        _, monitor = await self._monitor(name)
        if deed.did not in getattr(monitor, "takes", Did):
            return None
        return await monitor.tell(deed)

    async def _failed(self, name: str, error: IntegrationError) -> None:
        """It does not work; who owns it is told of what does not mend itself."""
        now = self._door.clock.now()
        self.troubles[name] = str(error)
        since = self._since.setdefault(name, now)
        if isinstance(error, Misconfigured) or now - since >= LASTS:
            await self._door.system(lambda ctx: untold.trouble(ctx, name, "", str(error)))

    async def _worked(self, name: str) -> None:
        self.troubles.pop(name, None)
        if self._since.pop(name, None) is not None:
            await self._door.system(lambda ctx: untold.well(ctx, name))

    def _deed(self, tx: Tx, row: Row, name: str) -> Deed | None:
        did, said = Did(row.content["did"]), row.content
        found = [a for a in alerts.of_incident(tx, row.incident_id) if a.source == name]
        mine = [a for a in found if a.status is AlertStatus.FIRING]
        if not mine and did is Did.NOTED:
            mine = found
        if not mine:
            return None
        return Deed(
            did, tuple(mine), row.incident_id, f"{self._url}/i/{row.incident_id}", said["by"],
            said["say"], said["text"], Severity(said["severity"]), said.get("until"),
        )  # fmt: skip

    async def _monitor(self, name: str) -> tuple[Source, Monitor]:
        """The source and its monitor, connected once; Misconfigured says what is missing."""
        where = f"intake.sources.{name}.write_back"
        given = self._settings.get(name)
        if not isinstance(given, Mapping):
            raise Misconfigured("write its url and token below it", where)
        known = await self._door.reader.read(access.sources)
        source = next((s for s in known if s.name == name), None)
        if source is None:
            raise Misconfigured(f"there is no intake source {name} yet: create its token", where)
        if name not in self._connected:
            module = integrations.load(source.integration)
            if module is None or Capability.WRITE_BACK not in module.MANIFEST.capabilities:
                raise Misconfigured(f"{source.integration} can't be told anything", where)
            made = cast(Any, module).connect({k: v for k, v in given.items() if k != "every"})
            self._connected[name] = cast(Monitor, made)
        return source, self._connected[name]

    # asking what they let us do

    async def check(self) -> Sequence[Checked]:
        """How each answers."""
        return await asyncio.gather(*map(self._check, sorted(self._settings)))

    async def _check(self, name: str) -> Checked:
        stream = self.streams[name]
        live = stream.trouble or "live"
        events = live if stream.wanted else ""
        try:
            async with asyncio.timeout(PATIENCE):
                source, monitor = await self._monitor(name)
                rights = await monitor.check() if isinstance(monitor, Checks) else Rights(())
        except IntegrationError as error:
            return Checked(
                name, "", error=str(error), looked_at=self.looked.get(name), events=events
            )
        except TimeoutError:
            said = f"it did not answer within {PATIENCE:.0f} s"
            return Checked(name, "", error=said, looked_at=self.looked.get(name), events=events)
        lacks = (*rights.lacks, *self._nobodies(name))
        return Checked(
            name, source.integration, rights.says, lacks, "", self.looked.get(name), events
        )

    def _nobodies(self, name: str) -> Iterator[str]:
        """Whom the settings say that somebody there is, where there is nobody of that handle."""
        known = self._door.definitions().people
        for there, handle in self._door.rules.monitors.get(name, Trust()).people.items():
            if handle not in known:
                yield f"its people say that {there} is {handle}, and there is nobody {handle}"

    async def _report(self, name: str) -> None:
        """Say that we run, where that is wanted."""
        _, monitor = await self._monitor(name)
        if isinstance(monitor, Reports):
            await monitor.report(*self.vitals())

    # looking

    async def _run(self, name: str) -> None:
        while (every := self._every(name)) > 0:
            try:
                found = await self.look(name)
                if found:
                    log.info("%s: %d alerts had not reached us as they stand there", name, found)
                await self._report(name)
                wait = every
            except IntegrationError as error:
                log.warning("%s can't be looked at: %s", name, error)
                wait = min(AGAIN, every)
            except Exception:
                log.exception("%s can't be looked at", name)
                wait = min(AGAIN, every)
            await asyncio.sleep(wait * 60)

    def _every(self, name: str) -> float:
        given = self._settings[name]
        every = given.get("every", EVERY) if isinstance(given, Mapping) else EVERY
        return float(every) if isinstance(every, (int, float)) else EVERY

    async def look(self, name: str) -> int:
        """Take in how things stand at a monitor; how many alerts that changed."""
        try:
            source, monitor = await self._monitor(name)
            asked = self._door.clock.now()
            here = await self._door.reader.read(lambda tx: alerts.firing_of(tx, source.id))
            said = await monitor.look(here)
        except IntegrationError as error:
            await self._failed(name, error)
            raise
        await self._worked(name)
        self.looked[name] = asked
        news = await self._door.reader.read(lambda tx: standing.news(tx, source.id, said, asked))
        for i in range(0, len(news), _AT_ONCE):
            await self._door.intake(source, tuple(news[i : i + _AT_ONCE]))
        if isinstance(monitor, Hushes):
            await self._hushed(name, monitor, here)
        return len(news)

    async def _hushed(self, name: str, monitor: Hushes, here: Sequence[Alert]) -> None:
        """Tell of silences that people made there."""
        found = _by_incident(here[:_HUSHED], await monitor.hushed(here[:_HUSHED]))
        now = self._door.clock.now()
        news = await self._door.reader.read(
            lambda tx: {
                number: there
                for number, there in found.items()
                if hushed.is_news(hushed.told(tx, number, name), there, now)
            }
        )
        if news:
            await self._door.system(lambda ctx: hushed.seen(ctx, name, news))


def _silencing(said: Mapping[str, Any], url: str) -> Silencing:
    terms = (LabelTerm(tuple(t["names"]), tuple(t["globs"]), t["but"]) for t in said["terms"])
    return Silencing(
        said["silence"], tuple(terms), said["criticals"], said["until"], said["by"], said["text"],
        url,
    )  # fmt: skip


def _by_incident(here: Sequence[Alert], silences: Sequence[Hush]) -> dict[int, hushed.There | None]:
    """What is silent of each incident, None where nothing is."""
    known = {each.key: each for each in silences}
    mine: dict[int, list[Alert]] = {}
    for alert in here:
        mine.setdefault(alert.incident_id, []).append(alert)
    found: dict[int, hushed.There | None] = {}
    for number, firing in mine.items():
        quiet = [known[alert.key] for alert in firing if alert.key in known]
        most = max(quiet, key=lambda each: each.until, default=None)
        found[number] = None if most is None else _there(most, len(quiet), len(firing))
    return found


def _there(most: Hush, alerts: int, of: int) -> hushed.There:
    return hushed.There(most.id, most.until, most.by, most.text, alerts, of)
