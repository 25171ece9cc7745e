"""Somebody asks others to take a shift of theirs, or to swap it for one of their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model import Instant


class CoverState(StrEnum):
    """``draft`` is offered to its person alone; ``waiting`` has somebody and needs a yes; ``part``
    was taken in part, the rest is a request of its own."""

    DRAFT = "draft"
    OPEN = "open"
    WAITING = "waiting"
    TAKEN = "taken"
    PART = "part"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of somebody's duty in a schedule."""

    schedule: str
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Cover:
    """One request: somebody is to stand in for ``person`` in ``schedule`` for a while.

    ``rev`` grows with each change. ``to`` is the only one who is asked, ``by`` who made it. With
    ``back`` it is a swap: ``to`` takes this shift, ``person`` takes that one. ``taker`` has it, or
    waits for a yes, from ``surface`` at ``taken_at``; ``refused`` said that it is not for them.
    ``of`` is the request this is the rest or an answer of; ``changes`` are the changes of schedules
    that came of it; ``posts`` the places its card stands in, ``rested``
    who of those asked had the fewest nights then.
    """

    id: int
    schedule: str
    person: str
    start: Instant
    end: Instant
    state: CoverState
    rev: int = 1
    at: Instant = 0
    reason: str = ""
    by: str = ""
    to: str = ""
    back: Turn | None = None
    taker: str = ""
    surface: str = ""
    taken_at: Instant | None = None
    refused: tuple[str, ...] = ()
    of: int = 0
    changes: tuple[int, ...] = ()
    posts: tuple[str, ...] = ()
    rested: str = ""

    @property
    def turn(self) -> Turn:
        """What is to be taken."""
        return Turn(self.schedule, self.start, self.end)

    @property
    def asked(self) -> str:
        """In a swap, whose yes it needs."""
        return self.to if self.by == self.person else self.person

    @property
    def is_over(self) -> bool:
        """Whether nothing will come of it any more."""
        waits = (CoverState.DRAFT, CoverState.OPEN, CoverState.WAITING)
        return self.state not in waits
