"""Discord as a place for cards: posts, edits, threads and pages, each within Discord's limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from bot.abilities import Gone
from bot.cards.model import Card, Desk, Note, Sent
from bot.discord import look, render, said, threads
from bot.discord.beside import Beside
from bot.discord.gateway import Pause
from bot.discord.guilds import Guilds
from bot.discord.hear import Hear
from bot.discord.ids import born_s, once
from bot.discord.life import Life
from bot.discord.limits import Buckets
from bot.discord.listen import PATIENCE, Listener
from bot.discord.memory import Memory
from bot.discord.pictures import Pictures
from bot.discord.places import OPEN_DM, Places
from bot.discord.render import JSON, SILENT
from bot.discord.reply import Reply
from bot.discord.rest import (
    INVALID_FORM,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Refused,
    Rest,
    TooOld,
)  # fmt: skip
from bot.discord.roles import Roles
from bot.discord.rooms import Rooms
from bot.discord.slash import GROUPS
from bot.discord.spans import AccountOf, Pen, nobody
from bot.settings import DiscordSettings
from integrations.base import IntegrationError, Transient
from store.clock import SystemClock

log = logging.getLogger("pixelview.discord")

POST = "POST /channels/{channel}/messages"
EDIT = "PATCH /channels/{channel}/messages/{message}"
OLD, OLD_EVERY = 3600.0, 60.0
_TRIES = 3
_LEGACY = "WITH_COMPONENTS_V2"
_AGAIN = "-# It was deleted here, so it stands here again."


def wall_clock_s() -> float:
    """Seconds since 1970."""
    return SystemClock().now() / 1000


class DiscordSurface(Beside):
    """Implements ``bot.cards.model.Surface``. ``now_s`` is the clock in seconds."""

    name = "discord"
    roots: ClassVar[dict[str, str]] = {group: f"/{name}" for group, (name, _) in GROUPS.items()}
    """How the verbs of each group begin, for what answers tell people to type."""

    def __init__(
        self, settings: DiscordSettings, desk: Desk, account_of: AccountOf = nobody, *,
        now_s: Callable[[], float] = wall_clock_s, patience: float = PATIENCE,
        pause: Pause = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._settings, self._account_of = settings, account_of
        self._now, self._pause = now_s, pause
        self._wants_v2 = settings.cards == "v2"
        self._memory = Memory()
        self._rest = Rest(settings.api_base, settings.bot_token, Buckets(now_s))
        self._guilds = Guilds(self._rest, settings)
        self._places = Places(self._rest, now_s, self._guilds)
        self._roles = Roles(self._rest, self._guilds, now_s)
        self._rooms = Rooms(
            self._rest, self._places, self._guilds, settings, lambda: self._pen(account_of)
        )
        self._pictures = Pictures(self._rest)
        listener = Listener(
            desk, Reply(self._rest, self._pen), self._memory, now_s, v2_cards=self._wants_v2,
            patience=patience, pictures=self._pictures,
        )  # fmt: skip
        listener.direct = self._places.dm
        self._hear = Hear(desk, listener, self._places)
        self._life = Life(settings, self._rest, self._places, self._hear, pause)

    @property
    def threads(self) -> bool:
        """Whether words in threads can be read."""
        return self._hear.threads

    async def start(self) -> None:
        """Connect; returns when connected, however long Discord is away; Misconfigured where a
        setting must be changed first."""
        await self._life.start()

    async def stop(self) -> None:
        """Disconnect and end every task."""
        await self._pictures.end()
        await self._life.stop()

    def health(self) -> tuple[bool, str]:
        """Connected or not, and words for people."""
        return self._life.health()

    @property
    def _v2(self) -> bool:
        return self._wants_v2 and not self._memory.v2_refused

    @property
    def changes_forms(self) -> bool:
        """A modal that is open stays as it is."""
        return False

    def budget(self, method: str, channel: str) -> float:
        """Seconds until ``method`` (post, edit, thread, dm) may be called for ``channel``."""
        where = self._places.known(channel)
        wait = self._rest.wait
        if method == "edit":
            return wait(EDIT, channel=where)
        if method == "thread":
            return wait(threads.START, channel=where)
        first = wait(POST, channel=where)
        if method == "dm" and not self._places.talks_to(channel):
            first = max(first, wait(OPEN_DM))
        # A loud card is a post and at once an edit: with half of it there would be no buttons.
        return max(first, wait(EDIT, channel=where)) if self._v2 else first

    # cards

    def _pen(self, account_of: AccountOf = nobody) -> Pen:
        return Pen(account_of, int(self._now() * 1000))

    async def post(self, channel: str, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A new card. A loud one is a line of text first, for pushes of Components V2 are empty."""
        where = await self._places.channel(channel)
        try:
            return await self._post(where, card, nonce, maybe_copy=maybe_copy)
        except Refused as error:
            if self._without_v2(error):
                return await self._post(where, card, nonce, maybe_copy=maybe_copy)
            if error.code != UNKNOWN_CHANNEL:
                raise
            # Deleted, and perhaps made anew under its name.
            self._places.forget()
            return await self._post(
                await self._places.instead(channel, where), card, nonce, maybe_copy=maybe_copy
            )

    async def _post(self, where: str, card: Card, nonce: str, *, maybe_copy: bool) -> Sent:
        pen = self._pen(self._account_of)
        if self._v2 and not card.quiet:
            first = look.line(card, pen)
            final = look.edits(card, pen, v2=True)
            try:
                message = await self._in_two(where, first, final, nonce, maybe_copy=maybe_copy)
            except Transient:
                if (half := self._memory.half.pop(nonce, None)) is None:
                    raise
                return Sent(where, half, half=True)
        else:
            body = look.whole(card, pen, v2=self._v2, silent=card.quiet, maybe_copy=maybe_copy)
            message = await self._create(where, body, nonce)
        self._memory.remember(card, message)
        self._memory.shown(card, message)
        return Sent(where, message)

    async def reply(self, sent: Sent, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A new card in the thread of another."""
        body = look.whole(card, self._pen(), v2=self._v2, silent=True, maybe_copy=maybe_copy)
        at = await self._below(sent, body | once(nonce))
        self._memory.remember(card, at.message)
        self._memory.shown(card, at.message)
        return at

    async def edit(self, sent: Sent, card: Card) -> Sent:
        """The card as it is now, mentioning nobody; moved to the end where Discord lets the old
        message be edited no more. An old one is edited for changes of state alone."""
        self._memory.remember(card, sent.message)
        if self._is_old(sent.message) and self._memory.stands(card, sent.message):
            return sent
        self._rested(sent.message)
        try:
            await self._change(sent.channel, sent.message, self._edits(card))
        except TooOld as error:
            return await self._move(sent, card, error.retry_after or OLD_EVERY)
        except Refused as error:
            if error.code == UNKNOWN_MESSAGE:
                return await self._again(sent, card)
            raise self._gone(error) from error
        self._memory.edited[sent.message] = self._now()
        self._memory.shown(card, sent.message)
        return sent

    def _edits(self, card: Card, note: Note | None = None) -> tuple[JSON, JSON]:
        pen = replace(self._pen(), stays=note is not None)
        return look.edits(card, pen, v2=self._v2, note=note)

    async def _change(self, channel: str, message: str, bodies: tuple[JSON, JSON]) -> None:
        wanted, other = bodies
        try:
            await self._rest.call(EDIT, wanted, channel=channel, message=message)
        except Refused as error:
            # The way into Components V2 is one way: what was posted so stays so. And there are
            # places that know none.
            stays_v2 = error.code == INVALID_FORM and _LEGACY in error.body
            if wanted is other or not (stays_v2 or self._without_v2(error)):
                raise
            await self._rest.call(EDIT, other, channel=channel, message=message)

    def _without_v2(self, error: Refused) -> bool:
        """Where Components V2 are refused the classic look is used from now on."""
        if self._v2 and error.of_v2:
            log.warning("Components V2 are refused: cards are embeds from now on (%s)", error)
            self._memory.v2_refused = True
            return True
        return False

    def _rested(self, message: str) -> None:
        """Messages older than an hour are edited at most once a minute."""
        passed = self._now() - self._memory.edited.get(message, 0.0)
        if self._is_old(message) and passed < OLD_EVERY:
            raise Transient("an old message is edited once a minute", OLD_EVERY - passed)

    def _is_old(self, message: str) -> bool:
        return self._now() - born_s(message) > OLD

    async def _again(self, sent: Sent, card: Card) -> Sent:
        """Somebody deleted the card: it stands there again, without a sound, and says why."""
        body = look.whole(card, self._pen(), v2=self._v2, silent=True, said=_AGAIN)
        try:
            message = await self._create(sent.channel, body, f"again{sent.message}")
        except Refused as error:
            raise self._gone(error) from error
        self._memory.remember(card, message)
        return Sent(sent.channel, message, sent.thread)

    def _gone(self, error: Refused) -> Refused | Gone:
        """A channel or thread that somebody deleted takes all with it that stood there."""
        if error.code not in {UNKNOWN_CHANNEL, UNKNOWN_MESSAGE}:
            return error
        self._places.forget()
        return Gone(f"What stood there was taken away ({error.code}).")

    async def _move(self, sent: Sent, card: Card, wait: float) -> Sent:
        where = sent.thread or sent.channel
        body = look.whole(card, self._pen(), v2=self._v2, silent=True)
        message = await self._create(where, body, f"moved{sent.message}")
        self._memory.remember(card, message)
        self._life.running.begin(self._moved(sent, where, message, wait))
        return Sent(where, message, sent.thread)

    async def _moved(self, old: Sent, where: str, message: str, wait: float) -> None:
        """The old message says where the card went, as soon as it may be edited again."""
        try:
            guild = await self._places.guild_of(where)
            bodies = threads.moved_bodies(guild, where, message, v2=self._v2)
            for _ in range(_TRIES):
                await self._pause(wait)
                try:
                    await self._change(old.channel, old.message, bodies)
                    return
                except Transient as error:
                    wait = error.retry_after or OLD_EVERY
        except IntegrationError as error:
            log.info("the old card %s does not say where it went: %s", old.message, error)

    # threads and pages

    async def say(self, sent: Sent, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Something in the card's thread, which is begun with its first words."""
        self._memory.questions(note.actions)
        body = render.note_body(note, self._pen(self._account_of), maybe_copy=maybe_copy)
        return await self._below(sent, body | once(nonce))

    async def _below(self, sent: Sent, body: JSON) -> Sent:
        """A message in the thread of a card; a thread that somebody deleted is begun anew."""
        title = self._memory.titles.get(sent.message, "")
        try:
            thread = sent.thread or await threads.begin(self._rest, sent, title)
            try:
                message = await threads.post(self._rest, thread, body)
            except Refused as error:
                if error.code != UNKNOWN_CHANNEL:
                    raise
                thread = await threads.begin(self._rest, sent, title)
                message = await threads.post(self._rest, thread, body)
        except Refused as error:
            raise self._gone(error) from error
        return Sent(thread, message, thread)

    async def resay(self, sent: Sent, note: Note) -> Sent | None:
        """Words in a thread or a room read like this now."""
        self._memory.questions(note.actions)
        return await said.resay(self._rest, sent, note, self._pen(), self._change)

    async def unsay(self, sent: Sent) -> bool:
        """Take words in a thread or a room away."""
        return await said.unsay(self._rest, sent)

    async def page(
        self, account: str, card: Card, note: Note, *, nonce: str, maybe_copy: bool
    ) -> Sent:
        """A direct message: the push carries the notification line, then it is the card."""
        self._memory.questions(note.actions)
        where = await self._places.dm(account)
        wanted = self._edits(card, note)
        if self._v2:
            first = look.line(card, self._pen(), silent=note.quiet)
            message = await self._in_two(where, first, wanted, nonce, maybe_copy=maybe_copy)
        else:
            body = wanted[0] | ({"flags": SILENT} if note.quiet else {})
            message = await self._create(where, body, nonce)
        self._memory.remember(card, message)
        return Sent(where, message)

    async def repage(self, sent: Sent, card: Card, note: Note) -> None:
        """A page says, without a sound, that somebody has it or that it is over."""
        self._memory.remember(card, sent.message)
        await self._change(sent.channel, sent.message, self._edits(card, note))

    async def email(self, account: str) -> str | None:
        """Discord tells bots no address."""
        return None

    async def account_by_email(self, email: str) -> str | None:
        """Discord tells bots no address."""
        return None

    # sending

    async def _create(self, channel: str, body: JSON, nonce: str) -> str:
        try:
            made = await self._rest.call(POST, body | once(nonce), channel=channel)
        except Transient as error:
            if not error.broken:
                raise
            # The nonce keeps the repeat from being a copy.
            raise Transient(str(error), broken=True) from error
        return str(made["id"])

    async def _in_two(
        self, channel: str, line: JSON, final: tuple[JSON, JSON], nonce: str, *, maybe_copy: bool
    ) -> str:
        """The line that pushes carry, turned into the card at once. Where the second half fails,
        the same nonce comes back for it and posts nothing anew."""
        message = self._memory.half.get(nonce)
        if message is None:
            if maybe_copy:
                line = line | {"content": f"{line['content']}\n{render.COPY}"}
            message = self._memory.half[nonce] = await self._create(channel, line, nonce)
        try:
            await self._change(channel, message, final)
        except Transient as error:
            # The line is there for certain; an edit may be made twice without harm.
            raise Transient(str(error), error.retry_after) from error
        self._memory.half.pop(nonce, None)
        return message
