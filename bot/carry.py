"""Brings one row of the outbox to its place: the card, words in its thread, a page to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from bot import discreet
from bot.abilities import HearsDirect, RepliesWithCards
from bot.actions import Actions
from bot.automation_events import Events
from bot.below import edited, landed, say_below
from bot.bridge import is_words
from bot.cards import bundle, notes
from bot.cards import incident as cards
from bot.cards.model import Card, Note, Sent, Surface
from bot.cards.view import View
from bot.fits import runs_of
from bot.latest import Latest
from bot.monitors import Monitors
from bot.others import Others
from bot.pages.message import Asks
from bot.pages.send import PagerPost
from bot.reach import Reach
from bot.rooms import card_in_room
from commands import bundles, queries
from commands.automation.events_out import EVENT
from commands.door import Door
from commands.outgoing import Landed
from commands.write_back import WRITE_BACK
from integrations.base import Misconfigured, Permanent
from store import outbox, storms
from store.db import Tx
from store.model import IncidentDetail, Person
from store.outbox import Row

REMEMBERED = 20_000


class Post(Protocol):
    """Sends a page by e-mail."""

    async def page(
        self, person: Person, detail: IncidentDetail, why: str, *, key: str, copy: bool
    ) -> None:
        """Send it; raises the integration errors."""
        ...

    async def over(self, person: Person, detail: IncidentDetail, *, key: str, copy: bool) -> None:
        """Say in the thread of a page's mail what became of the incident."""
        ...

    async def tell(
        self,
        person: Person,
        card: Card,
        note: Note,
        *,
        key: str,
        copy: bool,
        asks: Asks | None = None,
    ) -> None:
        """Send a card that is about no incident; raises the integration errors."""
        ...


class Accounts(Protocol):
    """Finds a person's account on a surface."""

    async def account(self, person: Person, surface: Surface) -> str | None:
        """The account's id: from the definitions, a link made before, or the e-mail address."""
        ...


