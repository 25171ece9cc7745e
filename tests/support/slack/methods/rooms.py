"""Channels an app makes: conversations.create to archive, bookmarks.*, users.conversations."""

from __future__ import annotations

import re

from ..model import JSON, Channel
from ..payloads import channel_json
from ..workspace import Workspace
from .registry import Refused, Request, method

NAME, TOPIC, INVITED, BOOKMARKS = 80, 250, 100, 100
MANAGE = {"channel": "channels:manage", "group": "groups:write"}
READ = {"public_channel": "channels:read", "private_channel": "groups:read"}

__all__: list[str] = []


def managed(request: Request) -> Channel:
    """A living channel the bot is in and may change."""
    channel = request.channel()
    if channel.im_user:
        raise Refused("method_not_supported_for_channel_type")
    request.scope(MANAGE[channel.kind])
    if not request.workspace.is_member(channel):
        raise Refused("not_in_channel")
    if channel.archived:
        raise Refused("is_archived")
    return channel


def checked_name(ws: Workspace, name: str) -> str:
    """A channel's name, refused as Slack would; an archived channel keeps its own."""
    if not name:
        raise Refused("invalid_name_required")
    if len(name) > NAME:
        raise Refused("invalid_name_maxlength")
    if name != name.lower() or re.search(r"[^\w-]", name):
        raise Refused("invalid_name_specials")
    if not re.search(r"\w", name.replace("_", "")):
        raise Refused("invalid_name_punctuation")
    if any(c.name == name and not c.im_user for c in ws.channels.values()):
        raise Refused("name_taken")
    return name


@method("conversations.create")
def create(request: Request) -> JSON:
    """A new channel with the bot alone in it."""
    ws, private = request.workspace, request.flag("is_private")
    request.scope(MANAGE["group" if private else "channel"])
    if not ws.channels_open:
        raise Refused("restricted_action")
    name = checked_name(ws, str(request.args.get("name") or ""))
    channel = ws.add_channel(name, private)
    channel.members, channel.creator = {ws.bot.id}, ws.bot.id
    return {"ok": True, "channel": channel_json(ws, channel)}


def unwelcome(ws: Workspace, channel: Channel, name: str) -> str | None:
    """Why somebody can't be taken in."""
    user = ws.users.get(name)
    if user is None or user.deleted:
        return "user_not_found"
    if name == ws.bot.id:
        return "cant_invite_self"
    if user.team_id and user.team_id != ws.team_id:
        return "cant_invite"
    return "already_in_channel" if name in channel.members else None


@method("conversations.invite")
def invite(request: Request) -> JSON:
    """Several people at once: without ``force`` one who can't come keeps all of them out."""
    ws, channel = request.workspace, managed(request)
    names = [n for n in str(request.args.get("users") or "").split(",") if n]
    if not names:
        raise Refused("no_user")
    if len(names) > INVITED:
        raise Refused("invalid_arguments")
    why = {n: unwelcome(ws, channel, n) for n in names}
    wrong = [{"user": n, "ok": False, "error": e} for n, e in why.items() if e]
    welcome = {n for n, e in why.items() if e is None}
    if wrong and not (request.flag("force") and welcome):
        raise Refused(str(wrong[0]["error"]), errors=wrong)
    channel.members |= welcome
    ws.changed()
    answer = {"ok": True, "channel": channel_json(ws, channel)}
    return answer | ({"errors": wrong} if wrong else {})


@method("conversations.setTopic")
def set_topic(request: Request) -> JSON:
    """The line above a channel; plain words."""
    channel, topic = managed(request), str(request.args.get("topic") or "")
    if len(topic) > TOPIC:
        raise Refused("too_long")
    channel.topic = topic
    request.workspace.changed()
    return {"ok": True, "channel": channel_json(request.workspace, channel)}


@method("conversations.archive")
def archive(request: Request) -> JSON:
    """Nobody writes there any more."""
    channel = request.channel()
    if channel.archived:
        raise Refused("already_archived")
    managed(request).archived = True
    request.workspace.changed()
    return {"ok": True}


@method("users.conversations")
def users_conversations(request: Request) -> JSON:
    """The channels the bot itself is in, in pages."""
    ws = request.workspace
    kinds = str(request.args.get("types") or "public_channel").split(",")
    for kind in kinds:
        if kind not in READ:
            raise Refused("invalid_types")
        request.scope(READ[kind])
    wanted = {"public_channel": "channel", "private_channel": "group"}
    found = [
        c
        for c in ws.channels.values()
        if ws.is_member(c) and c.kind in {wanted[k] for k in kinds}
        if not (c.archived and request.flag("exclude_archived"))
    ]
    rows, more = request.page(found)
    channels = [channel_json(ws, c) for c in rows]
    return {"ok": True, "channels": channels, "response_metadata": more}


def bookmarked(request: Request) -> Channel:
    """The channel a bookmark is in: its argument has a name of its own."""
    channel = request.channel("channel_id")
    if not request.workspace.is_member(channel):
        raise Refused("permission_denied")
    return channel


@method("bookmarks.list")
def bookmarks_list(request: Request) -> JSON:
    """What stands at the top of a channel."""
    request.scope("bookmarks:read")
    return {"ok": True, "bookmarks": list(bookmarked(request).bookmarks)}


@method("bookmarks.add")
def bookmarks_add(request: Request) -> JSON:
    """A link at the top of a channel; the same one twice stands there twice."""
    request.scope("bookmarks:write")
    channel, title = bookmarked(request), str(request.need("title"))
    if request.need("type") != "link":
        raise Refused("invalid_bookmark_type")
    link = str(request.args.get("link") or "")
    if not re.match(r"https?://\S+$", link):
        raise Refused("invalid_link")
    if channel.archived:
        raise Refused("is_archived")
    if len(channel.bookmarks) >= BOOKMARKS:
        raise Refused("too_many_bookmarks")
    if any(b["link"] == link for b in channel.bookmarks):
        request.workspace.violate(f"bookmarks.add: {link} stands there already")
    made: JSON = {
        "id": request.workspace.ids.next("Bk"), "channel_id": channel.id, "title": title,
        "link": link, "type": "link", "emoji": None, "entity_id": None, "app_id": None,
    }  # fmt: skip
    channel.bookmarks.append(made)
    request.workspace.changed()
    return {"ok": True, "bookmark": made}
