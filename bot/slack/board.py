"""Which workspace something is for: all Slack surfaces share the connections of an app token and
the one HTTP address, and each takes what happens in its own workspace."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

from aiohttp import web

from bot.slack.api import Api
from bot.slack.limits import Budgets
from bot.slack.places import Application

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.slack.socket import Sockets

log = logging.getLogger("pixelview.slack")

PATH = "/slack/events"
Body = Mapping[str, Any]


class Later(Exception):
    """That workspace is not connected yet: Slack shall bring it again."""


class Plugged(Protocol):
    """What the board has to know of a surface."""

    @property
    def secret(self) -> str:
        """The signing secret of its app."""
        ...

    @property
    def app_token(self) -> str:
        """The app token of its app."""
        ...

    @property
    def me(self) -> Application | None:
        """Who the bot is there, once connected."""
        ...

    @property
    def app(self) -> AsyncApp | None:
        """What takes payloads apart, once connected."""
        ...


class Board:
    """Brings payloads to the surfaces that are plugged in."""

    def __init__(self) -> None:
        self._plugged: list[Plugged] = []
        self._sockets: dict[str, Sockets] = {}
        self._strange: set[str] = set()
        self._opening = asyncio.Lock()

    def plug(self, surface: Plugged) -> None:
        """One more workspace."""
        self._plugged.append(surface)

    # Socket Mode

    async def connect(
        self, surface: Plugged, base_url: str, now_s: Callable[[], float], wanted: int,
        ping_s: float,
    ) -> Sockets:  # fmt: skip
        """The connections of this surface's app token; opened by the first that needs them."""
        token = surface.app_token
        async with self._opening:
            if token not in self._sockets:
                self._sockets[token] = await self._open(token, base_url, now_s, wanted, ping_s)
            return self._sockets[token]

    async def _open(
        self, token: str, base_url: str, now_s: Callable[[], float], wanted: int, ping_s: float
    ) -> Sockets:
        # slack_bolt takes a moment to load; webhooks that come meanwhile must not wait for it.
        module = await asyncio.to_thread(importlib.import_module, "bot.slack.socket")
        api = Api(base_url, token, Budgets(now_s))
        made: Sockets = module.Sockets(
            api, lambda body: self._app(body, token=token), wanted=wanted, ping_s=ping_s
        )
        try:
            await made.open()
        except BaseException:
            await made.close()
            raise
        return made

    async def unplug(self, surface: Plugged) -> None:
        """A workspace less; the connections end with the last that used them."""
        if surface in self._plugged:
            self._plugged.remove(surface)
        if all(other.app_token != surface.app_token for other in self._plugged):
            sockets = self._sockets.pop(surface.app_token, None)
            if sockets is not None:
                await sockets.close()

    def _app(self, body: Body, token: str) -> AsyncApp | None:
        found = self.surface_of(body, [s for s in self._plugged if s.app_token == token])
        if found is not None and found.app is None:
            raise Later
        return found.app if found is not None else None

    # HTTP

    def routes(self, surface: Plugged) -> list[web.RouteDef]:
        """The one address, of the first that has a signing secret."""
        signing = [s for s in self._plugged if s.secret]
        mine = bool(signing) and signing[0] is surface
        return [web.post(PATH, self._over_http)] if mine else []

    async def _over_http(self, request: web.Request) -> web.Response:
        bolt = await asyncio.to_thread(importlib.import_module, "bot.slack.bolt")
        secrets = {s.secret for s in self._plugged if s.secret}
        mine = [s for s in secrets if await bolt.signed(s, request)]
        body = _taken_apart((await request.read()).decode(errors="replace"))
        if mine and body.get("type") == "url_verification":
            # The address is asked for while the app is made, before there is a bot to connect.
            return web.json_response({"challenge": body.get("challenge")})
        if not any(s.app is not None for s in self._plugged):
            return _later()
        if not mine:
            return web.Response(status=401, text="This is not signed by Slack.")
        if body.get("type") == "app_rate_limited":
            log.warning("Slack holds events back: there were more than 30,000 within an hour")
            return web.Response(text="")
        found = self.surface_of(body, [s for s in self._plugged if s.secret in mine])
        if found is None:
            return web.Response(text="")
        if found.app is None:
            return _later()
        answer: web.Response = await bolt.over_http(found.app, request)
        return answer

    # whose it is

    def surface_of(self, body: Body, among: Sequence[Plugged]) -> Plugged | None:
        """The surface of the workspace (or of the whole organization) where something happened.

        Where only one is possible it takes everything, as long as nothing says another workspace;
        a workspace that shares a channel with ours is named beside ours, not instead of it.
        """
        bot = _bot(body)
        if found := next((s for s in among if bot and s.me and s.me.bot == bot), None):
            return found
        for team in teams_of(body):
            if found := next((s for s in among if s.me and s.me.team == team), None):
                return found
        for org in organizations_of(body):
            if found := next((s for s in among if s.me and s.me.spans(org)), None):
                return found
        if len(among) == 1:
            return among[0]
        connected = (s for s in among if s.app is not None)
        if (named := next(teams_of(body), "")) == "":
            return next(connected, None)
        if among and named not in self._strange:
            self._strange.add(named)
            log.warning("Slack brings something of %s, which is not among the settings", named)
        waiting = (s for s in among if s.app is None)
        return next(waiting, None) if among else None


def teams_of(body: Body) -> Iterator[str]:
    """The workspaces a payload names, the one whose installation it is for first."""
    view, team = body.get("view"), body.get("team")
    if isinstance(view, Mapping) and view.get("app_installed_team_id"):
        yield str(view["app_installed_team_id"])
    for each in _authorizations(body):
        if each.get("team_id"):
            yield str(each["team_id"])
    if body.get("team_id"):
        yield str(body["team_id"])
    if isinstance(team, Mapping) and team.get("id"):
        yield str(team["id"])
    elif isinstance(team, str) and team:
        yield team
    user = body.get("user")
    if isinstance(user, Mapping) and user.get("team_id"):
        yield str(user["team_id"])


def _bot(body: Body) -> str:
    """Whose message or view was pressed: a bot has another id in each workspace, and who presses in
    a shared channel may be of another one."""
    parts = (body.get(name) for name in ("message", "view"))
    found = (str(p.get("bot_id") or "") for p in parts if isinstance(p, Mapping))
    return next(filter(None, found), "")


def organizations_of(body: Body) -> Iterator[str]:
    """The organizations a payload names."""
    for each in _authorizations(body):
        if each.get("enterprise_id"):
            yield str(each["enterprise_id"])
    team, org = body.get("team"), body.get("enterprise")
    for found in (
        body.get("enterprise_id"),
        org.get("id") if isinstance(org, Mapping) else org,
        team.get("enterprise_id") if isinstance(team, Mapping) else None,
    ):
        if found:
            yield str(found)


def _authorizations(body: Body) -> Iterator[Body]:
    found = body.get("authorizations")
    for each in found if isinstance(found, list) else ():
        if isinstance(each, Mapping):
            yield each


def _taken_apart(text: str) -> Body:
    """A request's body as far as it must be known to bring it where it belongs."""
    try:
        if text.lstrip().startswith("{"):
            found = json.loads(text)
        else:
            form = {name: values[0] for name, values in parse_qs(text).items()}
            found = json.loads(form["payload"]) if "payload" in form else form
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": "5"}, text="Not connected yet.")
