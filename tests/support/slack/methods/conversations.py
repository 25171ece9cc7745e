"""conversations.*: finding channels, opening direct messages, reading threads."""

from __future__ import annotations

from ..model import JSON, Channel, Message
from ..payloads import channel_json, message_json
from .registry import Refused, Request, method

READ = {"channel": "channels:read", "group": "groups:read", "im": "im:read"}
HISTORY = {"channel": "channels:history", "group": "groups:history", "im": "im:history"}
TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}

__all__ = ["HISTORY", "wanted_channels"]


def wanted_channels(request: Request) -> list[Channel]:
    """The channels of the asked types that the bot may know of."""
    ws = request.workspace
    names = str(request.args.get("types") or "public_channel").split(",")
    kinds = []
    for name in names:
        kind = TYPES.get(name.strip())
        if kind is None:
            raise Refused("invalid_types")
        request.scope(READ.get(kind, "mpim:read"))
        kinds.append(kind)
    found = [
        c for c in ws.channels.values() if c.kind in kinds and (not c.private or ws.is_member(c))
    ]
    return [c for c in found if not (c.archived and request.flag("exclude_archived"))]


@method("conversations.list")
def conversations_list(request: Request) -> JSON:
    """Channels, in pages."""
    rows, more = request.page(wanted_channels(request))
    return {
        "ok": True,
        "channels": [channel_json(request.workspace, c) for c in rows],
        "response_metadata": more,
    }


@method("conversations.info")
def conversations_info(request: Request) -> JSON:
    """One channel."""
    channel = request.channel()
    request.scope(READ[channel.kind])
    return {"ok": True, "channel": channel_json(request.workspace, channel)}


@method("conversations.members")
def conversations_members(request: Request) -> JSON:
    """Who is in a channel, in pages."""
    channel = request.channel()
    request.scope(READ[channel.kind])
    rows, more = request.page(sorted(channel.members))
    return {"ok": True, "members": rows, "response_metadata": more}


@method("conversations.open", "im:write")
def conversations_open(request: Request) -> JSON:
    """Direct messages with one person."""
    ws = request.workspace
    names = str(request.args.get("users") or "").split(",")
    if len(names) != 1:
        raise Refused("method_not_supported_for_channel_type")
    user = ws.users.get(names[0])
    if user is None or user.is_bot:
        raise Refused("user_not_found" if names[0] else "users_list_not_supplied")
    if user.deleted:
        raise Refused("user_disabled")
    known = any(c.im_user == user.id for c in ws.channels.values())
    channel: JSON = {"id": ws.dm(user).id}
    if request.flag("return_im"):
        channel = channel_json(ws, ws.dm(user))
    answer = {"ok": True, "channel": channel}
    return answer | ({"no_op": True, "already_open": True} if known else {})


@method("conversations.join", "channels:join")
def conversations_join(request: Request) -> JSON:
    """The bot walks into a public channel."""
    ws, channel = request.workspace, request.channel()
    if channel.private:
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    channel.members.add(ws.bot.id)
    ws.changed()
    return {"ok": True, "channel": channel_json(ws, channel)}


def readable(request: Request) -> Channel:
    """A channel whose messages the bot may read."""
    channel = request.channel()
    request.scope(HISTORY[channel.kind])
    if not request.workspace.is_member(channel):
        raise Refused("not_in_channel")
    return channel


def with_metadata(request: Request, messages: list[Message]) -> list[JSON]:
    """Messages; their metadata only where asked for."""
    found = []
    for message in messages:
        body = message_json(request.workspace, message)
        if message.metadata and request.flag("include_all_metadata"):
            body["metadata"] = message.metadata
        found.append(body)
    return found


@method("conversations.history")
def conversations_history(request: Request) -> JSON:
    """The newest messages of a channel first; replies are not among them."""
    channel = readable(request)
    oldest, latest = (
        str(request.args.get("oldest") or "0"),
        str(request.args.get("latest") or "9999999999"),
    )
    found = [m for m in channel.top() if float(oldest) <= float(m.ts) <= float(latest)]
    rows, more = request.page(found[::-1])
    return {
        "ok": True,
        "messages": with_metadata(request, rows),
        "has_more": bool(more["next_cursor"]),
        "pin_count": sum(m.pinned for m in channel.messages),
        "response_metadata": more,
    }


@method("conversations.replies")
def conversations_replies(request: Request) -> JSON:
    """A thread: its parent, then the replies, oldest first."""
    channel, ts = readable(request), str(request.need("ts"))
    parent = channel.find(ts)
    if parent is None or parent.ephemeral:
        raise Refused("thread_not_found")
    rows, more = request.page([parent, *channel.thread(ts)])
    return {
        "ok": True,
        "messages": with_metadata(request, rows),
        "has_more": bool(more["next_cursor"]),
        "response_metadata": more,
    }
