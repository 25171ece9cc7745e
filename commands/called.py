"""What people call a thing, in a typed line: one word, or several in quotation marks."""

from __future__ import annotations

from typing import Any

from commands.registry import Field


def called(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """Take a name from the start of the words; ``to`` may stand before a new one."""
    words = words[1:] if field.name == "to" and words[:1] == ["to"] else words
    if not words:
        return words
    ends = (i for i, w in enumerate(words) if w.endswith('"') and (i or len(w) > 1))
    count = next(ends, -1) + 1 if words[0].startswith('"') else 1
    count = count or len(words)
    args[field.name] = " ".join(words[:count]).strip('"')
    return words[count:]
