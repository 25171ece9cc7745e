"""What somebody may do in a channel: their permissions in the guild, and the channel's overwrites
over them, the way Discord adds them up."""

from __future__ import annotations

from tests.support.discord.errors import ApiError
from tests.support.discord.model import ALL, DM, JSON, PRIVATE_THREAD, Channel, User
from tests.support.discord.state import State

ADMINISTRATOR, MANAGE_CHANNELS, REACT, VIEW, SEND = 1 << 3, 1 << 4, 1 << 6, 1 << 10, 1 << 11
MANAGE_MESSAGES, HISTORY, MANAGE_ROLES = 1 << 13, 1 << 16, 1 << 28
MANAGE_THREADS, PUBLIC_THREADS, PRIVATE_THREADS = 1 << 34, 1 << 35, 1 << 36
IN_THREADS, PIN_MESSAGES = 1 << 38, 1 << 51
MEMBER = REACT | VIEW | SEND | 1 << 14 | 1 << 15 | HISTORY | PUBLIC_THREADS | IN_THREADS
NAMES = {
    "view": VIEW, "send": SEND, "threads": PUBLIC_THREADS | PRIVATE_THREADS,
    "manage": MANAGE_CHANNELS | MANAGE_THREADS | MANAGE_MESSAGES, "pin": PIN_MESSAGES,
}  # fmt: skip


def permissions(state: State, channel: Channel, user: User) -> int:
    """The bits of this person (or the bot) in a channel; a thread has its parent's."""
    if channel.type == DM or channel.guild_id is None:
        return ALL
    base = state.guilds[channel.guild_id].permissions if user is state.bot else MEMBER
    for name in (*channel.deny, *(channel.parent.deny if channel.parent else ())):
        base &= ~NAMES.get(name, 0) if user is state.bot else ALL
    if user is state.bot and base & ADMINISTRATOR:
        return base
    over = {str(o["id"]): o for o in (channel.parent or channel).overwrites}
    base = _over(base, [over.get(str(channel.guild_id), {})])
    base = _over(base, [over.get(str(r), {}) for r in user.roles])
    base = _over(base, [over.get(str(user.id), {})])
    return base if base & VIEW else 0


def sees(state: State, channel: Channel, user: User) -> bool:
    """Whether the channel is there for this person; a private thread is for its members."""
    if channel.type == DM:
        return channel.recipient is user or user is state.bot
    if channel.guild_id and user not in state.members(channel.guild_id):
        return False
    if channel.type == PRIVATE_THREAD and user.id not in channel.member_ids:
        return bool(permissions(state, channel, user) & MANAGE_THREADS)
    return bool(permissions(state, channel, user) & VIEW)


def writes(state: State, channel: Channel, user: User) -> bool:
    """Whether this person may say something there."""
    if channel.type == DM:
        return True
    wanted = IN_THREADS if channel.is_thread else SEND
    shut = channel.is_thread and channel.archived and channel.locked
    return sees(state, channel, user) and not shut and _has(state, channel, user, wanted)


def need(state: State, channel: Channel, bits: int) -> None:
    """50001 or 50013 where the bot lacks a permission here."""
    if not _has(state, channel, state.bot, VIEW):
        raise ApiError(50001)
    if not _has(state, channel, state.bot, bits):
        raise ApiError(50013)


def need_in_guild(state: State, guild_id: int, bits: int) -> None:
    """50013 where the bot lacks a permission in the whole guild."""
    has = state.guilds[guild_id].permissions
    if not has & ADMINISTRATOR and has & bits != bits:
        raise ApiError(50013)


def check_overwrites(state: State, guild_id: int, overwrites: list[JSON]) -> None:
    """A bot can give and take only what it has itself."""
    for one in overwrites:
        need_in_guild(state, guild_id, int(one.get("allow") or 0) | int(one.get("deny") or 0))


def stored(one: JSON) -> JSON:
    """An overwrite as Discord gives it back: bits as text."""
    kind = int(one.get("type") or 0)
    allow, deny = str(int(one.get("allow") or 0)), str(int(one.get("deny") or 0))
    return {"id": str(one["id"]), "type": kind, "allow": allow, "deny": deny}


def _has(state: State, channel: Channel, user: User, bits: int) -> bool:
    return permissions(state, channel, user) & bits == bits


def _over(base: int, overwrites: list[JSON]) -> int:
    deny = allow = 0
    for one in overwrites:
        deny |= int(one.get("deny") or 0)
        allow |= int(one.get("allow") or 0)
    return base & ~deny | allow
