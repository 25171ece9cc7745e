"""How a monitor answers when it is asked what it lets us do."""

from __future__ import annotations

from dataclasses import dataclass

from store.clock import Instant


@dataclass(frozen=True, slots=True)
class Checked:
    """One monitor: ``error`` is why it does not answer; ``says`` and ``lacks`` are of ``Rights``;
    ``looked_at`` is when it was last looked at, ``events`` how its event stream is."""

    name: str
    integration: str
    says: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    error: str = ""
    looked_at: Instant | None = None
    events: str = ""

    @property
    def ok(self) -> bool:
        """It answers, and all we do there will work."""
        return not self.error and not self.lacks
