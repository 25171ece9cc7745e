"""OnCall's shifts as layers: the plainest of a rotation, a rotation with restrictions, a pattern
with empty turns; and what no rule can say, written out shift by shift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import lcm

from bot.imports.base import Asked, Imported, Written
from bot.imports.oncall.events import Shift, all_series, events
from bot.imports.spans import located, wall_minutes
from bot.imports.turns import at_text, clock, pattern, rotation, wall_text, windows
from store.model import DAY, Instant

_UNITS = {"hourly": 60, "daily": 1440, "weekly": 10_080}
_DAY, _WEEK = 1440, 10_080
_MOST_EVENTS = 400


def written(
    found: Imported, name: str, shifts: Sequence[Shift], asked: Asked
) -> list[dict[str, object]]:
    """The layers of a schedule; overrides stand above the highest level."""
    top = max((s.level for s in shifts if not s.override), default=0) + 1
    made: list[dict[str, object]] = []
    for shift in shifts:
        place = f"schedule {name}, shift {shift.name}"
        if not any(shift.groups):
            found.left_out(place, "it has nobody")
            continue
        last = _last(shift)
        if last is not None and last <= asked.start:
            if not shift.override:
                found.left_out(place, "it ended before the comparison")
            continue
        rank = {"name": shift.name, "priority": shift.level + (top if shift.override else 0)}
        own = {"zone": shift.zone} if shift.frequency is not None else {}
        made += [{**rank, **own, **rest} for rest in _layers(found, place, shift, last, asked)]
    return made


def _layers(
    found: Imported, place: str, shift: Shift, last: Instant | None, asked: Asked
) -> Iterator[Written]:
    if shift.frequency is None:
        start = located(shift.start, shift.zone)
        end = located(shift.start + timedelta(minutes=shift.length), shift.zone)
        yield _bounded(shift, start, end)
        return
    own_day = shift.by_monthday in ((), (shift.start.day,)) and not shift.by_month
    ruled = _rule(found, place, _counted(shift)) if own_day else None
    if ruled is not None:
        yield {**ruled, **_bounds(shift, last, asked)}
        return
    yield from _one_by_one(found, place, shift, asked)


def _bounded(shift: Shift, start: Instant, end: Instant) -> Written:
    return {
        "people": list(shift.groups[0]),
        "from": at_text(start, shift.zone),
        "until": at_text(end, shift.zone),
    }


def _bounds(shift: Shift, last: Instant | None, asked: Asked) -> Written:
    """From the first event on, until the last one ends."""
    starts = [s.start for s in all_series(shift)]
    first = located(min(starts), shift.zone) if starts else asked.start
    bounds = {"from": at_text(first, shift.zone)} if first > asked.start else {}
    return bounds | ({"until": at_text(last, shift.zone)} if last is not None else {})


def _last(shift: Shift) -> Instant | None:
    """When the last event ends; None where there is no last one."""
    if shift.frequency is None:
        return located(shift.start + timedelta(minutes=shift.length), shift.zone)
    if shift.until is None:
        return None
    until = instant_of(shift.until)
    reach = (shift.length // _DAY + 40) * DAY
    ends = [end for start, end, _ in events(shift, until - reach, until + reach) if start <= until]
    return max(ends, default=until)


def instant_of(until: datetime) -> Instant:
    """OnCall reads the end of a recurrence as UTC."""
    return located(until, "UTC")


# ---- rules -------------------------------------------------------------------------------------


def _rule(found: Imported, place: str, shift: Shift) -> Written | None:
    if shift.frequency == "monthly":
        return _monthly(found, place, shift)
    if shift.frequency == "weekly" and shift.by_day and shift.length <= _DAY:
        return _chosen_days(shift)
    period = _UNITS[str(shift.frequency)] * shift.interval
    if not shift.by_day and shift.length == period:
        return _turns(shift, shift.start, period, shift.groups)
    if not shift.by_day and shift.length < period and period in (_DAY, _WEEK):
        start = wall_minutes(shift.start) - 4 * _DAY  # 1 January 1970 was a Thursday
        days = (start // _DAY * _DAY,) if period == _WEEK else range(0, _WEEK, _DAY)
        spans = [((d + start % _DAY) % _WEEK, shift.length) for d in days]
        return _turns(shift, shift.start, period, shift.groups) | {"restrictions": windows(spans)}
    return _pattern(shift)


def _turns(shift: Shift, start: datetime, minutes: int, groups: Sequence[Sequence[str]]) -> Written:
    if len(groups) == 1:
        return {"people": list(groups[0])}
    return {"start": wall_text(start), "rotation": rotation(minutes, groups)}


def _counted(shift: Shift) -> Shift:
    """The shift as if it had begun with the first turn that counts, and with its group."""
    if shift.kind != "rolling_users":
        return shift
    series = all_series(shift)
    if not series:
        return shift
    first = series[0]
    groups = shift.groups[first.place :] + shift.groups[: first.place]
    return replace(shift, start=first.start, groups=groups)


def _chosen_days(shift: Shift) -> Written:
    """A week's turn, on some of its days; of several weeks only the first counts."""
    first = shift.start
    anchor = first - timedelta(days=(first.weekday() - shift.week_start) % 7)
    weeks = [group if n == 0 else () for group in shift.groups for n in range(shift.interval)]
    minutes = wall_minutes(shift.start) % _DAY
    restricted = windows((day * _DAY + minutes, shift.length) for day in shift.by_day)
    made = _turns(shift, anchor, _WEEK, weeks)
    return made if restricted is None else made | {"restrictions": restricted}


