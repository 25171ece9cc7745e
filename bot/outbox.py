"""Drains the outbox: what goes now, what waits for a budget or another try, what has ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.backlog import LOOKS, Backlog
from bot.cards.model import Surface
from bot.carry import Accounts, Carrier, Post
from bot.listening import Listening
from bot.outages import Outages
from bot.pages.send import PagerPost
from bot.troubles import Troubles
from commands import bridge, listening, notices, outgoing, shadow, write_back
from commands.automation import executing
from commands.door import Door
from integrations.base import Misconfigured, Permanent, Transient
from store import errands, incidents, outbox
from store.model.chats import chat_of
from store.outbox import Row

log = logging.getLogger("pixelview.outbox")

AT_ONCE = 24
AT_ONE_PLACE = 4
"""More at once would only meet the channel's limit together."""
AT_ONE_CHAT = 16
AT_ONE_PAGER = 10
AT_MONITORS = 4
"""One provider that hangs does not keep the others from being asked."""
LOOKED_AT = 500
FIRST, SOON = 2_000, 0.02  # ms after which a new card waits no more; s between two looks


@dataclass(slots=True)
class Meter:
    """Counts for /metrics."""

    sent: int = 0
    failed: int = 0
    uncertain: int = 0


class Outbox:
    """Sends what is pending: most urgent first, in order per thread, within each budget."""

    def __init__(
        self,
        door: Door,
        surfaces: Mapping[str, Surface],
        post: Post | None,
        accounts: Accounts,
        url: str,
        pagers: PagerPost,
    ) -> None:
        self._door, self._surfaces = door, surfaces
        self.carrier = Carrier(door, surfaces, post, accounts, url, pagers)
        self.troubles = Troubles(door, surfaces)
        self.outages = Outages(door, surfaces, self.wake)
        self.listening = Listening(door, surfaces)
        self.backlog = Backlog(door)
        self._wanted = asyncio.Event()
        self._busy: dict[tuple[int | str, str], asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self.meter = Meter()

    async def start(self) -> None:
        """Mark what a crash left in the air, then begin."""
        lost = await self._door.system(outgoing.recover)
        if lost:
            log.warning(
                "%d sends were in the air when we stopped; they are repeated once, marked", lost
            )
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-outbox")

    async def stop(self) -> None:
        """Let what is in the air land, then end."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=5)
        await self.outages.stop()

    def wake(self) -> None:
        """Something is pending."""
        self._wanted.set()

    @property
    def idle(self) -> bool:
        """Nothing is in the air."""
        return not self._busy and self.outages.idle

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wanted.clear()
            began = loop.time()
            try:
                pause = await self.pump()
            except Exception:
                log.exception("the outbox stumbled; it goes on in a second")
                pause = 1.0
            # In a storm every commit wakes us: looking takes at most a third of the time.
            await asyncio.sleep(min(2 * (loop.time() - began), 0.2))
            try:
                async with asyncio.timeout(pause):
                    await self._wanted.wait()
            except TimeoutError:
                pass

    async def pump(self) -> float:
        """Start every send that may start now; seconds until the next look."""
        now = self._door.clock.now()
        rows = await self._door.reader.read(lambda tx: outbox.pending(tx, now, LOOKED_AT))
        pause = self._start_all(rows)
        await self.outages.look()
        await self.listening.look()
        await self.carrier.events.look()
        await self.backlog.look(rows, more=len(rows) >= LOOKED_AT)
        return pause

    def _start_all(self, rows: Sequence[Row]) -> float:
        pause = 1.0
        for row in in_turn(rows):
            if len(self._busy) >= AT_ONCE:
                return 0.05
            wait = self._wait(row)
            if wait == 0:
                self._start(row)
            elif wait > 0:
                pause = min(pause, wait)
        return max(pause, 0.02)

    def _wait(self, row: Row) -> float:
        """Seconds until the row may be sent: 0 now, negative when something else wakes us."""
        name, _, channel = row.place.partition(":")
        if _key(row) in self._busy:
            return -1
        if row.purpose.startswith(errands.ERRAND) and not _edits(row):
            return -1 if _runs(row) and self._crowded(name, AT_ONE_PAGER) else 0
        if name not in self._surfaces:
            most = AT_MONITORS if name == write_back.WRITE_BACK else AT_ONE_PAGER
            return -1 if self._crowded(name, most) else 0
        if sum(place == row.place for _, place in self._busy) >= AT_ONE_PLACE:
            return -1
        if self.backlog.speaks_for(row):
            return LOOKS / 1000
        if sum(place.startswith(f"{name}:") for _, place in self._busy) >= AT_ONE_CHAT:
            return -1
        surface = self._surfaces[name]
        able = any(s.health()[0] for s in self._able(name, channel))
        if not able or self.outages.silent(name):
            return 0.5 if not row.purpose.startswith("page") else 0
        if row.purpose.startswith(("page", "tell")):
            return surface.budget("edit" if row.message else "dm", row.channel or channel)
        if row.purpose.startswith("repage"):
            return surface.budget("edit", row.content.get("channel", ""))
        return surface.budget(_method(row), row.channel or channel)

    def _crowded(self, name: str, most: int) -> bool:
        """Whether so many are on their way there: what hangs does not keep the others back."""
        return sum(place.startswith(f"{name}:") for _, place in self._busy) >= most

    def _able(self, name: str, channel: str) -> list[Surface]:
        """The surfaces one of which has to work: a person may be in another workspace."""
        personal = channel.startswith("@")
        found = [s for n, s in self._surfaces.items() if personal and chat_of(n) == name]
        return found or [self._surfaces[name]]

    def _start(self, row: Row) -> None:
        key = _key(row)
        task = asyncio.get_running_loop().create_task(self._send(row))
        self._busy[key] = task

        def over(_: asyncio.Task[None]) -> None:
            self._busy.pop(key, None)
            self._wanted.set()

        task.add_done_callback(over)

    async def _undecided(self, row: Row) -> bool:
        """A new card waits a moment for the name of whom it pages: its push is sent only once."""
        if (
            row.kind != outbox.VIEW
            or row.about
            or row.message
            or self._door.clock.now() - row.asked_at > FIRST
        ):
            return False
        found = await self._door.reader.read(lambda tx: incidents.get(tx, row.incident_id))
        nxt = found.next if found else None
        return (
            found is not None
            and nxt is not None
            and nxt.kind == "page"
            and not (found.asking or nxt.who or found.step >= 0)
        )

    async def _send(self, row: Row) -> None:
        try:
            if await self._undecided(row):
                await asyncio.sleep(SOON)
                return
            found = await self._door.system(lambda ctx: outgoing.claim(ctx, row.id))
            if found is not None:
                await self._deliver(found)
        except Exception:
            log.exception("outbox row %s", row.id)

    async def _deliver(self, row: Row) -> None:
        door = self._door
        if shadow.withheld(door.rules.shadow, row):
            await door.system(lambda ctx: shadow.keep_back(ctx, row))
            return
        try:
            landed = await self.carrier.carry(row)
        except (Permanent, Misconfigured) as error:
            self.meter.failed += 1
            words = str(error)
            await door.system(lambda ctx: outgoing.end(ctx, row, words))
            await self.troubles.refused(row, error)
        except Transient as error:
            delay = int(
                1000 * (error.retry_after if error.retry_after is not None else _backoff(row))
            )
            if error.retry_after is None or error.uncertain:
                self.outages.failed(row.place.partition(":")[0])
            unsure = error.uncertain and not (row.kind == outbox.VIEW and row.message)
            self.meter.uncertain += unsure
            limited = error.retry_after is not None and not error.uncertain
            broken = error.broken
            await door.system(
                lambda ctx: outgoing.again(
                    ctx, row, delay, uncertain=unsure, limited=limited, broken=broken
                )
            )
        except Exception as error:
            log.exception("sending row %s", row.id)
            words = f"A fault of ours: {type(error).__name__}"
            await door.system(lambda ctx: outgoing.end(ctx, row, words))
        else:
            self.meter.sent += 1
            await self.troubles.worked(row)
            if landed is None:
                await door.system(lambda ctx: outbox.end(ctx.tx, row.id, outbox.DROPPED))
            else:
                shown = row.generation - landed.half
                await door.system(lambda ctx: outgoing.sent(ctx, row, landed, shown))


def in_turn(rows: Sequence[Row]) -> list[Row]:
    """The rows that may be sent now, most urgent first: of each thread only the oldest, which is
    as urgent as the most urgent that waits behind it."""
    first: dict[tuple[int | str, str], Row] = {}
    rank: dict[tuple[int | str, str], int] = {}
    free: list[Row] = []
    for row in rows:
        key = _key(row)
        if row.kind == outbox.VIEW or row.purpose.startswith("page"):
            free.append(row)
            continue
        rank[key] = min(rank.get(key, row.rank), row.rank)
        if key not in first or row.id < first[key].id:
            first[key] = row
    ranked = [(row.rank, row.id, row) for row in free]
    ranked += [(rank[key], row.id, row) for key, row in first.items()]
    return [row for _, _, row in sorted(ranked, key=lambda r: r[:2])]


def _key(row: Row) -> tuple[int | str, str]:
    """One thing at one place."""
    return row.about or row.incident_id, row.place


def _edits(row: Row) -> bool:
    """An errand that edits what was said takes its turn among all edits."""
    return (row.about or "").startswith((f"{bridge.ABOUT}:", f"{listening.ABOUT}:"))


def _runs(row: Row) -> bool:
    return (row.about or "").startswith(f"{executing.ABOUT}:")


def _in_thread(row: Row) -> bool:
    return row.kind == outbox.VIEW and row.purpose.startswith(notices.THREAD)


def _method(row: Row) -> str:
    if row.purpose.startswith(errands.ERRAND):
        return "edit"
    if row.kind == outbox.VIEW:
        new = "thread" if _in_thread(row) else "post"
        return "edit" if row.message else new
    return "thread"


def _backoff(row: Row) -> float:
    return float(min(60, 2 ** min(row.attempts, 6)))
