"""The nouns as Discord's JSON, complete enough for discord.py to parse without a default."""

from __future__ import annotations

from typing import Any

from tests.support.discord.model import (
    COMPONENTS_V2,
    DM,
    HAS_THREAD,
    JSON,
    Attachment,
    Channel,
    Guild,
    Message,
    Role,
    User,
    iso,
)
from tests.support.discord.state import State

ALL_PERMISSIONS = str((1 << 53) - 1)
MEMBER_PERMISSIONS = "2248473465835073"


def user_json(user: User) -> JSON:
    """A user object."""
    return {
        "id": str(user.id), "username": user.username, "global_name": user.name,
        "discriminator": "0", "avatar": None, "bot": user.bot, "public_flags": 0,
        "avatar_decoration_data": None, "primary_guild": None, "collectibles": None,
    }  # fmt: skip


def member_json(user: User, *, permissions: bool = False, bare: bool = False) -> JSON:
    """A guild member object; `bare` leaves out the user (message events do)."""
    member: JSON = {
        "nick": None, "avatar": None, "banner": None, "roles": [str(r) for r in user.roles],
        "joined_at": "2026-01-01T00:00:00.000000+00:00", "premium_since": None, "deaf": False,
        "mute": False, "flags": 0, "pending": False, "communication_disabled_until": None,
    }  # fmt: skip
    if not bare:
        member["user"] = user_json(user)
    if permissions:
        member["permissions"] = MEMBER_PERMISSIONS
    return member


def role_json(role: Role) -> JSON:
    """A role object."""
    return {
        "id": str(role.id), "name": role.name, "color": role.color, "hoist": False,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "icon": None, "unicode_emoji": None, "position": role.position, "managed": False,
        "permissions": str(role.permissions), "mentionable": role.mentionable, "flags": 0,
    }  # fmt: skip


def channel_json(state: State, channel: Channel) -> JSON:
    """A channel, thread or DM channel object."""
    last = channel.public[-1].id if channel.public else None
    body: JSON = {
        "id": str(channel.id), "type": channel.type, "flags": 0,
        "last_message_id": str(last) if last else None,
    }  # fmt: skip
    if channel.type == DM:
        body["recipients"] = [user_json(channel.recipient)] if channel.recipient else []
        return body
    body |= {
        "guild_id": str(channel.guild_id), "name": channel.name, "nsfw": False,
        "parent_id": str(channel.parent.id) if channel.parent else None,
        "rate_limit_per_user": 0, "last_pin_timestamp": None,
    }  # fmt: skip
    if not channel.is_thread:
        overwrites = channel.overwrites
        more = {"topic": channel.topic, "position": channel.position}
        return body | more | {"permission_overwrites": overwrites}
    said = [m for m in channel.public if m.type == 0]
    return body | {
        "owner_id": str(channel.owner_id), "message_count": len(said),
        "total_message_sent": len(said), "member_count": len(channel.member_ids),
        "thread_metadata": {
            "archived": state.archived(channel), "locked": channel.locked,
            "auto_archive_duration": channel.auto_archive, "invitable": True,
            "archive_timestamp": iso(channel.archive_at),
            "create_timestamp": iso(channel.created_at),
        },
        "member": thread_member_json(state, channel, state.bot.id),
    }  # fmt: skip


def thread_member_json(state: State, thread: Channel, user_id: int) -> JSON:
    """A thread member object."""
    joined = iso(thread.created_at)
    body = {"id": str(thread.id), "user_id": str(user_id), "flags": 0}
    return body | {"join_timestamp": joined}


def attachment_json(state: State, message: Message, attachment: Attachment) -> JSON:
    """An attachment object with an address on this stand-in."""
    where = f"{message.channel.id}/{attachment.id}/{attachment.filename}"
    url = f"{state.base}/attachments/{where}"
    return {
        "id": str(attachment.id), "filename": attachment.filename, "size": len(attachment.data),
        "url": url, "proxy_url": url, "content_type": attachment.content_type,
        "description": attachment.description,
    }  # fmt: skip


def message_json(state: State, message: Message, *, content: bool = True) -> JSON:
    """A message object; without `content` it is what a bot without MESSAGE_CONTENT gets."""
    thread = message.thread
    flags = message.flags | (HAS_THREAD if thread else 0)
    attachments = [attachment_json(state, message, a) for a in message.attachments]
    body: JSON = {
        "id": str(message.id), "channel_id": str(message.channel.id), "type": message.type,
        "author": user_json(message.author), "content": message.content if content else "",
        "timestamp": iso(message.created_at), "tts": False, "pinned": message.pinned,
        "edited_timestamp": iso(message.edited_at) if message.edited_at is not None else None,
        "mentions": [user_json(u) for u in message.highlights],
        "mention_roles": [str(r) for r in message.mention_roles],
        "mention_everyone": message.mention_everyone, "flags": flags,
        "embeds": [{"type": "rich"} | e for e in message.embeds] if content else [],
        "components": [component_json(state, message, c) for c in message.components]
        if content else [],
        "attachments": attachments if content else [],
    }  # fmt: skip
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.from_application:
        body["application_id"] = str(state.application_id)
    if message.webhook_id:
        body["webhook_id"] = str(message.webhook_id)
    if message.interaction:
        body["interaction_metadata"] = message.interaction
    if message.reference:
        body["message_reference"] = message.reference
    if thread:
        body["thread"] = channel_json(state, thread)
    if message.reactions:
        body["reactions"] = [_reaction(state, e, u) for e, u in message.reactions.items()]
    return body


