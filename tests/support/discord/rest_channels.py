"""The REST routes for channels, direct conversations and threads."""

from __future__ import annotations

from tests.support.discord import access, messages, wire
from tests.support.discord.errors import ApiError, Problems
from tests.support.discord.limits import TooMany
from tests.support.discord.model import (
    DM,
    JSON,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Message,
)
from tests.support.discord.rest import Call, Reply, Routes
from tests.support.discord.state import State

routes = Routes()
CHANNEL = "/channels/{channel}"
ARCHIVE_AFTER = (60, 1440, 4320, 10080)
MOST_MEMBERS = 1000
RENAMES, RENAME_WINDOW = 2, 600.0
MOST_OVERWRITES = 1000
LOCKING = {"archived", "locked"}


@routes("POST", "/users/@me/channels", limit=(10, 10.0))
def open_dm(call: Call) -> JSON:
    """Create DM: works even where nothing can be sent (that is 50007 at the message)."""
    recipient = str(call.form.get("recipient_id", ""))
    if not recipient.isdigit():
        raise ApiError(50035, because="recipient_id: Value is not snowflake.")
    user = call.state.user(int(recipient))
    if user is call.state.bot:
        raise ApiError(50007)
    return wire.channel_json(call.state, call.state.dm_with(user))


@routes("GET", CHANNEL)
def get(call: Call) -> JSON:
    """Get Channel."""
    return wire.channel_json(call.state, call.channel)


@routes("PATCH", CHANNEL, limit=(10, 10.0))
def change(call: Call) -> JSON:
    """Modify Channel; a name or topic only twice in ten minutes; archived threads only wake up."""
    channel, form = call.channel, call.form
    if channel.type == DM:
        raise ApiError(50024)
    _may_change(call.state, channel, form)
    problems = Problems()
    if form.get("name") is not None:
        problems.length("name", form["name"], 1, 100)
    if form.get("topic") is not None:
        problems.length("topic", form["topic"], 0, 1024)
    if form.get("auto_archive_duration") not in (None, *ARCHIVE_AFTER):
        problems.choices("auto_archive_duration", ARCHIVE_AFTER)
    problems.raise_any()
    if channel.is_thread:
        if call.state.archived(channel) and form.get("archived", True) and set(form) - LOCKING:
            raise ApiError(50083)
        _thread_changes(call.state, channel, form)
    if form.get("name") is not None or "topic" in form:
        _rename(call.state, channel, form)
    if "permission_overwrites" in form:
        access.check_overwrites(call.state, channel.guild_id or 0, form["permission_overwrites"])
        channel.overwrites = [access.stored(o) for o in form["permission_overwrites"] or []]
    event = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
    body = wire.channel_json(call.state, channel)
    call.state.emit(event, body, channel)
    return body


@routes("DELETE", CHANNEL, limit=(5, 5.0))
def remove(call: Call) -> JSON:
    """Delete Channel or thread; closing a DM."""
    channel = call.channel
    if "manage" in channel.deny:
        raise ApiError(50013)
    body = wire.channel_json(call.state, channel)
    if channel.type != DM:
        take_away(call.state, channel)
    return body


def take_away(state: State, channel: Channel) -> None:
    """A channel or thread is deleted, and so are a channel's threads."""
    body = wire.channel_json(state, channel)
    gone = [channel, *(t for t in state.threads() if t.parent is channel)]
    for one in gone:
        state.channels.pop(one.id, None)
    for message in list(state.messages.values()):
        if message.thread in gone:
            message.thread = None
        if message.channel in gone:
            message.is_deleted = True
            del state.messages[message.id]
    event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
    state.emit(event, body, channel)


@routes("PUT", CHANNEL + "/permissions/{target}", limit=(10, 10.0))
def allow(call: Call) -> None:
    """Edit Channel Permissions of a role or person."""
    channel, target = call.channel, call.params["target"]
    if channel.is_thread or channel.guild_id is None:
        raise ApiError(50024)
    access.need_in_guild(call.state, channel.guild_id, access.MANAGE_ROLES)
    access.check_overwrites(call.state, channel.guild_id, [call.form])
    kept = [o for o in channel.overwrites if o["id"] != target]
    if len(kept) >= MOST_OVERWRITES:
        raise ApiError(30060)
    channel.overwrites = [*kept, access.stored({"id": target} | call.form)]
    call.state.emit("CHANNEL_UPDATE", wire.channel_json(call.state, channel), channel)


@routes("DELETE", CHANNEL + "/permissions/{target}", limit=(10, 10.0))
def disallow(call: Call) -> None:
    """Delete Channel Permission."""
    channel = call.channel
    access.need_in_guild(call.state, channel.guild_id or 0, access.MANAGE_ROLES)
    channel.overwrites = [o for o in channel.overwrites if o["id"] != call.params["target"]]


@routes("POST", CHANNEL + "/messages/{message}/threads", limit=(50, 300.0))
def thread_of_message(call: Call) -> Reply:
    """Start Thread from Message: it gets the message's id; one a message."""
    channel = call.channel
    if channel.type != TEXT:
        raise ApiError(50024)
    message = call.state.message(channel, call.id("message"))
    form = _thread_form(call)
    if message.thread is not None or message.id in call.state.channels:
        raise ApiError(160004)
    if message.type not in (0, 19):
        raise ApiError(50021)
    thread = start_thread(call.state, channel, form, message=message)
    messages.announce(call.state, "MESSAGE_UPDATE", message)
    return Reply(201, wire.channel_json(call.state, thread))


