"""Sends a page to a person by a channel that is no chat, and what becomes of it later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.cards import bundle, storm
from bot.cards.model import Card, Note
from bot.cards.view import View
from bot.channels import BY_HANDLE
from bot.pages import several
from bot.pages.message import Asks, Page, Pen
from bot.pages.pagers import Pagers
from commands.bundles import STORM, WITH
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import Follower, PageMessage, Permanent
from store.model import IncidentDetail, IncidentStatus, Person
from store.outbox import Row

_FOLLOWED = (IncidentStatus.ACKNOWLEDGED, IncidentStatus.RESOLVED)


class PagerPost:
    """The pagers as the outbox needs them. Raises the integration errors."""

    def __init__(self, door: Door, pagers: Pagers, pen: Pen) -> None:
        self._door, self._pagers, self._pen = door, pagers, pen

    def __contains__(self, channel: str) -> bool:
        return channel in self._pagers.channels

    def draft(self, row: Row, person: Person) -> Page:
        """What is known of a page before it is written; Permanent without an address."""
        channel = row.place.partition(":")[0]
        to = person.handle if channel in BY_HANDLE else person.contacts.get(channel)
        if to is None:
            raise Permanent(f"{person.name} has no address for {channel} that is known")
        why = str(row.content.get("why", ""))
        answers = self._pagers.answers(channel)
        return Page(person, to, str(row.id), why, row.marked, answers, via=channel)

    def write(self, page: Page, detail: IncidentDetail) -> PageMessage:
        """The message as the incident is now."""
        now = self._door.clock.now()
        return self._pen.incident(detail, self._door.definitions(), page, now)

    async def page(self, row: Row, person: Person, detail: IncidentDetail) -> Landed:
        """Page somebody; where it landed is the address and the provider's id of it."""
        page = self.draft(row, person)
        return await self._page(page, self.write(page, detail))

    async def tell(
        self, row: Row, person: Person, card: Card, note: Note, asks: Asks | None = None
    ) -> Landed:
        """The same for a card that is about no incident."""
        page = self.draft(row, person)
        message = self._pen.about(card, note, page, self._door.clock.now(), asks)
        return await self._page(page, message)

    async def several(
        self, row: Row, person: Person, views: Sequence[View], card: Card, note: Note
    ) -> Landed:
        """Page somebody about several incidents at once. A key pressed on the telephone is about
        the worst of them, a code in an answer about the last."""
        rows = [(row.id, row.incident_id), *row.content[WITH]]
        worst = bundle.worst_first(views)[0].incident
        key = next((n for n, incident in rows if incident == worst.id), row.id)
        page = replace(self.draft(row, person), key=str(key))
        plain = self._pen.about(card, note, page, self._door.clock.now())
        short = await self._of_storm(row, page)
        message = replace(
            plain,
            short=short or several.sms(views, max(rows)[1], answers=page.answers, copy=page.copy),
            spoken=several.aloud(views, answers=page.answers),
            incident=worst.id,
            severity=str(worst.severity),
        )
        return await self._page(page, message)

    async def _of_storm(self, row: Row, page: Page) -> str:
        """The short text of several pages that are one storm; empty where they are none."""
        if STORM not in row.content:
            return ""
        number = str(row.content[STORM])
        found = await self._door.reader.read(lambda tx: storm.read(tx, number))
        if found is None:
            return ""
        return several.storm(storm.sms(found), answers=page.answers, copy=page.copy)

    async def _page(self, page: Page, message: PageMessage) -> Landed:
        sent = await self._pagers.get(page.via).page(page.to, message)
        return Landed(self._pagers.keeps(page.via, page.to), sent)

    async def follow(self, row: Row, person: Person, detail: IncidentDetail) -> Landed | None:
        """Tell the pager what became of the incident; None where it does not want to know."""
        pager = self._pagers.get(row.place.partition(":")[0])
        incident, sent = detail.incident, str(row.content["message"])
        if not isinstance(pager, Follower) or incident.status not in _FOLLOWED:
            return None
        theirs = person.handle == incident.resolved_by
        news = bool(row.content.get("news")) and not theirs
        draft = self.draft(row, person)
        page = replace(draft, to=str(row.content["channel"] or draft.to), news=news)
        message = self.write(page, detail)
        await pager.follow(page.to, sent, message, str(incident.status))
        return Landed(self._pagers.keeps(page.via, page.to), "")
