"""discord.py's objects as ours, and the words people write: in threads, to the bot, in a DM."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import discord

from bot.cards.model import Account, Answer, Quietly
from bot.cards.model import Desk as DeskProtocol
from bot.discord.listen import Listener
from bot.discord.odd import odd_ask
from bot.discord.places import Places
from bot.discord.render import EPHEMERAL, JSON, NOBODY, SILENT, V2
from bot.discord.reply import Ask
from bot.discord.rest import CLOSED_DM, Refused
from bot.discord.thread_words import ThreadWords, account_of, is_words
from bot.discord.wording import named
from bot.running import Running
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.discord")

POST = "POST /channels/{channel}/messages"
HISTORY = "GET /channels/{channel}/messages"
_CLOSED: JSON = {
    "content": "I can't write to you directly: allow direct messages from this server, or use a "
    "slash command, whose answer only you see here.",
    "flags": SILENT, "allowed_mentions": NOBODY,
}  # fmt: skip
_LINK = re.compile(r"\]\(<(https?://[^>]+)>\)")


class Hear:
    """Takes what the gateway brings. ``words`` hears what people write in threads."""

    def __init__(self, desk: DeskProtocol, listener: Listener, places: Places) -> None:
        self._desk, self._listener, self._places = desk, listener, places
        self._me = 0
        self._running = Running()
        self.words = ThreadWords(
            desk, self._incident, self._incident_in, lambda text: to_me(text, self._me) is not None
        )

    @property
    def threads(self) -> bool:
        """Whether words in threads are heard."""
        return self.words.heard

    @threads.setter
    def threads(self, heard: bool) -> None:
        self.words.heard = heard

    async def stop(self) -> None:
        """End what is being heard: discord.py keeps no account of it."""
        await self._running.end()

    @contextmanager
    def _working(self) -> Iterator[None]:
        task = asyncio.current_task()
        if task is None:
            yield
            return
        self._running.take(task)
        try:
            yield
        finally:
            self._running.let_go(task)

    async def interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A press, a command, a form."""
        await self._listener.heard(ask_of(interaction))

    async def odd(self, told: Any) -> None:
        """An interaction that discord.py can't read."""
        try:
            ask = odd_ask(told)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.warning("an interaction that nobody can read: %s", error)
            return
        await self._listener.heard(ask)

    async def message(self, message: discord.Message, me: discord.abc.User) -> None:
        """Words: to the bot, which are a command, or in a card's thread, which are a note."""
        if not is_words(message):
            return
        self._me = me.id
        with self._working():
            try:
                command = to_me(message.content, me.id)
                if command is not None:
                    await self._typed(message, named(command, message))
                else:
                    await self.words.message(message)
            except IntegrationError as error:
                log.warning("words of %s were not answered: %s", message.author, error)

    async def edited(self, message: discord.Message) -> None:
        """A message was edited, or what it links to was looked up."""
        with self._working():
            try:
                await self.words.edited(message)
            except IntegrationError as error:
                log.warning("an edit of %s was not followed: %s", message.author, error)

    async def deleted(self, channel: int, messages: Iterable[int]) -> None:
        """Messages were taken away."""
        with self._working():
            for message in messages:
                await self.words.deleted(channel, message)

    async def _typed(self, message: discord.Message, text: str) -> None:
        account = account_of(message)
        incident = await self._incident(message)
        answer = await self._desk.typed(text, account, str(message.id), incident)
        if isinstance(answer, Quietly):
            return
        try:
            await self._tell(message.author.id, answer)
        except Refused as error:
            if error.code != CLOSED_DM:
                raise
            await self._places.rest.call(POST, _CLOSED, channel=str(message.channel.id))

    async def _tell(self, user: int, answer: Answer) -> None:
        """Words have no answer that only one sees, so it goes to the person's DM."""
        body = self._listener.body(answer)
        body["flags"] = int(body.get("flags", 0)) & ~EPHEMERAL
        channel = await self._places.dm(str(user))
        await self._places.rest.call(POST, body, channel=channel)

    async def _incident(self, message: discord.Message) -> int | None:
        """Whose thread or room it is; in a DM, whose page was answered or came last."""
        channel, reference = message.channel, message.reference
        if isinstance(channel, discord.DMChannel):
            return await self._paged(message)
        parent = str(getattr(channel, "parent_id", "") or "")
        found = await self._desk.incident_at("discord", parent, str(channel.id))
        if found is None and reference is not None and message.type is discord.MessageType.reply:
            answered = str(reference.message_id or "")
            found = await self._desk.incident_at("discord", str(channel.id), answered)
        return found

    async def _incident_in(self, channel: str) -> int | None:
        """Whose thread or room a channel is."""
        return await self._desk.incident_at("discord", "", channel)

    async def _paged(self, message: discord.Message) -> int | None:
        channel = str(message.channel.id)
        ids = [message.reference.message_id] if message.reference else []
        if not ids:
            found = await self._places.rest.call(HISTORY, channel=channel)
            ids = [int(m["id"]) for m in found if m["author"].get("bot")]
        for one in ids:
            incident = await self._desk.incident_at("discord", channel, str(one))
            if incident is not None:
                return incident
        return None


def _groups(user: discord.User | discord.Member) -> tuple[str, ...] | None:
    """The roles a member has, as an interaction says them: it needs no intent for that."""
    if not isinstance(user, discord.Member):
        return None
    return tuple(str(role) for role in user._roles)  # .roles knows only those that are cached


def ask_of(interaction: discord.Interaction[Any]) -> Ask:
    """An interaction as the listener takes it."""
    channel, message = interaction.channel, interaction.message
    thread = isinstance(channel, discord.Thread)
    where = str(interaction.channel_id or "")
    parent = str(channel.parent_id) if isinstance(channel, discord.Thread) else where
    user, guild = interaction.user, str(interaction.guild_id or "")
    return Ask(
        id=str(interaction.id), token=interaction.token,
        application=str(interaction.application_id), kind=interaction.type.value,
        account=Account("discord", guild, str(user.id), user.display_name, _groups(user)),
        channel=parent, thread=where if thread else "", on_message=message is not None,
        passing=message is not None and _passing(message),
        card=str(message.id) if message is not None and _is_card(message) else "",
        link=_link(message) if message is not None else "",
        is_v2=message is not None and bool(message.flags.value & V2),
        place=f"#{name}" if (name := getattr(channel, "name", None)) else "",
        data=cast("Mapping[str, Any]", interaction.data or {}),
    )  # fmt: skip


def _passing(message: discord.Message) -> bool:
    """A note only one person sees; cards stay when they are pressed on."""
    return message.flags.ephemeral and not message.flags.value & V2 and not message.embeds


def _is_card(message: discord.Message) -> bool:
    """A card that everybody sees (or a page): no note, no answer."""
    return not message.flags.ephemeral and bool(message.flags.value & V2 or message.embeds)


def _link(message: discord.Message) -> str:
    """The first address of a card: its incident's page."""
    if message.embeds:
        return message.embeds[0].url or ""
    texts = (c.content for top in message.components for c in _texts(top))
    found = (_LINK.search(text) for text in texts)
    return next((m[1] for m in found if m), "")


def _texts(component: Any) -> Iterator[discord.TextDisplay]:
    if isinstance(component, discord.TextDisplay):
        yield component
    for child in getattr(component, "children", ()):
        yield from _texts(child)


def to_me(text: str, me: int) -> str | None:
    """What follows the bot's mention at the start of the words, or None."""
    found = re.match(rf"\s*<@!?{me}>[\s,:]*", text)
    return text[found.end() :].strip() if found else None
