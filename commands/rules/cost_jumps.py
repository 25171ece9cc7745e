"""Jumps of what is spent, and what is behind them: usage that is more, and what is new. Pure.

A day is held against the same weekday of the weeks before, by their median and how far they
usually are apart; a jump is what stays up, or one day that is far out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from commands.rules.cost import (
    Days,
    Line,
    date_of,
    grouped_by,
    last_whole,
    money,
    number_of,
    summed,
)

WEEKS = 4
LOOK = 14
"""So many days back a jump is still one."""
_SPREAD = 1.4826 * 3
_FAR = 3.0
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PART = 0.15


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of usage that is more than before: by how much a day, and how many resources of it
    are new."""

    usage: str
    service: str
    region: str
    account: str
    more: float
    new: int = 0
    by: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Jump:
    """A group that costs ``more`` a day since a day than it ``before`` did; ``until`` is its last
    day where it is over again."""

    by: str
    group: str
    currency: str
    since: int
    before: float
    now: float
    days: int
    until: int | None = None
    causes: tuple[Cause, ...] = ()

    @property
    def more(self) -> float:
        """Money a day."""
        return self.now - self.before

    @property
    def percent(self) -> float | None:
        """By how many percent; None where it cost nothing before."""
        return self.more * 100 / self.before if self.before > 0.005 else None


@dataclass(frozen=True, slots=True)
class New:
    """A resource that is new: since which day, of what type, and who made it."""

    key: str
    day: int
    type: str = ""
    kind: str = ""
    region: str = ""
    account: str = ""
    name: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Least:
    """From what on it is told: money a day and percent."""

    money: float = 10.0
    percent: float = 25.0


def jumps(
    lines: Sequence[Line], today: int, least: Least, by: str = "service",
    new: Iterable[New] = (),
    named: Sequence[Line] | None = None,
) -> list[Jump]:  # fmt: skip
    """The jumps of the last two weeks, the dearest first, with what is behind them."""
    found: list[Jump] = []
    new, key = list(new), grouped_by(by)
    for currency, groups in summed(lines, by).items():
        own = [line for line in lines if line.cost.currency == currency]
        last = last_whole(own, today)
        for group, days in groups.items():
            one = _jump(days, last, least)
            if one is None:
                continue
            since, until, before, now, many = one
            mine = [line for line in own if key(line) == group]
            causes = _causes(mine, since, until or last, new, now - before, named)
            found.append(Jump(by, group, currency, since, before, now, many, until, causes))
    return sorted(found, key=lambda j: -j.more)


def _jump(days: Days, last: int, least: Least) -> tuple[int, int | None, float, float, int] | None:
    """Since when, until when (None: still), money a day before and now, and how many days."""
    for run in reversed(_runs(days, last, least)):
        now = fmean(days.get(d, 0.0) for d in run)
        before = fmean(median(_values(days, d, run[0])) for d in run)
        still = run[-1] == last
        if len(run) >= 2 or now > _FAR * before or (still and now - before > 2 * least.money):
            return run[0], None if still else run[-1], before, now, len(run)
    return None


def _runs(days: Days, last: int, least: Least) -> list[list[int]]:
    """Days that follow each other and cost more than is usual."""
    runs: list[list[int]] = [[]]
    first = min(days)
    for day in range(max(last - LOOK + 1, first + 7), last + 1):
        if _is_high(days, day, runs[-1], least):
            runs[-1].append(day)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _is_high(days: Days, day: int, above: Sequence[int], least: Least) -> bool:
    start = above[0] if above else day
    usual = _values(days, day, start)
    middle = median(usual)
    spread = median(abs(v - middle) for v in usual) * _SPREAD
    more = days.get(day, 0.0) - middle
    return more >= max(least.money, middle * least.percent / 100, spread)


def _values(days: Days, day: int, start: int) -> list[float]:
    """What such a day cost before ``start``: the same weekdays, and where those are few the days
    just before."""
    first = min(days)
    same = [d for n in range(1, WEEKS + 3) if first <= (d := day - 7 * n) < start][:WEEKS]
    if len(same) >= 2:
        return [days.get(d, 0.0) for d in same]
    return [days.get(d, 0.0) for d in range(max(first, start - 7), start)] or [0.0]


