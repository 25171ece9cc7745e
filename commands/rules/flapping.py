"""When an alert flaps: how often it changed its state, from a short packed memory of it. Pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from store.model import DAY, MINUTE, SECOND, Flapping, Instant

MOST = 64
"""Changes of one alert that are remembered."""
LEAST = 3
"""Fewer changes never make an alert flap."""
SIZE = 4
"""Bytes of one change."""
_BARS = "▁█"


def changes(flips: bytes) -> tuple[Instant, ...]:
    """The instants of the changes, the oldest first, to the second."""
    count = len(flips) // SIZE
    return tuple(at * SECOND for at in struct.unpack(f">{count}I", flips[: count * SIZE]))


def noted(flips: bytes, at: Instant) -> bytes:
    """One change more; those of more than a day ago are forgotten."""
    kept = flips
    if len(kept) >= LEAST * SIZE:
        kept = struct.pack(
            f">{len(found)}I", *found
        ) if (found := [c // SECOND for c in changes(kept) if c > at - DAY]) else b""  # fmt: skip
    return (kept + struct.pack(">I", at // SECOND))[-MOST * SIZE :]


def lately(flips: bytes, now: Instant, one: Flapping) -> int:
    """How many of the changes count now."""
    since = now - one.within * MINUTE
    return sum(at > since for at in changes(flips))


def flaps(flips: bytes, now: Instant, one: Flapping) -> bool:
    """Whether an alert with these changes flaps: it changed often, and the last time lately."""
    if not one.changes or len(flips) < one.changes * SIZE:
        return False
    return lately(flips, now, one) >= one.changes


def calm_at(flips: bytes, one: Flapping) -> Instant:
    """When it has been as it is for long enough."""
    return changes(flips)[-1] + one.calm * MINUTE


def sparkline(
    flips: bytes, firing: bool, began: Instant, now: Instant, span: Instant, width: int = 12
) -> str:
    """``▁█▁█▁▁█``: on and off over a span of time that ends now, in so many parts; a part in which
    it was on at all is high. Before it ``began``, and before what is remembered, it was off."""
    turns, bars = _turns(flips, began), []
    for part in range(width):
        start, end = now - span + span * part // width, now - span + span * (part + 1) // width
        bars.append(_BARS[_on_within(turns, firing, start, end)])
    return "".join(bars)


def _turns(flips: bytes, began: Instant) -> tuple[Instant, ...]:
    """Each change, and the beginning."""
    found = changes(flips)
    return (began, *found) if not found or began < found[0] else found


def _on_within(turns: Sequence[Instant], firing: bool, start: Instant, end: Instant) -> bool:
    """Whether it was on between two instants: the state turns with each change."""
    if not turns or end <= turns[0]:
        return False
    later = sum(at >= end for at in turns)
    within = any(start < at < end for at in turns)
    return within or firing ^ (later % 2 == 1)


def longest_on(flips: bytes, firing: bool, began: Instant, now: Instant) -> Instant:
    """For how long it was on the longest, within what is remembered."""
    state, end, longest = firing, now, 0
    for at in reversed(_turns(flips, began)):
        if state:
            longest = max(longest, end - at)
        state, end = not state, at
    return longest