def _pattern(shift: Shift) -> Written | None:
    """Whatever repeats, from the first turn on, as turns that may be empty or shared."""
    first = shift.start
    count, length = len(shift.groups), shift.length
    if shift.frequency == "daily" and shift.by_day and shift.kind == "rolling_users":
        return _day_after_day(shift, first)
    if shift.frequency == "weekly":
        anchor = first - timedelta(days=(first.weekday() - shift.week_start) % 7)
        days = shift.by_day or (first.weekday(),)
        ahead = [(day - shift.week_start) % 7 * _DAY for day in days]
        starts = [
            (n * shift.interval * _WEEK + day, group)
            for n, group in enumerate(shift.groups)
            for day in ahead
        ]
        cycle = count * shift.interval * _WEEK
    else:
        anchor, unit = first, _UNITS[str(shift.frequency)] * shift.interval
        cycle = lcm(unit * count, _WEEK) if shift.by_day else unit * count
        begin = wall_minutes(first) - 4 * _DAY
        starts = [
            (n * unit, shift.groups[n % count])
            for n in range(cycle // unit)
            if not shift.by_day or (begin + n * unit) // _DAY % 7 in shift.by_day
        ]
    made = pattern(cycle, ((at, at + length, group) for at, group in starts))
    return None if made is None else {"start": wall_text(anchor), "rotation": made}


def _day_after_day(shift: Shift, first: datetime) -> Written | None:
    """Groups that take turns over the chosen days, whatever lies between them."""
    turns = [g for g in shift.groups for _ in range(shift.interval)]
    days = len(shift.by_day)
    weeks = lcm(len(turns), days) // days
    chosen = [d for d in range(weeks * 7) if (first.weekday() + d) % 7 in shift.by_day]
    starts = [(d * _DAY, turns[n % len(turns)]) for n, d in enumerate(chosen)]
    if shift.length <= _DAY:
        made = pattern(weeks * _WEEK, ((at, at + _DAY, group) for at, group in starts))
        if made is None:
            return None
        minutes = wall_minutes(shift.start) % _DAY
        spans = {"start": clock(minutes), "end": clock(minutes + shift.length)}
        whole = {} if shift.length == _DAY else {"restrictions": [spans]}
        return {"start": wall_text(first), "rotation": made} | whole
    made = pattern(weeks * _WEEK, ((at, at + shift.length, group) for at, group in starts))
    return None if made is None else {"start": wall_text(first), "rotation": made}


def _monthly(found: Imported, place: str, shift: Shift) -> Written | None:
    """Shifts that fill the month are months; others no rule can say."""
    if shift.by_day or shift.length < 28 * _DAY * shift.interval:
        return None
    why = (
        "a month's turn lasts until the next begins, and falls on the month's last day where its "
        f"day is missing; in OnCall it lasts {shift.length / _DAY:.4g} days whatever the month, "
        "and a month without its day is left out"
    )
    found.approximated(place, why)
    if len(shift.groups) == 1:
        return {"people": list(shift.groups[0])}
    people = [g[0] if len(g) == 1 else list(g) for g in shift.groups]
    length = {"length": shift.interval} if shift.interval > 1 else {}
    start = wall_text(shift.start)
    return {"start": start, "rotation": {"kind": "monthly", **length, "people": people}}


def _one_by_one(found: Imported, place: str, shift: Shift, asked: Asked) -> Iterator[Written]:
    """Shifts on dates: each a layer of its own, as far as the comparison reaches."""
    listed = [e for e in events(shift, asked.start, asked.end) if e[2]]
    if len(listed) > _MOST_EVENTS:
        found.left_out(place, f"no rotation can say it, and it has {len(listed)} single shifts")
        return
    until = at_text(asked.end, "UTC")[:10]
    why = f"no rotation can say it; its shifts are written out one by one until {until}, not later"
    found.approximated(place, why)
    for start, end, group in sorted(listed):
        yield {
            "name": f"{shift.name} {at_text(start, shift.zone)[:10]}",
            "people": list(group),
            "from": at_text(start, shift.zone),
            "until": at_text(end, shift.zone),
        }
