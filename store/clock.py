"""The only place that reads the wall clock; everything else is handed the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from store.model import DAY, HOUR, MINUTE, SECOND, Instant

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "Clock",
    "Instant",
    "SystemClock",
    "from_datetime",
    "iso",
    "to_datetime",
]


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> Instant:
        """The present instant in milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> Instant:
        """The present instant in milliseconds."""
        return time.time_ns() // 1_000_000


def to_datetime(at: Instant) -> datetime:
    """An instant as an aware UTC datetime."""
    return datetime.fromtimestamp(at / 1000, UTC)


def from_datetime(value: datetime) -> Instant:
    """An aware datetime as an instant; a naive one is refused with ValueError."""
    if value.tzinfo is None:
        raise ValueError("a datetime without a zone is not an instant")
    return int(value.timestamp() * 1000)


def iso(at: Instant) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. ``2026-11-24T03:09:08.000Z``."""
    return to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"
