"""Who comes to the console's door, what is offered to them there, and who is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from store.model import Actor, Person


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as HTTP says it; ``browser`` is the mark a browser of ours keeps, "" where
    it has none yet."""

    address: str = ""
    agent: str = ""
    browser: str = ""


def somebody(caller: Caller) -> Actor:
    """Whoever is at the door and not known yet, for the record: from which address."""
    return Actor("system", "pixelview", "Somebody", "web", address=caller.address)


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody who is signed in. ``fresh`` is the cookie to set, "" where the old one stays."""

    actor: Actor
    session: int
    how: str
    told: Mapping[str, str] = field(default_factory=dict)
    fresh: str = ""


class Look(StrEnum):
    """What a link, a code or a letter is worth at a browser."""

    OPEN = "open"
    WAITS = "waits"
    ELSEWHERE = "elsewhere"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered at a browser, to whom, where it leads, and whether it is that browser's."""

    look: Look
    person: Person | None = None
    into: str = "/"
    bound: bool = False
