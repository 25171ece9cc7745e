"""The REST routes for messages, reactions and pins."""

from __future__ import annotations

from tests.support.discord import access, messages, wire
from tests.support.discord.errors import ApiError
from tests.support.discord.model import JSON, Channel, Message, iso
from tests.support.discord.rest import Call, Reply, Routes
from tests.support.discord.state import State

routes = Routes()
MESSAGES = "/channels/{channel}/messages"
ONE = MESSAGES + "/{message}"
REACTION = ONE + "/reactions/{emoji}"
MOST_PINS, PIN_PAGE, MOST_REACTIONS = 250, 50, 20


def reads_content(state: State, message: Message) -> bool:
    """Whether the application may read these words: its own, a DM, a mention, or with leave."""
    allowed = "message_content" in state.enabled_intents
    own = message.author is state.bot or state.bot in message.highlights
    return allowed or own or message.channel.recipient is not None


def shown(state: State, message: Message) -> JSON:
    """The message as this application gets to read it."""
    return wire.message_json(state, message, content=reads_content(state, message))


@routes("POST", MESSAGES, limit=(5, 5.0))
def create(call: Call) -> JSON:
    """Create Message."""
    made = messages.create(call.state, call.channel, call.state.bot, call.form, call.files)
    return shown(call.state, made)


@routes("GET", MESSAGES, limit=(10, 5.0))
def history(call: Call) -> list[JSON]:
    """Get Channel Messages, newest first."""
    limit = call.number("limit", 50, 1, 100)
    found = call.channel.public
    if "before" in call.query:
        found = [m for m in found if m.id < int(call.query["before"])]
    if "around" in call.query:
        middle = int(call.query["around"])
        found = sorted(found, key=lambda m: abs(m.id - middle))[:limit]
        found.sort(key=lambda m: m.id)
    if "after" in call.query:
        found = [m for m in found if m.id > int(call.query["after"])][:limit]
    return [shown(call.state, m) for m in reversed(found[-limit:])]


@routes("GET", MESSAGES + "/pins", limit=(5, 5.0))
def pins(call: Call) -> JSON:
    """Get Channel Pins, a page of 50."""
    limit = call.number("limit", PIN_PAGE, 1, PIN_PAGE)
    pinned = call.channel.pins
    items = [{"pinned_at": iso(m.created_at), "message": shown(call.state, m)} for m in pinned]
    return {"items": items[:limit], "has_more": len(items) > limit}


@routes("PUT", MESSAGES + "/pins/{message}", limit=(5, 5.0))
@routes("PUT", "/channels/{channel}/pins/{message}", limit=(5, 5.0))
def pin(call: Call) -> None:
    """Pin Message: everybody reads that it was pinned."""
    channel, message = _target(call)
    _may(channel, "pin")
    access.need(call.state, channel, access.PIN_MESSAGES)
    if message.pinned:
        return
    if len(channel.pins) >= MOST_PINS:
        raise ApiError(30003)
    message.pinned = True
    channel.pins.insert(0, message)
    _pins_changed(call.state, channel)
    messages.system(call.state, channel, call.state.bot, 6)


@routes("DELETE", MESSAGES + "/pins/{message}", limit=(5, 5.0))
@routes("DELETE", "/channels/{channel}/pins/{message}", limit=(5, 5.0))
def unpin(call: Call) -> None:
    """Unpin Message."""
    channel, message = _target(call)
    _may(channel, "pin")
    if message.pinned:
        message.pinned = False
        channel.pins.remove(message)
        _pins_changed(call.state, channel)


@routes("POST", MESSAGES + "/bulk-delete", limit=(1, 1.0))
def bulk_delete(call: Call) -> None:
    """Bulk Delete Messages, 2 to 100."""
    ids = call.form.get("messages") or []
    if not 2 <= len(ids) <= 100:
        raise ApiError(50035, because="messages: Must be between 2 and 100 in length.")
    for one in ids:
        messages.delete(call.state, call.state.message(call.channel, int(one)))


@routes("GET", ONE, limit=(10, 5.0))
def get(call: Call) -> JSON:
    """Get Channel Message."""
    return shown(call.state, call.state.message(call.channel, call.id("message")))


