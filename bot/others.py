"""Brings cards that are about no incident to channels and to people: shifts, covers, tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from bot.below import card_below, landed, say_below
from bot.bridge import Words
from bot.cards.abouts import ABOUTS
from bot.cards.model import Card, Note, Sent, Surface
from bot.cards.scene import About, Scene
from bot.discreet import read_at
from bot.errands import Errands
from bot.latest import Latest
from bot.pages.message import Asks
from bot.pages.send import PagerPost
from bot.reach import Reach
from commands import notices
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import Misconfigured, Permanent
from store import outbox
from store.errands import ERRAND
from store.model import Person
from store.outbox import Row

REMEMBERED = 2_000

if TYPE_CHECKING:
    from bot.carry import Accounts


class Mail(Protocol):
    """Sends a card by e-mail."""

    async def __call__(
        self,
        person: Person,
        card: Card,
        note: Note,
        *,
        key: str,
        copy: bool,
        asks: Asks | None = None,
    ) -> None:
        """Send it; raises the integration errors."""
        ...


class Others:
    """Draws what a row is about as it is now, and hands it on. Raises the integration errors."""

    def __init__(
        self,
        door: Door,
        surfaces: Mapping[str, Surface],
        mail: Mail,
        accounts: Accounts,
        url: str,
        pagers: PagerPost,
    ) -> None:
        self._door, self._surfaces, self._url = door, surfaces, url
        self._mail, self._accounts, self._pagers = mail, accounts, pagers
        self._reach = Reach(surfaces, accounts)
        self._shown: Latest[int, int] = Latest(REMEMBERED)
        self.errands = Errands(door, surfaces, accounts, Words(door, surfaces, url))

    async def carry(self, row: Row, about: str) -> Landed | None:
        """Bring a row where it belongs; None where nothing is to be said any more."""
        if row.purpose.startswith(ERRAND):
            return await self.errands.run(row)
        kind, _, name = about.partition(":")
        drawn = ABOUTS.get(kind)
        if drawn is None:
            raise Permanent(f"nobody draws a card about {kind}")
        noun = await read_at(self._door, row, lambda tx: drawn.read(tx, name))
        if noun is None:
            if drawn.leaves:
                await self._take_away(row)
            return None
        via, _, where = row.place.partition(":")
        surface = self._surfaces.get(via)
        if row.kind == outbox.SAY:
            below = self._known(surface, via)
            scene = self._scene(threads=below.threads)
            return await say_below(
                self._door, below, row, lambda: drawn.said(noun, scene, row.content)
            )
        if where.startswith("@"):
            return await self._person(row, drawn, noun, surface)
        return await self._channel(row, drawn, noun, self._known(surface, via))

    async def _take_away(self, row: Row) -> None:
        """What a card told is over, and nobody has to read it any more."""
        surface = self._surfaces.get(row.place.partition(":")[0])
        if surface is not None and row.channel and row.message:
            await surface.unsay(Sent(row.channel, row.message, row.thread or ""))

    def _known(self, surface: Surface | None, via: str) -> Surface:
        if surface is None:
            raise Misconfigured(f"{via} is not connected", via)
        return surface

    def _scene(self, *, to: str = "", threads: bool = False, place: str = "") -> Scene:
        known, now = self._door.definitions(), self._door.clock.now()
        return Scene(known, self._url, now, to, threads, place)

    async def _below(self, surface: Surface, row: Row, card: Card) -> Landed | None:
        if row.message and self._shown.get(row.id) == hash(card):
            return Landed(row.channel or "", row.message, row.thread or "")
        sent = await card_below(self._door, surface, row, card)
        if sent is None:
            return None
        if not sent.half:
            self._shown[row.id] = hash(card)
        return landed(sent)

    async def _channel(
        self, row: Row, drawn: About, noun: Any, surface: Surface
    ) -> Landed | None:  # fmt: skip
        card = drawn.card(noun, self._scene(threads=surface.threads, place=row.place))
        if row.purpose.startswith(notices.THREAD):
            return await self._below(surface, row, card)
        if row.channel and row.message:
            sent = Sent(row.channel, row.message, row.thread or "")
            if self._shown.get(row.id) != hash(card):
                sent = await surface.edit(sent, card)
        else:
            channel, nonce = row.place.partition(":")[2], f"v{row.id}"
            sent = await surface.post(channel, card, nonce=nonce, maybe_copy=row.marked)
        if not sent.half:
            self._shown[row.id] = hash(card)
        return landed(sent)

    async def _person(self, row: Row, drawn: About, noun: Any, surface: Surface | None) -> Landed:
        """A direct message, edited in place later; by other ways it is said once."""
        person = self._door.definitions().people.get(row.content["person"])
        if person is None:
            raise Permanent("that person is not known any more")
        threads = surface is not None and surface.threads
        scene = self._scene(to=person.handle, threads=threads)
        card, note = drawn.card(noun, scene), drawn.note(noun, scene)
        if row.content["via"] == "email":
            if row.message:
                return Landed("", row.message)
            asks = _asks(row, drawn)
            await self._mail(person, card, note, key=str(row.id), copy=row.marked, asks=asks)
            return Landed("", "mail")
        if surface is None and row.content["via"] in self._pagers:
            return await self._by_pager(row, person, card, note, _asks(row, drawn))
        via = str(row.content["via"])
        if row.channel and row.message:
            found, at = self._reach.at(via, Sent(row.channel, row.message, row.thread or ""))
            await self._known(found, via).repage(at, card, note)
            return Landed(row.channel, row.message, row.thread or "")

        async def send(where: Surface, account: str) -> Sent:
            nonce = f"v{row.id}"
            return await where.page(account, card, note, nonce=nonce, maybe_copy=row.marked)

        return await self._reach.person(via, person, send)

    async def _by_pager(
        self, row: Row, person: Person, card: Card, note: Note, asks: Asks | None
    ) -> Landed:
        if row.message:
            return Landed(row.channel or "", row.message)
        told = await self._pagers.tell(row, person, card, note, asks)
        return Landed(told.channel, told.message or "told")


def _asks(row: Row, drawn: About) -> Asks | None:
    """What the reader is asked for, where the card can be answered."""
    number = (row.about or "").partition(":")[2].partition(":")[0]
    if not drawn.answer or not number.isdecimal():
        return None
    return Asks(drawn.answer, int(number), drawn.loud)
