"""Who may do what in one channel: Discord's overwrites of the permissions of a server."""

from __future__ import annotations

from bot.discord.render import JSON

ROLE, PERSON = 0, 1
REACT, VIEW, SEND, HISTORY = 1 << 6, 1 << 10, 1 << 11, 1 << 16
PUBLIC_THREADS, PRIVATE_THREADS, IN_THREADS = 1 << 35, 1 << 36, 1 << 38
OURS = VIEW | SEND | HISTORY | 1 << 14 | IN_THREADS | PUBLIC_THREADS | 1 << 51
WRITING = SEND | REACT | IN_THREADS | PUBLIC_THREADS | PRIVATE_THREADS


def is_closed(room: JSON, guild: str) -> bool:
    """Whether nobody may write in a room any more."""
    about = room.get("thread_metadata")
    if about:
        return bool(about.get("archived") or about.get("locked"))
    return bool(bits(_over(room, guild), "deny") & SEND)


def is_hidden(room: JSON, guild: str) -> bool:
    """Whether a room is seen by some alone."""
    return bool(bits(_over(room, guild), "deny") & VIEW)


def lets_in(room: JSON, account: str) -> bool:
    """Whether somebody was let into a room by name."""
    return bool(bits(_over(room, account), "allow") & VIEW)


def _over(room: JSON, who: str) -> JSON:
    found = (o for o in room.get("permission_overwrites") or () if str(o["id"]) == who)
    return next(found, {})


def bits(over: JSON, name: str) -> int:
    """What an overwrite allows or denies, which Discord writes as text."""
    return int(over.get(name) or 0)
