"""Who it was that killed the worker: sources that were being asked whenever it died are begun one
after the other, until it is known; the others are looked at meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

OFTEN = 3
"""So many deaths with a source being asked make it a suspect."""
WELL = 60.0
"""Seconds that the worker must live with a suspect to clear it."""
HELD, LONGEST = 600.0, 7200.0
"""Seconds that the guilty is left alone, twice as long each time."""


class Suspects:
    """``now`` gives seconds of any clock that goes forward only."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._deaths: dict[str, int] = {}
        self._times: dict[str, int] = {}
        self._until: dict[str, float] = {}
        self._tried = ""
        self._since = now()

    def died(self, asked: Collection[str]) -> None:
        """The worker died while these sources were being asked."""
        if self._tried in asked:
            times = self._times.get(self._tried, 0)
            self._until[self._tried] = self._now() + min(HELD * 2.0**times, LONGEST)
            self._times[self._tried], self._deaths[self._tried] = times + 1, OFTEN
        else:
            for name in asked:
                self._deaths[name] = self._deaths.get(name, 0) + 1
        self._tried = ""

    def well(self, name: str) -> None:
        """A part of a source was told to its end."""
        if name != self._tried and self._deaths.get(name, 0) < OFTEN:
            self._deaths.pop(name, None)

    def lives(self) -> bool:
        """The worker lives; whether that clears somebody, so that the next may begin."""
        if not self._tried or self._now() - self._since < WELL:
            return False
        self._deaths.pop(self._tried, None)
        self._times.pop(self._tried, None)
        self._tried = ""
        return True

    def chosen(self, sources: Iterable[str]) -> list[str]:
        """Those that may be asked now: who is no suspect, and one of the suspects."""
        names, now = sorted(sources), self._now()
        suspects = [name for name in names if self._deaths.get(name, 0) >= OFTEN]
        free = [name for name in suspects if self._until.get(name, 0.0) <= now]
        if self._tried not in free:
            self._tried = free[0] if free else ""
            self._since = now
        return [name for name in names if name not in suspects or name == self._tried]

    def held(self, name: str) -> bool:
        """Whether a source is left alone because it killed the worker."""
        return self._until.get(name, 0.0) > self._now()

    def waits(self) -> bool:
        """Whether somebody waits for a turn that has come."""
        if self._tried:
            return False
        now = self._now()
        return any(
            many >= OFTEN and self._until.get(name, 0.0) <= now
            for name, many in self._deaths.items()
        )
