"""MTTA, MTTR, pages and disturbed nights, counted from rows: pure, each with its definition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from store.model import HOUR, Instant

NIGHT = (22, 7)
"""A night is from 22:00 to 07:00 on a person's own clock."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in milliseconds: how often it happened, mean, median, and the time
    within which nine of ten were (nearest rank). None where it never happened."""

    count: int = 0
    mean: int | None = None
    median: int | None = None
    p90: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What being on call cost one person: ``pages`` that were sent, ``failed`` ones that no
    provider took, ``incidents`` these were about, ``nights`` in which at least one page came
    between 22:00 and 07:00 on the person's own clock, ``acked`` incidents they hold or held last.
    """

    pages: int = 0
    failed: int = 0
    incidents: int = 0
    nights: int = 0
    acked: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """One span of time. ``opened`` counts incidents by severity; ``answered`` is MTTA: from the
    opening to the first ack, of incidents opened then that somebody acknowledged; ``solved`` is
    MTTR: from the opening to the end, of those opened then that are resolved; ``by_itself`` are
    those resolved without any ack."""

    opened: Mapping[str, int] = field(default_factory=dict)
    answered: Times = Times()
    solved: Times = Times()
    by_itself: int = 0
    still_open: int = 0
    load: Mapping[str, Load] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many incidents were opened."""
        return sum(self.opened.values())

    @property
    def pages(self) -> int:
        """How many pages were sent."""
        return sum(load.pages for load in self.load.values())


@dataclass(frozen=True, slots=True)
class One:
    """An incident as it is counted."""

    severity: str
    opened_at: Instant
    acknowledged_at: Instant | None
    resolved_at: Instant | None
    holder: str | None


@dataclass(frozen=True, slots=True)
class PageOf:
    """A page as it is counted."""

    person: str
    incident_id: int
    went: bool
    failed: bool
    asked_at: Instant


def times(taken: Iterable[int]) -> Times:
    """Mean, median and p90 of durations."""
    found = sorted(taken)
    n = len(found)
    if not n:
        return Times()
    middle = (found[(n - 1) // 2] + found[n // 2]) // 2
    return Times(n, sum(found) // n, middle, found[-(-n * 9 // 10) - 1])


def figures(incidents: Sequence[One], pages: Iterable[PageOf], zones: Mapping[str, str]) -> Figures:
    """Everything of one span of time; ``zones`` are people's own clocks, UTC where unknown."""
    severities = Counter(i.severity for i in incidents)
    acked = [i for i in incidents if i.acknowledged_at is not None]
    over = [i for i in incidents if i.resolved_at is not None]
    holders = Counter(i.holder for i in acked if i.holder)
    return Figures(
        dict(severities),
        times(i.acknowledged_at - i.opened_at for i in acked if i.acknowledged_at is not None),
        times(i.resolved_at - i.opened_at for i in over if i.resolved_at is not None),
        sum(i.acknowledged_at is None for i in over),
        len(incidents) - len(over),
        _loads(pages, holders, zones),
    )


def _loads(
    pages: Iterable[PageOf], holders: Mapping[str, int], zones: Mapping[str, str]
) -> dict[str, Load]:
    sent: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    about: dict[str, set[int]] = {}
    nights: dict[str, set[date]] = {}
    for page in pages:
        failed[page.person] += page.failed
        if not page.went:
            continue
        sent[page.person] += 1
        about.setdefault(page.person, set()).add(page.incident_id)
        night = night_of(page.asked_at, zones.get(page.person, "UTC"))
        if night is not None:
            nights.setdefault(page.person, set()).add(night)
    people = {p for p in (*sent, *failed, *holders) if sent[p] or failed[p] or holders.get(p)}
    found = {
        p: Load(
            sent[p], failed[p], len(about.get(p, ())), len(nights.get(p, ())), holders.get(p, 0)
        )
        for p in people
    }
    return dict(sorted(found.items(), key=lambda item: (-item[1].pages, item[0])))


def night_of(at: Instant, zone: str) -> date | None:
    """The evening's date of the night an instant falls into; None by day."""
    try:
        clock = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        clock = ZoneInfo("UTC")
    wall = datetime.fromtimestamp(at / 1000, UTC).astimezone(clock)
    if NIGHT[1] <= wall.hour < NIGHT[0]:
        return None
    evening = datetime.fromtimestamp((at - NIGHT[1] * HOUR) / 1000, UTC).astimezone(clock)
    return evening.date()
