"""Words that stand already: edited where they stand, or taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.cards.model import Note, Sent
from bot.discord import render
from bot.discord.render import JSON
from bot.discord.rest import ARCHIVED, UNKNOWN_CHANNEL, Refused, Rest
from bot.discord.spans import Pen

GET = "GET /channels/{channel}/messages/{message}"
DELETE = "DELETE /channels/{channel}/messages/{message}"
THREAD = "PATCH /channels/{channel}"
UNKNOWN_MESSAGE = 10008
_GONE = {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}

Bodies = tuple[JSON, JSON]
Change = Callable[[str, str, Bodies], Awaitable[None]]


async def resay(rest: Rest, sent: Sent, note: Note, pen: Pen, change: Change) -> Sent | None:
    """Words read like this now; None where somebody took them away."""
    plain, v2 = _bodies(note, pen)
    try:
        # Out of Components V2 no message comes, and which this one is may not be known any more.
        there = await rest.call(GET, channel=sent.channel, message=sent.message)
        is_v2 = bool(int((there or {}).get("flags") or 0) & render.V2)
        bodies = (v2, v2) if is_v2 else (plain, v2)
        await _awake(rest, sent.channel, lambda: change(sent.channel, sent.message, bodies))
    except Refused as error:
        if error.code in _GONE:
            return None
        raise
    return sent


async def unsay(rest: Rest, sent: Sent) -> bool:
    """Take words away."""

    async def delete() -> None:
        await rest.call(DELETE, channel=sent.channel, message=sent.message)

    try:
        await _awake(rest, sent.channel, delete)
    except Refused as error:
        if error.code not in _GONE:
            raise
    return True


def _bodies(note: Note, pen: Pen) -> Bodies:
    """As it would be said now, and the same in Components V2."""
    body = render.note_body(note, pen)
    body.pop("flags", None)
    rows = body.get("components") or []
    if "content" not in body:
        v2 = render.v2_edit(rows)
        return v2, v2
    v2 = render.v2_edit([render.text(body["content"]), *rows])
    return body | {"components": rows, "embeds": []}, v2


async def _awake(rest: Rest, thread: str, work: Callable[[], Awaitable[None]]) -> None:
    """A thread that sleeps takes no edits: it is woken for one, and sleeps again."""
    try:
        await work()
    except Refused as error:
        if error.code != ARCHIVED:
            raise
        await rest.call(THREAD, {"archived": False}, channel=thread)
        await work()
        await rest.call(THREAD, {"archived": True}, channel=thread)
