"""Answers to pages from outside: who answers, about which incident, the verb through the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.discreet import of_person
from bot.pages import replies
from bot.pages.pagers import Called, Pagers
from bot.pages.replies import RESOLVE_AGAIN, Words
from bot.pages.send import PagerPost
from commands import contacts, delivery, queries
from commands.bundles import STORM
from commands.context import Ctx
from commands.door import Door
from commands.errors import CommandError, Conflict
from commands.people import actor_of
from integrations.base import Acquainted, Answered, Delivered, IntegrationError, Outcome
from store import audit, incidents, outbox, page_tests, paged
from store import contacts as book
from store.db import Tx
from store.model import MINUTE, Actor, IncidentStatus, Person
from store.outbox import Row

VERBS = ("ack", "escalate", "resolve", "unack", "reopen")
DIALOGUE = ("sms", "voice")
"""Here a question can be put back; elsewhere a resolve waits until nothing fires."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """One answer with everything that is known about it."""

    event: Answered
    caller: Called
    channel: str
    person: Person
    row: Row | None
    incident: int

    @property
    def address(self) -> str:
        """The address of the person it came from; an account elsewhere is none."""
        told = self.event.sender if self.event.sender in self.person.contacts.values() else ""
        known = self.person.contacts.get(self.channel, "")
        return told or (self.row.channel if self.row and self.row.channel else known)

    @property
    def actor(self) -> Actor:
        """The person, by that channel."""
        return actor_of(self.person, self.channel, self.address)


class Inbox:
    """Takes in what providers tell, through the door."""

    def __init__(self, door: Door, pagers: Pagers, post: PagerPost) -> None:
        self._door, self._pagers, self._post = door, pagers, post

    async def delivered(self, event: Delivered, caller: Called) -> bool:
        """A report about a page; False where no page of ours is meant."""
        return await self._door.system(lambda ctx: delivery.report(ctx, caller.channels, event))

    async def answered(self, event: Answered, caller: Called) -> Outcome:
        """An answer; what a stranger says changes nothing and gets no reply."""
        heard = await self._hear(event, caller)
        if heard is None:
            await self._door.system(lambda ctx: self._unknown(ctx, event, caller))
            return Outcome(event, False)
        await self._door.system(lambda ctx: _note(ctx, heard))
        if event.verb == "repeat":
            return await self._again(heard)
        if event.verb in ("stop", "start"):
            return Outcome(event, True)
        done, said = await self._do(heard)
        return Outcome(event, done, said.say, said.spoken)

    # who, and about what

    async def _hear(self, event: Answered, caller: Called) -> _Heard | None:
        read = self._door.reader.read
        row = await read(lambda tx: _row(tx, caller, event.key)) if event.key else None
        channel = event.channel or (row.place.partition(":")[0] if row else caller.channels[0])
        person = await self._person(event, caller, channel, row)
        if person is None:
            return None
        if row is not None and row.content.get("person") != person.handle:
            row = None
        incident = event.incident or (row.incident_id if row else 0)
        if not incident and (row is None or not row.about):
            places = [f"{c}:@{person.handle}" for c in caller.channels]
            row = await read(lambda tx: next(iter(paged.last_to(tx, places, 1)), None))
            incident = row.incident_id if row else 0
        return _Heard(event, caller, channel, person, row, incident)

    async def _person(
        self, event: Answered, caller: Called, channel: str, row: Row | None
    ) -> Person | None:
        people = self._door.definitions().people
        mine = people.get(str(row.content["person"])) if row is not None else None
        if not event.sender:
            return mine
        found = [p for p in people.values() if _has(p, caller.channels, event.sender)]
        found = found or await self._acquainted(event, channel)
        if not found or mine in found:
            return mine
        return found[0] if len(found) == 1 else await self._last_paged(found, caller)

    async def _acquainted(self, event: Answered, channel: str) -> list[Person]:
        """Whose account answered: by the e-mail address the provider confirms, else by the name it
        goes by there."""
        people, email = self._door.definitions().people.values(), event.sender
        try:
            pager = self._pagers.get(channel)
            if "@" not in email:
                email = await pager.email(email) or "" if isinstance(pager, Acquainted) else ""
        except IntegrationError:
            return []
        by_email = [p for p in people if email and (p.email or "").casefold() == email.casefold()]
        if by_email or not isinstance(pager, Acquainted):
            return by_email
        named = [p for p in people if p.name.casefold() == event.text.casefold()]
        return named if len(named) == 1 else []

    async def _last_paged(self, people: Sequence[Person], caller: Called) -> Person:
        """Of several who share a telephone the one it rang for."""
        places = [f"{c}:@{p.handle}" for c in caller.channels for p in people]
        rows = await self._door.reader.read(lambda tx: paged.last_to(tx, places, 1))
        handles = {p.handle: p for p in people}
        return handles[rows[0].content["person"]] if rows else people[0]

    def _unknown(self, ctx: Ctx, event: Answered, caller: Called) -> None:
        name = caller.module.MANIFEST.name
        stranger = Actor("stranger", name, event.sender or name, name, (), event.sender)
        detail = {"sender": event.sender, "key": event.key}
        writer = self._door.writer_name
        audit.append(ctx.tx, writer, ctx.now, stranger, event.verb, "denied", None, detail)

    # what is done

    async def _again(self, heard: _Heard) -> Outcome:
        """The page as it is now, to be read once more."""
        row = heard.row
        sight = of_person(self._door, heard.person.handle, heard.channel)
        detail = await sight.read(self._door.reader, lambda tx: queries.brief(tx, heard.incident))
        if row is None or detail is None:
            said = replies.nothing_open()
            return Outcome(heard.event, False, said.say, said.spoken)
        message = self._post.write(self._post.draft(row, heard.person), detail)
        return Outcome(heard.event, True, message.short, message.spoken, message)

    async def _do(self, heard: _Heard) -> tuple[bool, Words]:
        if heard.event.verb not in VERBS:
            return False, replies.not_understood()
        if not heard.incident:
            tested = heard.row is not None
            return tested, replies.works() if tested else replies.nothing_open()
        try:
            if (number := _storm(heard)) is not None:
                return True, await self._take_all(heard, number)
            return True, await self._run(heard, await self._how(heard))
        except Conflict as error:
            if error.choices and heard.event.verb == "resolve":
                await self._door.system(lambda ctx: _ask_back(ctx, heard))
                return False, replies.still_fires(heard.incident, error)
            return False, replies.refused(error, heard.incident, heard.person)
        except CommandError as error:
            return False, replies.refused(error, heard.incident, heard.person)

    async def _run(self, heard: _Heard, how: str) -> Words:
        event, incident = heard.event, heard.incident
        args: dict[str, object] = {"incident": incident}
        if event.verb == "resolve":
            args |= {"how": how, "text": event.text}
        name = heard.caller.module.MANIFEST.name
        key = f"{name}:{event.id}" if event.id else None
        done = await self._door.do(event.verb, args, heard.actor, key=key)
        places = [f"{c}:@{heard.person.handle}" for c in heard.caller.channels]
        others = await self._door.reader.read(lambda tx: _also_open(tx, places, incident))
        return replies.done(event.verb, incident, done.say, others)

    async def _take_all(self, heard: _Heard, storm: int) -> Words:
        """The message was about a storm: its critical incidents are theirs."""
        name = heard.caller.module.MANIFEST.name
        key = f"{name}:{heard.event.id}" if heard.event.id else None
        done = await self._door.do("storm-take", {"storm": storm}, heard.actor, key=key)
        return replies.storm(done.say)

    async def _how(self, heard: _Heard) -> str:
        """What a resolve means while alerts fire: nothing the first time, now the second."""
        if heard.event.verb != "resolve":
            return ""
        if heard.channel not in DIALOGUE:
            return "when_clear"
        of = (heard.person.handle, heard.channel, heard.address)
        asked = await self._door.reader.read(lambda tx: book.asked_back(tx, *of))
        if asked is None:
            return ""
        incident, at, answer = asked
        fresh = self._door.clock.now() - at <= RESOLVE_AGAIN * MINUTE
        meant = incident == heard.incident and fresh and answer != heard.event.id
        return "now" if meant else ""


def _storm(heard: _Heard) -> int | None:
    """The storm that is meant by an answer to a page, where that page was about one."""
    if heard.event.verb != "ack" or heard.event.incident or heard.row is None:
        return None
    found: int | None = heard.row.content.get(STORM)
    return found


def _row(tx: Tx, caller: Called, key: str) -> Row | None:
    """The page with that key, of one of the integration's channels."""
    return delivery.find(tx, caller.channels, key, key)


