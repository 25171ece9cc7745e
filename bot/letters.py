"""Brings updates to e-mail addresses: what is said is looked up when the mail leaves."""

from __future__ import annotations

from email.message import EmailMessage
from hashlib import blake2b
from typing import Protocol

from bot.cards import stakeholder as cards
from bot.cards.stakeholder import News
from bot.links import Links
from bot.mail.updates import Letter, message
from commands import entering
from commands.door import Door
from commands.outgoing import Landed
from commands.rules.sight import Sensitive
from commands.sight import Sight
from commands.subscriptions import ASK
from integrations.base import Misconfigured
from store import stakeholders as rows
from store.db import Tx
from store.model.stakeholder import BACK, OPENED, RESOLVED, UPDATE, Subscription
from store.outbox import Row


class Sends(Protocol):
    """Delivers a mail; raises the integration errors."""

    async def send(self, message: EmailMessage) -> None:
        """Send it."""
        ...


class Letters:
    """Runs the errands about mails to those who only follow."""

    def __init__(self, door: Door, links: Links, url: str) -> None:
        self._door, self._links, self._url = door, links, url
        self._mailer: Sends | None = None
        self._sender = ""

    def by(self, mailer: Sends, sender: str) -> None:
        """Mail goes through this server, from this address."""
        self._mailer, self._sender = mailer, sender

    async def run(self, row: Row, name: str) -> Landed | None:
        """Send the mail of a subscription and an update (``3.17``); None where nobody wants it any
        more."""
        if self._mailer is None:
            raise Misconfigured("no mail server is configured (mail: in pixelview.yaml)", "mail")
        one, _, update = name.partition(".")
        rules = self._door.rules
        found = await self._door.reader.read(
            lambda tx: _look(tx, int(one), update, rules.sensitive)
        )
        if found is None:
            return None
        subscription, news = found
        letter = self._ask(subscription) if news is None else self._tell(subscription, news)
        if letter is None:
            return None
        await self._mailer.send(message(letter, self._sender, self._door.clock.now()))
        return Landed("", "mail")

    async def sign_in(self, number: int) -> Landed | None:
        """Send a link to whoever asked to sign in; it is made as the mail leaves."""
        if self._mailer is None:
            raise Misconfigured("no mail server is configured (mail: in pixelview.yaml)", "mail")
        found = await self._door.system(lambda ctx: entering.letter_secret(ctx, number))
        if found is None or not found[1].email:
            return None
        secret, person = found
        letter = Letter(
            to=f"{person.name} <{person.email}>",
            subject="Your link to PixelView",
            lines=(
                "Somebody, you we hope, asked for this at the sign-in page.",
                "The link works once, for 10 minutes, in the browser that asked for it.",
            ),
            key=str(number),
            thread=f"signin{number}",
            button=("Sign in", f"{self._url.rstrip('/')}/signin?link={secret}"),
            foot="If it was not you, do nothing: without that browser nobody gets in by it.",
        )
        await self._mailer.send(message(letter, self._sender, self._door.clock.now()))
        return Landed("", "mail")

    def _ask(self, one: Subscription) -> Letter | None:
        """The question whether an address wants updates."""
        if one.confirmed:
            return None
        now = self._door.clock.now()
        title = self._door.rules.status.title if self._door.rules.status else "incidents"
        return Letter(
            to=one.address,
            subject=f"Do you want updates of {title}?",
            lines=(
                f"Somebody asked for updates of {_subject(one)} to be sent to this address.",
                "They come only if you say so within three days.",
            ),
            key=f"{one.id}.{one.at}",
            thread=f"ask{one.id}",
            button=("Yes, send me updates", self._links.subscription("confirm", one.id, now)),
            foot="If it was not you, do nothing: then nothing comes.",
        )

    def _tell(self, one: Subscription, news: News) -> Letter | None:
        to = self._to(one)
        if not to or not one.confirmed:
            return None
        inside = bool(one.person)
        title = cards.title_inside(news) if inside else cards.title_outside(news, one)
        lines = [line for line in (cards.says(news),) if line]
        if inside or news.told.kind != RESOLVED:
            lines += cards.lines_of(news)
        word = {OPENED: "started", RESOLVED: "resolved", BACK: "back again"}.get(
            news.told.kind, "update"
        )
        now, page = self._door.clock.now(), self._door.rules.status
        button = ("", "")
        if inside and news.incident is not None:
            button = ("Open", self._links.incident(news.incident.id))
        elif page is not None and page.public:
            button = ("Status page", f"{self._url.rstrip('/')}/status")
        by = news.told.by if news.told.names and news.told.kind == UPDATE else ""
        return Letter(
            to=to,
            subject=f"{title} · {word}",
            lines=[*lines, *([f"Written by {by}."] if by else [])] or [f"{title}."],
            key=str(news.told.id),
            thread=_thread(one, news),
            button=button,
            foot=f"You get updates of {_subject(one)}.",
            leave=self._links.subscription("leave", one.id, now),
        )

    def _to(self, one: Subscription) -> str:
        if one.address:
            return one.address
        person = self._door.definitions().people.get(one.person)
        return f"{person.name} <{person.email}>" if person is not None and person.email else ""


def _look(
    tx: Tx, number: int, update: str, sensitive: Sensitive
) -> tuple[Subscription, News | None] | None:
    one = rows.get(tx, number)
    if one is None or int(update) == ASK:
        return (one, None) if one is not None else None
    told = rows.update_of(tx, int(update)) if one.person else None
    sight = Sight.everybody(sensitive).also(*((told.incident,) if told else ()))
    news = cards.read(sight.behind(tx), update)
    return (one, news) if news is not None else None


def _subject(one: Subscription) -> str:
    """What somebody subscribed to; before strangers an incident has no number."""
    return "one incident" if one.address and one.subject.kind == "incident" else str(one.subject)


def _thread(one: Subscription, news: News) -> str:
    """One thread of mails for each incident, by a name that says nothing of its number."""
    about = f"{one.id}/{news.told.incident}/{news.told.at if not news.told.incident else ''}"
    return blake2b(about.encode(), digest_size=9).hexdigest()
