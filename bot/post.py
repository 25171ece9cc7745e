"""Pages by e-mail: the card as a mail with signed links."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import incident as cards
from bot.cards import notes, words
from bot.cards.buttons import label_of
from bot.cards.model import Card, Note
from bot.cards.view import View, own
from bot.letters import Letters
from bot.links import Links
from bot.mail import render
from bot.mail.deliver import Mailer
from bot.pages.message import Asks
from bot.settings import MailSettings
from commands.door import Door
from store.model import IncidentDetail, Person
from store.tls import trust


class EmailPost:
    """Renders and sends one page."""

    def __init__(self, settings: MailSettings, links: Links, door: Door, url: str) -> None:
        self._mailer = Mailer(
            settings.host, settings.port, tls=settings.tls, user=settings.user,
            password=settings.password, context=trust(settings.ca_file or ""),
        )  # fmt: skip
        self._sender, self._links, self._door, self._url = settings.sender, links, door, url
        self.letters = Letters(door, links, url)
        self.letters.by(self._mailer, settings.sender)

    async def page(
        self, person: Person, detail: IncidentDetail, why: str, *, key: str, copy: bool
    ) -> None:
        """Send it; raises the integration errors. A copy says so, under the same Message-ID."""
        now, definitions = self._door.clock.now(), self._door.definitions()
        view = View(detail, definitions, self._url, now, threads=False)
        incident = detail.incident.id
        links = render.Links(
            acknowledge=self._links.make("ack", incident, person.handle, now),
            escalate=self._links.make("escalate", incident, person.handle, now),
            open=self._links.incident(incident),
        )
        message = render.page(
            cards.card(
                detail, definitions, self._url, now=now, threads=False, to=person.handle
            ),
            notes.page(view, person.handle, why, copy=copy),
            links,
            to=f"{person.name} <{person.email}>", sender=self._sender, zone=person.zone, now=now,
            key=key,
        )  # fmt: skip
        await self._mailer.send(message)

    async def over(self, person: Person, detail: IncidentDetail, *, key: str, copy: bool) -> None:
        """Say what became of it, in the thread of the mails about the incident."""
        now, definitions = self._door.clock.now(), self._door.definitions()
        view = View(detail, definitions, self._url, now, threads=False)
        card = cards.card(detail, definitions, self._url, now=now, threads=False, to=person.handle)
        note = notes.over(view, person.handle)
        lines = ((own(words.COPY),), *note.lines) if copy else note.lines
        message = render.page(
            card, replace(note, lines=lines),
            render.Links("", "", self._links.incident(detail.incident.id)),
            to=f"{person.name} <{person.email}>", sender=self._sender, zone=person.zone, now=now,
            key=key,
        )  # fmt: skip
        await self._mailer.send(message)

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
        """Send a card that is about no incident: its words, a link to the console, and one that
        answers where it asks something."""
        now = self._door.clock.now()
        links = render.Links("", "", card.head.url)
        if asks is not None:
            link = self._links.make(asks.verb, asks.number, person.handle, now)
            links = render.Links(link, "", card.head.url, label_of(asks.verb))
        lines = ((own(words.COPY),), *note.lines) if copy else note.lines
        message = render.page(
            card, replace(note, lines=lines), links,
            to=f"{person.name} <{person.email}>", sender=self._sender, zone=person.zone, now=now,
            key=key, root=f"told.{key}",
        )  # fmt: skip
        await self._mailer.send(message)