# what is behind it


def _causes(
    lines: Sequence[Line],
    since: int,
    last: int,
    new: Sequence[New],
    more: float,
    named: Sequence[Line] | None,
) -> tuple[Cause, ...]:
    """The kinds of usage that make up most of it, the dearest first."""
    by: defaultdict[tuple[str, str, str, str], Days] = defaultdict(dict)
    for line in lines:
        c = line.cost
        days, day = by[c.usage, c.service, c.region, c.account], number_of(c.day)
        days[day] = days.get(day, 0.0) + c.amount
    spans = last - since + 1
    found = []
    for (usage, service, region, account), days in by.items():
        after = sum(days.get(d, 0.0) for d in range(since, last + 1)) / spans
        before = fmean(median(_values(days, d, since)) for d in range(since, last + 1))
        if after - before >= _PART * more and after - before > 0.005:
            found.append((after - before, usage, service, region, account))
    dearest = sorted(found, reverse=True)[:3]
    return tuple(_cause(lines if named is None else named, one, since, new) for one in dearest)


def _cause(
    lines: Sequence[Line], one: tuple[float, str, str, str, str], since: int, new: Sequence[New]
) -> Cause:
    more, usage, service, region, account = one
    fresh = [n for n in new if n.day >= since - 1 and _is_of(n, usage, region, account)]
    billed = _billed_new(lines, usage, region, since) if not fresh else []
    makers = Counter(n.by for n in fresh if n.by)
    by = makers.most_common(1)[0][0] if makers else ""
    names = tuple(n.name for n in fresh if n.name)[:3]
    return Cause(usage, service, region, account, more, len(fresh) or len(billed), by, names)


def _is_of(one: New, usage: str, region: str, account: str) -> bool:
    """Whether a new resource is of a kind of usage: ``BoxUsage:m5.4xlarge`` names its type."""
    if region and one.region and one.region != region:
        return False
    if account and one.account and one.account != account:
        return False
    said = usage.casefold()
    return bool(one.type) and one.type.casefold() in said


def _billed_new(lines: Sequence[Line], usage: str, region: str, since: int) -> list[str]:
    """Resources that the bill names since then and not before."""
    first: dict[str, int] = {}
    for line in lines:
        c = line.cost
        if c.resource and (c.usage, c.region) == (usage, region):
            day = number_of(c.day)
            first[c.resource] = min(first.get(c.resource, day), day)
    return [key for key, day in first.items() if day >= since]


# words


def said(jump: Jump, today: int) -> str:
    """``AmazonEC2 +38 % since Tue: 12 new m5.4xlarge in eu-west-1 by ci (+412 $/day)``."""
    percent = jump.percent
    up = f"+{percent:,.0f} %".replace(",", " ") if percent is not None else "new"
    when = f"since {day_words(jump.since, today)}"
    if jump.until is not None:
        span = day_words(jump.since, today)
        one = jump.until == jump.since
        when = f"on {span}" if one else f"{span} to {day_words(jump.until, today)}"
    said_ = (_of(cause) for cause in jump.causes)
    causes = ", ".join(one for one in said_ if one != f"more {jump.group}")
    more = money(jump.more, jump.currency, signed=True)
    return f"{jump.group} {up} {when}{': ' + causes if causes else ''} ({more}/day)"


def _of(cause: Cause) -> str:
    what = type_of(cause.usage) or cause.service or "usage"
    where = f" in {cause.region}" if cause.region else ""
    who = f" by {cause.by}" if cause.by else ""
    return f"{cause.new} new {what}{where}{who}" if cause.new else f"more {what}{where}"


def type_of(usage: str) -> str:
    """``EUW1-BoxUsage:m5.4xlarge`` → ``m5.4xlarge``."""
    return usage.rpartition(":")[2].strip() or usage


def day_words(day: int, today: int) -> str:
    """``Tue``, further back ``Tue 10 Nov``."""
    at = date_of(day)
    weekday = _DAYS[at.weekday()]
    return weekday if today - day < 7 else f"{weekday} {at.day} {at:%b}"