def component_json(state: State, message: Message, component: JSON) -> JSON:
    """A component as it is sent back: media carry resolved addresses."""
    body = dict(component)
    for name in ("components", "items"):
        if name in body:
            body[name] = [component_json(state, message, c) for c in body[name]]
    for name in ("accessory", "media", "file"):
        if isinstance(body.get(name), dict):
            body[name] = component_json(state, message, body[name])
    if "url" in body and "type" not in body:
        body |= {"url": media_url(state, message, body["url"]), "proxy_url": body["url"]}
        body |= {"width": 0, "height": 0, "content_type": None}
    return body


def media_url(state: State, message: Message, url: str) -> str:
    """The address of a picture, `attachment://name` resolved to the uploaded file."""
    for attachment in message.attachments:
        if url == f"attachment://{attachment.filename}":
            return str(attachment_json(state, message, attachment)["url"])
    return url


def _reaction(state: State, emoji: str, users: list[User]) -> JSON:
    counts = {"burst": 0, "normal": len(users)}
    about = {"count": len(users), "count_details": counts, "burst_colors": []}
    return about | {"me": state.bot in users, "me_burst": False, "emoji": emoji_json(emoji)}


def emoji_json(emoji: str) -> JSON:
    """A partial emoji; `name:id` is a custom one."""
    name, _, number = emoji.partition(":")
    return {"id": number or None, "name": name}


def message_event(state: State, message: Message, *, content: bool = True) -> JSON:
    """A message as a gateway event carries it: with guild and member."""
    body = message_json(state, message, content=content)
    if message.channel.guild_id:
        body["guild_id"] = str(message.channel.guild_id)
        if message.author in state.members(message.channel.guild_id) and not message.webhook_id:
            body["member"] = member_json(message.author, bare=True)
        body["mentions"] = [
            user_json(u) | {"member": member_json(u, bare=True)} for u in message.highlights
        ]
    body["channel_type"] = message.channel.type
    return body


def guild_json(
    state: State, guild: Guild, *, members: list[User] | None = None, full: bool = False
) -> JSON:
    """A guild object; `full` adds what only GUILD_CREATE carries."""
    roles = [role_json(r) for r in state.roles_of(guild.id)]
    body: JSON = {
        "id": str(guild.id), "name": guild.name, "icon": None, "splash": None,
        "discovery_splash": None, "owner_id": str(_owner(state)), "afk_channel_id": None,
        "afk_timeout": 300, "verification_level": 0, "default_message_notifications": 1,
        "explicit_content_filter": 0, "roles": roles,
        "emojis": [], "stickers": [], "features": [], "mfa_level": 0, "nsfw_level": 0,
        "application_id": None, "system_channel_id": None, "system_channel_flags": 0,
        "rules_channel_id": None, "vanity_url_code": None, "description": None, "banner": None,
        "premium_tier": 0, "premium_progress_bar_enabled": False, "preferred_locale": "en-US",
        "public_updates_channel_id": None, "safety_alerts_channel_id": None,
        "max_members": 500000, "incidents_data": None,
    }  # fmt: skip
    if full:
        there = [c for c in state.channels.values() if c.guild_id == guild.id]
        channels = [c for c in there if "view" not in c.deny]
        body |= {
            "joined_at": "2026-01-01T00:00:00+00:00", "large": False, "unavailable": False,
            "member_count": len(state.members(guild.id)),
            "members": [member_json(u) for u in members or []], "voice_states": [],
            "channels": [channel_json(state, c) for c in channels if not c.is_thread],
            "threads": [
                channel_json(state, c) for c in channels if c.is_thread and not state.archived(c)
            ],
            "presences": [], "stage_instances": [], "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }  # fmt: skip
    return body


def _owner(state: State) -> int:
    return next((u.id for u in state.users.values() if not u.bot), state.bot.id)


def application_json(state: State) -> JSON:
    """The application object of oauth2/applications/@me."""
    limited = {"guild_presences": 1 << 13, "guild_members": 1 << 15, "message_content": 1 << 19}
    owner = state.users.get(_owner(state), state.bot)
    empty: dict[str, Any] = {"cover_image": None, "slug": None, "primary_sku_id": None}
    return empty | {
        "id": str(state.application_id), "name": state.bot.name, "icon": None, "type": None,
        "description": "", "summary": "", "bot_public": False, "bot_require_code_grant": False,
        "verify_key": state.public_key, "owner": user_json(owner), "team": None,
        "flags": sum(limited[i] for i in state.enabled_intents), "hook": True, "tags": [],
        "flags_new": "0", "redirect_uris": [], "rpc_origins": [], "explicit_content_filter": 0,
        "interactions_endpoint_url": state.interactions_url, "integration_types_config": {},
        "role_connections_verification_url": None, "approximate_guild_count": 1,
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
        "bot": user_json(state.bot), "eligible_oauth2_scopes": [],
    }  # fmt: skip


def v2_flag(flags: int) -> bool:
    """Whether the flags say Components V2."""
    return bool(flags & COMPONENTS_V2)
