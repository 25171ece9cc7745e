"""What counts as night: 22:00 to 07:00 on somebody's own clock."""

from __future__ import annotations

from commands.rules.oncall.wall import clock_of
from store.model import DAY, HOUR, Instant

BEGINS, ENDS = 22 * HOUR, 7 * HOUR


def is_night(at: Instant, zone: str) -> bool:
    """Whether it is night in a zone."""
    clock = clock_of(zone).wall(at) % DAY
    return clock >= BEGINS or clock < ENDS
