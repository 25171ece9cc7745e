"""One page in every form a channel may need: what stands on the card, an SMS, words read aloud."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards import incident as cards
from bot.cards import notes, text, words
from bot.cards.model import Card, Note
from bot.cards.view import View
from bot.links import Links
from bot.pages import short, spoken
from integrations.base import PageMessage
from store.model import Definitions, IncidentDetail, IncidentStatus, Person

CHINA = "+86"
"""Carriers there drop messages with links."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page to be written: to whom and where, why, under which key, whether it is a repeat,
    whether this address can answer us, and whether it is news (a follow-up may be none)."""

    person: Person
    to: str
    key: str
    why: str = ""
    copy: bool = False
    answers: bool = True
    news: bool = True
    via: str = "email"


@dataclass(frozen=True, slots=True)
class Asks:
    """A card about no incident that waits for an answer: the verb of its button, the number of
    what it is about, and whether it has to wake people."""

    verb: str
    number: int
    loud: bool = False


class Pen:
    """Writes messages for people; knows addresses and signs links."""

    def __init__(self, links: Links, url: str) -> None:
        self._links, self._url = links, url

    def incident(
        self, detail: IncidentDetail, definitions: Definitions, page: Page, now: int
    ) -> PageMessage:
        """A page about an incident as it is now."""
        view = View(detail, definitions, self._url, now, threads=False)
        person, i = page.person, detail.incident
        card = cards.card(detail, definitions, self._url, now=now, threads=False, to=person.handle)
        note = notes.page(view, person.handle, page.why, copy=page.copy)
        lines = [*text.lines(card, person.zone, now=now), *text.note(note, person.zone, now=now)]
        url = self._links.incident(i.id)
        tap = "" if page.to.startswith(CHINA) else short.bare(url)
        wanted = short.Wanted(person, page.answers, page.copy, tap)
        return PageMessage(
            key=page.key,
            subject=words.clean(text.line(card.notification, person.zone, now=now)),
            text="\n".join(lines),
            short=short.incident(view, wanted) if page.news else "",
            spoken=spoken.incident(view, answers=page.answers),
            incident=i.id,
            severity=str(i.severity),
            url=url,
            acknowledge=self._links.make("ack", i.id, person.handle, now, page.via),
            escalate=self._links.make("escalate", i.id, person.handle, now, page.via),
            copy=page.copy,
            resolved=i.status is IncidentStatus.RESOLVED,
            again=_again(view),
        )

    def about(
        self, card: Card, note: Note, page: Page, now: int, asks: Asks | None = None
    ) -> PageMessage:
        """A card that is about no incident: a test, a cover, a shift."""
        zone = page.person.zone
        said = words.clean(text.line(card.notification, zone, now=now))
        below = text.note(note, zone, now=now)
        url = card.head.url
        tap = "" if page.to.startswith(CHINA) or not url else short.bare(url)
        how = asks is not None and page.answers
        brief = card.short or said
        brief = f"{brief}. {short.ONE}" if how else brief
        return PageMessage(
            key=page.key,
            subject=said,
            text="\n".join([*text.lines(card, zone, now=now), *below]),
            short=short.plain(f"{brief} {short.AGAIN}" if page.copy else brief, tap),
            spoken=f"{spoken.aloud(said)}.{f' {spoken.ONE}' if how else ''}",
            severity="critical" if asks is not None and asks.loud else "info",
            url=url,
            acknowledge=self.answer(asks, page.person, now, page.via),
            copy=page.copy,
        )

    def answer(self, asks: Asks | None, person: Person, now: int, via: str) -> str:
        """The address whose button answers such a card; "" where it asks nothing."""
        if asks is None:
            return ""
        return self._links.make(asks.verb, asks.number, person.handle, now, via)


def _again(view: View) -> str:
    """The last answer, where it counts no more."""
    last = view.last("ack", "resolve")
    asks = view.incident.status is IncidentStatus.TRIGGERED
    return str(last.id) if last is not None and asks else ""
