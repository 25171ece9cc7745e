"""chat.*, reactions.add and pins.add: posting, editing and deleting, with Slack's refusals."""

from __future__ import annotations

import re
from typing import Any

from ..checks import Problems, check_attachments, check_blocks, check_metadata
from ..model import JSON, Channel, Edit, Message
from ..payloads import changed_event, deleted_event, message_event, message_json
from ..text import links, live_tokens, malformed_dates, mentions
from ..workspace import Workspace
from .files import check_files
from .registry import Refused, Request, method, problems_of

POST_TEXT_MAX = 40_000
UPDATE_TEXT_MAX = 4_000
TS = re.compile(r"\d{9,11}\.\d{6}")

__all__ = ["content", "put_message", "remove"]


def content(request: Request, most_text: int) -> tuple[str, list[JSON], list[JSON]]:
    """Text, blocks and attachments of a call, refused as Slack would where they break a limit."""
    args = request.args
    text, blocks, attachments = (
        args.get("text") or "",
        args.get("blocks") or [],
        args.get("attachments") or [],
    )
    if not isinstance(text, str):
        raise Refused("invalid_arguments")
    if isinstance(attachments, list) and len(attachments) > 100:
        raise Refused("too_many_attachments")
    problems = Problems()
    check_blocks(blocks, "/blocks", problems, most=50)
    if problems.found:
        raise problems_of("invalid_blocks", problems)
    check_files(request, blocks)
    check_attachments(attachments, problems)
    if problems.found:
        raise problems_of("invalid_attachments", problems)
    if not text.strip() and not blocks and not attachments:
        raise Refused("no_text")
    if len(text) > most_text and most_text == UPDATE_TEXT_MAX:
        raise Refused("msg_too_long")
    ws = request.workspace
    for mark in malformed_dates(text, [blocks, attachments]):
        ws.violate(f"{request.method}: {mark} is not a date a client can show")
    if (blocks or attachments) and not text and request.method != "chat.update":
        ws.violate(
            f"{request.method}: blocks without text leave notifications and screen readers empty"
        )
    return text[:most_text], blocks, attachments


def metadata(request: Request) -> JSON | None:
    """Message metadata, if any."""
    given: Any = request.args.get("metadata")
    if given is None:
        return None
    if not check_metadata(given):
        raise Refused("invalid_metadata_format")
    checked: JSON = given
    return checked


def unfurls(request: Request, text: str, blocks: list[JSON], attachments: list[JSON]) -> None:
    """A link that may unfurl is a mistake: previews add noise, and fetching a link may act."""
    if not links(text, blocks, attachments):
        return
    left_on = [n for n in ("unfurl_links", "unfurl_media") if request.flag(n, default=True)]
    if left_on:
        request.workspace.violate(f"{request.method} with a link leaves {' and '.join(left_on)} on")


def target(request: Request) -> Channel:
    """Where a post goes: a channel id, a #name, or a person (their direct messages)."""
    ws, name = request.workspace, str(request.need("channel"))
    if name in ws.users and not ws.users[name].is_bot:
        return ws.dm(name)
    if name.startswith("#"):
        request.args["channel"] = next(
            (c.id for c in ws.channels.values() if c.name == name[1:]), name
        )
    return request.channel()


def may_post(request: Request, channel: Channel) -> None:
    """The bot has to be in the channel, and the channel alive."""
    if channel.archived:
        raise Refused("is_archived")
    if (
        not request.workspace.is_member(channel)
        and "chat:write.public" not in request.workspace.scopes
    ):
        raise Refused("not_in_channel")


def thread_root(request: Request, channel: Channel) -> str | None:
    """The parent a reply goes to."""
    ts = request.args.get("thread_ts")
    if ts in (None, ""):
        return None
    if not isinstance(ts, str) or not TS.fullmatch(ts):
        raise Refused("invalid_thread_ts")
    parent = channel.find(ts)
    if parent is None or parent.ephemeral:
        raise Refused("thread_not_found")
    if parent.thread_ts and parent.thread_ts != parent.ts:
        request.workspace.violate(f"{request.method}: thread_ts {ts} is a reply, not its parent")
        return parent.thread_ts
    parent.thread_ts = parent.ts
    return ts


def put_message(ws: Workspace, channel: Channel, user: str, text: str, **more: Any) -> Message:
    """Store a new message."""
    ts = ws.next_ts()
    message = Message(channel.id, ts, user, text, ws.clock(), ws.seq, names=ws.names, **more)
    message.blocks = ws.name_blocks(message.blocks)
    message.attachments = ws.name_attachments(message.attachments)
    message.seq = ws.seq
    message.live = live_tokens(text, message.blocks, message.attachments)
    channel.messages.append(message)
    ws.changed()
    return message


