"""What is sensitive, and how words read to whoever may not see it: the name of a label with a
marker instead of its value, and no trace of the value in any sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

SENSITIVE, PRIVATE = "incident.sensitive", "incident.private"
"""The permissions that show sensitive labels and notes, and every private incident."""

HIDDEN = f"hidden (needs {SENSITIVE})"
"""What a reader sees instead of a sensitive value: never the value, never its length."""
BLANK = "[hidden]"
"""The same within a sentence."""
NOTE_HIDDEN = f"A sensitive note: {HIDDEN}."
PRIVATE_NOW = "This incident is private now."

_SHORTEST = 2
"""A value of one character stands in too many words to be taken out of sentences."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What the settings call sensitive: names of labels (``user_*`` for several, whatever their
    case), and regular expressions for what is hidden wherever it stands in a text."""

    labels: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.labels or self.patterns)

    def names(self, label: str) -> bool:
        """Whether a label's value is sensitive."""
        return _named(self.labels, label)

    def values(self, labels: Mapping[str, Any]) -> frozenset[str]:
        """The sensitive values among some labels."""
        return frozenset(str(v) for n, v in labels.items() if v and self.names(n))

    def masked(self, labels: Mapping[str, Any]) -> dict[str, Any]:
        """Labels with a marker for each sensitive value."""
        return {n: HIDDEN if v and self.names(n) else v for n, v in labels.items()}

    def blank(self, text: str, values: Iterable[str] = ()) -> str:
        """A text without these values and without what the patterns find."""
        if text and text != HIDDEN:
            for pattern in self.patterns:
                text = _pattern(pattern).sub(BLANK, text)
            found = _any_of(frozenset(values))
            text = found.sub(BLANK, text) if found else text
        return text


@lru_cache(maxsize=4096)
def _named(labels: tuple[str, ...], label: str) -> bool:
    low = label.casefold()
    return any(fnmatchcase(low, pattern.casefold()) for pattern in labels)


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=512)
def _any_of(values: frozenset[str]) -> re.Pattern[str] | None:
    """Finds each value where it stands by itself, whatever its case: the longest first."""
    told = sorted((v.strip() for v in values), key=lambda v: (-len(v), v))
    found = [re.escape(v) for v in told if len(v) >= _SHORTEST]
    if not found:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)", re.IGNORECASE)
