"""The page for people at `/`: it shows what Discord would show, and what is pressed there is done
by the person chosen at the bottom left. It follows every change by itself."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.support.discord import access, messages, page, page_places, rest_messages
from tests.support.discord.command_line import (
    NoSuchCommand,
    command_help,
    complete_typed,
    parse_typed,
)
from tests.support.discord.interactions import Seen
from tests.support.discord.model import JSON, Channel, Message, User
from tests.support.discord.page_components import modal_html
from tests.support.discord.people import CannotDo

if TYPE_CHECKING:
    from tests.support.discord.fake import FakeDiscord

HERE = Path(__file__).parent
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
POLL = 25.0
# Only this page's own script and styles run; pictures may come from anywhere.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src * data:;"
POLICY += " connect-src 'self'; form-action 'none'; base-uri 'none'"


class Viewer:
    """Serves the page, its state and its actions."""

    def __init__(self, fake: FakeDiscord) -> None:
        self.fake = fake
        self.modals: dict[str, Seen] = {}
        self.stopped = False

    def add_to(self, app: web.Application) -> None:
        """Registers the routes."""
        app.router.add_get("/", self._asset("viewer.html"))
        app.router.add_get("/viewer.css", self._asset("viewer.css"))
        app.router.add_get("/viewer.js", self._asset("viewer.js"))
        app.router.add_get("/view", self._view)
        app.router.add_post("/act", self._act)
        app.router.add_get("/attachments/{channel}/{id}/{name}", self._attachment)

    def stop(self) -> None:
        """Ends the requests that wait for a change."""
        self.stopped = True
        self.fake.state.touch()

    def _asset(self, name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            kind = TYPES[name.rsplit(".", 1)[1]]
            text = (HERE / name).read_text(encoding="utf-8")
            headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
            return web.Response(text=text, content_type=kind, headers=headers)

        return serve

    async def _view(self, request: web.Request) -> web.Response:
        state = self.fake.state
        since = int(request.query.get("since", "-1"))
        if since >= state.rev and not self.stopped:
            await state.changed(POLL)
        me = self._person(request.query.get("as", ""))
        here = self._place(request.query.get("channel", ""), me)
        body: JSON = {"rev": state.rev, "now": state.clock(), "complaints": state.violations}
        body["people"] = [[str(u.id), u.name] for u in state.users.values() if not u.bot]
        body["connected"] = len(self.fake.sessions)
        if me is not None and here is not None:
            body |= {"me": str(me.id), "channel": str(here.id)}
            body["sidebar"] = page_places.sidebar(state, me, here)
            body["head"] = page_places.head(state, here)
            body["messages"] = page.messages(state, here, me)
            body["writes"] = access.writes(state, here, me)
            body["commands"] = command_help(state, here)
            rung = self.fake.notified(me)[-1:]
            body["push"] = [[str(m.id), self._where(m), m.push] for m in rung]
        return web.json_response(body)

    async def _act(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        asked = json.loads(await request.text())
        me = self._person(asked.get("as", ""))
        here = self._place(asked.get("channel", ""), me)
        if me is None or here is None:
            raise web.HTTPNotFound
        try:
            said = await self._do(me, here, asked)
        except (CannotDo, NoSuchCommand, KeyError) as no:
            said = {"error": str(no)}
        return web.json_response(said)

    async def _do(self, me: User, here: Channel, asked: JSON) -> JSON:
        fake, state, verb = self.fake, self.fake.state, asked["do"]
        if verb == "say":
            text = str(asked["text"])
            if text.startswith("/"):
                line, options = parse_typed(state, here, text)
                return self._told(await fake.command(me, here, line, options))
            await fake.say(me, here, text)
            return {}
        if verb == "complete":
            line, option, typed, others = complete_typed(state, here, str(asked["text"]))
            return {"choices": await fake.autocomplete(me, here, line, option, typed, **others)}
        if verb == "submit":
            modal = self.modals[asked["key"]]
            seen = await fake.submit(me, modal, self._values(asked["values"]))
            return self._told(seen)
        message = state.messages[int(asked["message"])]
        if verb == "menu":
            return self._told(await fake.menu(me, message, asked["id"]))
        if verb == "press":
            return self._told(await fake.press(me, message, asked["id"]))
        if verb == "choose":
            things = self._values({"": asked["values"]})[""]
            return self._told(await fake.choose(me, message, *things, select=asked["id"]))
        if verb == "react":
            there = me in message.reactions.get(asked["id"], [])
            change = rest_messages.drop_reaction if there else rest_messages.add_reaction
            change(state, message, asked["id"], me.id)
        if verb == "dismiss" and message.ephemeral_to is me:
            messages.delete(state, message)
        return {}

    def _told(self, seen: Seen) -> JSON:
        if seen.kind == "modal" and seen.modal is not None and seen.interaction is not None:
            key = seen.interaction.token
            self.modals[key] = seen
            return {"modal": modal_html(self.fake.state, seen.modal, key)}
        return {"error": seen.text} if seen.kind == "failed" else {}

    def _values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Ids of people, roles and channels, as selects send them, become those."""
        state = self.fake.state
        known: dict[str, Any] = {str(k): v for k, v in state.users.items()}
        known |= {str(k): v for k, v in state.channels.items()}
        return {
            name: [known.get(v, v) for v in value] if isinstance(value, list) else value
            for name, value in values.items()
        }

    def _where(self, message: Message) -> str:
        channel = message.channel
        name = message.author.name
        return name if channel.recipient else f"{name} (#{channel.name})"

    def _person(self, wanted: str) -> User | None:
        people = [u for u in self.fake.state.users.values() if not u.bot]
        named = [u for u in people if wanted.lower() in (str(u.id), u.name.lower())]
        return next(iter(named or people), None)

    def _place(self, wanted: str, me: User | None) -> Channel | None:
        state = self.fake.state
        found = [c for c in state.channels.values() if wanted in (str(c.id), c.name)]
        seen = [c for c in found if me is None or access.sees(state, c, me)]
        mine = [c for c in seen if c.recipient in (None, me)]
        if not mine and me is not None and wanted == "dm":
            return state.dm_with(me)
        return next(iter(mine or self.fake.channels), None)

    async def _attachment(self, request: web.Request) -> web.Response:
        for message in self.fake.state.messages.values():
            for file in message.attachments:
                if str(file.id) == request.match_info["id"]:
                    return web.Response(body=file.data, content_type=file.content_type)
        raise web.HTTPNotFound
