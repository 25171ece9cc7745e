"""Strangers' words made harmless in Discord's markdown, and links that only go where they say."""

from __future__ import annotations

import re

from bot.cards.address import encoded
from bot.cards.words import tidy

LONGEST_URL = 1000

_SPECIAL = re.compile(r"[\\*_~`|>#\-\[\]():@<]")
_NUMBERED = re.compile(r"^(\s*\d+)\.")
# In one line that starts with our own words these are all that can come alive: a dash, a hash or
# a bracket alone is plain, and a backslash before it would stand on the lock screen.
_ALIVE = re.compile(
    r"\\|\*|`|@|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\||<(?![\s\d=])|:(?=//)|:(?=\w+:)"
    r"|\](?=\()"
)
# Discord shows backslashes inside the words of a masked link and takes a link whose words hold an
# address for plain text (discord-api-docs#6185, #7721): such words stand beside the link instead.
_NOT_IN_LINK = re.compile(r"[\\*`\[\]<>@|~]|(?<![^\W_])_|_(?![^\W_])|://|:\w+:")
_UNSAFE = "()\\\"'`|<>*"


def escape(text: str) -> str:
    """A backslash before every character that markdown could take for its own."""
    return _SPECIAL.sub(r"\\\g<0>", tidy(text))


def for_lock_screen(text: str) -> str:
    """A line of plain content: a backslash only where something would come alive.

    Pushes may show content as it was sent, so ``db-3`` must not read ``db\\-3`` there.
    """
    return _ALIVE.sub(r"\\\g<0>", tidy(text))


def no_list(line: str) -> str:
    """A line that starts with ``1.`` is not the first entry of a list."""
    return _NUMBERED.sub(r"\1\\.", line)


def address(url: str) -> str | None:
    """The address as it may stand in a link: http or https with a host, or None."""
    return encoded(url, _UNSAFE, LONGEST_URL)


def link(text: str, url: str) -> str:
    """``[text](<url>)``; words that can't stand in a link stand before an arrow that is one."""
    where = address(url)
    words = tidy(text)
    if where is None:
        return escape(words)
    if words.strip() and not _NOT_IN_LINK.search(words):
        return f"[{words}](<{where}>)"
    return f"{escape(words)} [↗](<{where}>)"


def fits_in_link(text: str) -> bool:
    """Whether these words can be the words of a masked link as they are."""
    return not _NOT_IN_LINK.search(tidy(text))


def code(text: str) -> str:
    """Text for a code span or block: no backtick can end it."""
    return text.replace("`", "ˋ")
