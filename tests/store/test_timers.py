"""Timers: claimed by severity and due time, each exactly once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from store import timers
from store.db import Tx
from store.model import Timer
from tests.store.conftest import NOW, Base


def timer(tx: Tx, kind: str, number: int, after: int, rank: int = 0, **more: Any) -> None:
    """A timer of an incident."""
    timers.add(tx, NOW, kind, number, 1, NOW + after, rank, **more)


async def due(base: Base, at: int, limit: int = 200) -> list[Timer]:
    """What is claimed at an instant."""
    return await base.do(lambda tx: timers.due(tx, at, limit))


async def test_the_most_severe_is_claimed_first_then_the_one_due_first(base: Base) -> None:
    for number, after, rank in ((1, 30, 2), (2, 20, 0), (3, 10, 2), (4, 10, 0), (5, 99, 0)):
        await base.do(
            lambda tx, n=number, a=after, r=rank: timer(tx, timers.STEP, n, a, r)  # type: ignore[misc]
        )
    assert await base.read(timers.next_due) == NOW + 10
    assert [t.incident_id for t in await due(base, NOW + 30, 3)] == [4, 2, 3]
    assert [t.incident_id for t in await due(base, NOW + 30)] == [1]
    assert await due(base, NOW + 98) == []
    assert [t.incident_id for t in await due(base, NOW + 99)] == [5]
    assert await base.read(timers.next_due) is None


async def test_a_timer_carries_its_detail_and_its_run(base: Base) -> None:
    detail = {"person": "ana", "via": "email"}
    await base.do(lambda tx: timer(tx, timers.RULE, 1, 0, detail=detail, run_id=7))
    (found,) = await due(base, NOW)
    assert (found.kind, found.generation) == (timers.RULE, 1)
    assert found.detail == {**detail, "run_id": 7}
    assert base.wake == set()


async def test_asking_is_cancelled_and_the_end_of_a_silence_is_not(base: Base) -> None:
    kinds = (timers.STEP, timers.FALLBACK, timers.LEASE, timers.UNSNOOZE, timers.UNSILENCE)
    for kind in kinds:
        await base.do(lambda tx, k=kind: timer(tx, k, 1, 0))  # type: ignore[misc]
    await base.do(lambda tx: timer(tx, timers.STEP, 2, 0))
    await base.do(lambda tx: timers.cancel_asking(tx, 1))
    left = {(t.kind, t.incident_id) for t in await due(base, NOW)}
    assert left == {(timers.UNSILENCE, 1), (timers.STEP, 2)}


async def test_the_earliest_of_a_run_is_hastened(base: Base) -> None:
    for after in (30, 10, 20):
        await base.do(lambda tx, a=after: timer(tx, timers.RULE, 1, a, run_id=7))  # type: ignore[misc]
    assert await base.do(lambda tx: timers.hasten(tx, NOW, run_id=7)) == 1
    assert len(await due(base, NOW)) == 1
    assert await base.read(timers.next_due) == NOW + 20
    assert await base.do(lambda tx: timers.hasten(tx, NOW, run_id=8)) == 0
    found = await base.do(lambda tx: timers.hasten(tx, NOW, incident_id=1, kind=timers.STEP))
    assert found == 0


async def test_the_end_of_a_silence_asks_nobody(base: Base) -> None:
    await base.do(lambda tx: timer(tx, timers.UNSILENCE, 1, 0))
    assert await base.read(lambda tx: timers.asks(tx, 1)) is False
    await base.do(lambda tx: timer(tx, timers.STEP, 1, 0))
    assert await base.read(lambda tx: timers.asks(tx, 1)) is True


async def test_timers_move_with_a_merge(base: Base) -> None:
    await base.do(lambda tx: timer(tx, timers.UNSILENCE, 1, 0))
    await base.do(lambda tx: timers.move(tx, 1, 2))
    assert [t.incident_id for t in await due(base, NOW)] == [2]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
async def test_two_claims_at_once_never_get_the_same_timer(base: Base) -> None:
    for number in range(40):
        await base.do(lambda tx, n=number: timer(tx, timers.STEP, n, 0))  # type: ignore[misc]
    got = await asyncio.gather(*(due(base, NOW, 10) for _ in range(4)))
    ids = [t.id for each in got for t in each]
    assert len(ids) == len(set(ids))
    rest = await due(base, NOW, 100)
    assert len(ids) + len(rest) == 40
