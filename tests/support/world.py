"""A whole PixelView in one test: real store, door, ticker and outbox under a clock that obeys."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.app import LEASE_LIFE, App, prepare
from bot.cards.model import Account, Answer, Card, Note, Sent, Surface
from bot.settings import Settings, parse
from commands import outgoing
from commands.context import Done
from commands.door import Door
from commands.intake import Accepted
from commands.people import actor_of
from integrations.base import Permanent
from store import access
from store.access import Source
from store.clock import Instant
from store.model import (
    MINUTE,
    Actor,
    AlertReading,
    AlertStatus,
    Incident,
    IncidentDetail,
    IncidentStatus,
    Severity,
)
from tests.support import queries_for_tests
from tests.support.engines import begun

START: Instant = 1_795_313_340_000
"""2026-11-22T02:09:00Z, a Sunday, 03:09 in Berlin."""

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC, roles: [viewer]}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
routes:
  - {name: db, match: {team: db}, team: db, channels: ["slack:#ops"]}
  - {name: rest, team: db}
"""
"""Who is there unless a test says otherwise."""


class ObedientClock:
    """Stands still until it is moved."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at

    def now(self) -> Instant:
        """The instant it was set to."""
        return self.at


@functools.cache
def _parsed(yaml: str) -> Settings:
    """Settings as they were read before: reading them takes as long as a whole short test."""
    return parse(yaml, "test.yaml")


class Pad:
    """A surface that writes everything down; ``refuse`` makes it say no.

    ``hang`` names where a page never ends: ``before`` it is written down, or ``after``.
    """

    threads = True

    def __init__(self, name: str = "slack") -> None:
        self.name = name
        self.cards: dict[str, Card] = {}
        self.posts: list[tuple[str, Card]] = []
        self.edits: list[tuple[str, Card]] = []
        self.said: list[tuple[str, str]] = []
        self.resaid: list[tuple[str, str]] = []
        self.unsaid: list[str] = []
        self.pages: list[tuple[str, Note]] = []
        self.direct: list[tuple[str, Card]] = []
        self.copies: list[str] = []
        self.repages: list[str] = []
        self.dms: dict[str, Card] = {}
        self.members: dict[str, str] = {}
        self.refuse: dict[str, Exception] = {}
        self.hang = ""
        self.hung = asyncio.Event()
        self._next = 0

    async def start(self) -> None:
        """Always connected."""

    async def stop(self) -> None:
        """Nothing to end."""

    def health(self) -> tuple[bool, str]:
        """Always well."""
        return True, "connected"

    def budget(self, method: str, channel: str) -> float:
        """No limits."""
        return 0.0

    def _id(self) -> str:
        self._next += 1
        return f"m{self._next}"

    def _maybe_refuse(self, method: str) -> None:
        if method in self.refuse:
            raise self.refuse[method]

    async def _maybe_hang(self, where: str) -> None:
        if self.hang == where:
            self.hung.set()
            await asyncio.Event().wait()

    async def post(self, channel: str, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """Write a card down."""
        self._maybe_refuse("post")
        message = self._id()
        self.cards[message] = card
        self.posts.append((channel, card))
        return Sent(channel, message, message)

    async def edit(self, sent: Sent, card: Card) -> Sent:
        """Write over a card."""
        self._maybe_refuse("edit")
        self.cards[sent.message] = card
        self.edits.append((sent.message, card))
        return sent

    async def say(self, sent: Sent, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Write a thread message down."""
        self._maybe_refuse("say")
        self.said.append((sent.message, words(note)))
        return Sent(sent.channel, self._id(), sent.thread)

    async def resay(self, sent: Sent, note: Note) -> Sent | None:
        """Write down what a thread message says instead."""
        self._maybe_refuse("resay")
        self.resaid.append((sent.message, words(note)))
        return sent if sent.message not in self.unsaid else None

    async def unsay(self, sent: Sent) -> bool:
        """Write down which thread message is gone."""
        self._maybe_refuse("unsay")
        self.unsaid.append(sent.message)
        return True

    async def page(
        self, account: str, card: Card, note: Note, *, nonce: str, maybe_copy: bool
    ) -> Sent:
        """Write a page down."""
        self._maybe_refuse("page")
        await self._maybe_hang("before")
        self.pages.append((account, note))
        if maybe_copy:
            self.copies.append(account)
        await self._maybe_hang("after")
        sent = Sent(f"D{account}", self._id())
        self.dms[sent.message] = card
        self.direct.append((account, card))
        return sent

    async def repage(self, sent: Sent, card: Card, note: Note) -> None:
        """Write down that a page was edited."""
        self.repages.append(sent.message)
        self.dms[sent.message] = card

    async def email(self, account: str) -> str | None:
        """Nobody's address is known here."""
        return None

    async def account_by_email(self, email: str) -> str | None:
        """Only who was put among the members."""
        return self.members.get(email)


