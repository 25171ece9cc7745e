"""The thread under a card: begun with its first words, woken when it sleeps."""

from __future__ import annotations

import re
from typing import Any

from bot.cards import words
from bot.cards.model import Sent
from bot.discord import render
from bot.discord.render import JSON
from bot.discord.rest import ARCHIVED, THREAD_EXISTS, Refused, Rest
from integrations.base import Misconfigured

START = "POST /channels/{channel}/messages/{message}/threads"
POST = "POST /channels/{channel}/messages"
GET = "GET /channels/{channel}/messages/{message}"
CHANGE = "PATCH /channels/{channel}"
NO_THREAD_HERE = 50024
NAME, ARCHIVE_AFTER = 100, 4320
_MARKS = re.compile(r"\\(?=[^\w\s])|\]?\(<[^>]*>\)|[\[\]]|\*\*|^#+ ")
_TITLE = re.compile(r"#\d+ .*")


async def begin(rest: Rest, sent: Sent, title: str) -> str:
    """The thread of a card's message: it has the message's id, whoever began it."""
    name = words.cut(title or await _title(rest, sent), NAME)
    body = {"name": name, "auto_archive_duration": ARCHIVE_AFTER}
    try:
        made = await rest.call(START, body, channel=sent.channel, message=sent.message)
    except Refused as error:
        if error.code == NO_THREAD_HERE:
            return sent.channel  # it stands in a thread already
        if error.code != THREAD_EXISTS:
            raise
        return sent.message
    return str(made["id"])


async def _title(rest: Rest, sent: Sent) -> str:
    """After a restart the title is read back from the card."""
    message = await rest.call(GET, channel=sent.channel, message=sent.message)
    lines = [line for said in _texts(message) for line in said.splitlines()]
    found = (_TITLE.search(_MARKS.sub("", line)) for line in lines)
    return next((m.group(0).strip() for m in found if m), "Incident")


def _texts(part: Any) -> list[str]:
    """Every text of a message; its plain content, the line for pushes, last."""
    own = [part.get("title"), part.get("content")]
    inside = [*(part.get("embeds") or ()), *(part.get("components") or ())]
    return [t for p in inside for t in _texts(p)] + [t for t in own if t]


async def post(rest: Rest, thread: str, body: JSON) -> str:
    """A message in a thread, which is unlocked and woken where it must be."""
    try:
        made = await rest.call(POST, body, channel=thread)
    except Refused as error:
        if error.code != ARCHIVED:
            raise
        await _wake(rest, thread)
        made = await rest.call(POST, body, channel=thread)
    return str(made["id"])


async def _wake(rest: Rest, thread: str) -> None:
    try:
        await rest.call(CHANGE, {"archived": False, "locked": False}, channel=thread)
    except Misconfigured as error:
        # The card itself can be written: that the thread can't is no fault of the channel.
        said = "the thread is locked: unlock it, or give PixelView Manage Threads"
        raise Refused(f"Discord takes no more words here, {said}", ARCHIVED) from error


def moved_bodies(guild: str, channel: str, message: str, *, v2: bool) -> tuple[JSON, JSON]:
    """What an old card says when a fresh one stands elsewhere: in the look that is set, in V2."""
    where = f"https://discord.com/channels/{guild}/{channel}/{message}"
    said = f"[Moved ↓](<{where}>)"
    new = render.v2_edit([render.text(said)])
    return (new if v2 else render.plain_edit(said)), new