def _has(person: Person, channels: Sequence[str], address: str) -> bool:
    return any(person.contacts.get(channel) == address for channel in channels)


def _note(ctx: Ctx, heard: _Heard) -> None:
    """Whoever answers from an address has it; a card about the test of it is drawn anew."""
    of = (heard.person.handle, heard.channel, heard.address)
    if heard.event.verb == "stop" and heard.address:
        book.refused(ctx.tx, ctx.now, *of, yes=True)
        return
    contacts.worked(ctx, *of)
    if heard.row is not None and heard.row.about:
        _other(ctx, heard.row.about, heard.channel)


def _other(ctx: Ctx, about: str, channel: str) -> None:
    """Something else than an incident was answered: a test of contacts."""
    kind, _, number = about.partition(":")
    if kind == page_tests.KIND:
        page_tests.answered(ctx.tx, ctx.now, int(number), channel)
    outbox.stale_about(ctx.tx, ctx.now, about)


def _ask_back(ctx: Ctx, heard: _Heard) -> None:
    of = (heard.person.handle, heard.channel, heard.address)
    book.ask_back(ctx.tx, ctx.now, *of, heard.incident, heard.event.id)


def _also_open(tx: Tx, places: Sequence[str], but: int) -> list[int]:
    """Other incidents that were sent there and that nobody has."""
    known = dict.fromkeys(r.incident_id for r in paged.last_to(tx, places))
    found = (incidents.get(tx, number) for number in known if number not in (0, but))
    return [i.id for i in found if i is not None and i.status is IncidentStatus.TRIGGERED]