@routes("POST", CHANNEL + "/threads", limit=(50, 300.0))
def thread(call: Call) -> Reply:
    """Start Thread without Message; private (12) unless the type says otherwise."""
    channel = call.channel
    if channel.type != TEXT:
        raise ApiError(50024)
    form = _thread_form(call)
    public = form.get("type", PRIVATE_THREAD) == PUBLIC_THREAD
    access.need(call.state, channel, access.PUBLIC_THREADS if public else access.PRIVATE_THREADS)
    made = start_thread(call.state, channel, form)
    if made.type == PUBLIC_THREAD:
        messages.system(call.state, channel, call.state.bot, 18, made.name)
    return Reply(201, wire.channel_json(call.state, made))


@routes("PUT", CHANNEL + "/thread-members/{user}", limit=(10, 10.0))
def join(call: Call) -> None:
    """Add Thread Member (or @me)."""
    thread, user_id = _thread_and_user(call)
    if call.state.archived(thread):
        raise ApiError(50083)
    parent = thread.parent
    if parent is not None and not access.sees(call.state, parent, call.state.users[user_id]):
        raise ApiError(50001)
    if user_id not in thread.member_ids:
        if len(thread.member_ids) >= MOST_MEMBERS:
            raise ApiError(30033)
        thread.member_ids.append(user_id)


@routes("DELETE", CHANNEL + "/thread-members/{user}", limit=(10, 10.0))
def leave(call: Call) -> None:
    """Remove Thread Member (or @me)."""
    thread, user_id = _thread_and_user(call)
    if call.state.archived(thread):
        raise ApiError(50083)
    thread.member_ids = [u for u in thread.member_ids if u != user_id]


@routes("GET", CHANNEL + "/thread-members")
def members(call: Call) -> list[JSON]:
    """List Thread Members."""
    found = call.channel
    return [wire.thread_member_json(call.state, found, u) for u in found.member_ids]


@routes("GET", CHANNEL + "/threads/archived/{kind}")
def archived(call: Call) -> JSON:
    """List Archived Threads, public or private."""
    kind = PUBLIC_THREAD if call.params["kind"] == "public" else PRIVATE_THREAD
    found = [t for t in call.state.threads() if t.parent is call.channel and t.type == kind]
    over = [wire.channel_json(call.state, t) for t in found if call.state.archived(t)]
    return {"threads": over, "members": [], "has_more": False}


def start_thread(
    state: State, channel: Channel, form: JSON, *, message: Message | None = None
) -> Channel:
    """Makes a thread in `channel`, under `message` where one is given."""
    now = state.clock()
    made = Channel(
        message.id if message else state.new_id(), form["name"],
        PUBLIC_THREAD if message else form.get("type", PRIVATE_THREAD), channel.guild_id, channel,
        owner_id=state.bot.id, auto_archive=form.get("auto_archive_duration") or 4320,
        archive_at=now, created_at=now, active_at=now, member_ids=[state.bot.id],
    )  # fmt: skip
    state.channels[made.id] = made
    if message:
        message.thread = made
    state.emit("THREAD_CREATE", wire.channel_json(state, made) | {"newly_created": True}, made)
    return made


def _thread_form(call: Call) -> JSON:
    if "threads" in call.channel.deny:
        raise ApiError(50013)
    form = call.form
    problems = Problems()
    problems.length("name", form.get("name"), 1, 100)
    if form.get("auto_archive_duration") not in (None, *ARCHIVE_AFTER):
        problems.choices("auto_archive_duration", ARCHIVE_AFTER)
    if form.get("type") not in (None, PUBLIC_THREAD, PRIVATE_THREAD):
        problems.choices("type", (PUBLIC_THREAD, PRIVATE_THREAD))
    problems.raise_any()
    return form


def _may_change(state: State, channel: Channel, form: JSON) -> None:
    """Whoever writes may wake a thread, whoever began it may archive it; the rest needs more."""
    mine = channel.owner_id == state.bot.id
    if not channel.is_thread:
        access.need(state, channel, access.MANAGE_CHANNELS)
    elif form.get("archived") is False and not form.get("locked"):
        access.need(state, channel, access.MANAGE_THREADS if channel.locked else access.IN_THREADS)
    elif "locked" in form or not mine:
        access.need(state, channel, access.MANAGE_THREADS)
    if "manage" in channel.deny:
        raise ApiError(50013)
    if "permission_overwrites" in form:
        access.need(state, channel, access.MANAGE_ROLES)


def _thread_and_user(call: Call) -> tuple[Channel, int]:
    who = call.params["user"]
    if not call.channel.is_thread:
        raise ApiError(50024)
    guild = call.channel.guild_id or 0
    user_id = call.state.bot.id if who == "@me" else call.state.member(call.id("user"), guild).id
    return call.channel, user_id


def _thread_changes(state: State, thread: Channel, form: JSON) -> None:
    if "archived" in form:
        thread.archived = bool(form["archived"])
        thread.archive_at = state.clock()
        if not thread.archived:
            thread.active_at = state.clock()
    if "locked" in form:
        thread.locked = bool(form["locked"])
    if form.get("auto_archive_duration"):
        thread.auto_archive = form["auto_archive_duration"]


def _rename(state: State, channel: Channel, form: JSON) -> None:
    """Discord's unwritten limit: a channel's name or topic changes twice in ten minutes."""
    now = state.elapsed()
    recent = [at for at in state.renames.get(channel.id, []) if now - at < RENAME_WINDOW]
    if len(recent) >= RENAMES:
        raise TooMany(RENAME_WINDOW - (now - recent[0]), scope="shared")
    state.renames[channel.id] = [*recent, now]
    channel.name = form.get("name") or channel.name
    channel.topic = form.get("topic", channel.topic)
