"""Words that stand already: edited where they stand, or taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.cards.model import Note, Sent
from bot.slack import render
from bot.slack.api import Refused
from bot.slack.spans import JSON, Pen

DELETE = "chat.delete"
_GONE = {"message_not_found", "channel_not_found", "thread_not_found", "is_archived"}
_CLOSED = {"edit_window_closed", "cant_update_message", "is_inactive"}
_KEPT = {"cant_delete_message", "compliance_exports_prevent_deletion"}


class Calls(Protocol):
    """What is needed of the Web API."""

    async def call(self, method: str, /, *, offered: bool = False, **args: object) -> JSON:
        """One call within the limits."""
        ...


Change = Callable[[Sent, JSON], Awaitable[None]]
Create = Callable[[str, JSON], Awaitable[Sent]]


async def resay(sent: Sent, note: Note, change: Change, create: Create) -> Sent | None:
    """Words read like this now; said anew below the old ones where a setting of the workspace has
    closed those for edits, None where somebody took them away."""
    body = render.note_body(note, Pen())
    try:
        await change(sent, body)
    except Refused as error:
        if error.code in _GONE:
            return None
        if error.code not in _CLOSED:
            raise
        below = {"thread_ts": sent.thread} if sent.thread and sent.thread != sent.message else {}
        anew = await create(sent.channel, body | below)
        return Sent(anew.channel, anew.message, sent.thread)
    return sent


async def unsay(api: Calls, sent: Sent) -> bool:
    """Take words away; False where the workspace keeps every message."""
    try:
        await api.call(DELETE, channel=sent.channel, ts=sent.message)
    except Refused as error:
        if error.code in _KEPT:
            return False
        if error.code not in _GONE:
            raise
    return True
