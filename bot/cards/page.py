"""A neutral page of one person alone, such as a chat app's Home: lines in parts, buttons beside
what they are about."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.model import Press, Spans


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, with what can be done about it: one press is a button, several are a menu."""

    spans: Spans
    presses: tuple[Press, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of one kind below a title."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """``lead`` stands first, ``actions`` below it, ``last`` at the end in small letters. ``still``
    says that it is nobody's own, and that another such is no news."""

    lead: tuple[Spans, ...]
    actions: tuple[Press, ...] = ()
    parts: tuple[Part, ...] = ()
    last: Spans = ()
    still: bool = False
