"""A silence: what it hides, until when, who made it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.model import Instant
from store.model.hush import Hush


class SilenceState(StrEnum):
    """``draft`` is shown to who asked for it and hides nothing yet."""

    DRAFT = "draft"
    ON = "on"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence, numbered for people. It hides what fits the filter ``what``, or, without one,
    the alerts that incident ``of`` had.

    ``rev`` grows with each change. ``hid`` are the incidents it hid when it began, ``week`` those
    of the week before that it would have hidden; ``posts`` are the places of its card.
    """

    id: int
    what: str
    until: Instant
    created_at: Instant
    by: str = ""
    text: str = ""
    of: int | None = None
    state: SilenceState = SilenceState.ON
    rev: int = 1
    ended_at: Instant | None = None
    ended_by: str = ""
    hid: int = 0
    week: int = 0
    posts: tuple[str, ...] = ()

    @property
    def hush(self) -> Hush:
        """What is kept with the incidents it hides."""
        return Hush(self.id, self.by, self.text)

    def in_force(self, now: Instant) -> bool:
        """Whether it hides anything at that instant."""
        return self.state is SilenceState.ON and self.until > now
