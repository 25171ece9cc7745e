"""Measures are packed by the day, kept in full for a while, then by the hour."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.inventory import series
from store.inventory.series import packed, thinned, unpacked, with_points
from store.model import DAY, HOUR, MINUTE
from tests.store.conftest import NOW, Base
from tests.support.engines import ENGINES, migrated_url

TODAY = NOW // DAY
MINUTES = st.integers(0, 1439)
VALUES = st.floats(width=32, allow_nan=False, allow_infinity=False)
POINTS = st.lists(st.tuples(MINUTES.map(lambda m: m * MINUTE), VALUES), max_size=60)


@pytest.fixture(params=ENGINES)
async def base(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Base]:
    """A database on one of the engines."""
    made = Base(migrated_url(request.param, tmp_path))
    yield made
    await made.close()


@given(POINTS)
def test_what_is_packed_is_read_as_it_was_with_the_last_of_each_minute(
    points: list[tuple[int, float]],
) -> None:
    last = {at: value for at, value in points if abs(value) < 3e38}
    assert unpacked(0, packed(points)) == sorted(last.items())


@given(POINTS, POINTS)
def test_points_that_come_later_read_like_those_that_came_at_once(
    first: list[tuple[int, float]], then: list[tuple[int, float]]
) -> None:
    assert with_points(packed(first), sorted(then, key=lambda p: p[0])) == packed([*first, *then])


@given(POINTS)
def test_thinned_there_is_one_point_an_hour_within_what_was_measured(
    points: list[tuple[int, float]],
) -> None:
    before, after = unpacked(0, packed(points)), unpacked(0, thinned(packed(points)))
    assert [at // HOUR for at, _ in after] == sorted({at // HOUR for at, _ in before})
    assert thinned(thinned(packed(points))) == thinned(packed(points))
    for at, value in after:
        some = [v for t, v in before if t // HOUR == at // HOUR]
        assert min(some) - abs(min(some)) * 1e-6 <= value <= max(some) + abs(max(some)) * 1e-6


def test_what_is_no_number_is_no_point() -> None:
    assert packed([(0, float("nan")), (MINUTE, float("inf")), (2 * MINUTE, 1e39)]) == b""
    assert with_points(packed([(0, 1.0)]), [(MINUTE, float("nan"))]) == packed([(0, 1.0)])


async def test_points_of_several_deliveries_are_one_series_over_midnight(base: Base) -> None:
    begin = TODAY * DAY - 10 * MINUTE
    for n in range(4):
        at = begin + n * 5 * MINUTE
        await base.do(
            lambda tx, at=at, n=n: series.add(tx, [(7, "cpu", at, float(n)), (8, "cpu", at, 50.0)])  # type: ignore[misc]
        )
    await base.do(lambda tx: series.add(tx, [(7, "cpu", begin, 9.0), (7, "disk", begin, 1.5)]))
    found = await base.read(lambda tx: series.read(tx, 7, "cpu", begin, NOW))
    assert found == [(begin + n * 5 * MINUTE, v) for n, v in enumerate((9.0, 1.0, 2.0, 3.0))]
    later = await base.read(lambda tx: series.read(tx, 7, "cpu", begin + 6 * MINUTE, NOW))
    assert [v for _, v in later] == [2.0, 3.0]
    both = await base.read(lambda tx: series.many(tx, [7, 8, 9], "cpu", begin, NOW))
    assert sorted(both) == [7, 8]
    assert await base.read(lambda tx: series.metrics(tx, 7, begin)) == ["cpu", "disk"]
    assert await base.read(lambda tx: series.measured(tx, "cpu", begin)) == [7, 8]


async def test_old_days_are_thinned_a_few_at_a_time_and_older_ones_go(base: Base) -> None:
    def fill(day: int) -> list[series.Row]:
        at = (TODAY - day) * DAY
        return [(n, "cpu", at + m * MINUTE, float(m % 60)) for n in (1, 2, 3) for m in range(180)]

    for day in (0, 14, 15, 40, 91):
        await base.do(lambda tx, d=day: series.add(tx, fill(d)))  # type: ignore[misc]
    rounds = [await base.do(lambda tx: series.thin(tx, NOW, most=4)) for _ in range(4)]
    assert rounds == [4, 2, 0, 0]

    async def many(day: int) -> int:
        at = (TODAY - day) * DAY
        points = await base.read(lambda tx: series.read(tx, 1, "cpu", at, at + DAY - 1))
        return len(points)

    assert [await many(day) for day in (0, 14, 15, 40, 91)] == [180, 180, 3, 3, 0]
    hourly = await base.read(lambda tx: series.read(tx, 1, "cpu", 0, (TODAY - 15) * DAY + HOUR))
    assert {v for _, v in hourly} == {29.5}
