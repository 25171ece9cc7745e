"""Mail intake as one part of the service: the listener, the mailboxes, and how they feel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bot.inbox.listener import Listener
from bot.inbox.poller import MailboxPoller
from bot.inbox.recipients import Recipients
from bot.inbox.taking import Taker
from bot.settings import Settings
from bot.web.hooks import Hooks
from commands.door import Door
from commands.people import Identity
from store.clock import Instant

Sign = tuple[str, bool, str, Instant | None]


class MailIntake:
    """Does nothing where the settings name neither."""

    def __init__(self, settings: Settings, door: Door, identity: Identity, hooks: Hooks) -> None:
        own = settings.intake.mail
        taker = Taker(door, hooks, settings.intake.sources)
        self._recipients = Recipients(door, identity, own)
        self._listen = own.listen
        self.listener = Listener(own, self._recipients, taker, settings.url)
        self.mailboxes = tuple(
            MailboxPoller(name, each, door, self._recipients, taker)
            for name, each in own.mailboxes.items()
        )

    async def start(self) -> None:
        """Make the sources that are named, listen, read the mailboxes."""
        await self._recipients.prepare(each.source_name for each in self.mailboxes)
        if self._listen is not None:
            await self.listener.start()
        for each in self.mailboxes:
            each.start()

    async def stop(self) -> None:
        """Take no more mail."""
        await self.listener.stop()
        await asyncio.gather(*(each.stop() for each in self.mailboxes))

    def signs(self) -> Iterator[Sign]:
        """A line for the listener, each mailbox, and each source that can't be made."""
        if self._listen is not None:
            trouble = self.listener.trouble
            words = trouble or f"listens at port {self.listener.port}"
            yield "Mail by SMTP", not trouble, words, None
        for each in self.mailboxes:
            words = each.trouble or "last looked at"
            yield f"Mailbox {each.name}", not each.trouble, words, each.looked
        for name, trouble in sorted(self._recipients.troubles.items()):
            yield f"Mail source {name}", False, trouble, None
