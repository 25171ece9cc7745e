"""What happens when a message is created, edited or deleted, whoever does it: the one place
where limits, notifications, threads and events of messages come together."""

from __future__ import annotations

from typing import Any

from tests.support.discord import access, wire
from tests.support.discord.check_components import numbered
from tests.support.discord.check_message import check_create, check_edit
from tests.support.discord.errors import ApiError
from tests.support.discord.limits import TooMany
from tests.support.discord.mentions import mentioned, parsed_text
from tests.support.discord.model import (
    COMPONENTS_V2,
    DM,
    EPHEMERAL,
    JSON,
    LOADING,
    SILENT,
    SUPPRESS_EMBEDS,
    Attachment,
    Channel,
    Edit,
    Message,
    User,
)
from tests.support.discord.state import State
from tests.support.discord.text import push_text

NONCE_WINDOW = 300.0
MOST_FILE = 10 * 1024 * 1024
HOUR = 3600.0


def create(
    state: State,
    channel: Channel,
    author: User,
    body: JSON,
    files: list[Attachment] | None = None,
    *,
    ephemeral_to: User | None = None,
    interaction: JSON | None = None,
    webhook: bool = False,
) -> Message:
    """A new message, checked when the bot sends it, noticed by whom it notifies."""
    files = files or []
    if author is state.bot:
        may_send(state, channel, webhook)
        check_files(files)
        no_v2(state, body)
        check_create(body, {f.filename for f in files}, ephemeral_ok=webhook)
        again = _same_nonce(state, author, body)
        if again:
            return again
    unarchive(state, channel)
    content = body.get("content") or ""
    components = numbered(body.get("components") or [])
    flags = (body.get("flags") or 0) & (SILENT | SUPPRESS_EMBEDS | COMPONENTS_V2 | LOADING)
    embeds = body.get("embeds") or []
    replied, reference = _reply(state, channel, body)
    text = parsed_text(content, components)
    allowed = body.get("allowed_mentions")
    who = mentioned(state, channel, text, allowed, replied)
    message = Message(
        state.new_id(), channel, author, state.clock(), content, embeds, components,
        flags | (EPHEMERAL if ephemeral_to else 0), nonce=body.get("nonce"),
        mentions=[] if ephemeral_to else [u for u in who.users if u is not author],
        mention_everyone=who.everyone, mention_roles=who.roles, highlights=who.direct,
        attachments=files, ephemeral_to=ephemeral_to, interaction=interaction,
        webhook_id=state.application_id if webhook else None, reference=reference,
        from_application=author is state.bot, type=19 if reference else 0,
    )  # fmt: skip
    if not flags & (SILENT | LOADING) and not ephemeral_to:
        message.push = push_text(state, content, embeds, flags)
    if author is state.bot and text.strip() and allowed is None:
        state.complain(f"message without allowed_mentions in #{channel.name}: {text.strip()[:80]}")
    channel.messages.append(message)
    channel.active_at = state.clock()
    state.messages[message.id] = message
    if body.get("enforce_nonce"):
        state.nonces[author.id, str(body["nonce"])] = (state.elapsed(), message)
    if channel.is_thread and author.id not in channel.member_ids:
        channel.member_ids.append(author.id)
    announce(state, "MESSAGE_CREATE", message)
    return message


def edit(
    state: State, message: Message, body: JSON, files: list[Attachment] | None = None
) -> Message:
    """Edits a message of the bot; keeps what it said before and who was left mentioned."""
    files = files or []
    channel = message.channel
    if state.archived(channel) and not message.ephemeral:
        raise ApiError(50083)
    check_files(files)
    no_v2(state, body)
    check_edit(message, body, {f.filename for f in files})
    _old_edit(state, message)
    before = (message.content, message.embeds, message.components, message.flags)
    message.edits.append(Edit(state.clock(), *before))
    if "content" in body:
        message.content = body["content"] or ""
    if "embeds" in body:
        message.embeds = body["embeds"] or []
    if "components" in body:
        message.components = numbered(body["components"] or [])
    if body.get("flags") is not None:
        kept = message.flags & ~SUPPRESS_EMBEDS
        message.flags = kept | (body["flags"] & (SUPPRESS_EMBEDS | COMPONENTS_V2))
    if "attachments" in body or files:
        keep = {str(a.get("id")) for a in body.get("attachments") or []}
        message.attachments = [a for a in message.attachments if str(a.id) in keep] + files
    message.flags &= ~LOADING
    message.edited_at = state.clock()
    _edit_mentions(state, message, body)
    announce(state, "MESSAGE_UPDATE", message)
    return message


