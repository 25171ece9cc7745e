"""Brings a war room to what it should be, step by step: made, filled with people, links and pins,
archived at the end. Each step is on record before the next is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.abilities import KeepsRooms, KeepsThreads, RoomMade
from bot.cards import fold, words
from bot.cards.address import http
from bot.cards.model import Card, Note, Sent, State, Surface
from bot.cards.view import View
from commands import queries, room_work
from commands.door import Door
from commands.outgoing import Landed
from commands.room_work import BOOKMARK, CLOSE, INVITE, MAKE, PIN_CARD, PIN_ROLES, WAIT, Step
from commands.words import surface_name
from integrations.base import Misconfigured, Permanent, Transient
from store import rooms
from store.model import Incident
from store.model.room import LEAD, THREAD
from store.outbox import Row

if TYPE_CHECKING:
    from bot.carry import Accounts

TOPIC, SHORTLY, STEPS = 250, 0.5, 20


@dataclass(frozen=True, slots=True)
class Rooms:
    """Raises the integration errors where a room can't be made; what goes wrong later is told to
    whoever asked, and the room stays of use."""

    door: Door
    surfaces: Mapping[str, Surface]
    accounts: Accounts
    url: str

    async def run(self, row: Row) -> Landed | None:
        """All that is to be done for a room now."""
        number = int(row.content.get("room") or 0)
        for _ in range(STEPS):
            step = await self.door.system(lambda ctx: room_work.todo(ctx, number))
            if step is None:
                return Landed("", "done")
            if step.what == WAIT:
                raise Transient("its messages are not posted yet", SHORTLY)
            await self._take(step)
        raise Transient("there is more to be done", SHORTLY)

    async def _take(self, step: Step) -> None:
        surface = self.surfaces.get(step.room.surface)
        where = surface_name(step.room.surface)
        number = step.room.id
        if surface is None:
            raise Misconfigured(f"{where} is not connected", step.room.surface)
        if step.what == MAKE:
            made = await self._make(step, surface)
            below = made.below
            await self.door.system(
                lambda ctx: room_work.made(
                    ctx, number, made.channel, made.name, made.url, below=below
                )
            )
            return
        error = ""
        try:
            if step.what == INVITE:
                await self._invite(step, _able(surface))
                return
            await self._rest(step, _able(surface))
        except (Permanent, Misconfigured) as refused:
            error = str(refused)
        await self.door.system(lambda ctx: room_work.done(ctx, number, step.what, error))

    async def _make(self, step: Step, surface: Surface) -> RoomMade:
        room, where = step.room, surface_name(step.room.surface)
        if room.kind != THREAD:
            keeps = _able(surface)
            return await keeps.make_room(
                room.name, private=room.private, topic=self._topic(step), again=step.again
            )
        if not isinstance(surface, KeepsThreads):
            raise Misconfigured(f"{where} makes no threads for war rooms", "rooms.where")
        if step.card is None:
            raise Permanent(f"#{step.incident.id} has no card in {where} to make a thread below")
        made = await surface.make_thread(Sent(*step.card), room.name, again=step.again)
        if made.below and room.private:
            raise Permanent(f"a thread below a card is not private in {where}")
        return made

    def _topic(self, step: Step) -> str:
        lead = step.war.who(LEAD) or step.incident.holder or ""
        names = words.Names(self.door.definitions(), (lead,))
        return topic(step.incident, names(lead) if lead else "")

    async def _invite(self, step: Step, keeps: KeepsRooms) -> None:
        """Those without an account there, and those whom the chat does not take in, are named."""
        where, room = surface_name(step.room.surface), step.room
        accounts: dict[str, str] = {}
        missing: dict[str, str] = {}
        surface = self.surfaces[room.surface]
        for person in step.people:
            account = await self.accounts.account(person, surface)
            if account is None:
                missing[person.handle] = f"no account in {where} is known"
            else:
                accounts[account] = person.handle
        by = next((a for a, handle in accounts.items() if handle == room.by), "")
        asked_for = list(accounts)
        left_out = await keeps.invite(room.channel or "", asked_for, by=by) if accounts else ()
        for account in left_out:
            if account in accounts:
                missing[accounts[account]] = f"{where} does not take them in"
        asked, number = step.handles, room.id
        await self.door.system(lambda ctx: room_work.invited(ctx, number, asked, missing))

    async def _rest(self, step: Step, keeps: KeepsRooms) -> None:
        channel = step.room.channel or ""
        if step.what == BOOKMARK:
            await keeps.bookmark(channel, await self._links(step))
        elif step.what in (PIN_CARD, PIN_ROLES) and step.card is not None:
            await keeps.pin(Sent(*step.card))
        elif step.what == CLOSE and not step.room.below:
            await keeps.close_room(channel)

    async def _links(self, step: Step) -> list[tuple[str, str]]:
        """The incident in the console, its runbook and dashboard, the call."""
        number = step.incident.id
        detail = await self.door.reader.read(lambda tx: queries.brief(tx, number))
        if detail is None:
            return []
        now, known = self.door.clock.now(), self.door.definitions()
        view = View(detail, known, self.url, now)
        named = [(span.text, span.url) for span in fold.monitor_links(view) if span.url]
        found = [(f"#{number} in the console", view.url), *named]
        found += [("Dashboard", url)] if (url := http(step.dashboard)) else []
        found += [("Call", url)] if (url := http(step.war.call)) else []
        return list({url: (title, url) for title, url in found}.values())


def topic(i: Incident, lead: str) -> str:
    """``#1842 🔴 Disk 94 % full on db-3 · Ana``: set once, so it says nothing that changes."""
    who = f" · {words.clean(lead)}" if lead else ""
    begin = f"#{i.id} {words.GLYPH[i.severity]} "
    return f"{begin}{words.title(i.title, TOPIC - len(begin) - len(who))}{who}"


def _able(surface: Surface) -> KeepsRooms:
    if not isinstance(surface, KeepsRooms):
        raise Misconfigured(f"{surface_name(surface.name)} makes no channels", "rooms")
    return surface


async def is_room(door: Door, surface: Surface, channel: str) -> bool:
    """Whether a channel is a war room: what belongs below a card is said in the room itself."""
    if channel.startswith("#") or not isinstance(surface, KeepsRooms):
        return False
    here = await door.reader.read(lambda tx: rooms.by_channel(tx, surface.name, channel))
    return here is not None


async def told_in_room(
    door: Door, surface: Surface, row: Row, note: Note, *, quietly: bool
) -> Sent | None:
    """What is said below a card in a war room is said in the room itself; None where it is none.
    ``quietly``: who is asked was mentioned where the incident's card is."""
    channel = row.place.partition(":")[2]
    if not isinstance(surface, KeepsRooms) or row.purpose.startswith("details"):
        return None
    if not await is_room(door, surface, channel):
        return None
    said = _hushed(note) if quietly else note
    return await surface.tell(channel, said, nonce=f"s{row.id}", maybe_copy=row.marked)


async def card_in_room(door: Door, surface: Surface, channel: str, card: Card) -> Card:
    """A card as it is posted: in a war room it rings nobody, who is asked was mentioned where the
    incident's first card is."""
    if not await is_room(door, surface, channel):
        return card
    state = tuple(replace(s, mention=False) for s in card.state.spans)
    said = tuple(replace(s, mention=False) for s in card.notification)
    return replace(card, state=State(state), notification=said, quiet=True)


def _hushed(note: Note) -> Note:
    lines = tuple(tuple(replace(s, mention=False) for s in line) for line in note.lines)
    return replace(note, lines=lines, mentions=(), quiet=True)
