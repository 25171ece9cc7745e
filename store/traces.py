"""What a row says of one person, and the same without them: handle, names, addresses, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

GONE = "[erased]"
"""What stands in the place of an address, a number or an account."""
NOT_PEOPLE = frozenset(
    ("team", "service", "resource", "route", "source", "schedule", "policy", "namespace", "kind",
     "via", "ways", "type", "status", "state", "severity", "surface", "what", "roles", "role",
     "verb", "zone", "channel", "place", "subject", "value", "rule", "permissions", "scope",
     "integration", "group_by", "purpose", "outcome", "writer", "labels", "command"),
)  # fmt: skip
"""Keys and columns whose words are not handles, though one may be called so."""
PROSE = frozenset(
    ("say", "says", "why", "by", "text", "said", "words", "name", "quote", "answers", "reason",
     "lines", "summary", "comment", "note", "notes", "because", "author", "ended_by", "told"),
)  # fmt: skip
"""Keys under which people are called by their first name."""
_LISTS = frozenset(("targets", "fallback", "written", "diff", "owner", "order", "turns", "says"))
"""Where a handle stands within a longer word: ``round_robin:ana,omar``."""
_SHORTEST = 2


@dataclass(frozen=True)
class Traces:
    """How one person is known. ``handle`` is the word for them in rows, ``names`` what they were
    called, ``firsts`` their first names where nobody else has them, ``addresses`` everything by
    which they were reached, ``instead`` the pseudonym."""

    handle: str
    names: tuple[str, ...] = ()
    firsts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    instead: str = ""

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        return _any_of(self.names)

    @cached_property
    def _firsts(self) -> re.Pattern[str] | None:
        return _any_of(self.firsts)

    @cached_property
    def _addresses(self) -> re.Pattern[str] | None:
        return _any_of(self.addresses, re.IGNORECASE)

    @cached_property
    def _handle(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w.-]){re.escape(self.handle)}(?![\w-])")

    @cached_property
    def _mention(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w.])(person:|@){re.escape(self.handle)}(?![\w-])")

    def without(self, found: Any, key: str = "") -> Any:
        """JSON-like values with the pseudonym in the person's place; equal where they don't name
        them."""
        if isinstance(found, str):
            return self.text(found, key)
        if isinstance(found, Mapping):
            return {self._key(str(k), key): self.without(v, str(k)) for k, v in found.items()}
        if isinstance(found, (list, tuple)):
            return [self.without(each, key) for each in found]
        return found

    def _key(self, name: str, above: str) -> str:
        same = bool(self.handle) and name == self.handle and above not in NOT_PEOPLE
        return self.instead if same else name

    def text(self, text: str, key: str = "") -> str:
        """One value; ``key`` is what it is called."""
        if not text:
            return text
        if self.handle and self.handle in text:
            if text == self.handle:
                return text if key in NOT_PEOPLE else self.instead
            text = self._mention.sub(rf"\g<1>{self.instead}", text)
            if key in _LISTS:
                text = self._handle.sub(self.instead, text)
        for pattern, instead in (
            (self._names, self.instead),
            (self._addresses, GONE),
            (self._firsts if key in PROSE else None, self.instead),
        ):
            if pattern is not None:
                text = pattern.sub(instead, text)
        return text

    def named_in(self, found: Any, key: str = "") -> bool:
        """Whether a value names the person."""
        return bool(self.without(found, key) != found)

    def reached_in(self, found: Any) -> bool:
        """Whether a value holds a name or an address of theirs, which no record may keep."""
        bare = Traces("", self.names, self.firsts, self.addresses, self.instead or "?")
        return bare.named_in(found)


def _any_of(words: Iterable[str], flags: int = 0) -> re.Pattern[str] | None:
    """Any of the words where it is no part of a longer one; the longest first."""
    usable = sorted({w for w in words if len(w) >= _SHORTEST}, key=lambda w: (-len(w), w))
    if not usable:
        return None
    return re.compile("|".join(rf"(?<!\w){re.escape(w)}(?!\w)" for w in usable), flags)
