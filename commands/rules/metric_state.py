"""One measure of one resource under one rule, point after point: when it fires, when it is over.

What is missing neither fires nor resolves: after a hole both begin to count anew. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from commands.rules.metric_words import Forecast, Limit
from store.model import DAY, HOUR, MINUTE, Instant

PATIENCE, FLOOR = 15 * MINUTE, 5 * MINUTE
"""How far apart two points may be before it is known how often they come, and at least."""
_BUCKETS, _LEAST = 48, 8
_AT_TOP = 0.95


@dataclass(frozen=True, slots=True)
class State:
    """``since`` is when the condition began to hold without a break, ``calm`` when what clears it
    did; with how many points. ``step`` is how far apart points usually are, 0 while unknown.
    ``began`` is since when it has been so, once it fires."""

    firing: bool = False
    since: Instant | None = None
    count: int = 0
    calm: Instant | None = None
    calms: int = 0
    last_at: Instant = 0
    step: Instant = 0
    value: float = 0.0
    began: Instant = 0


def is_hole(state: State, at: Instant, lasts: Instant) -> bool:
    """Whether too much is missing between the last point and this one."""
    if not state.last_at:
        return False
    usual = max(3 * state.step, FLOOR) if state.step else max(lasts, PATIENCE)
    return at - state.last_at > usual


def stepped(
    limit: Limit, clear: Limit, state: State, at: Instant, value: float, whole: float = 0.0
) -> State:
    """The state once another point has come; late ones change nothing."""
    if at <= state.last_at:
        return state
    if is_hole(state, at, limit.lasts):
        state = replace(state, since=None, count=0, calm=None, calms=0)
    known = limit.of_whole is False or whole > 0
    beyond = limit.fits(value, whole)
    clears = known and not beyond and clear.fits(value, whole)
    new = replace(
        state, last_at=at, step=_step(state, at), value=value,
        since=(at if state.since is None else state.since) if beyond else None,
        count=state.count + 1 if beyond else 0,
        calm=(at if state.calm is None else state.calm) if clears else None,
        calms=state.calms + 1 if clears else 0,
    )  # fmt: skip
    if not new.firing and _lasted(new, new.since, new.count, limit.lasts):
        return replace(new, firing=True, began=new.since or at, calm=None, calms=0)
    if new.firing and _lasted(new, new.calm, new.calms, clear.lasts):
        return replace(new, firing=False, began=0)
    return new


def _lasted(state: State, since: Instant | None, count: int, lasts: Instant) -> bool:
    """Whether something held so long, on the word of enough points."""
    if since is None or state.last_at - since < lasts:
        return False
    if not lasts:
        return True
    half = lasts / (2 * state.step) if state.step else 0
    return count >= max(2, 1 + half)


def _step(state: State, at: Instant) -> Instant:
    if not state.last_at:
        return 0
    gap = min(at - state.last_at, DAY)
    return gap if not state.step or gap < state.step else (3 * state.step + gap) // 4


def default_clear(limit: Limit) -> Limit:
    """What clears a condition whose rule does not say: that it does not hold, for as long but at
    most five minutes."""
    return replace(limit, above=not limit.above, equal=not limit.equal,
                   lasts=min(limit.lasts, 5 * MINUTE))  # fmt: skip


def replayed(
    limit: Limit, clear: Limit, points: Iterable[tuple[Instant, float]], whole: float = 0.0,
    start: State | None = None,
) -> State:  # fmt: skip
    """The state after some points."""
    state = start or State()
    for at, value in points:
        state = stepped(limit, clear, state, at, value, whole)
    return state


@dataclass(frozen=True, slots=True)
class Spell:
    """Once that a rule would have fired; ``until`` is None where it still does."""

    since: Instant
    until: Instant | None = None
    worst: float = 0.0


def spells(
    limit: Limit, clear: Limit, points: Sequence[tuple[Instant, float]], whole: float = 0.0
) -> list[Spell]:
    """Each time a rule would have fired on what was measured."""
    found: list[Spell] = []
    state, worst, begun = State(), 0.0, 0
    for at, value in points:
        before, state = state, stepped(limit, clear, state, at, value, whole)
        if state.firing and not before.firing:
            begun, worst = at, value
        elif state.firing:
            worst = max(worst, value) if limit.above else min(worst, value)
        elif before.firing:
            found.append(Spell(begun, at, worst))
    if state.firing:
        found.append(Spell(begun, None, worst))
    return found


# what it comes to


def lookback(forecast: Forecast) -> Instant:
    """How much of the past a forecast is made of."""
    return min(max(6 * HOUR, 2 * forecast.within), 14 * DAY)


def reached_in(
    forecast: Forecast, points: Sequence[tuple[Instant, float]], whole: float, now: Instant
) -> Instant | None:
    """In how long a measure reaches its whole (or nothing) if it goes on as it does; None where it
    does not, or where there is too little to say so.

    The slope is the median of those between all pairs of points (Theil-Sen), so that a single jump
    does not count; a measure that was clearly higher before (it is emptied now and then) must have
    passed that height again.
    """
    first = now - lookback(forecast)
    some = _buckets([p for p in points if first <= p[0] <= now])
    if len(some) < _LEAST or some[-1][0] - some[0][0] < lookback(forecast) // 2:
        return None
    slope = median((b[1] - a[1]) / (b[0] - a[0]) for n, a in enumerate(some) for b in some[n + 1 :])
    last = points[-1][1]
    heights = [value for _, value in some]
    if forecast.full:
        left = whole - last
        if whole <= 0 or slope <= 0 or last < _AT_TOP * max(heights) or last < whole / 3:
            return None
    else:
        left = last
        if slope >= 0 or last > min(heights) / _AT_TOP + 1e-9:
            return None
    return max(0, round(left / abs(slope)))


def _buckets(points: Sequence[tuple[Instant, float]]) -> list[tuple[float, float]]:
    """At most some dozens of points, each the mean of as many."""
    size = max(1, -(-len(points) // _BUCKETS))
    cut = [points[n : n + size] for n in range(0, len(points), size)]
    return [(sum(p[0] for p in c) / len(c), sum(p[1] for p in c) / len(c)) for c in cut]
