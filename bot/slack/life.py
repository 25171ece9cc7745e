"""The connection to one workspace: made, kept, and what is wrong with it in words."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.once import Once
from bot.running import Running, until_connected
from bot.slack.api import Api, MissingScope
from bot.slack.board import Board
from bot.slack.events import Events
from bot.slack.features import CORE, REGISTRY, Grant, lacking, unheard
from bot.slack.hear import Hear
from bot.slack.people import People
from bot.slack.places import Application, Places, scopes_in
from bot.workspaces import SlackSettings
from integrations.base import IntegrationError, Misconfigured

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.socket import Sockets

log = logging.getLogger("pixelview.slack")

PAUSE, LONGEST_PAUSE = 1.0, 60.0
TOKEN, SOCKET = "bot_token", "app_token"
_CARDS = "chat:write"

Pause = Callable[[float], Awaitable[None]]


class Life:
    """Connects a workspace. Is asked by the board who it is, and by the surface how it is."""

    def __init__(
        self, settings: SlackSettings, board: Board, api: Api, places: Places, people: People,
        hear: Hear, once: Once, *, now_s: Callable[[], float], pause: Pause, ping_s: float,
    ) -> None:  # fmt: skip
        self._settings, self._board, self._api = settings, board, api
        self._places, self._people, self._hear = places, people, hear
        self._events = Events(hear.event, once, self.ended)
        hear.coming = lambda: self._events.busy
        self._now, self._pause, self._ping_s = now_s, pause, ping_s
        self.app: AsyncApp | None = None
        self._sockets: Sockets | None = None
        self._running = Running("pixelview-slack")
        self._connected = asyncio.Event()
        self._wrong: asyncio.Future[Misconfigured] | None = None
        self._words = "not connected yet"
        self._refused: dict[str, str] = {}
        self._healing = False
        api.refused, api.scoped = self.refused, self.scoped
        board.plug(self)

    # what the board asks

    @property
    def secret(self) -> str:
        """The signing secret of the app."""
        return self._settings.signing_secret or ""

    @property
    def app_token(self) -> str:
        """The app token."""
        return self._settings.app_token or ""

    @property
    def me(self) -> Application | None:
        """Who the bot is, once it is known."""
        return self._people.me

    # beginning and end

    async def start(self) -> None:
        """Connect; returns when connected, however long Slack is away; Misconfigured where a
        setting must be changed first: then it is looked again each minute whether it was."""
        self._wrong = asyncio.get_running_loop().create_future()
        trying = self._running.begin(self._keep_trying())
        await until_connected(self._connected, self._wrong, trying)

    async def stop(self) -> None:
        """Disconnect and end every task."""
        await self._running.end()
        await self._board.unplug(self)
        await self._hear.stop()
        await self._events.rest()
        await self._api.close()
        self._sockets, self.app = None, None
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
                if not self.app_token and not self.secret:
                    self._refused[SOCKET] = str(error)
                    self._tell(error)
                    return
                self._refused[error.setting.rpartition(".")[2]] = str(error)
                self._tell(error)
                tries = 10
            except IntegrationError as error:
                self._words = f"{error}, trying again"
                log.warning("Slack is not connected: %s", error)
            except Exception:
                self._words = "a fault of ours, which is in the log; trying again"
                log.exception("connecting to Slack")
            await self._pause(min(LONGEST_PAUSE, PAUSE * 2**tries))
            tries = min(tries + 1, 10)

    def _tell(self, error: Misconfigured) -> None:
        if self._wrong is not None and not self._wrong.done():
            self._wrong.set_result(error)

    async def _connect(self) -> None:
        settings = self._settings
        if not self.app_token and not self.secret:
            raise Misconfigured(
                "Slack needs app_token (Socket Mode) or signing_secret (HTTP)", "slack.app_token"
            )
        # slack_bolt takes a moment to load; webhooks that come meanwhile must not wait for it.
        bolt = await asyncio.to_thread(importlib.import_module, "bot.slack.bolt")
        me = await self._places.application()
        self._known(me)
        self.app = bolt.build(self._api.client(), me, self.secret, self._hear, self._events)
        if self.app_token:
            self._sockets = await self._board.connect(
                self, settings.base_url, self._now, settings.connections, self._ping_s
            )
        self._refused.clear()
        self._connected.set()
        self._heal()

    def _known(self, me: Application) -> None:
        self._people.me = me
        self._hear.words.kinds = self.grant.heard

    def scoped(self, header: str) -> None:
        """Each answer names the token's scopes: they change where the app is installed anew."""
        me = self.me
        if me is not None and me.scopes is not None and (now := scopes_in(header)) != me.scopes:
            log.info("the scopes of %s changed", me.name)
            self._known(replace(me, scopes=now))
            self._heal()

    # how it is

    @property
    def grant(self) -> Grant:
        """What the app is wanted for, and what its token allows."""
        me = self.me
        return Grant(self._settings.features, me.scopes if me is not None else frozenset())

    def health(self) -> tuple[bool, str]:
        """Connected or not, and words for people."""
        me = self.me
        if not self._connected.is_set() or me is None:
            return False, f"Slack: {self._words}"
        if wrong := self._no_cards():
            return False, f"Slack: {wrong}"
        sockets = self._sockets
        if sockets is not None and not sockets.up:
            return False, f"Slack: {sockets.words or 'the connection is lost, trying again'}"
        stand = f", {sockets.says()}" if sockets is not None else ""
        said = [f"Connected to Slack as {me.name} in {me.team_name}{stand}"]
        said += [words for name, words in self._refused.items() if name not in (TOKEN, _CARDS)]
        return True, ". ".join((*said, *self._lacking()))

    def _no_cards(self) -> str:
        """Why nothing can be posted at all, "" where it can."""
        if wrong := self._refused.get(TOKEN) or self._refused.get(_CARDS):
            return wrong
        lacks = self.grant.lacks(CORE)
        return lacking(CORE, lacks) if _CARDS in lacks else ""

    def _lacking(self) -> list[str]:
        """What does not work for want of scopes: what is wanted, and words in threads."""
        grant = self.grant
        said = [lacking(f, lacks) for f, lacks in grant.missing() if f is not CORE]
        core = grant.lacks(CORE)
        if {"users:read", "users:read.email"} & {*core}:
            said.append("People are not matched by e-mail: users:read.email is not given")
        if "im:write" in core:
            said.append(lacking(CORE, core))
        if self._settings.features is None and (lacks := grant.lacks(REGISTRY["threads"])):
            said.append(unheard(lacks))
        return said

    def troubles(self) -> Mapping[str, str]:
        """What has to be changed in Slack or in the settings, by name."""
        found = {_named(what): words for what, words in self._refused.items()}
        if self._connected.is_set():
            for feature, lacks in self.grant.missing():
                found.setdefault(feature.name, lacking(feature, lacks))
            if self._sockets is not None and not self._sockets.up and self._sockets.refused:
                found[SOCKET] = self._sockets.words
        return found

    # what Slack refuses in the middle of it

    def refused(self, method: str, error: Exception) -> None:
        """A call was refused: where the token ended, or has lost a scope, nothing is asked of Slack
        until it works again."""
        if isinstance(error, MissingScope):
            me = self.me
            if me is None or (me.scopes is not None and error.scope not in me.scopes):
                return
            self._refused[error.scope or method] = str(error)
        elif isinstance(error, Misconfigured) and error.setting == f"slack.{TOKEN}":
            self._refused[TOKEN] = str(error)
        else:
            return
        self._heal()

    def ended(self, event: Mapping[str, Any]) -> None:
        """Slack tells that the app was taken away, or that tokens were."""
        me, tokens = self.me, event.get("tokens") or {}
        if event.get("type") == "tokens_revoked":
            mine = tokens.get("bot") or ()
            if me is None or me.user not in mine:
                return
        self._refused[TOKEN] = (
            f"The app was removed from {me.team_name if me else 'the workspace'}, or its token "
            "revoked: install it again and set the new bot_token"
        )
        self._heal()

    def _heal(self) -> None:
        unwell = bool(self._refused or self._no_cards())
        if unwell and not self._healing and self._connected.is_set():
            self._healing = True
            self._running.begin(self._until_well())

    async def _until_well(self) -> None:
        """Ask each minute whether it works again."""
        try:
            while self._refused or self._no_cards():
                await self._pause(LONGEST_PAUSE)
                try:
                    me = await self._places.application()
                except IntegrationError as error:
                    log.info("Slack does not work yet: %s", error)
                    continue
                self._known(me)
                scopes = me.scopes
                still = {s for s in self._refused if scopes is not None and s != TOKEN} - (
                    scopes or frozenset()
                )
                self._refused = {s: w for s, w in self._refused.items() if s in still}
        finally:
            self._healing = False


def _named(what: str) -> str:
    """A scope by the feature that needs it, so that the same is told once."""
    named = (f.name for f in (CORE, *REGISTRY.values()) if what in f.scopes)
    return next(named, what)
