"""How long a session lasts, and when its secret changes."""

from __future__ import annotations

import re
from dataclasses import dataclass

DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
_SPAN = re.compile(r"(\d{1,5})([mhd])")


@dataclass(frozen=True, slots=True)
class SessionRules:
    """In milliseconds: without a request for ``idle``, or ``absolute`` after signing in, a session
    is over; its secret changes every ``rotate``."""

    idle: int = 3 * DAY
    absolute: int = 14 * DAY
    rotate: int = 15 * MINUTE


def span(text: str) -> int:
    """``15m``, ``12h``, ``3d`` in milliseconds; ValueError for anything else."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or not int(found[1]):
        raise ValueError(f"{text} is no span of time: write 15m, 12h or 3d")
    return int(found[1]) * _UNITS[found[2]]


def over(rules: SessionRules, created_at: int, seen_at: int, expires_at: int, now: int) -> bool:
    """Whether a session is too old or was left alone too long; rules that became stricter count."""
    return now >= min(expires_at, created_at + rules.absolute, seen_at + rules.idle)
