"""response_url: five messages within 30 minutes to where a person pressed or typed."""

from __future__ import annotations

from typing import Any

from .methods.chat import content, put_message, remove, thread_root
from .methods.files import NotYet
from .methods.registry import Refused, Request
from .model import JSON, Channel, Edit, Message
from .payloads import message_event
from .text import live_tokens, mentions
from .workspace import Hook, Workspace

USES_MAX = 5
LIFETIME = 30 * 60

__all__ = ["answer_command", "use_hook"]


def use_hook(ws: Workspace, path: str, body: Any, base: str) -> tuple[int, str, list[JSON]]:
    """What a POST to a response_url does: HTTP status, body, and the events that follow."""
    hook = ws.hooks.get(path)
    if hook is None:
        return 404, "invalid_url", []
    if ws.clock() - hook.at > LIFETIME:
        ws.violate("a response_url was used after 30 minutes")
        return 404, "expired_url", []
    if hook.uses >= USES_MAX:
        ws.violate("a response_url was used more than 5 times")
        return 404, "used_url", []
    if not isinstance(body, dict):
        return 400, "invalid_payload", []
    hook.uses += 1
    request = Request(ws, "response_url", body, base)
    try:
        apply(request, hook)
    except Refused as refused:
        if not isinstance(refused, NotYet):
            ws.violate(f"response_url refused: {refused.error} {refused.extra.get('errors', '')}")
        return 400 if refused.error != "channel_not_found" else 404, refused.error, []
    return 200, "ok", request.events


def answer_command(ws: Workspace, channel: Channel, user: str, body: Any, base: str) -> list[JSON]:
    """The words an app put into the ack of a slash command."""
    request = Request(
        ws, "slash command answer", body if isinstance(body, dict) else {"text": str(body)}, base
    )
    try:
        post(request, channel, user)
    except Refused as refused:
        ws.violate(
            f"slash command answer refused: {refused.error} {refused.extra.get('errors', '')}"
        )
    return request.events


def apply(request: Request, hook: Hook) -> None:
    """Delete, replace or add."""
    ws, channel = request.workspace, request.workspace.channels[hook.channel]
    original = hook.message if hook.message and not hook.message.deleted else None
    if request.flag("delete_original"):
        if original:
            remove(ws, channel, original)
        return
    # A press in a message replaces it unless told otherwise only where response_type is not set.
    if request.flag("replace_original") and original:
        replace(request, original)
        return
    post(request, channel, hook.user)


def replace(request: Request, message: Message) -> None:
    """Change the message that was pressed."""
    ws = request.workspace
    text, blocks, attachments = content(request, 40_000)
    message.edits.append(Edit(ws.clock(), message.text, message.blocks, message.attachments))
    message.text = text
    message.blocks = ws.name_blocks(blocks)
    message.attachments = ws.name_attachments(attachments)
    message.live = live_tokens(text, message.blocks, message.attachments)
    ws.changed()


def post(request: Request, channel: Channel, user: str) -> None:
    """A new message: for that person alone unless ``response_type`` is in_channel."""
    ws = request.workspace
    text, blocks, attachments = content(request, 40_000)
    kind = request.args.get("response_type") or "ephemeral"
    if kind not in ("ephemeral", "in_channel"):
        raise Refused("invalid_response_type")
    message = put_message(
        ws,
        channel,
        ws.bot.id,
        text,
        blocks=blocks,
        attachments=attachments,
        thread_ts=thread_root(request, channel),
        ephemeral_to=user if kind == "ephemeral" else None,
    )
    if kind == "in_channel":
        message.mentions = mentions(text, blocks)
        request.events.append(message_event(ws, message))
