"""The lanes in front of the writer: who is written first, and what shares a commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from math import exp, log
from typing import Any

from store.db import Tx

BATCH, FEW, HEAVY = 128, 16, 512
STORM, LATE, RECENTLY = 0.25, 0.005, 0.2
"""It is a storm when intake keeps the writer busy for more than this share of the last second or
so; or when alerts came this many seconds ago and the event loop is late by more than that."""
TIMERS_SHARE = 1 / 16
"""In a storm due timers and sends get this share of the writer's time.

A page is not lost by waiting, an alert that is refused may be; the most urgent timers go first.
"""


class Lane(IntEnum):
    """Presses first; then timers and intake, each its share of the time; bulk last."""

    URGENT = 0
    TIMER = 1
    INTAKE = 2
    BULK = 3


class Full(Exception):
    """The queue is full; nothing was taken."""


class Unwritable(Exception):
    """The database can't be written now (disk full, read-only, gone); nothing was taken."""


BatchFn = Callable[[Tx, list[Any]], list[Any]]


@dataclass(slots=True, eq=False)
class Job:
    """Something to write: items of one ``fn`` share a commit; ``done`` gets the item's result.

    ``weight`` is how many alerts or the like it holds: a commit takes only so many together.
    """

    fn: BatchFn
    item: Any
    done: asyncio.Future[Any]
    weight: int = 1


class Share:
    """Which part of the last second or so something took, the more recent the heavier."""

    def __init__(self) -> None:
        self._value, self._at = 0.0, 0.0

    def add(self, seconds: float, now: float) -> None:
        """It took that long, until now."""
        self._value, self._at = self.at(now) + seconds, now

    def at(self, now: float) -> float:
        """The share as it stands now."""
        return self._value * exp(self._at - now)

    def until(self, share: float, now: float) -> float:
        """Seconds until it has fallen to a share."""
        value = self.at(now)
        return log(value / share) if value > share else 0.0


class Queue:
    """The lanes, bounded: at most ``limit`` jobs wait in each but the urgent one."""

    def __init__(self, limit: int = 4096) -> None:
        self._lanes: tuple[deque[Job], ...] = tuple(deque() for _ in Lane)
        self._limit = limit
        self._shares = tuple(Share() for _ in Lane)
        self._lane = Lane.BULK
        self._heard, self._late = float("-inf"), 0.0

    def put(self, job: Job, lane: Lane) -> None:
        """Queue a job, or Full (an urgent one is always taken)."""
        if lane is not Lane.URGENT and len(self._lanes[lane]) >= self._limit:
            raise Full(f"{len(self._lanes[lane])} requests wait to be written")
        self._lanes[lane].append(job)

    def take(self, now: float, *, last: bool = False) -> list[Job]:
        """The next batch: one urgent job, else jobs of one function, 128 at most.

        Nothing while only timers wait that had their share; ``last`` takes them all the same.
        ``now`` in seconds of any clock that only goes forward.
        """
        lane = self._next_lane(now, last)
        if lane is None:
            return []
        self._lane = lane
        jobs = self._lanes[lane]
        batch = [jobs.popleft()]
        if lane is Lane.URGENT:
            return batch
        fn, weight = batch[0].fn, batch[0].weight
        most = BATCH if lane is not Lane.TIMER else FEW
        while jobs and len(batch) < most and weight < HEAVY and jobs[0].fn == fn:
            job = jobs.popleft()
            weight += job.weight
            batch.append(job)
        return batch

    def spent(self, seconds: float, now: float) -> None:
        """How long the batch taken last took, until now."""
        self._shares[self._lane].add(seconds, now)

    def late(self, seconds: float) -> None:
        """How long the event loop took to hear of a commit."""
        self._late += (seconds - self._late) / 8

    def pause(self, now: float) -> float | None:
        """Seconds after which there is something to take; None when nothing waits."""
        return self._shares[Lane.TIMER].until(TIMERS_SHARE, now) if self else None

    def _next_lane(self, now: float, last: bool) -> Lane | None:
        waiting = [lane for lane in Lane if self._lanes[lane]]
        if Lane.INTAKE in waiting:
            self._heard = now
        if waiting and waiting[0] is Lane.TIMER and not last and self._had_its_share(now):
            waiting.pop(0)
        return waiting[0] if waiting else None

    def _had_its_share(self, now: float) -> bool:
        storm = self._shares[Lane.INTAKE].at(now) > STORM
        storm |= self._late > LATE and now - self._heard < RECENTLY
        return storm and self._shares[Lane.TIMER].at(now) > TIMERS_SHARE

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes)
