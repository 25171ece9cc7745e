"""What is spent: by service, account, team, tag or region, how it goes, where it leads. Pure.

Money of two currencies is never added up: whatever is summed is summed for each currency. Bills
arrive late: the last days of a source count only once they look whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import sqrt
from statistics import fmean, median, pstdev

from store.model.resource import Cost

BY = ("service", "account", "team", "region", "usage", "source")
"""What it can be grouped by, beside ``tag:<name>``."""
NONE = "(none)"
LATE = 3
"""Days whose bills may still come in."""
_WHOLE = 0.6
_WEEKS = 4

Days = dict[int, float]
"""Day, counted from 1970 → money."""
_EPOCH = date(1970, 1, 1)
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CNY": "CN¥", "CHF": "CHF"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a bill with the source that told it."""

    source: str
    cost: Cost


@lru_cache(maxsize=4096)
def number_of(day: str) -> int:
    """``2026-11-25`` as a number; ValueError where it is no day."""
    return (date.fromisoformat(day) - _EPOCH).days


def date_of(day: int) -> date:
    """The day of a number."""
    return _EPOCH + timedelta(days=day)


def money(amount: float, currency: str, *, signed: bool = False) -> str:
    """``412 €``, ``1 204 $``, ``0.42 $``."""
    plus = "+" if signed and amount > 0 else ""
    size = abs(amount)
    text = f"{amount:,.0f}".replace(",", " ") if size >= 10 or not size else f"{amount:.2f}"
    if text in ("-0", "-0.00"):
        text = "0"
    return f"{plus}{text} {SIGNS.get(currency, currency)}"


def called(name: str, by: str) -> str:
    """What people call a group: ``no team``, ``no tag app``."""
    return f"no {by.replace('tag:', 'tag ')}" if name == NONE else name


def grouped_by(by: str) -> Callable[[Line], str]:
    """What a line is grouped by; ValueError names what there is."""
    if by.startswith("tag:") and by[4:]:
        name = by[4:].casefold()
        return lambda line: next(
            (v for k, v in line.cost.tags.items() if k.casefold() == name and v), NONE
        )
    if by == "source":
        return lambda line: line.source
    if by not in BY:
        raise ValueError(f"{by} is nothing to group by: {', '.join(BY)}, tag:<name>.")
    return lambda line: getattr(line.cost, by) or NONE