@routes("PATCH", ONE, limit=(5, 5.0))
def edit(call: Call) -> JSON:
    """Edit Message: only one's own."""
    message = call.state.message(call.channel, call.id("message"))
    if message.author is not call.state.bot:
        raise ApiError(50005)
    return shown(call.state, messages.edit(call.state, message, call.form, call.files))


@routes("DELETE", ONE, limit=(5, 1.0))
def delete(call: Call) -> None:
    """Delete Message."""
    message = call.state.message(call.channel, call.id("message"))
    if message.author is not call.state.bot:
        _may(call.channel, "manage")
    messages.delete(call.state, message)


@routes("PUT", REACTION + "/@me", limit=(1, 0.25))
def react(call: Call) -> None:
    """Create Reaction."""
    _, message = _target(call)
    add_reaction(call.state, message, call.params["emoji"], call.state.bot.id)


@routes("DELETE", REACTION + "/@me", limit=(1, 0.25))
def unreact(call: Call) -> None:
    """Delete Own Reaction."""
    _, message = _target(call)
    drop_reaction(call.state, message, call.params["emoji"], call.state.bot.id)


@routes("DELETE", REACTION + "/{user}", limit=(1, 0.25))
def unreact_other(call: Call) -> None:
    """Delete User Reaction."""
    channel, message = _target(call)
    _may(channel, "manage")
    drop_reaction(call.state, message, call.params["emoji"], call.id("user"))


@routes("GET", REACTION, limit=(5, 5.0))
def reacted(call: Call) -> list[JSON]:
    """Get Reactions of one emoji."""
    message = call.state.message(call.channel, call.id("message"))
    return [wire.user_json(u) for u in message.reactions.get(call.params["emoji"], [])]


@routes("DELETE", ONE + "/reactions", limit=(1, 0.25))
def unreact_all(call: Call) -> None:
    """Delete All Reactions."""
    channel, message = _target(call)
    _may(channel, "manage")
    message.reactions.clear()
    call.state.emit("MESSAGE_REACTION_REMOVE_ALL", _where(message), channel)


@routes("POST", "/channels/{channel}/typing", limit=(5, 5.0))
def typing(call: Call) -> Reply:
    """Trigger Typing Indicator."""
    _ = call.channel
    return Reply(204)


def add_reaction(state: State, message: Message, emoji: str, user_id: int) -> None:
    """Somebody reacts; 20 different emoji a message."""
    if emoji not in message.reactions and len(message.reactions) >= MOST_REACTIONS:
        raise ApiError(30010)
    users = message.reactions.setdefault(emoji, [])
    user = state.users[user_id]
    if user not in users:
        users.append(user)
        _reaction_event(state, "MESSAGE_REACTION_ADD", message, emoji, user_id)


def drop_reaction(state: State, message: Message, emoji: str, user_id: int) -> None:
    """Somebody takes a reaction back."""
    users = message.reactions.get(emoji, [])
    user = state.users[user_id]
    if user in users:
        users.remove(user)
        if not users:
            del message.reactions[emoji]
        _reaction_event(state, "MESSAGE_REACTION_REMOVE", message, emoji, user_id)


def _reaction_event(state: State, event: str, message: Message, emoji: str, user_id: int) -> None:
    body = _where(message) | {"user_id": str(user_id), "emoji": wire.emoji_json(emoji)}
    body |= {"burst": False, "type": 0, "message_author_id": str(message.author.id)}
    user = state.users[user_id]
    if message.channel.guild_id and event.endswith("ADD"):
        body["member"] = wire.member_json(user)
    state.emit(event, body, message.channel)


def _where(message: Message) -> JSON:
    channel = message.channel
    body: JSON = {"channel_id": str(channel.id), "message_id": str(message.id)}
    if channel.guild_id:
        body["guild_id"] = str(channel.guild_id)
    return body


def _target(call: Call) -> tuple[Channel, Message]:
    channel = call.channel
    message = call.state.message(channel, call.id("message"))
    if call.state.archived(channel):
        raise ApiError(50083)
    return channel, message


def _may(channel: Channel, what: str) -> None:
    if what in channel.deny:
        raise ApiError(50013)


def _pins_changed(state: State, channel: Channel) -> None:
    body: JSON = {"channel_id": str(channel.id), "last_pin_timestamp": iso(state.clock())}
    if channel.guild_id:
        body["guild_id"] = str(channel.guild_id)
    state.emit("CHANNEL_PINS_UPDATE", body, channel)
