"""A storm: more cards wait somewhere than that channel can take, and one card speaks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.clock import Instant

HOST, SERVICE = "host", "service"
Tally = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Storm:
    """One storm at one place (``slack:#ops``). ``total`` are the incidents in it, ``first_at`` is
    when the first of them opened, ``last_at`` the last. ``split`` is by what its card counts them,
    ``hosts``, ``services``, ``sources`` and ``labels`` (``rack=B14``) how many incidents have
    each. ``seen`` is the newest card that was looked at. ``rev`` grows when somebody changes it."""

    id: int
    place: str
    began_at: Instant
    first_at: Instant
    last_at: Instant
    seen: int
    total: int = 0
    rev: int = 1
    split: str = HOST
    ended_at: Instant | None = None
    ended_by: str = ""
    hosts: Tally = field(default_factory=dict)
    services: Tally = field(default_factory=dict)
    sources: Tally = field(default_factory=dict)
    labels: Tally = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a storm's incidents: how many are open by severity, how many of these nobody has, how many
    are over."""

    open: Tally = field(default_factory=dict)
    nobody: Tally = field(default_factory=dict)
    over: int = 0

    @property
    def left(self) -> int:
        """How many are open."""
        return sum(self.open.values())
