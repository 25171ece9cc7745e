"""No press goes unanswered: a fault of ours becomes words for the person who pressed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from bot.cards.model import Answer, Note, Private, Span

log = logging.getLogger("pixelview.desk")

_WORDS = "That did not work, a fault of ours; it is in the log. Try again, or use the console."
FAULT = Private(Note(((Span(_WORDS),),)))


async def guarded(work: Awaitable[Answer]) -> Answer:
    """The desk's answer, or the words for a fault."""
    try:
        return await work
    except Exception:
        log.exception("the desk failed on a press")
        return FAULT
