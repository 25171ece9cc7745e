"""When a planned exercise is due, the policy it runs, and how it is scored: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from store.model import DAY, MINUTE, Instant, Policy, Step

DRILL = "drill"
STEPS, MINUTES = 2, 15
"""How far a drill escalates and when it ends by itself, unless it is said otherwise."""
LATE = 10 * MINUTE
"""One that could not begin at its time, because nobody was there to begin it, is left out then."""

_EPOCH = date(1970, 1, 5)  # a Monday


@dataclass(frozen=True, slots=True)
class Plan:
    """A drill that comes by itself: of a team's policy (or another ``policy``), on ``days``
    (Monday is 0) every ``weeks`` weeks, at minutes after midnight in ``zone``."""

    team: str | None = None
    policy: str | None = None
    days: tuple[int, ...] = (1,)
    at: int = 10 * 60
    zone: str = "UTC"
    weeks: int = 1
    severity: str = "critical"
    steps: int = STEPS


def due(plan: Plan, after: Instant, now: Instant) -> Instant | None:
    """The latest instant after ``after`` and up to ``now`` at which a drill was to begin; None
    where there is none, or it was too long ago."""
    zone = ZoneInfo(plan.zone)
    for back in range(2):
        wall = datetime.fromtimestamp((now - back * DAY) / 1000, UTC).astimezone(zone)
        at = _instant(plan, wall)
        if _is_its_day(plan, wall.date()) and max(after, now - LATE) < at <= now:
            return at
    return None


def _is_its_day(plan: Plan, day: date) -> bool:
    weeks = (day - _EPOCH).days // 7
    return day.weekday() in plan.days and weeks % plan.weeks == 0


def _instant(plan: Plan, wall: datetime) -> Instant:
    at = wall.replace(hour=plan.at // 60, minute=plan.at % 60, second=0, microsecond=0)
    return int(at.timestamp() * 1000)


def following(plan: Plan, now: Instant) -> Instant:
    """When the next drill of a plan begins."""
    wall = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(plan.zone))
    for ahead in range(7 * plan.weeks + 8):
        day = wall + timedelta(days=ahead)
        if _is_its_day(plan, day.date()) and (at := _instant(plan, day)) > now:
            return at
    raise ValueError("a plan has no day")


# ---- the policy of a drill ---------------------------------------------------------------------


def name_of(policy: str, steps: int) -> str:
    """The name under which an incident goes through the first steps of a policy and no further."""
    return f"{DRILL}:{steps}:{policy}"


def is_drill(policy: str | None) -> bool:
    """Whether an incident's policy is that of a drill."""
    return (policy or "").startswith(f"{DRILL}:")


def derived(name: str, policies: Mapping[str, Policy], built_in: Policy) -> Policy | None:
    """The policy behind such a name: the first steps of another one, once, without its fallback."""
    kind, _, rest = name.partition(":")
    count, _, base = rest.partition(":")
    if kind != DRILL or not count.isdecimal():
        return None
    policy = policies.get(base) or (built_in if base == built_in.name else None)
    if policy is None:
        return None
    steps = tuple(_opened(policy, policies, {policy.name}))[: int(count)]
    # A drill ends with an ack: nothing asks on until it is resolved.
    steps = tuple(replace(step, until="acknowledged", multi_ack=False) for step in steps)
    return Policy(f"{policy.name} (DRILL)", steps or (Step(()),))


def _opened(policy: Policy, policies: Mapping[str, Policy], been: set[str]) -> Iterator[Step]:
    """The steps of a policy, those of another one in place of a step that hands over to it; no step
    is left that hands over."""
    for step in policy.steps:
        only = step.targets[0] if len(step.targets) == 1 else ""
        kind, _, name = only.partition(":")
        other = policies.get(name) if kind == "policy" else None
        if other is not None and name not in been:
            yield from _opened(other, policies, {*been, name})
            return
        if kind != "policy":
            yield step
