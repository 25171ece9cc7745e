"""Words in the threads and rooms of incidents: heard in order, followed when they are edited or
taken away; never those of a bot, which may be a bridge as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from bot.cards.model import Account, Desk, Heard
from bot.discord.wording import files_of, text_of
from bot.turns import Turns

LATE = 86_400.0
"""So long the edit of words that never came counts as the words."""
WORDS = frozenset({discord.MessageType.default, discord.MessageType.reply})


class ThreadWords:
    """``incident_of`` finds whose thread a message stands in, ``commanded`` says that words are a
    command to the bot. ``heard`` is off where words may not be read."""

    def __init__(
        self, desk: Desk, incident_of: Callable[[discord.Message], Awaitable[int | None]],
        incident_at: Callable[[str], Awaitable[int | None]], commanded: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self._desk, self._commanded = desk, commanded
        self._incident_of, self._incident_at = incident_of, incident_at
        self._turns = Turns()
        self.heard = False

    async def message(self, message: discord.Message) -> None:
        """A message that somebody wrote."""
        if self.heard and is_words(message):
            async with self._turns.turn(message.channel.id):
                await self._noted(message)

    async def edited(self, message: discord.Message) -> None:
        """A message reads otherwise now, or only its previews do."""
        if not (self.heard and is_words(message)):
            return
        async with self._turns.turn(message.channel.id):
            words = heard(message)
            # Without the right to read them a message's words come empty.
            if not (words.text or words.files):
                return
            if await self._desk.edited(words, account_of(message)):
                return
            # Its own event did not come yet, or never will.
            at = message.edited_at
            late = (at - message.created_at).total_seconds() if at is not None else LATE
            if late < LATE and not self._commanded(message.content):
                await self._noted(message)

    async def deleted(self, channel: int, message: int) -> None:
        """A message was taken away; whose it was and by whom is not told."""
        if not self.heard:
            return
        async with self._turns.turn(channel):
            where, what = str(channel), str(message)
            if await self._desk.deleted("discord", where, what):
                return
            incident = await self._incident_at(where)
            if incident:
                await self._desk.deleted("discord", where, what, incident)

    async def _noted(self, message: discord.Message) -> None:
        incident = await self._incident_of(message)
        words = heard(message)
        if incident and (words.text or words.files):
            await self._desk.heard(incident, words, account_of(message))


def heard(message: discord.Message) -> Heard:
    """A message as the desk hears it."""
    where, direct = str(message.channel.id), isinstance(message.channel, discord.DMChannel)
    reference = message.reference.message_id if message.reference else None
    reply = message.type is discord.MessageType.reply
    thread = "" if direct else where
    if reply and isinstance(message.channel, discord.TextChannel):
        thread = str(reference or where)
    return Heard(
        where, str(message.id), text_of(message), thread, files_of(message),
        reply_to=str(reference or "") if reply else "", direct=direct,
    )  # fmt: skip


def is_words(message: discord.Message) -> bool:
    """Something a person wrote."""
    by_machine = message.author.bot or message.webhook_id or message.author.system
    return not by_machine and message.type in WORDS


def account_of(message: discord.Message) -> Account:
    """Who wrote."""
    guild = str(message.guild.id) if message.guild else ""
    return Account("discord", guild, str(message.author.id), message.author.display_name)
