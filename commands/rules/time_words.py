"""Where a time, or a span of time, begins among the words of a line. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from commands.rules.range import is_range
from commands.rules.when import BadTime, read_moment, read_when

_LEADS = ("for", "until", "till")
_LONGEST = 4


def first_time(words: Sequence[str]) -> int:
    """How many words stand before the first that begin a time, with ``for`` or ``until`` before
    it; all of them where none does."""
    return next((i for i in range(len(words)) if _begins(words[i:])), len(words))


def is_moment(text: str) -> bool:
    """Whether words are an instant, past or to come."""
    try:
        read_moment(text, 0, "UTC")
    except BadTime:
        return False
    return True


def _begins(words: Sequence[str]) -> bool:
    rest = words[1:] if words[0] in _LEADS else words
    return any(_is_time(" ".join(rest[:n])) for n in range(min(_LONGEST, len(rest)), 0, -1))


def _is_time(text: str) -> bool:
    """Whether words are an instant to come, or a span of time."""
    try:
        read_when(text, 0, "UTC")
    except BadTime:
        return is_range(text)
    return True
