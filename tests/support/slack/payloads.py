"""What Slack sends to an app and answers to it, in exactly Slack's own shapes."""

from __future__ import annotations

from .model import JSON, Channel, Message, User, View
from .state import state_values
from .workspace import Workspace

__all__ = [
    "action_body",
    "changed_event",
    "channel_json",
    "command_form",
    "deleted_event",
    "envelope_event",
    "message_event",
    "message_json",
    "shortcut_body",
    "suggestion_body",
    "user_json",
    "user_part",
    "view_json",
    "view_state",
]


def user_part(ws: Workspace, user: User) -> JSON:
    """The person in an interaction payload."""
    team = user.team_id or ws.team_id
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": team}


def common(ws: Workspace, user: User, kind: str) -> JSON:
    """What every interaction payload starts with."""
    return {
        "type": kind,
        "user": user_part(ws, user),
        "api_app_id": ws.app_id,
        "token": "verification-token",
        "team": {"id": ws.team_id, "domain": ws.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_json(ws: Workspace, message: Message) -> JSON:
    """A message as the API and payloads give it."""
    body: JSON = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": ws.team_id,
    }
    if message.from_bot:
        body |= {"bot_id": ws.bot_id, "app_id": ws.app_id}
    if message.blocks:
        body["blocks"] = message.blocks
    if message.attachments:
        body["attachments"] = message.attachments
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
        if message.thread_ts != message.ts:
            parent = ws.channels[message.channel].find(message.thread_ts)
            body["parent_user_id"] = parent.user if parent else message.user
    if message.edits:
        body["edited"] = {"user": message.user, "ts": f"{int(message.edits[-1].at)}.000000"}
    if message.files:
        body["files"] = message.files
    if message.reactions:
        body["reactions"] = [
            {"name": n, "users": [message.user], "count": 1} for n in message.reactions
        ]
    return body


def action_body(
    ws: Workspace,
    user: User,
    source: Message | View,
    action: JSON,
    attachment_id: int | None,
    base: str,
) -> JSON:
    """A block_actions payload for a press in a message or a view."""
    at = source if isinstance(source, View) else None
    body = common(ws, user, "block_actions") | {
        "trigger_id": ws.new_trigger(user.id, at.id if at else None)
    }
    if isinstance(source, View):
        body |= {"container": {"type": "view", "view_id": source.id}, "view": view_json(ws, source)}
        values = state_values(source.blocks, source.typed)
    else:
        body |= message_part(ws, user, source, attachment_id, base)
        values = state_values(source.all_blocks, source.state)
    return body | {"state": {"values": values}, "actions": [action]}


def message_part(
    ws: Workspace, user: User, message: Message, attachment_id: int | None, base: str
) -> JSON:
    """Where in which message a press happened; Slack leaves an ephemeral message itself out."""
    channel = ws.channels[message.channel]
    container: JSON = {
        "type": "message_attachment" if attachment_id else "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral,
    }
    if attachment_id:
        container |= {"attachment_id": attachment_id, "is_app_unfurl": False}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    hook = ws.new_hook(channel.id, user.id, message)
    name = (
        "directmessage" if channel.im_user else "privategroup" if channel.private else channel.name
    )
    part: JSON = {"container": container, "channel": {"id": channel.id, "name": name}}
    part["response_url"] = f"{base}/hooks/actions/{hook}"
    if not message.ephemeral:
        part["message"] = message_json(ws, message)
    return part


def shortcut_body(
    ws: Workspace, user: User, callback: str, message: Message | None, base: str
) -> JSON:
    """A global shortcut, or one on a message."""
    common_ = common(ws, user, "message_action" if message else "shortcut")
    body = common_ | {
        "callback_id": callback,
        "trigger_id": ws.new_trigger(user.id),
        "action_ts": f"{ws.clock():.6f}",
    }
    if message is None:
        return body
    channel = ws.channels[message.channel]
    kind = "privategroup" if channel.private else channel.name
    return body | {
        "channel": {"id": channel.id, "name": "directmessage" if channel.im_user else kind},
        "message": message_json(ws, message),
        "message_ts": message.ts,
        "response_url": f"{base}/hooks/app/{ws.new_hook(channel.id, user.id, None)}",
    }


def view_json(ws: Workspace, view: View) -> JSON:
    """A view as the API and payloads give it."""
    body = view.body
    return {
        "id": view.id,
        "team_id": ws.team_id,
        "type": body["type"],
        "blocks": view.blocks,
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": state_values(view.blocks, view.typed)},
        "hash": view.hash,
        "title": body.get("title"),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": ws.app_id,
        "external_id": body.get("external_id", ""),
        "app_installed_team_id": ws.team_id,
        "bot_id": ws.bot_id,
    }


def view_state(ws: Workspace, user: User, view: View, kind: str) -> JSON:
    """A view_submission or view_closed payload."""
    body = common(ws, user, kind) | {"view": view_json(ws, view)}
    if kind == "view_submission":
        return body | {"trigger_id": ws.new_trigger(user.id, view.id), "response_urls": []}
    return body | {"is_cleared": False}


def suggestion_body(ws: Workspace, user: User, view: View, block: JSON, text: str) -> JSON:
    """A block_suggestion payload: somebody types into a menu."""
    return common(ws, user, "block_suggestion") | {
        "action_id": block["element"]["action_id"],
        "block_id": block["block_id"],
        "value": text,
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(ws, view),
    }


def command_form(
    ws: Workspace, user: User, channel: Channel, command: str, text: str, base: str
) -> dict[str, str]:
    """The form of a slash command."""
    name = (
        "directmessage" if channel.im_user else "privategroup" if channel.private else channel.name
    )
    return {
        "token": "verification-token",
        "team_id": ws.team_id,
        "team_domain": ws.team_domain,
        "channel_id": channel.id,
        "channel_name": name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": ws.app_id,
        "is_enterprise_install": "false",
        "response_url": f"{base}/hooks/commands/{ws.new_hook(channel.id, user.id, None)}",
        "trigger_id": ws.new_trigger(user.id),
    }


def message_event(ws: Workspace, message: Message, kind: str = "message") -> JSON:
    """The inner event for a new message."""
    channel = ws.channels[message.channel]
    event = message_json(ws, message) | {
        "type": kind,
        "channel": channel.id,
        "event_ts": message.ts,
    }
    if kind == "message":
        event["channel_type"] = channel.kind
    return event


def changed_event(ws: Workspace, message: Message, before: JSON) -> JSON:
    """The inner event for a message that reads otherwise now."""
    channel, now = ws.channels[message.channel], f"{ws.clock():.6f}"
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "message": message_json(ws, message),
        "previous_message": before,
        "ts": now,
        "event_ts": now,
    }


