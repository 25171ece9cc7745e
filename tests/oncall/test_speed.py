"""Many schedules at once say the same as each alone; how fast that is says ``make bench``."""

from __future__ import annotations

from itertools import groupby

import pytest

from commands.rules import oncall
from store.model import DAY, MINUTE
from store.model.oncall import Schedule, Shift
from tests.oncall.companies import START, company, hourly


def joined(of: Schedule, end: int) -> list[Shift]:
    """Shifts put together from the stretches, which know every reason."""
    found = []
    for people, each in groupby(oncall.stretches(of, START, end), lambda s: s.people):
        together = list(each)
        if people:
            found.append(Shift(together[0].start, together[-1].end, people))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", [company, hourly])
def test_the_shifts_of_many_schedules_are_their_stretches(kind: type) -> None:
    for number in range(200):
        of = kind(number)
        assert oncall.shifts(of, START, START + 90 * DAY) == joined(of, START + 90 * DAY)


@pytest.mark.slow
def test_who_is_on_call_in_many_schedules_is_whose_shift_it_is() -> None:
    for number in range(1000):
        of, at = company(number), START + number * 37 * MINUTE
        shifts = oncall.shifts(of, START, START + 90 * DAY)
        held = [shift.people for shift in shifts if shift.start <= at < shift.end]
        assert [tuple(on.person for on in oncall.who(of, at))] == (held or [()])
