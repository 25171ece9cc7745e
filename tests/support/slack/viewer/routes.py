"""The viewer's HTTP: its page, the state of the screen as JSON, and what a person does there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..model import JSON, Channel, Message, Seen, User, View
from ..state import state_values

if TYPE_CHECKING:
    from ..server import FakeSlack

HERE = Path(__file__).parent
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}

__all__ = ["add_routes"]


def add_routes(app: web.Application, slack: FakeSlack) -> None:
    """Mount the viewer on the stand-in's server."""

    async def page(request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        path = HERE / name
        if path.parent != HERE or path.suffix not in TYPES or not path.exists():
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-store"}
        return web.Response(
            text=path.read_text("utf-8"), content_type=TYPES[path.suffix], headers=headers
        )

    async def state(request: web.Request) -> web.StreamResponse:
        return web.json_response(screen(slack, request.query.get("user", "")))

    async def news(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await stream.prepare(request)
        try:
            while True:
                await stream.write(f"data: {slack.workspace.version}\n\n".encode())
                try:
                    await asyncio.wait_for(slack.workspace.news.wait(), 15)
                except TimeoutError:
                    continue
        except (ConnectionError, asyncio.CancelledError):
            return stream

    async def act(request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.text())
        try:
            seen = await ACTIONS[request.match_info["what"]](slack, slack.user(body["user"]), body)
        except (LookupError, KeyError) as e:
            return web.json_response({"error": str(e)}, status=404)
        return web.json_response({"error": seen.error, "errors": seen.errors})

    async def suggest(request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.text())
        view = slack.workspace.views.get(body["view"])
        if view is None:
            return web.json_response({"options": []}, status=404)
        found = await slack.suggest(slack.user(body["user"]), view, body["block"], body["text"])
        return web.json_response({"options": found})

    app.router.add_get("/", page)
    app.router.add_post("/viewer/suggest", suggest)
    app.router.add_get("/viewer/state", state)
    app.router.add_get("/viewer/news", news)
    app.router.add_get("/viewer/{name}", page)
    app.router.add_post("/viewer/do/{what}", act)


def screen(slack: FakeSlack, who: str) -> JSON:
    """Everything one person sees, plus what the page needs to choose another person."""
    ws = slack.workspace
    people = [u for u in ws.users.values() if not u.is_bot]
    person = ws.users.get(who) or (people[0] if people else ws.bot)
    places = [c for c in ws.channels.values() if person.id in c.members]
    stack = ws.stacks.get(person.id, [])
    return {
        "version": ws.version,
        "now": ws.clock(),
        "team": ws.team_name,
        "bot": ws.bot.id,
        "me": {"id": person.id, "name": person.first_name, "tz": person.tz},
        "people": [
            {"id": u.id, "name": u.real_name, "first": u.first_name, "bot": u.is_bot}
            for u in ws.users.values()
        ],
        "names": dict(ws.names),
        "commands": list(ws.commands),
        "shortcuts": dict(ws.shortcuts),
        "channels": [place_json(c, person) for c in places],
        "modals": [view_part(v) for v in stack],
        "home": view_part(ws.homes[person.id]) if person.id in ws.homes else None,
        "violations": ws.violations[-20:],
        "connections": slack.connections,
        "http": slack.delivery.request_url,
    }


def place_json(channel: Channel, person: User) -> JSON:
    """One channel on a person's screen."""
    visible = [m for m in channel.messages if m.ephemeral_to in (None, person.id)]
    name = "PixelView" if channel.im_user else channel.name
    return {
        "id": channel.id,
        "name": name,
        "kind": channel.kind,
        "topic": channel.topic,
        "archived": channel.archived,
        "bookmarks": [{"title": b["title"], "link": b["link"]} for b in channel.bookmarks],
        "messages": [message_part(m) for m in visible],
    }


def message_part(message: Message) -> JSON:
    """One message on the screen."""
    return {
        "ts": message.ts,
        "user": message.user,
        "at": message.at,
        "text": message.text,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "thread": message.thread_ts,
        "ephemeral": message.ephemeral,
        "edited": len(message.edits),
        "broadcast": message.broadcast,
        "mentions": message.mentions,
        "reactions": message.reactions,
        "pinned": message.pinned,
    }


def view_part(view: View) -> JSON:
    """One form on the screen."""
    return {
        "id": view.id,
        "body": view.body,
        "values": state_values(view.blocks, view.typed),
        "errors": view.errors,
    }


def source(slack: FakeSlack, body: Any) -> Message | View:
    """What a press is aimed at."""
    if body.get("view"):
        return slack.workspace.views[body["view"]]
    message = slack.channel(body["channel"]).find(body["ts"])
    if message is None:
        raise LookupError("that message is gone")
    return message


async def do_press(slack: FakeSlack, user: User, body: Any) -> Seen:
    """A button."""
    return await slack.press(user, source(slack, body), body["action"])


async def do_choose(slack: FakeSlack, user: User, body: Any) -> Seen:
    """An entry of a menu."""
    return await slack.choose(user, source(slack, body), body["option"], body["action"])


async def do_command(slack: FakeSlack, user: User, body: Any) -> Seen:
    """A line typed into the box: a command or words."""
    if body["text"].startswith("/"):
        return await slack.command(user, body["channel"], body["text"])
    return await slack.say(user, body["channel"], body["text"], body.get("thread"))


async def do_submit(slack: FakeSlack, user: User, body: Any) -> Seen:
    """A form."""
    return await slack.submit(user, slack.workspace.views[body["view"]], body["values"])


async def do_close(slack: FakeSlack, user: User, body: Any) -> Seen:
    """The cross of a form."""
    return await slack.close(user, slack.workspace.views[body["view"]])


async def do_home(slack: FakeSlack, user: User, body: Any) -> Seen:
    """The Home tab."""
    return await slack.open_home(user)


async def do_shortcut(slack: FakeSlack, user: User, body: Any) -> Seen:
    """An entry of the ⚡ menu, or of a message's own."""
    message = source(slack, body) if body.get("ts") else None
    assert message is None or isinstance(message, Message)
    return await slack.use_shortcut(user, body["callback"], message)


ACTIONS: dict[str, Callable[[FakeSlack, User, Any], Awaitable[Seen]]] = {
    "press": do_press,
    "choose": do_choose,
    "type": do_command,
    "submit": do_submit,
    "close": do_close,
    "home": do_home,
    "shortcut": do_shortcut,
}
