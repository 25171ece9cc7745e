"""How often something comes again, among the words of a command."""

from __future__ import annotations

from typing import Any

from commands.registry import Field
from commands.rules.repeat_words import is_repeat

_AGAIN = (
    "every", "each", "daily", "weekly", "biweekly", "fortnightly", "monthly", "yearly", "annually",
    "weekdays", "weekends", "first", "second", "third", "fourth", "fifth", "last", "once",
)  # fmt: skip
_LONGEST = 12


def repeat(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """The longest run of words from the start that says it: ``first sunday of the month``."""
    begins = words[0].casefold() if words else ""
    if begins not in _AGAIN and "freq=" not in begins:
        return words
    for n in range(min(_LONGEST, len(words)), 0, -1):
        text = " ".join(words[:n])
        if text.casefold() == "once" or is_repeat(text):
            args[field.name] = text
            return words[n:]
    return words


def ahead(words: list[str], before: int, args: dict[str, Any]) -> list[str]:
    """The words without what says it ahead of the time: ``db-5 every tue 10:00-11:30``."""
    for at in range(1, before):
        rest = repeat(_AHEAD, words[at:], args)
        if len(rest) < len(words) - at:
            return [*words[:at], *rest]
    return words


_AHEAD = Field("repeat", "repeat", "")