def deleted_event(ws: Workspace, message: Message) -> JSON:
    """The inner event for a message that is gone."""
    channel, now = ws.channels[message.channel], f"{ws.clock():.6f}"
    return {
        "type": "message",
        "subtype": "message_deleted",
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "deleted_ts": message.ts,
        "previous_message": message_json(ws, message),
        "ts": now,
        "event_ts": now,
    }


def envelope_event(ws: Workspace, event: JSON) -> JSON:
    """An event in the wrapping of the Events API."""
    return {
        "token": "verification-token",
        "team_id": ws.team_id,
        "api_app_id": ws.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": ws.ids.next("Ev"),
        "event_time": int(ws.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": ws.team_id,
                "user_id": ws.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-stand-in",
    }


def user_json(ws: Workspace, user: User) -> JSON:
    """A person as users.info gives them; the e-mail only with its scope."""
    profile: JSON = {
        "real_name": user.real_name,
        "display_name": user.first_name,
        "real_name_normalized": user.real_name,
        "image_48": "https://example.eu/avatar.png",
        "team": ws.team_id,
        "huddle_state": "in_a_huddle" if user.huddle else "default_unset",
    }
    confirmed: JSON = {}
    if user.email and "users:read.email" in ws.scopes:
        profile["email"] = user.email
        confirmed = {"is_email_confirmed": user.email_confirmed}
    if user.team_id:
        confirmed |= {"is_stranger": False}
    return confirmed | {
        "id": user.id,
        "team_id": user.team_id or ws.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": bool(user.guest),
        "is_ultra_restricted": user.guest == "single",
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1,
    }


def channel_json(ws: Workspace, channel: Channel) -> JSON:
    """A conversation as conversations.info gives it."""
    if channel.im_user:
        return {
            "id": channel.id,
            "created": int(channel.created),
            "is_im": True,
            "user": channel.im_user,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": int(channel.created),
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.private,
        "is_archived": channel.archived,
        "is_general": False,
        "creator": channel.creator,
        "is_member": ws.is_member(channel),
        "num_members": len(channel.members),
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
