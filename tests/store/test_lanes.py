"""Who is written first, and what shares a commit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from store.lanes import (
    BATCH,
    FEW,
    HEAVY,
    LATE,
    RECENTLY,
    STORM,
    TIMERS_SHARE,
    Full,
    Job,
    Lane,
    Queue,
)


def one_thing(_tx: Any, items: list[Any]) -> list[Any]:
    """Some function that writes."""
    return items


def another(_tx: Any, items: list[Any]) -> list[Any]:
    """Some other function that writes."""
    return items


def job(item: Any, fn: Any = one_thing, weight: int = 1) -> Job:
    """Something that waits; nobody looks at what becomes of it."""
    loop = asyncio.get_running_loop()
    return Job(fn, item, loop.create_future(), weight)


def taken(queue: Queue, now: float = 0.0, *, last: bool = False) -> list[Any]:
    """The items of the next batch."""
    return [j.item for j in queue.take(now, last=last)]


async def test_presses_come_first_and_one_by_one() -> None:
    queue = Queue()
    for lane in (Lane.BULK, Lane.INTAKE, Lane.TIMER):
        queue.put(job(lane.name), lane)
    queue.put(job("first"), Lane.URGENT)
    queue.put(job("second"), Lane.URGENT)
    order = [taken(queue) for _ in range(5)]
    assert order == [["first"], ["second"], ["TIMER"], ["INTAKE"], ["BULK"]]
    assert taken(queue) == []


async def test_a_commit_takes_one_function_and_so_many_at_most() -> None:
    queue = Queue()
    for n in range(BATCH + 2):
        queue.put(job(n), Lane.INTAKE)
    queue.put(job("other", another), Lane.INTAKE)
    assert taken(queue) == list(range(BATCH))
    assert taken(queue) == [BATCH, BATCH + 1]
    assert taken(queue) == ["other"]


async def test_heavy_requests_share_a_commit_with_few() -> None:
    queue = Queue()
    for n in range(4):
        queue.put(job(n, weight=HEAVY // 2), Lane.INTAKE)
    assert [taken(queue), taken(queue)] == [[0, 1], [2, 3]]


async def test_few_timers_share_a_commit_so_that_a_press_waits_little() -> None:
    queue = Queue()
    for n in range(FEW + 1):
        queue.put(job(n), Lane.TIMER)
    assert len(taken(queue)) == FEW


async def test_a_full_lane_takes_no_more_but_presses() -> None:
    queue = Queue(limit=2)
    for n in range(2):
        queue.put(job(n), Lane.INTAKE)
    with pytest.raises(Full):
        queue.put(job(3), Lane.INTAKE)
    queue.put(job("timer"), Lane.TIMER)
    for n in range(5):
        queue.put(job(n), Lane.URGENT)
    assert len(queue) == 8


async def test_without_a_storm_timers_go_before_alerts() -> None:
    queue = Queue()
    queue.put(job("timer"), Lane.TIMER)
    assert taken(queue) == ["timer"]
    queue.spent(0.9, 1.0)
    queue.put(job("timer"), Lane.TIMER)
    queue.put(job("alert"), Lane.INTAKE)
    assert taken(queue, 1.0) == ["timer"]


async def storm(queue: Queue) -> None:
    """Alerts kept the writer busy, and timers had their share."""
    queue.put(job("alert"), Lane.INTAKE)
    assert taken(queue) == ["alert"]
    queue.spent(2 * STORM, 1.0)
    queue.put(job("timer"), Lane.TIMER)
    assert taken(queue, 1.0) == ["timer"]
    queue.spent(2 * TIMERS_SHARE, 1.0)


async def test_in_a_storm_timers_wait_once_they_had_their_share() -> None:
    queue = Queue()
    await storm(queue)
    queue.put(job("timer"), Lane.TIMER)
    queue.put(job("alert"), Lane.INTAKE)
    assert taken(queue, 1.0) == ["alert"]
    assert taken(queue, 1.0) == []
    pause = queue.pause(1.0)
    assert pause is not None
    assert 0.5 < pause < 1.0  # twice the share falls to the share
    assert taken(queue, 1.01 + pause) == ["timer"]


async def test_presses_do_not_wait_in_a_storm_and_the_end_takes_everything() -> None:
    queue = Queue()
    await storm(queue)
    queue.put(job("timer"), Lane.TIMER)
    queue.put(job("press"), Lane.URGENT)
    assert taken(queue, 1.0) == ["press"]
    assert taken(queue, 1.0) == []
    assert taken(queue, 1.0, last=True) == ["timer"]


async def test_it_is_a_storm_too_when_the_loop_is_late_while_alerts_come() -> None:
    queue = Queue()
    queue.put(job("timer"), Lane.TIMER)
    assert taken(queue, 1.0) == ["timer"]
    queue.spent(2 * TIMERS_SHARE, 1.0)
    for _ in range(50):
        queue.late(2 * LATE)
    queue.put(job("timer"), Lane.TIMER)
    queue.put(job("alert"), Lane.INTAKE)
    assert taken(queue, 1.0) == ["alert"]
    assert taken(queue, 1.0) == []
    assert taken(queue, 1.01 + RECENTLY) == ["timer"]


async def test_nothing_that_waits_needs_no_alarm_clock() -> None:
    assert Queue().pause(1.0) is None
