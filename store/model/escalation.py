"""The frozen nouns of escalation: whom a policy asks, in which order, and when a step applies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from store.model.holidays import PublicHolidays

ACKNOWLEDGED, RESOLVED = "acknowledged", "resolved"
"""Until when a step asks: an ack ends it, or only the end of the incident does."""

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours on some weekdays (Monday is 0) of a zone; its ``holidays`` are outside of them, and
    so are those that ``observes`` names (their dates, ``observed``, are put in when it is read).

    ``start`` and ``end`` are minutes after midnight; an end not after the start is on the next
    day. ``inside`` says whether the condition holds within the hours or without.
    """

    zone: str
    start: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    holidays: tuple[date, ...] = ()
    inside: bool = True
    observes: PublicHolidays | None = None
    observed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a policy.

    Targets: ``person:ana``, ``team:db``, ``oncall:db``, ``lead:db``, ``schedule:primary``,
    ``round_robin:ana,omar`` (the next of them each time), or alone ``policy:managers`` (that policy
    goes on from its first step). ``delay`` is minutes until the next step; ``severity`` and
    ``hours`` limit the step; ``until`` is ``acknowledged`` or ``resolved``; with ``multi_ack`` each
    person is asked until that person answers.
    """

    targets: tuple[str, ...]
    delay: int = 5
    important: bool = False
    severity: tuple[str, ...] = ()
    until: str = ACKNOWLEDGED
    hours: Hours | None = None
    multi_ack: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """An escalation policy; ``repeat`` more passes after the first, then ``fallback`` once."""

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    fallback: tuple[str, ...] = ()
