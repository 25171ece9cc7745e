"""Drains the outbox: cards to surfaces, pages to people; rates, retries, edits in place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.cards import incident as cards
from bot.cards import notes
from bot.cards.model import Card, Sent, Surface
from bot.cards.view import View
from commands import outgoing, queries
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import Misconfigured, Permanent, Transient
from store import outbox
from store.model import IncidentDetail, Person
from store.outbox import Row

log = logging.getLogger("pixelview.outbox")

AT_ONCE = 24


class Post(Protocol):
    """Sends a page by e-mail."""

    async def page(
        self, person: Person, detail: IncidentDetail, why: str, *, key: str, copy: bool
    ) -> None:
        """Send it; raises the integration errors."""
        ...


@dataclass(slots=True)
class Meter:
    """Counts for /metrics."""

    sent: int = 0
    failed: int = 0
    uncertain: int = 0
    last_ms: float = 0.0


class Outbox:
    """Sends what is pending: most urgent first, in order per thread, within each budget."""

    def __init__(
        self,
        door: Door,
        surfaces: Mapping[str, Surface],
        post: Post | None,
        accounts: Accounts,
        url: str,
    ) -> None:
        self._door, self._surfaces, self._post, self._url = door, surfaces, post, url
        self._accounts = accounts
        self._wanted = asyncio.Event()
        self._busy: dict[tuple[int, str], asyncio.Task[None]] = {}
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

    def wake(self) -> None:
        """Something is pending."""
        self._wanted.set()

    @property
    def idle(self) -> bool:
        """Nothing is in the air."""
        return not self._busy

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
        rows = await self._door.reader.read(lambda tx: outbox.pending(tx, now))
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
        if (row.incident_id, row.place) in self._busy:
            return -1
        if name == "email":
            return 0
        surface = self._surfaces.get(name)
        if surface is None:
            return 0
        if not surface.health()[0]:
            return 0.5 if not row.purpose.startswith("page") else 0
        method = "dm" if row.purpose.startswith(("page", "repage")) else _method(row)
        return surface.budget(method, row.channel or channel)

    def _start(self, row: Row) -> None:
        key = (row.incident_id, row.place)
        task = asyncio.get_running_loop().create_task(self._send(row))
        self._busy[key] = task

        def over(_: asyncio.Task[None]) -> None:
            self._busy.pop(key, None)
            self._wanted.set()

        task.add_done_callback(over)

    async def _send(self, row: Row) -> None:
        try:
            found = await self._door.system(lambda ctx: outgoing.claim(ctx, row.id))
            if found is not None:
                await self._deliver(found)
        except Exception:
            log.exception("outbox row %s", row.id)

    async def _deliver(self, row: Row) -> None:
        door = self._door
        try:
            landed = await self._carry(row)
        except (Permanent, Misconfigured) as error:
            self.meter.failed += 1
            words = str(error)
            await door.system(lambda ctx: outgoing.end(ctx, row, words))
        except Transient as error:
            delay = int(
                1000 * (error.retry_after if error.retry_after is not None else _backoff(row))
            )
            unsure = error.uncertain and not (row.kind == outbox.VIEW and row.message)
            self.meter.uncertain += unsure
            await door.system(lambda ctx: outgoing.again(ctx, row, delay, uncertain=unsure))
        except Exception as error:
            log.exception("sending row %s", row.id)
            words = f"A fault of ours: {type(error).__name__}"
            await door.system(lambda ctx: outgoing.end(ctx, row, words))
        else:
            self.meter.sent += 1
            if landed is None:
                await door.system(lambda ctx: outbox.end(ctx.tx, row.id, outbox.DROPPED))
            else:
                shown = row.generation
                await door.system(lambda ctx: outgoing.sent(ctx, row, landed, shown))

    async def _carry(self, row: Row) -> Landed | None:
        detail = await self._door.reader.read(lambda tx: queries.detail(tx, row.incident_id))
        if detail is None:
            return None
        if row.purpose.startswith("page"):
            return await self._page(row, detail)
        surface = self._surfaces.get(row.place.partition(":")[0])
        if surface is None:
            raise Misconfigured(f"{row.place} is not connected", row.place)
        if row.kind == outbox.VIEW:
            return await self._card(surface, row, detail)
        if row.purpose.startswith("repage"):
            return await self._repage(surface, row, detail)
        return await self._thread(surface, row, detail)

    def _render(self, detail: IncidentDetail, *, threads: bool) -> Card:
        return cards.card(
            detail, self._door.definitions(), self._url, now=self._door.clock.now(), threads=threads
        )

    def _view(self, detail: IncidentDetail, surface: Surface) -> View:
        now = self._door.clock.now()
        return View(detail, self._door.definitions(), self._url, now, surface.threads)

    async def _card(self, surface: Surface, row: Row, detail: IncidentDetail) -> Landed:
        card = self._render(detail, threads=surface.threads)
        if row.channel and row.message:
            at = Sent(row.channel, row.message, row.thread or "")
            return _landed(await surface.edit(at, card))
        channel = row.place.partition(":")[2]
        copy = row.purpose.endswith("?")
        return _landed(await surface.post(channel, card, nonce=f"v{row.id}", maybe_copy=copy))

    async def _thread(self, surface: Surface, row: Row, detail: IncidentDetail) -> Landed | None:
        parent = await self._door.reader.read(
            lambda tx: outbox.parent(tx, row.incident_id, row.place)
        )
        if parent is None or parent.state == outbox.FAILED:
            return None
        if not parent.message or not parent.channel:
            raise Transient("its card is not posted yet", 0.3)
        note = notes.of(self._view(detail, surface), row.content)
        if note is None:
            return None
        at = Sent(parent.channel, parent.message, parent.thread or "")
        copy = row.purpose.endswith("?")
        said = await surface.say(at, note, nonce=f"s{row.id}", maybe_copy=copy)
        if said.thread and said.thread != parent.thread:
            thread = said.thread
            await self._door.system(lambda ctx: outbox.remember_thread(ctx.tx, parent.id, thread))
        return _landed(said)

    async def _page(self, row: Row, detail: IncidentDetail) -> Landed:
        person = self._door.definitions().people.get(row.content["person"])
        if person is None:
            raise Permanent("that person is not known any more")
        via, why, copy = row.content["via"], row.content.get("why", ""), row.purpose.endswith("?")
        if via == "email":
            if self._post is None:
                raise Misconfigured(
                    "no mail server is configured (mail: in pixelview.yaml)", "mail"
                )
            await self._post.page(person, detail, why, key=str(row.id), copy=copy)
            return Landed("", "")
        surface = self._surfaces.get(via)
        if surface is None:
            raise Misconfigured(f"{via} is not connected", via)
        account = await self._accounts.account(person, surface)
        if account is None:
            raise Permanent(f"{person.name} has no account on {via} that is known")
        card = self._render(detail, threads=surface.threads)
        note = notes.page(self._view(detail, surface), person.handle, why)
        return _landed(await surface.page(account, card, note, nonce=f"p{row.id}", maybe_copy=copy))

    async def _repage(self, surface: Surface, row: Row, detail: IncidentDetail) -> Landed:
        at = Sent(row.content["channel"], row.content["message"], row.content["thread"])
        card = self._render(detail, threads=surface.threads)
        note = notes.over(self._view(detail, surface), row.place.partition("@")[2])
        await surface.repage(at, card, note)
        return Landed(at.channel, "", "")


def in_turn(rows: Sequence[Row]) -> list[Row]:
    """The rows that may be sent now, most urgent first: of each thread only the oldest, which is
    as urgent as the most urgent that waits behind it."""
    first: dict[tuple[int, str], Row] = {}
    rank: dict[tuple[int, str], int] = {}
    free: list[Row] = []
    for row in rows:
        key = (row.incident_id, row.place)
        if row.kind == outbox.VIEW or row.purpose.startswith("page"):
            free.append(row)
            continue
        rank[key] = min(rank.get(key, row.rank), row.rank)
        if key not in first or row.id < first[key].id:
            first[key] = row
    ranked = [(row.rank, row.id, row) for row in free]
    ranked += [(rank[key], row.id, row) for key, row in first.items()]
    return [row for _, _, row in sorted(ranked, key=lambda r: r[:2])]


class Accounts(Protocol):
    """Finds a person's account on a surface."""

    async def account(self, person: Person, surface: Surface) -> str | None:
        """The account's id: from the definitions, a link made before, or the e-mail address."""
        ...


def _landed(sent: Sent) -> Landed:
    return Landed(sent.channel, sent.message, sent.thread)


def _method(row: Row) -> str:
    if row.kind == outbox.VIEW:
        return "edit" if row.message else "post"
    return "thread"


def _backoff(row: Row) -> float:
    return float(min(60, 2 ** min(row.attempts, 6)))
