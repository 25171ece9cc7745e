"""MTTA, MTTR and nights by hand-made rows: each figure as its definition says."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from commands.rules.figures import Load, One, PageOf, figures, night_of, times
from store.model import HOUR, MINUTE
from tests.simulator.support import at

DAY_ONE = at("2026-11-22T12:00:00+01:00")


def one(ack: int | None, over: int | None, holder: str | None = "ana") -> One:
    """A critical incident with its minutes to ack and to the end."""
    acked = DAY_ONE + ack * MINUTE if ack is not None else None
    resolved = DAY_ONE + over * MINUTE if over is not None else None
    return One("critical", DAY_ONE, acked, resolved, holder if ack is not None else None)


def test_an_ack_that_never_came_is_no_answer_and_what_is_open_is_not_solved() -> None:
    found = figures([one(2, 10), one(4, None), one(None, 30), one(None, None)], [], {})
    assert (found.answered.count, found.answered.mean) == (2, 3 * MINUTE)
    assert (found.solved.count, found.solved.mean) == (2, 20 * MINUTE)
    assert (found.by_itself, found.still_open, found.total) == (1, 2, 4)
    assert found.load == {"ana": Load(acked=2)}


def test_median_and_nine_of_ten() -> None:
    ten = times(range(1, 11))
    assert (ten.median, ten.p90, ten.mean) == (5, 9, 5)
    assert (times([1, 3]).median, times([1, 3]).p90) == (2, 3)


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_nine_of_ten_were_within_it_and_it_was_one_of_them(taken: list[int]) -> None:
    found = times(taken)
    assert found.p90 in taken and found.median is not None and found.mean is not None
    assert sum(t <= (found.p90 or 0) for t in taken) >= 0.9 * len(taken)
    assert min(taken) <= found.median <= max(taken) and min(taken) <= found.mean <= max(taken)


def test_a_night_is_from_ten_to_seven_on_the_persons_clock_and_has_its_evenings_date() -> None:
    assert night_of(at("2026-11-22T23:30:00+01:00"), "Europe/Berlin") == date(2026, 11, 22)
    assert night_of(at("2026-11-23T06:59:00+01:00"), "Europe/Berlin") == date(2026, 11, 22)
    assert night_of(at("2026-11-23T07:00:00+01:00"), "Europe/Berlin") is None
    assert night_of(at("2026-11-23T06:59:00+01:00"), "Asia/Dubai") is None
    assert night_of(at("2026-10-25T02:30:00+01:00"), "Europe/Berlin") == date(2026, 10, 24)


def test_many_pages_of_one_night_disturb_it_once_and_refused_ones_not_at_all() -> None:
    night = at("2026-11-22T23:00:00+01:00")
    pages = [PageOf("ana", n, went=True, failed=False, asked_at=night + n * HOUR) for n in range(7)]
    pages.append(PageOf("ana", 9, went=False, failed=True, asked_at=night + 24 * HOUR))
    pages.append(PageOf("omar", 9, went=True, failed=False, asked_at=night + 13 * HOUR))
    found = figures([], pages, {"ana": "Europe/Berlin", "omar": "Europe/Berlin"})
    assert found.load == {
        "ana": Load(pages=7, failed=1, incidents=7, nights=1),
        "omar": Load(pages=1, incidents=1),
    }