class Mailbox:
    """Takes the place of the mail server in stories that are not about mail."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, int, str]] = []
        self.told: list[tuple[str, Card]] = []
        self.overs: list[tuple[str, int, str]] = []
        self.copies: list[str] = []
        self.refuse = False

    async def page(
        self, person: Any, detail: IncidentDetail, why: str, *, key: str, copy: bool
    ) -> None:
        """Write a page down."""
        if self.refuse:
            raise Permanent("550 no such mailbox")
        self.pages.append((person.handle, detail.incident.id, why))
        if copy:
            self.copies.append(person.handle)

    async def over(self, person: Any, detail: IncidentDetail, *, key: str, copy: bool) -> None:
        """Write down who heard what became of it."""
        if self.refuse:
            raise Permanent("550 no such mailbox")
        self.overs.append((person.handle, detail.incident.id, str(detail.incident.status)))

    async def tell(
        self, person: Any, card: Card, note: Note, *, key: str, copy: bool, asks: Any = None
    ) -> None:
        """Write a card down that is about no incident."""
        if self.refuse:
            raise Permanent("550 no such mailbox")
        self.told.append((person.handle, card))


def words(note: Note) -> str:
    """What a note says, without its form."""
    return "\n".join("".join(s.text for s in line) for line in note.lines)


class World:
    """Builds, moves time, and asks."""

    def __init__(
        self, app: App, clock: ObedientClock, pad: Pad, mail: Mailbox, keys: Path, yaml: str
    ) -> None:
        self.app, self.clock, self.pad, self.mail = app, clock, pad, mail
        self._keys, self._yaml = keys, yaml
        self._dead = False
        self._sources: dict[str, Source] = {}

    @property
    def door(self) -> Door:
        """The door."""
        return self.app.door

    # building

    @classmethod
    async def build(
        cls,
        url: str,
        keys: Path,
        yaml: str = YAML,
        clock: ObedientClock | None = None,
        pad: Pad | None = None,
        mail: Mailbox | None = None,
    ) -> World:
        """A world on a database; a second one on the same database is a restart."""
        begun(url)
        settings: Settings = _parsed(yaml).model_copy(
            update={"database": url, "key_file": str(keys / "pixelview.key")}
        )
        clock = clock or ObedientClock()
        app = App(settings, await prepare(settings), clock)
        pad, mail = pad or Pad(), mail or Mailbox()
        app.surfaces["slack"] = _as_surface(pad)
        app.outbox.carrier.post = mail
        await app.open()
        return cls(app, clock, pad, mail, keys, yaml)

    async def end(self) -> None:
        """Stop everything that still runs."""
        if not self._dead:
            await self.app.stop()

    async def die(self) -> None:
        """End without any goodbye, as a crash would; only threads are ended."""
        self._dead = True
        in_the_air = [*self.app.outbox._busy.values(), *self.app.ticker._woken]
        for task in in_the_air:
            task.cancel()
        await asyncio.gather(*in_the_air, return_exceptions=True)
        await self.app.writer.stop()
        await self.app.reader.close()

    async def again(self) -> World:
        """After a crash another process starts on the same database, once the lease has ended."""
        self.clock.at += LEASE_LIFE
        url = self.app.settings.database
        new = await World.build(url, self._keys, self._yaml, self.clock, self.pad, self.mail)
        await new.door.system(outgoing.recover)
        return new

    # monitors

    async def source(self, name: str = "alertmanager") -> Source:
        """A named intake source."""
        if name not in self._sources:
            self._sources[name] = await self.door.system(
                lambda ctx: access.source(ctx.tx, ctx.now, name, "alertmanager")
            )
        return self._sources[name]

    async def hears(self, *alerts: AlertReading, source: str = "alertmanager") -> Accepted:
        """One webhook's alerts, and everything that follows at once."""
        accepted = await self.door.intake(await self.source(source), tuple(alerts))
        await self.settle()
        return accepted

    async def fires(self, key: str = "k1", **more: Any) -> int:
        """One alert fires; the incident it belongs to."""
        accepted = await self.hears(alert(key, **more))
        assert accepted.incident_id is not None
        return accepted.incident_id

    async def clears(self, key: str = "k1", **more: Any) -> None:
        """One alert is resolved by its monitor."""
        await self.hears(alert(key, status=AlertStatus.RESOLVED, **more))

    # people

    def actor(self, handle: str, surface: str = "slack") -> Actor:
        """A person on a surface."""
        return actor_of(self.door.definitions().people[handle], surface)

    async def does(
        self,
        handle: str,
        verb: str,
        incident: int | None = None,
        *,
        surface: str = "slack",
        key: str | None = None,
        rev: int | None = None,
        **args: Any,
    ) -> Done:
        """A person uses a verb."""
        given = {**({"incident": incident} if incident is not None else {}), **args}
        done = await self.door.do(verb, given, self.actor(handle, surface), key=key, rev=rev)
        await self.settle()
        return done

    async def asks(self, handle: str, verb: str, **args: Any) -> Any:
        """A person asks something."""
        return await self.door.ask(verb, args, self.actor(handle))

    async def press(self, account: str, token: str, key: str = "press") -> Answer:
        """An account presses a button."""
        answer = await self.app.desk.press(token, Account("slack", "T1", account, account), key)
        await self.settle()
        return answer

    # time

    async def advance(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass; everything that is due on the way happens at its instant."""
        target = self.clock.at + int(minutes * MINUTE + seconds * 1000)
        while True:
            due = await self.app.reader.read(queries_for_tests.next_due)
            if due is None or due > target:
                break
            self.clock.at = max(self.clock.at, due)
            await self.settle()
        self.clock.at = target
        await self.settle()

    async def minute(self) -> None:
        """What the house does every minute: anchors, old keys, the self-audit."""
        await self.app.ticker.minute()
        await self.settle()

    async def settle(self) -> None:
        """Let everything that is due now happen, until nothing is."""
        for _ in range(50):
            await self.app.ticker.tick()
            await self.app.outbox.pump()
            while not self.app.outbox.idle:
                await self._one_lands()
            if not await self.app.reader.read(
                lambda tx: queries_for_tests.anything_due(tx, self.clock.now())
            ):
                return
        raise AssertionError("it never settles")

    async def _one_lands(self) -> None:
        """Wait for one of those in the air without turning the loop round and round."""
        in_the_air = [*self.app.outbox._busy.values()]
        if in_the_air:
            await asyncio.wait(in_the_air, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(0)

    # looking

    async def incident(self, incident_id: int) -> Incident:
        """The incident as it is now."""
        return (await self.detail(incident_id)).incident

    async def detail(self, incident_id: int) -> IncidentDetail:
        """Everything about an incident."""
        found: IncidentDetail = await self.asks("ana", "show", incident=incident_id)
        return found

    async def status(self, incident_id: int) -> IncidentStatus:
        """Its status."""
        return (await self.incident(incident_id)).status

    async def history(self, incident_id: int) -> list[str]:
        """The kinds of its timeline lines."""
        return [e.kind for e in (await self.detail(incident_id)).timeline]

    def paged(self) -> list[str]:
        """Accounts and handles paged so far, in order, by chat and by mail."""
        return [a for a, _ in self.pad.pages] + [h for h, _, _ in self.mail.pages]

    def clear(self) -> None:
        """Forget what was paged and said so far."""
        self.pad.copies.clear()
        self.mail.copies.clear()
        self.pad.pages.clear()
        self.pad.said.clear()
        self.mail.pages.clear()


def _as_surface(pad: Pad) -> Surface:
    return pad


def alert(
    key: str = "k1",
    *,
    status: AlertStatus = AlertStatus.FIRING,
    severity: str = "critical",
    title: str = "Disk 94 % full on db-3",
    labels: Mapping[str, str] | None = None,
    **more: Any,
) -> AlertReading:
    """An alert of team db unless said otherwise."""
    return AlertReading(
        key=key,
        status=status,
        severity=Severity(severity),
        title=title,
        labels={"team": "db", "service": "postgres-main", **(labels or {})},
        **more,
    )