def summed(lines: Iterable[Line], by: str) -> dict[str, dict[str, Days]]:
    """Currency → group → day → money."""
    key = grouped_by(by)
    found: defaultdict[str, defaultdict[str, defaultdict[int, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    for line in lines:
        day = number_of(line.cost.day)
        found[line.cost.currency][key(line)][day] += line.cost.amount
    return {c: {g: dict(days) for g, days in groups.items()} for c, groups in found.items()}


def total(groups: Mapping[str, Days]) -> Days:
    """All groups together."""
    found: defaultdict[int, float] = defaultdict(float)
    for days in groups.values():
        for day, amount in days.items():
            found[day] += amount
    return dict(found)


def whole_until(days: Days, today: int) -> int:
    """The last day whose bills are in: today never is, and one of the last few that is far below
    what such a day costs is taken to be on its way. ``today - LATE - 1`` where nothing is known."""
    last = max((d for d in days if d < today), default=today - LATE - 1)
    while last > today - LATE - 1:
        usual = _usual(days, last)
        if usual is None or days.get(last, 0.0) >= _WHOLE * usual:
            return last
        last -= 1
    return last


def last_whole(lines: Iterable[Line], today: int) -> int:
    """The last day on which the bills of every source are in."""
    by_source = summed_up(lines)
    return min((whole_until(days, today) for days in by_source.values()), default=today - LATE - 1)


def summed_up(lines: Iterable[Line]) -> dict[tuple[str, str], Days]:
    """Money by day of each source and currency."""
    found: defaultdict[tuple[str, str], defaultdict[int, float]] = defaultdict(
        lambda: defaultdict(float)
    )
    for line in lines:
        found[line.source, line.cost.currency][number_of(line.cost.day)] += line.cost.amount
    return {key: dict(days) for key, days in found.items()}


def _usual(days: Days, day: int) -> float | None:
    """What such a day costs: of the same weekday, else of the days before."""
    same = [days[d] for n in range(1, _WEEKS + 1) if (d := day - 7 * n) in days]
    before = [days[d] for d in range(day - 7, day) if d in days]
    some = same if len(same) >= 2 else before
    return median(some) if some else None


# how it goes


@dataclass(frozen=True, slots=True)
class Trend:
    """Money of a span of days and of the one before it, day for day."""

    now: float
    before: float

    @property
    def change(self) -> float | None:
        """By how many percent it is more; None where there was nothing before."""
        return (self.now - self.before) * 100 / self.before if self.before > 0 else None


def week(days: Days, last: int) -> Trend:
    """The seven days up to one, against the seven before."""
    return Trend(_sum(days, last - 6, last), _sum(days, last - 13, last - 7))


def month(days: Days, last: int) -> Trend:
    """The month so far, against as many days of the month before."""
    day = date_of(last)
    first = number_of(day.replace(day=1).isoformat())
    end_before = date_of(first - 1)
    first_before = number_of(end_before.replace(day=1).isoformat())
    last_before = min(first_before + last - first, first - 1)
    return Trend(_sum(days, first, last), _sum(days, first_before, last_before))


def _sum(days: Days, first: int, last: int) -> float:
    return sum(days.get(d, 0.0) for d in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a month comes to: most likely, and from ``low`` to ``high`` (nine times of ten);
    ``rough`` where too few days are known."""

    month: str
    likely: float
    low: float
    high: float
    rough: bool = False


def ahead(days: Days, last: int) -> Ahead | None:
    """Where the month leads that the day after ``last`` is in, by what its weekdays cost lately.

    The level is that of the last two weeks once the weekdays' own pattern is taken out; each day
    to come adds its own uncertainty, and that of the level counts for all of them alike.
    """
    known = {d: days.get(d, 0.0) for d in range(min(days, default=last), last + 1)}
    recent = {d: v for d, v in known.items() if d > last - 7 * _WEEKS}
    if len(recent) < 3:
        return None
    nearest = date_of(last + 1)
    first = number_of(nearest.replace(day=1).isoformat())
    after = number_of((nearest.replace(day=28) + timedelta(days=4)).replace(day=1).isoformat())
    pattern = _pattern(recent)
    flat = [v / pattern[d % 7] for d, v in recent.items() if d > last - 14 and pattern[d % 7] > 0]
    level = _trimmed(flat)
    spent = _sum(days, first, last)
    to_come = range(max(first, last + 1), after)
    likely = spent + sum(level * pattern[d % 7] for d in to_come)
    spread = pstdev(flat) if len(flat) > 1 else level / 2
    left = len(to_come)
    unsure = 1.64 * (spread * sqrt(left) + left * spread / sqrt(max(len(flat), 1)))
    return Ahead(
        f"{nearest:%Y-%m}", likely, max(spent, likely - unsure), likely + unsure, len(recent) < 14
    )


def _pattern(days: Days) -> list[float]:
    """What each weekday costs, as a part of the mean; all alike while a week is not known."""
    mean = fmean(days.values())
    if len(days) < 14 or mean <= 0:
        return [1.0] * 7
    by_weekday = [[v for d, v in days.items() if d % 7 == n] for n in range(7)]
    found = [median(some) / mean if some else 1.0 for some in by_weekday]
    scale = fmean(found)
    return [one / scale for one in found] if scale > 0 else [1.0] * 7


def _trimmed(values: Sequence[float]) -> float:
    """The mean without the two ends: a bill of one day does not count for all of them."""
    some = sorted(values)[1:-1] if len(values) >= 6 else list(values)
    return fmean(some) if some else 0.0