def no_v2(state: State, body: JSON) -> None:
    """A place that knows no Components V2 says so."""
    if state.refuses_v2 and (body.get("flags") or 0) & COMPONENTS_V2:
        wrong = {"flags": {"_errors": [{"code": "BITFIELD_VALUE", "message": "Unknown flag"}]}}
        raise ApiError(50035, wrong, because="flags: unknown flag")


def delete(state: State, message: Message) -> None:
    """Takes a message away; it stays readable in `channel.deleted`."""
    channel = message.channel
    remove(state, message)
    payload = {"id": str(message.id), "channel_id": str(channel.id)}
    if channel.guild_id:
        payload["guild_id"] = str(channel.guild_id)
    if not message.ephemeral:
        state.emit("MESSAGE_DELETE", payload, channel)
    state.touch()


def remove(state: State, message: Message) -> None:
    """Takes a message out of its channel, without a word about it."""
    channel = message.channel
    message.is_deleted = True
    channel.messages.remove(message)
    channel.deleted.append(message)
    if message in channel.pins:
        channel.pins.remove(message)
    del state.messages[message.id]


def system(state: State, channel: Channel, author: User, kind: int, content: str = "") -> Message:
    """A message Discord writes by itself, e.g. that a thread was started (18)."""
    message = Message(state.new_id(), channel, author, state.clock(), content, type=kind)
    channel.messages.append(message)
    state.messages[message.id] = message
    announce(state, "MESSAGE_CREATE", message)
    return message


def announce(state: State, event: str, message: Message) -> None:
    """Tells the gateway about a message; nobody is told about ephemeral ones."""
    if message.ephemeral:
        state.touch()
    else:
        state.emit(event, wire.message_event(state, message), message.channel, message)


def may_send(state: State, channel: Channel, webhook: bool) -> None:
    """Raises what stands against the bot's writing here."""
    if channel.type == DM and channel.recipient and not channel.recipient.dms_open and not webhook:
        raise ApiError(50007)
    if "send" in channel.deny or (channel.parent and "send" in channel.parent.deny):
        raise ApiError(50013)
    if not webhook and channel.guild_id:
        access.need(state, channel, access.IN_THREADS if channel.is_thread else access.SEND)
    if state.archived(channel) and channel.locked:
        raise ApiError(50083)


def unarchive(state: State, channel: Channel) -> None:
    """Posting into an archived thread brings it back."""
    if state.archived(channel):
        channel.archived = False
        channel.archive_at = channel.active_at = state.clock()
        state.emit("THREAD_UPDATE", wire.channel_json(state, channel), channel)


def check_files(files: list[Attachment]) -> None:
    """10 MiB a file."""
    if any(len(f.data) > MOST_FILE for f in files):
        raise ApiError(40005)


def _same_nonce(state: State, author: User, body: JSON) -> Message | None:
    if not body.get("enforce_nonce"):
        return None
    at, message = state.nonces.get((author.id, str(body["nonce"])), (0.0, None))
    if message and not message.is_deleted and state.elapsed() - at < NONCE_WINDOW:
        return message
    return None


def _reply(state: State, channel: Channel, body: JSON) -> tuple[User | None, JSON | None]:
    reference: Any = body.get("message_reference")
    if not reference:
        return None, None
    target = state.messages.get(int(reference["message_id"]))
    if target is None or target.channel is not channel:
        if reference.get("fail_if_not_exists", True):
            raise ApiError(50035, because="message_reference: Unknown message")
        return None, None
    said = {"type": 0, "message_id": str(target.id), "channel_id": str(channel.id)}
    return target.author, said


def _old_edit(state: State, message: Message) -> None:
    now = state.clock()
    if message.ephemeral or now - message.created_at <= HOUR or not message.edits:
        return
    wait = message.edits[-1].at + state.old_edit_every - now
    if wait > 0:
        words = "Maximum number of edits to messages older than 1 hour reached. Try again later"
        raise TooMany(wait, code=30046, message=words)


def _edit_mentions(state: State, message: Message, body: JSON) -> None:
    text = parsed_text(message.content, message.components)
    allowed = body.get("allowed_mentions")
    who = mentioned(state, message.channel, text, allowed)
    message.highlights = who.direct
    message.mention_roles, message.mention_everyone = who.roles, who.everyone
    touched = any(body.get(name) for name in ("content", "components"))
    if allowed is None and touched:
        message.edit_mentions = who.users
        where = f"#{message.channel.name}"
        if text.strip():
            state.complain(f"edit without allowed_mentions in {where}: {text.strip()[:80]}")
