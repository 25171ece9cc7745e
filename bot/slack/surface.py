"""Slack as a place for cards: posts, edits, threads and pages, each within Slack's limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from bot.abilities import Absence, Gone, RoomMade
from bot.cards.model import Card, Desk, Note, Sent
from bot.once import Never, Once
from bot.slack import render, said
from bot.slack.api import Api, Refused
from bot.slack.board import Board
from bot.slack.groups import Groups
from bot.slack.hear import Hear
from bot.slack.home import Homes
from bot.slack.life import Life, Pause
from bot.slack.limits import POST, Budgets
from bot.slack.listen import PATIENCE, Listener
from bot.slack.memory import Memory
from bot.slack.people import People
from bot.slack.pictures import Pictures
from bot.slack.places import OPEN_DM, Places
from bot.slack.presence import Presence
from bot.slack.reply import Reply
from bot.slack.rooms import Rooms, place_of
from bot.slack.spans import JSON, AccountOf, Pen, nobody
from bot.workspaces import SlackSettings
from integrations.base import Misconfigured
from store.clock import SystemClock

log = logging.getLogger("pixelview.slack")

UPDATE = "chat.update"
# A card that was taken away, or that a workspace setting has closed for edits, is posted anew.
_GONE = {"message_not_found", "edit_window_closed", "cant_update_message"}
_TOO_LONG = {"msg_too_long", "msg_blocks_too_long"}
_NO_THREAD = {"thread_not_found", "cannot_reply_to_message"}
_STILL: JSON = {"unfurl_links": False, "unfurl_media": False}


def wall_clock_s() -> float:
    """Seconds since 1970."""
    return SystemClock().now() / 1000


class SlackSurface:
    """Implements ``bot.cards.model.Surface`` for one workspace. ``now_s`` is the clock in seconds,
    ``board`` what all workspaces share."""

    def __init__(
        self, settings: SlackSettings, desk: Desk, account_of: AccountOf = nobody, *,
        now_s: Callable[[], float] = wall_clock_s, patience: float = PATIENCE,
        pause: Pause = asyncio.sleep, ping_s: float = 5.0, name: str = "slack",
        board: Board | None = None, once: Once | None = None,
    ) -> None:  # fmt: skip
        self.name, self._account_of = name, account_of
        self._memory = Memory()
        self._api = Api(settings.base_url, settings.bot_token, Budgets(now_s))
        self._places = Places(self._api)
        self._people = People(self._api, now_s)
        self._presence, self._groups = Presence(self._api, now_s), Groups(self._api, now_s)
        self._rooms = Rooms(self._api, lambda: self._people.me)
        self._homes = Homes(desk, self._api, now_s, patience=patience)
        self._pictures = Pictures(self._api, lambda: self.does("pictures"), pause=pause)
        listener = Listener(
            desk, Reply(self._api, Pen), self._memory, now_s, homes=self._homes, patience=patience,
            pictures=self._pictures,
        )  # fmt: skip
        self._hear = Hear(desk, listener, self._people, self._memory, self._api, name)
        self._board = board or Board()
        self._life = Life(
            settings, self._board, self._api, self._places, self._people, self._hear,
            once or Never(), now_s=now_s, pause=pause, ping_s=ping_s,
        )  # fmt: skip
        self._presence.wanted = lambda: not self._life.grant.unwanted("presence")

    @property
    def threads(self) -> bool:
        """Whether words in threads of public channels can be read."""
        return "channel" in self._hear.words.kinds

    @property
    def direct(self) -> bool:
        """Whether words in direct messages can be read."""
        return "im" in self._hear.words.kinds

    # life

    async def start(self) -> None:
        """Connect; returns when connected, however long Slack is away; Misconfigured where a
        setting must be changed first."""
        await self._life.start()

    async def stop(self) -> None:
        """Disconnect and end every task."""
        await self._pictures.end()
        await self._life.stop()

    def health(self) -> tuple[bool, str]:
        """Connected or not, and words for people."""
        return self._life.health()

    def troubles(self) -> Mapping[str, str]:
        """What has to be changed in Slack or in the settings, by name."""
        return self._life.troubles()

    def does(self, feature: str) -> bool:
        """Whether a feature of the app is wanted and its scopes are granted."""
        return self._life.grant.on(feature)

    def budget(self, method: str, channel: str) -> float:
        """Seconds until ``method`` (post, edit, thread, dm) may be called for ``channel``.

        The outbox asks just before it sends, the most urgent first: where the answer is 0 that
        call's place is kept, so that the next in line is not told 0 as well. Not so for threads:
        their words may have to wait for the card itself.
        """
        if method == "edit":
            return self._api.offer(UPDATE)
        if method == "thread":
            return self._api.wait(POST, self._places.known(place_of(channel)[0]))
        where, _ = place_of(channel)
        if channel.startswith("@"):
            where = self._account_of(channel[1:]) or channel
        if method == "dm" and not self._places.talks_to(where):
            opening = self._api.wait(OPEN_DM)
            if opening > 0:
                return opening
        return self._api.offer(POST, self._places.known(where))

    def http_routes(self) -> list[web.RouteDef]:
        """Events, presses and commands over HTTP, each signed; none without a signing secret, and
        one address for all workspaces."""
        return self._board.routes(self._life)

    # cards

    async def post(self, channel: str, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A new card; only a loud one mentions who is asked."""
        pen = Pen() if card.quiet else Pen(self._account_of)
        where, thread = place_of(self._places.known(channel))
        below = {"thread_ts": thread} if thread else {}
        sent = await self._create(where, render.body(card, pen, maybe_copy=maybe_copy) | below)
        if not thread:
            self._places.called(channel, sent.channel)
        self._memory.remember(card)
        return sent

    async def reply(self, sent: Sent, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A new card in the thread of another."""
        thread = sent.thread or sent.message
        body = render.body(card, Pen(), maybe_copy=maybe_copy)
        try:
            made = await self._create(sent.channel, body | {"thread_ts": thread})
        except Refused as error:
            if error.code in _NO_THREAD:
                raise Gone("The card was taken away.") from error
            raise
        self._memory.remember(card)
        return made

    async def edit(self, sent: Sent, card: Card) -> Sent:
        """The card as it is now, mentioning nobody; posted anew where the old one is gone."""
        self._memory.remember(card)
        body = render.body(card, Pen())
        try:
            await self._change(sent, body)
        except Refused as error:
            if error.code not in _GONE:
                raise
            below = sent.thread and sent.thread != sent.message
            where = {"thread_ts": sent.thread} if below else {}
            return await self._create(sent.channel, body | where)
        return sent

    async def say(self, sent: Sent, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Something in the card's thread."""
        self._memory.questions(note.actions)
        thread = sent.thread or sent.message
        body = render.note_body(note, Pen(self._account_of), maybe_copy=maybe_copy)
        try:
            said = await self._create(sent.channel, body | {"thread_ts": thread}, offered=False)
        except Refused as error:
            if error.code in _NO_THREAD:
                raise Gone("The card was taken away.") from error
            raise
        return Sent(said.channel, said.message, thread)

    async def resay(self, sent: Sent, note: Note) -> Sent | None:
        """Words in a thread or a room read like this now."""
        self._memory.questions(note.actions)
        return await said.resay(sent, note, self._change, self._create)

    async def unsay(self, sent: Sent) -> bool:
        """Take words in a thread or a room away."""
        return await said.unsay(self._api, sent)

    async def page(
        self, account: str, card: Card, note: Note, *, nonce: str, maybe_copy: bool
    ) -> Sent:
        """A direct message: the card with its buttons, and why it comes."""
        where = await self._places.dm(account)
        body = render.body(card, Pen(), note=note, maybe_copy=maybe_copy)
        sent = await self._create(where, body)
        self._memory.remember(card)
        self._memory.paged[where] = sent.message
        return sent

    async def repage(self, sent: Sent, card: Card, note: Note) -> None:
        """A page says, without a sound, that somebody has it or that it is over."""
        self._memory.remember(card)
        await self._change(sent, render.body(card, Pen(), note=note))

    async def email(self, account: str) -> str | None:
        """The address Slack confirms for a member, where the scopes let it tell."""
        return await self._people.email(account)

    async def account_by_email(self, email: str) -> str | None:
        """The member with that address, where the scopes let Slack tell."""
        return await self._people.account_by_email(email)

    # who is there

    async def available(self, account: str) -> Absence | None:
        """What keeps a member from answering, where the scopes let Slack tell."""
        return await self._presence.of(account)

    async def alive(self) -> None:
        """Whether Slack answers."""
        await self._places.application()

    async def opens(self, account: str) -> None:
        """Open the direct conversation with a member, without a word in it."""
        await self._places.dm(account, anew=True)

    async def keep_group(self, group: str, accounts: Sequence[str], others: Sequence[str]) -> None:
        """Make a user group hold exactly these members; disabled where there are none."""
        self._wanted("usergroups")
        await self._groups.keep(group, accounts)

    async def groups_of(
        self, accounts: Sequence[str], groups: Sequence[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Which of these user groups each account is in."""
        self._wanted("roles")
        return await self._groups.of(accounts, groups)

    def homes(self) -> int:
        """How many people opened their Home tab within a day."""
        return len(self._homes.recent())

    async def freshen(self) -> None:
        """Draw the Home tabs anew that people have open, where something of them changed."""
        await self._homes.freshen()

    # rooms

    def _wanted(self, feature: str) -> None:
        """Misconfigured where the settings leave a feature out."""
        if words := self._life.grant.unwanted(feature):
            raise Misconfigured(words, "slack.features")

    async def make_room(
        self, name: str, *, private: bool, topic: str, again: bool = False
    ) -> RoomMade:
        """A new channel of that name, or of the next that is free."""
        self._wanted("rooms")
        return await self._rooms.make(name, private=private, topic=topic, again=again)

    async def make_thread(self, sent: Sent, name: str, *, again: bool = False) -> RoomMade:
        """The thread of a card, where no channel is wanted."""
        return await self._rooms.below(sent, name)

    async def invite(self, channel: str, accounts: Sequence[str], *, by: str = "") -> Sequence[str]:
        """Take people into a channel; those who can't be are returned."""
        return await self._rooms.invite(channel, accounts)

    async def bookmark(self, channel: str, links: Sequence[tuple[str, str]]) -> None:
        """Links at the top of a channel."""
        await self._rooms.bookmark(channel, links)

    async def pin(self, sent: Sent) -> None:
        """Pin a message to its channel."""
        await self._rooms.pin(sent)

    async def tell(self, channel: str, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Words in the channel itself."""
        self._memory.questions(note.actions)
        body = render.note_body(note, Pen(self._account_of), maybe_copy=maybe_copy)
        where, thread = place_of(channel)
        below = {"thread_ts": thread} if thread else {}
        return await self._create(where, body | below, offered=False)

    async def close_room(self, channel: str) -> None:
        """Archive a channel."""
        await self._rooms.close(channel)

    # sending

    async def _create(self, channel: str, body: JSON, *, offered: bool = True) -> Sent:
        made = await self._shorter_if_must(POST, offered, body, channel=channel, **_STILL)
        return Sent(str(made["channel"]), str(made["ts"]), str(body.get("thread_ts") or made["ts"]))

    async def _change(self, sent: Sent, body: JSON) -> None:
        await self._shorter_if_must(UPDATE, True, body, channel=sent.channel, ts=sent.message)

    async def _shorter_if_must(self, method: str, offered: bool, body: JSON, **where: Any) -> JSON:
        """One call; where Slack finds the message too long, once more without what is folded."""
        try:
            return await self._api.call(method, offered=offered, **where, **body)
        except Refused as error:
            if error.code not in _TOO_LONG:
                raise
            return await self._api.call(method, **where, **_short(body))


def _short(body: JSON) -> JSON:
    """A message without its fold and most of its words: what it is about, and its buttons."""
    kept = [b for b in body.get("blocks") or () if b["type"] in ("rich_text", "actions")]
    less = {"blocks": kept[:3], "attachments": []}
    return body | less | {"text": str(body.get("text") or "")[:300]}
