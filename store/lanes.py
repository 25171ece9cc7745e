"""The lanes in front of the writer: who is written first, and what shares a commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from store.db import Tx

BATCH, FEW, HEAVY = 128, 16, 512
TIMERS_SHARE = 8
"""Where a storm of alerts keeps the writer busy, due timers and sends get an eighth of its time.

A page is not lost by waiting, an alert that is refused may be; the most urgent timers go first.
"""
AHEAD = 0.5
"""Seconds of lead over the other lane that are remembered."""


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


class Queue:
    """The lanes, bounded: at most ``limit`` jobs wait in each but the urgent one."""

    def __init__(self, limit: int = 4096) -> None:
        self._lanes: tuple[deque[Job], ...] = tuple(deque() for _ in Lane)
        self._limit = limit
        self._lead = 0.0
        self.lane = Lane.BULK

    def put(self, job: Job, lane: Lane) -> None:
        """Queue a job, or Full (an urgent one is always taken)."""
        if lane is not Lane.URGENT and len(self._lanes[lane]) >= self._limit:
            raise Full(f"{len(self._lanes[lane])} requests wait to be written")
        self._lanes[lane].append(job)

    def take(self) -> list[Job]:
        """The next batch: one urgent job, else jobs of one function, 128 at most."""
        lane = self._next_lane()
        if lane is None:
            return []
        self.lane = lane
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

    def spent(self, seconds: float) -> None:
        """How long the batch taken last took."""
        if self.lane is Lane.TIMER:
            self._lead += seconds * (TIMERS_SHARE - 1)
        elif self.lane is Lane.INTAKE:
            self._lead -= seconds
        self._lead = min(max(self._lead, -AHEAD), AHEAD)

    def _next_lane(self) -> Lane | None:
        waiting = [lane for lane in Lane if self._lanes[lane]]
        if not waiting:
            return None
        if waiting[0] is Lane.TIMER and self._lead > 0 and Lane.INTAKE in waiting:
            return Lane.INTAKE
        return waiting[0]

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes)
