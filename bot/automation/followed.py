"""One execution that is followed, and when it is looked at next."""

from __future__ import annotations

from dataclasses import dataclass

from bot.automation import reading
from commands.automation.following import GRACE
from commands.automation.offers import Offer
from store.clock import SECOND, Instant
from store.executions import Execution

FIRST, LONGEST = 2 * SECOND, 15 * SECOND
DEAF = 3 * SECOND
"""The longest between two looks while no stream tells, where many are looked at in one request."""
READ, KEEP = 3 * SECOND, 30 * SECOND
"""How often its last lines are read, and all that it printed."""
SLOWEST = 60 * SECOND


@dataclass(slots=True)
class Followed:
    """``gap`` is the time to the next look, which grows; ``misses`` how often it was not there.
    ``status`` is how it was there last. ``ending`` says that what came of it is being read,
    ``unread_since`` since when that fails."""

    number: int
    remote: str
    secrets: tuple[str, ...]
    workflow: bool
    look_at: Instant
    deadline_at: Instant | None
    gap: Instant = FIRST
    read_at: Instant = 0
    read_gap: Instant = READ
    keep_at: Instant = 0
    status: str = "requested"
    misses: int = 0
    lost: bool = False
    ending: bool = False
    unread_since: Instant | None = None

    @classmethod
    def of(cls, one: Execution, offer: Offer | None, now: Instant) -> Followed:
        """From here on; one that was followed before is looked at at once."""
        known = one.began_at is not None and now - one.began_at > FIRST
        deadline = one.deadline_at
        if one.extra.get("overdue"):
            deadline = int(one.extra["overdue"]) + GRACE
        return cls(
            one.id, one.remote, reading.secrets_of(one),
            offer.workflow if offer is not None else bool(one.steps), now if known else now + FIRST,
            deadline, read_at=now + FIRST, keep_at=now + KEEP, lost=one.lost_at is not None,
        )  # fmt: skip

    def looked(self, now: Instant, *, told: bool = False, longest: Instant = LONGEST) -> None:
        """It was looked at; ``told`` by itself, so that it needs no look for a while."""
        self.gap = longest if told else min(self.gap * 3 // 2, longest)
        self.look_at = now + self.gap

    def read(self, now: Instant, took: float) -> None:
        """Its output was read, which took so many seconds: what takes long is read less often."""
        self.read_gap = int(min(max(READ, 10_000 * took), SLOWEST))
        self.read_at = now + self.read_gap
