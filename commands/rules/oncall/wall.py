"""The wall clock of a zone: when it shows a time first and last, over gaps, folds and lost days.

After GoAlert's ``util/timeutil``, with one definition for all of it: the clock has *reached* a
time when it shows it or a later one. The first instant at which it has is the first occurrence,
or the first instant after the gap that skips it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from store.model import DAY, MINUTE, SECOND, Instant
from store.model.oncall import WallTime

_CHUNK = 512 * DAY
_MARGIN = 3 * DAY  # no zone is further than a day from UTC
_EARLIEST, _LATEST = -62_000_000_000, 253_300_000_000  # seconds that datetime can hold

_Table = tuple[list[Instant], list[int]]
"""Since when each offset from UTC holds, and the offsets, in milliseconds."""


def cut(at: int) -> int:
    """An instant or wall time cut down to its minute."""
    return at - at % MINUTE


@cache
def clock_of(zone: str) -> WallClock:
    """The clock of an IANA zone; KeyError or ValueError where there is none."""
    return WallClock(ZoneInfo(zone))


def _ends(at: int) -> int:
    """Where the table that holds an instant or wall time ends."""
    return (at // _CHUNK + 1) * _CHUNK + _MARGIN


class WallClock:
    """The offsets of one zone, read from the time zone database once for each stretch of time."""

    __slots__ = ("_tables", "_zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._tables: dict[int, _Table] = {}

    def first(self, wall: WallTime) -> Instant:
        """The first occurrence of a wall time; the first instant after the gap if it is skipped."""
        at, offsets = self._around(wall)
        i = bisect_right(at, wall + DAY) - 1
        if at[i] <= wall - DAY:
            return wall - offsets[i]
        i = bisect_right(at, wall - DAY) - 1
        while i + 1 < len(at) and wall - offsets[i] >= at[i + 1]:
            i += 1
        return max(at[i], wall - offsets[i])

    def every(self, wall: WallTime, step: int, end: Instant) -> list[Instant]:
        """The first occurrence of a wall time and of each that follows by ``step``, up to an
        instant; those in one gap are alike."""
        found: list[Instant] = []
        while True:
            at, offsets = self._around(wall)
            i = bisect_right(at, wall + DAY)
            if at[i - 1] <= wall - DAY:
                offset = offsets[i - 1]
                steady = (at[i] if i < len(at) else _ends(wall)) - DAY
                some = range(wall - offset, min(steady - offset, end), step)
                found.extend(some)
                wall += step * len(some)
                if wall - offset >= end:
                    return found
            first = self.first(wall)
            if first >= end:
                return found
            found.append(first)
            wall += step

    def last(self, wall: WallTime) -> Instant:
        """The last occurrence of a wall time; the first instant after the gap if it is skipped."""
        at, offsets = self._around(wall)
        i = bisect_right(at, wall + DAY) - 1
        while i and wall - offsets[i] < at[i] and at[i] + offsets[i - 1] > wall:
            i -= 1
        return max(at[i], wall - offsets[i])

    def offset(self, at: Instant) -> int:
        """Milliseconds that the wall clock is ahead of UTC."""
        since, offsets = self._around(at)
        return offsets[bisect_right(since, at) - 1]

    def wall(self, at: Instant) -> WallTime:
        """What the clock shows."""
        return at + self.offset(at)

    def high(self, at: Instant) -> WallTime:
        """The latest time the clock has shown by then; a repeated hour undoes nothing."""
        since, offsets = self._around(at)
        i = bisect_right(since, at) - 1
        shown = at + offsets[i]
        return max(shown, since[i] + offsets[i - 1] - 1) if i else shown

    def low(self, at: Instant) -> WallTime:
        """The earliest time the clock will show from then on."""
        since, offsets = self._around(at)
        i = bisect_right(since, at)
        shown = at + offsets[i - 1]
        return min(shown, since[i] + offsets[i]) if i < len(since) else shown

    def showing(self, start: WallTime, end: WallTime) -> Iterator[tuple[Instant, Instant]]:
        """Each stretch in which the clock shows a time from ``start`` to before ``end``.

        The two may be at most a day apart.
        """
        at, offsets = self._around(start)
        i = bisect_right(at, start - DAY) - 1
        while i < len(at) and at[i] < end + DAY:
            lower = max(at[i], start - offsets[i])
            upper = min(at[i + 1], end - offsets[i]) if i + 1 < len(at) else end - offsets[i]
            if lower < upper:
                yield lower, upper
            i += 1

    def _around(self, at: int) -> _Table:
        chunk = at // _CHUNK
        return self._tables.get(chunk) or self._read(chunk)

    def _read(self, chunk: int) -> _Table:
        """Look at each day of the chunk, with a margin, and halve those in which clocks change."""
        probe = chunk * _CHUNK - _MARGIN
        end = _ends(chunk * _CHUNK)
        at, offsets = [probe], [self._ask(probe)]
        while probe < end:
            following = probe + DAY
            while self._ask(following) != offsets[-1]:
                probe = self._change(probe, following, offsets[-1])
                at.append(probe)
                offsets.append(self._ask(probe))
            probe = following
        return self._tables.setdefault(chunk, (at, offsets))

    def _change(self, before: Instant, after: Instant, offset: int) -> Instant:
        """The first second with another offset, between one that has it and one that has not."""
        while after - before > SECOND:
            middle = (before + after) // 2 // SECOND * SECOND
            if self._ask(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _ask(self, at: Instant) -> int:
        seconds = min(max(at // SECOND, _EARLIEST), _LATEST)
        offset = datetime.fromtimestamp(seconds, self._zone).utcoffset()
        assert offset is not None
        return round(offset.total_seconds()) * SECOND