@method("chat.postMessage", "chat:write")
def post_message(request: Request) -> JSON:
    """Post to a channel, a thread or a person."""
    ws, channel = request.workspace, target(request)
    may_post(request, channel)
    text, blocks, attachments = content(request, POST_TEXT_MAX)
    root, extra = thread_root(request, channel), metadata(request)
    unfurls(request, text, blocks, attachments)
    message = put_message(
        ws,
        channel,
        ws.bot.id,
        text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=root,
        metadata=extra,
        broadcast=request.flag("reply_broadcast"),
    )
    parse = "full" if request.flag("link_names") else str(request.args.get("parse") or "none")
    message.mentions = mentions(text, blocks, parse)
    message.live = list(dict.fromkeys(message.live + message.mentions))
    request.events.append(message_event(ws, message))
    answer = {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "message": message_json(ws, message),
    }
    if len(str(request.args.get("text") or "")) > POST_TEXT_MAX:
        answer |= {
            "warning": "message_truncated",
            "response_metadata": {"warnings": ["message_truncated"]},
        }
        ws.violate("chat.postMessage: text over 40,000 characters was cut")
    return answer


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(request: Request) -> JSON:
    """Show something to one person in a channel until they reload."""
    ws, channel, user = request.workspace, target(request), request.user()
    if not ws.is_member(channel):
        raise Refused("not_in_channel")
    if user.id not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks, attachments = content(request, POST_TEXT_MAX)
    message = put_message(
        ws,
        channel,
        ws.bot.id,
        text,
        blocks=blocks,
        attachments=attachments,
        ephemeral_to=user.id,
        thread_ts=thread_root(request, channel),
    )
    return {"ok": True, "message_ts": message.ts}


def own_message(request: Request, refusal: str) -> tuple[Channel, Message]:
    """The message an edit or deletion means; only the bot's own, never an ephemeral one."""
    channel, ts = request.channel(), str(request.need("ts"))
    message = channel.find(ts)
    if message is None or message.ephemeral:
        raise Refused("message_not_found")
    if not message.from_bot:
        raise Refused(refusal)
    return channel, message


@method("chat.update", "chat:write")
def update(request: Request) -> JSON:
    """Edit a message of the bot's in place. Edits notify nobody.

    Blocks left out go when text is given; attachments left out stay.
    """
    ws = request.workspace
    channel, message = own_message(request, "cant_update_message")
    if channel.archived:
        raise Refused("is_inactive")
    text, blocks, attachments = content(request, UPDATE_TEXT_MAX)
    extra = metadata(request)
    before = message_json(ws, message)
    message.edits.append(Edit(ws.clock(), message.text, message.blocks, message.attachments))
    if "blocks" in request.args or text:
        message.blocks = ws.name_blocks(blocks)
    if "attachments" in request.args:
        message.attachments = ws.name_attachments(attachments)
    if "text" in request.args:
        message.text = text
    message.metadata = extra or message.metadata
    message.live = live_tokens(message.text, message.blocks, message.attachments)
    ws.changed()
    body = message_json(ws, message)
    request.events.append(changed_event(ws, message, before))
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": body,
    }


@method("chat.delete", "chat:write")
def delete(request: Request) -> JSON:
    """Take back a message of the bot's."""
    channel, message = own_message(request, "cant_delete_message")
    request.events.append(deleted_event(request.workspace, message))
    remove(request.workspace, channel, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def remove(ws: Workspace, channel: Channel, message: Message) -> None:
    """Take a message out of a channel."""
    message.deleted = True
    channel.messages.remove(message)
    channel.deleted.append(message)
    ws.changed()


@method("chat.getPermalink")
def permalink(request: Request) -> JSON:
    """The link people can share."""
    channel, ts = request.channel(), str(request.need("message_ts"))
    message = channel.find(ts)
    if message is None or message.ephemeral:
        raise Refused("message_not_found")
    home = f"https://{request.workspace.team_domain}.slack.com"
    link = f"{home}/archives/{channel.id}/p{ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"ok": True, "channel": channel.id, "permalink": link}


def stamped(request: Request) -> Message:
    """The message a reaction or pin is for."""
    message = request.channel().find(str(request.args.get("timestamp") or ""))
    if message is None or message.ephemeral:
        raise Refused("message_not_found")
    return message


@method("reactions.add", "reactions:write")
def react(request: Request) -> JSON:
    """Put an emoji under a message."""
    message, name = stamped(request), str(request.need("name"))
    if name in message.reactions:
        raise Refused("already_reacted")
    message.reactions.append(name)
    request.workspace.changed()
    return {"ok": True}


@method("pins.add")
def pin(request: Request) -> JSON:
    """Pin a message to its channel."""
    request.scope("pins:write")
    if not request.args.get("timestamp"):
        raise Refused("no_item_specified")
    if not request.workspace.is_member(request.channel()):
        raise Refused("not_in_channel")
    message = stamped(request)
    if message.pinned:
        raise Refused("already_pinned")
    message.pinned = True
    request.workspace.changed()
    return {"ok": True}
