"""Slack as a place for cards: posts, edits, threads and pages, each within Slack's limits."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.abilities import Absence, RoomMade
from bot.cards.model import Card, Desk, Note, Sent
from bot.settings import SlackSettings
from bot.slack import render
from bot.slack.api import Api, Refused
from bot.slack.groups import Groups
from bot.slack.hear import Hear
from bot.slack.limits import POST, Budgets
from bot.slack.listen import PATIENCE, Listener
from bot.slack.memory import Memory
from bot.slack.people import People
from bot.slack.places import OPEN_DM, Application, Places
from bot.slack.presence import Presence
from bot.slack.reply import Reply
from bot.slack.rooms import Rooms
from bot.slack.spans import JSON, AccountOf, Pen, nobody
from integrations.base import IntegrationError, Misconfigured
from store.clock import SystemClock

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.socket import Sockets

log = logging.getLogger("pixelview.slack")

UPDATE = "chat.update"
PATH = "/slack/events"
PAUSE, LONGEST_PAUSE = 1.0, 60.0
# A card that was taken away, or that a workspace setting has closed for edits, is posted anew.
_GONE = {"message_not_found", "edit_window_closed", "cant_update_message"}
_STILL: JSON = {"unfurl_links": False, "unfurl_media": False}

Pause = Callable[[float], Awaitable[None]]


def wall_clock_s() -> float:
    """Seconds since 1970."""
    return SystemClock().now() / 1000


class SlackSurface:
    """Implements ``bot.cards.model.Surface``. ``now_s`` is the clock in seconds."""

    name = "slack"

    def __init__(
        self, settings: SlackSettings, desk: Desk, account_of: AccountOf = nobody, *,
        now_s: Callable[[], float] = wall_clock_s, patience: float = PATIENCE,
        pause: Pause = asyncio.sleep, ping_s: float = 5.0,
    ) -> None:  # fmt: skip
        self._settings, self._account_of = settings, account_of
        self._pause, self._ping_s = pause, ping_s
        self._memory = Memory()
        self._api = Api(settings.base_url, settings.bot_token, Budgets(now_s))
        self._places = Places(self._api)
        self._people = People(self._api, now_s)
        self._presence, self._groups = Presence(self._api, now_s), Groups(self._api, now_s)
        self._rooms = Rooms(self._api, lambda: self._people.me)
        listener = Listener(desk, Reply(self._api, Pen), self._memory, now_s, patience=patience)
        self._hear = Hear(desk, listener, self._people, self._memory, self._api)
        self._app: AsyncApp | None = None
        self._sockets: Sockets | None = None
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._wrong: asyncio.Future[Misconfigured] | None = None
        self._words = "not connected yet"

    @property
    def threads(self) -> bool:
        """Whether words in threads can be read: the token has all three history scopes."""
        return self._hear.threads

    # life

    async def start(self) -> None:
        """Connect; returns when connected, however long Slack is away; Misconfigured where a
        setting must be changed first."""
        loop = asyncio.get_running_loop()
        self._wrong = loop.create_future()
        self._task = loop.create_task(self._keep_trying(), name="pixelview-slack")
        up = loop.create_task(self._connected.wait())
        ends: set[asyncio.Future[Any]] = {up, self._wrong, self._task}
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
        if self._wrong.done():
            raise self._wrong.result()

    async def stop(self) -> None:
        """Disconnect and end every task."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._sockets is not None:
            await self._sockets.close()
        await self._hear.stop()
        await self._api.close()
        self._task, self._sockets, self._app = None, None, None
        self._connected.clear()
        self._words = "stopped"

    async def _keep_trying(self) -> None:
        tries = 0
        while not self._connected.is_set():
            try:
                await self._connect()
                return
            except Misconfigured as error:
                self._words = str(error)
                if self._wrong is not None and not self._wrong.done():
                    self._wrong.set_result(error)
                return
            except IntegrationError as error:
                self._words = f"{error}, trying again"
                log.warning("Slack is not connected: %s", error)
            except Exception:
                self._words = "a fault of ours, which is in the log; trying again"
                log.exception("connecting to Slack")
            await self._pause(min(LONGEST_PAUSE, PAUSE * 2**tries))
            tries = min(tries + 1, 10)

    async def _connect(self) -> None:
        settings = self._settings
        if not settings.app_token and not settings.signing_secret:
            raise Misconfigured(
                "Slack needs app_token (Socket Mode) or signing_secret (HTTP)", "slack.app_token"
            )
        # slack_bolt takes a moment to load; webhooks that come meanwhile must not wait for it.
        bolt, socket = [
            await asyncio.to_thread(importlib.import_module, f"bot.slack.{name}")
            for name in ("bolt", "socket")
        ]
        me = self._people.me = await self._places.application()
        secret = settings.signing_secret or ""
        self._app = app = bolt.build(self._api.client(), me, secret, self._hear)
        self._hear.threads = me.reads
        if settings.app_token:
            sockets = socket.Sockets(self._api, settings.app_token, app, ping_s=self._ping_s)
            await sockets.open()
            self._sockets = sockets
        self._connected.set()

    def health(self) -> tuple[bool, str]:
        """Connected or not, and words for people."""
        me = self._people.me
        if not self._connected.is_set() or me is None:
            return False, f"Slack: {self._words}"
        if self._sockets is not None and not self._sockets.up:
            return False, f"Slack: {self._sockets.words or 'the connection is lost, trying again'}"
        said = [f"Connected to Slack as {me.name} in {me.team_name}", *self._lacking(me)]
        return True, ". ".join(said)

    def _lacking(self, me: Application) -> list[str]:
        said = []
        if not me.reads:
            said.append(
                "Words in threads stay there: the scopes channels:history, groups:history and "
                "im:history are not all given"
            )
        if not {"users:read", "users:read.email"} <= me.scopes:
            said.append("People are not matched by e-mail: users:read.email is not given")
        return said

    def budget(self, method: str, channel: str) -> float:
        """Seconds until ``method`` (post, edit, thread, dm) may be called for ``channel``.

        The outbox asks just before it sends, the most urgent first: where the answer is 0 that
        call's place is kept, so that the next in line is not told 0 as well. Not so for threads:
        their words may have to wait for the card itself.
        """
        if method == "edit":
            return self._api.offer(UPDATE)
        if method == "thread":
            return self._api.wait(POST, self._places.known(channel))
        where = channel
        if channel.startswith("@"):
            where = self._account_of(channel[1:]) or channel
        if method == "dm" and not self._places.talks_to(where):
            opening = self._api.wait(OPEN_DM)
            if opening > 0:
                return opening
        return self._api.offer(POST, self._places.known(where))

    def http_routes(self) -> list[web.RouteDef]:
        """Events, presses and commands over HTTP, each signed; none without a signing secret."""
        return [web.post(PATH, self._over_http)] if self._settings.signing_secret else []

    async def _over_http(self, request: web.Request) -> web.Response:
        if self._app is None:
            return web.Response(status=503, headers={"Retry-After": "5"}, text="Not connected yet.")
        from bot.slack.bolt import over_http

        return await over_http(self._app, self._settings.signing_secret or "", request)

    # cards

    async def post(self, channel: str, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A new card; only a loud one mentions who is asked."""
        pen = Pen() if card.quiet else Pen(self._account_of)
        where = self._places.known(channel)
        sent = await self._create(where, render.body(card, pen, maybe_copy=maybe_copy))
        self._places.called(channel, sent.channel)
        self._memory.remember(card)
        return sent

    async def reply(self, sent: Sent, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """A new card in the thread of another."""
        thread = sent.thread or sent.message
        body = render.body(card, Pen(), maybe_copy=maybe_copy)
        made = await self._create(sent.channel, body | {"thread_ts": thread})
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
            return await self._create(sent.channel, body)
        return sent

    async def say(self, sent: Sent, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Something in the card's thread."""
        self._memory.questions(note.actions)
        thread = sent.thread or sent.message
        body = render.note_body(note, Pen(self._account_of), maybe_copy=maybe_copy)
        said = await self._create(sent.channel, body | {"thread_ts": thread}, offered=False)
        return Sent(said.channel, said.message, thread)

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
        await self._groups.keep(group, accounts)

    # rooms

    async def make_room(self, name: str, *, private: bool, topic: str) -> RoomMade:
        """A new channel of that name, or of the next that is free."""
        return await self._rooms.make(name, private=private, topic=topic)

    async def invite(self, channel: str, accounts: Sequence[str]) -> Sequence[str]:
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
        return await self._create(channel, body, offered=False)

    async def close_room(self, channel: str) -> None:
        """Archive a channel."""
        await self._rooms.close(channel)

    # sending

    async def _create(self, channel: str, body: JSON, *, offered: bool = True) -> Sent:
        made = await self._api.call(POST, offered=offered, channel=channel, **_STILL, **body)
        return Sent(str(made["channel"]), str(made["ts"]), str(body.get("thread_ts") or made["ts"]))

    async def _change(self, sent: Sent, body: JSON) -> None:
        await self._api.call(UPDATE, offered=True, channel=sent.channel, ts=sent.message, **body)
