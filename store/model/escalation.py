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
    day. ``inside`` says whether the condition holds within the hours or without. An empty ``zone``
    is that of the incident's team.
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
class AlertCount:
    """More than so many alerts of the incident: in all, or (``within`` > 0) heard in the last so
    many minutes, counted back from its last alert."""

    more_than: int
    within: int = 0


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of some weekdays, on a person's own clock, in which pages about incidents of these
    severities are held; never about critical ones. Without ``via`` by every channel.

    ``start`` and ``end`` are minutes after midnight; an end not after the start is on the next
    day, and ``days`` names the day on which the hours begin.
    """

    start: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    severity: tuple[str, ...] = ("warning", "info")
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a policy.

    Targets: ``person:ana``, ``team:db``, ``oncall:db``, ``lead:db``, ``manager:db``,
    ``duty:dba`` or ``duty:dba:db`` (a duty of a team's own), ``schedule:primary``,
    ``round_robin:ana,omar`` (the next of them each time), ``channel:slack:#ops`` and
    ``action:restart`` (told, and nobody is asked by that), or alone ``policy:managers`` (that
    policy goes on from its first step). ``delay`` is minutes until the next step; ``severity``,
    ``hours`` and ``alerts`` limit the step; ``until`` is ``acknowledged`` or ``resolved``; with
    ``multi_ack`` each person is asked until that person answers.
    """

    targets: tuple[str, ...]
    delay: int = 5
    important: bool = False
    severity: tuple[str, ...] = ()
    until: str = ACKNOWLEDGED
    hours: Hours | None = None
    multi_ack: bool = False
    alerts: AlertCount | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """An escalation policy; ``repeat`` more passes after the first, then ``fallback`` once."""

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    fallback: tuple[str, ...] = ()