class Carrier:
    """Draws what a row is about as it is now, and hands it to the surface. Raises the integration
    errors."""

    def __init__(
        self,
        door: Door,
        surfaces: Mapping[str, Surface],
        post: Post | None,
        accounts: Accounts,
        url: str,
        pagers: PagerPost,
    ) -> None:
        self._door, self._surfaces, self._url = door, surfaces, url
        self.post, self._accounts, self._pagers = post, accounts, pagers
        self.monitors = Monitors(door, {}, url)
        self.events = Events(door)
        self.others = Others(door, surfaces, self._tell, accounts, url, pagers)
        self._reach = Reach(surfaces, accounts)
        self._shown: Latest[int, int] = Latest(REMEMBERED)

    def act_by(self, actions: Actions) -> None:
        """Actions are those of the settings, for incidents and for tickets."""
        self.others.errands.act_by(actions)

    async def carry(self, row: Row) -> Landed | None:
        """Bring a row where it belongs; None where nothing is to be said any more."""
        if row.about:
            return await self.others.carry(row, row.about)
        if row.purpose.startswith(WRITE_BACK):
            return await self.monitors.tell(row)
        if row.purpose.startswith(EVENT):
            return await self.events.tell(row)
        to_people = row.purpose.startswith(("page", "repage"))
        also = (row.incident_id,) if to_people else ()
        detail = await discreet.read_at(
            self._door, row, lambda tx: queries.brief(tx, row.incident_id), also=also
        )
        if detail is None:
            return await self._unseen(row)
        if row.purpose.startswith("page"):
            many = bundles.incidents_of(row)
            return await (self._several(row, many) if len(many) > 1 else self._page(row, detail))
        if row.purpose.startswith("repage"):
            return await self._repage(row, detail)
        surface = self._surfaces.get(row.place.partition(":")[0])
        if surface is None:
            raise Misconfigured(f"{row.place} is not connected", row.place)
        if row.kind == outbox.VIEW:
            return await self._card(surface, row, detail)
        return await self._thread(surface, row, detail)

    async def _unseen(self, row: Row) -> Landed | None:
        """The incident is gone, or hidden from those who read there: its card says so."""
        surface = self._surfaces.get(row.place.partition(":")[0])
        if surface is None or row.kind != outbox.VIEW:
            return None
        self._shown.pop(row.id, None)
        at = await discreet.taken_down(surface, row)
        return landed(at) if at is not None else None

    async def _tell(
        self,
        person: Person,
        card: Card,
        note: Note,
        *,
        key: str,
        copy: bool,
        asks: Asks | None = None,
    ) -> None:
        await self._mailer().tell(person, card, note, key=key, copy=copy, asks=asks)

    def _mailer(self) -> Post:
        if self.post is None:
            raise Misconfigured("no mail server is configured (mail: in pixelview.yaml)", "mail")
        return self.post

    def _render(
        self, detail: IncidentDetail, surface: Surface, *, to: str = "", place: str = ""
    ) -> Card:
        return cards.card(
            detail,
            self._door.definitions(),
            self._url,
            now=self._door.clock.now(),
            threads=surface.threads,
            to=to,
            place=place,
            runs=runs_of(detail, self._door.rules),
        )

    def _view(self, detail: IncidentDetail, surface: Surface) -> View:
        now = self._door.clock.now()
        return View(detail, self._door.definitions(), self._url, now, surface.threads)

    async def _card(self, surface: Surface, row: Row, detail: IncidentDetail) -> Landed:
        """What is shown already is not sent again: notes count on some surfaces only."""
        card = self._render(detail, surface, place=row.place)
        if row.channel and row.message:
            at = Sent(row.channel, row.message, row.thread or "")
            if self._shown.get(row.id) != hash(card):
                at = await edited(self._door, surface, row, at, card)
        else:
            at = await self._new_card(surface, row, card)
        if not at.half:
            self._shown[row.id] = hash(card)
        return landed(at)

    async def _new_card(self, surface: Surface, row: Row, card: Card) -> Sent:
        """In the channel, or below the storm card that spoke for it so far."""
        channel, nonce = row.place.partition(":")[2], f"v{row.id}"
        if row.purpose.startswith(storms.REPLY) and isinstance(surface, RepliesWithCards):
            storm = await self._door.reader.read(lambda tx: storms.card(tx, row.place))
            if storm is not None and storm.channel and storm.message:
                at = Sent(storm.channel, storm.message, storm.thread or "")
                return await surface.reply(at, card, nonce=nonce, maybe_copy=row.marked)
        card = await card_in_room(self._door, surface, channel, card)
        return await surface.post(channel, card, nonce=nonce, maybe_copy=row.marked)

    async def _thread(self, surface: Surface, row: Row, detail: IncidentDetail) -> Landed | None:
        if is_words(row):
            return await self.others.errands.words.say(surface, row)
        return await say_below(
            self._door, surface, row, lambda: notes.of(self._view(detail, surface), row.content)
        )

    async def _page(self, row: Row, detail: IncidentDetail) -> Landed:
        person = self._door.definitions().people.get(row.content["person"])
        if person is None:
            raise Permanent("that person is not known any more")
        via, why, copy = row.content["via"], row.content.get("why", ""), row.purpose.endswith("?")
        if via == "email":
            await self._mailer().page(person, detail, why, key=str(row.id), copy=copy)
            return Landed("", f"mail.{row.id}")
        if via not in self._surfaces and via in self._pagers:
            return await self._pagers.page(row, person, detail)

        async def send(surface: Surface, account: str) -> Sent:
            card = self._render(detail, surface, to=person.handle)
            heard = surface.direct if isinstance(surface, HearsDirect) else surface.threads
            view = replace(self._view(detail, surface), threads=heard)
            note = notes.page(view, person.handle, why)
            return await surface.page(account, card, note, nonce=f"p{row.id}", maybe_copy=copy)

        return await self._reach.person(via, person, send)

    async def _views(self, row: Row, numbers: list[int]) -> list[View]:
        def read(tx: Tx) -> list[IncidentDetail]:
            return [d for n in numbers if (d := queries.brief(tx, n)) is not None]

        details = await discreet.read_at(self._door, row, read, also=tuple(numbers))
        now, known = self._door.clock.now(), self._door.definitions()
        return [View(detail, known, self._url, now, False) for detail in details]

    async def _several(self, row: Row, numbers: list[int]) -> Landed:
        """One message about several incidents."""
        person = self._door.definitions().people.get(row.content["person"])
        if person is None:
            raise Permanent("that person is not known any more")
        views = await self._views(row, numbers)
        card, note, via = bundle.card(views, self._url), bundle.note(views), row.content["via"]
        if via == "email":
            await self._tell(person, card, note, key=str(row.id), copy=row.marked)
            return Landed("", f"mail.{row.id}")
        if via not in self._surfaces and via in self._pagers:
            return await self._pagers.several(row, person, views, card, note)

        async def send(surface: Surface, account: str) -> Sent:
            nonce = f"p{row.id}"
            return await surface.page(account, card, note, nonce=nonce, maybe_copy=row.marked)

        return await self._reach.person(via, person, send)

    async def _repage(self, row: Row, detail: IncidentDetail) -> Landed | None:
        """Tell whoever was paged what became of it; by some ways there is nothing to tell."""
        at = Sent(row.content["channel"], row.content["message"], row.content["thread"])
        via, _, handle = row.place.partition(":@")
        surface, at = self._reach.at(via, at)
        person = self._door.definitions().people.get(handle)
        if via == "email" and person is not None:
            await self._mailer().over(person, detail, key=str(row.id), copy=row.marked)
            return Landed("", "")
        if surface is None:
            reached = person is not None and via in self._pagers
            return await self._pagers.follow(row, person, detail) if person and reached else None
        if many := row.content.get("bundle"):
            views = await self._views(row, list(many))
            card, note = bundle.card(views, self._url), bundle.note(views)
        else:
            card = self._render(detail, surface, to=handle)
            note = notes.over(self._view(detail, surface), handle)
        await surface.repage(at, card, note)
        return Landed(at.channel, "", "")
