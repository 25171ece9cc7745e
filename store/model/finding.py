"""A finding as it is kept: what was found, whose it is, and what people said about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from store.model.resource import Finding

if TYPE_CHECKING:
    from store.model import Instant


class FindingState(StrEnum):
    """What people said about it."""

    OPEN = "open"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Place:
    """The resource it is about, as it was when it was found; ``id`` 0 where it is not known."""

    id: int = 0
    name: str = ""
    kind: str = ""
    type: str = ""
    region: str = ""
    account: str = ""
    team: str = ""
    owner: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """``number`` is what people call it. ``by`` snoozed or dismissed it, for a ``reason``, and
    ``until`` ends a snooze. ``ticket`` is since when there is one."""

    number: int
    source: str
    part: str
    rule: str
    finding: Finding
    place: Place
    first_at: Instant
    seen_at: Instant
    gone_at: Instant | None = None
    state: FindingState = FindingState.OPEN
    until: Instant | None = None
    by: str = ""
    reason: str = ""
    ticket: Instant | None = None

    def is_open(self, now: Instant) -> bool:
        """Whether it is there and nobody put it off."""
        if self.gone_at is not None or self.state is FindingState.DISMISSED:
            return False
        return self.state is FindingState.OPEN or (self.until is not None and self.until <= now)


@dataclass(frozen=True, slots=True)
class Merged:
    """Those with the same rule and resource, as one: ``first`` is the one people name, ``saving``
    what a month of it is worth, ``origins`` who said it."""

    first: Found
    saving: float
    currency: str
    why: str
    origins: tuple[str, ...]
    since: Instant
    numbers: tuple[int, ...] = field(default=())
