"""The frozen nouns of schedules: who is on call when, and why.

Instants are milliseconds UTC. A *wall time* is what a clock and a calendar on the wall of some
zone show, as milliseconds since 1970-01-01T00:00 there; it may come twice a year or never.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from store.model import Instant
from store.model.holidays import PublicHolidays

WallTime = int
"""Milliseconds since 1970-01-01T00:00 on a zone's wall clock."""

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


class RotationKind(StrEnum):
    """What a rotation's ``length`` counts; ``custom`` counts wall-clock minutes."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CUSTOM = "custom"


class HolidayRule(StrEnum):
    """What a layer does on its holidays."""

    OFF = "off"
    ONLY = "only"


class OverrideKind(StrEnum):
    """How an override changes what the layers say."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class SwapState(StrEnum):
    """Only a taken swap changes who is on call."""

    OPEN = "open"
    TAKEN = "taken"
    PAST_DUE = "past_due"
    DELETED = "deleted"


class Source(StrEnum):
    """What puts a person on call, or takes them off."""

    LAYER = "layer"
    OVERRIDE = "override"
    SWAP = "swap"
    TEMPORARY = "temporary"
    HISTORY = "history"


# ---- what people define ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Position:
    """The turn that holds ``at`` belongs to ``people[index]``; it moves no handoff."""

    at: Instant
    index: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """Turns of equal length on the wall clock, counted from ``start`` both ways.

    ``people`` has one tuple of handles a turn; an empty turn has nobody. A monthly turn falls on
    the month's last day where its day is missing, or with ``overflow`` on the days after it.
    """

    kind: RotationKind
    length: int
    start: WallTime
    people: tuple[tuple[str, ...], ...]
    position: Position | None = None
    overflow: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Hours on some weekdays (Monday is 0) in which a layer is active.

    ``start`` and ``end`` are minutes after midnight; an end not after the start is on the next
    day. ``days`` name the day it begins on; ``zone`` is the layer's where None.
    """

    start: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of a schedule: a rotation, or always the same ``people``.

    ``windows`` None is always active, an empty tuple never. ``since`` and ``until`` bound the
    layer and move no turn. Holidays are local dates of ``zone``: those in ``holidays`` and those
    that ``observes`` names. ``nobody`` says why nobody is on call while the layer is active, by
    intention. ``calendar`` is the address of an iCal calendar whose events are the layer's shifts.

    ``observed`` (the dates of ``observes``) and ``events`` (the calendar's shifts) are no part of a
    version: they are put in when it is read, see ``commands/calendars.py``.
    """

    name: str
    zone: str
    priority: int = 1
    rotation: Rotation | None = None
    people: tuple[str, ...] = ()
    windows: tuple[Window, ...] | None = None
    holidays: frozenset[date] = frozenset()
    holiday_rule: HolidayRule = HolidayRule.OFF
    since: Instant | None = None
    until: Instant | None = None
    nobody: str | None = None
    observes: PublicHolidays | None = None
    calendar: str | None = None
    observed: frozenset[date] = frozenset()
    events: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """A change of what the layers say: ``add`` somebody, ``remove`` them, or both (replace)."""

    kind: OverrideKind
    start: Instant
    end: Instant
    add: str | None = None
    remove: str | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """``to_person`` stands in for ``from_person``, once they have taken it."""

    from_person: str
    start: Instant
    end: Instant
    to_person: str | None = None
    state: SwapState = SwapState.OPEN


@dataclass(frozen=True, slots=True, init=False)
class Shift:
    """The longest stretch in which the same people are on call; ``people`` are sorted.

    Made by the million: its own ``__init__`` takes two thirds of the time of the usual one.
    """

    start: Instant
    end: Instant
    people: tuple[str, ...]

    def __init__(self, start: Instant, end: Instant, people: tuple[str, ...]) -> None:
        _START(self, start)
        _END(self, end)
        _PEOPLE(self, people)


_START, _END, _PEOPLE = (Shift.__dict__[name].__set__ for name in ("start", "end", "people"))


@dataclass(frozen=True, slots=True)
class Temporary:
    """For a while only these shifts count, whatever layers, overrides and swaps say."""

    start: Instant
    end: Instant
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody has time off from ``start`` to before ``end`` and should not be asked.

    ``id`` is the row of an entry that somebody made; 0 is what a calendar (``calendar`` is its
    name) says.
    """

    person: str
    start: Instant
    end: Instant
    reason: str = ""
    id: int = 0
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """Somebody was on call, as it was recorded; without ``end`` they still are."""

    person: str
    start: Instant
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The record: up to ``now`` it alone says who was on call."""

    now: Instant
    entries: tuple[HistoryEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that decides who is on call. Without ``history`` the past is computed too."""

    name: str
    zone: str
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    temporary: tuple[Temporary, ...] = ()
    swaps: tuple[Swap, ...] = ()
    history: History | None = None


@dataclass(frozen=True, slots=True)
class RotaChange:
    """A change of one schedule that people made by command: exactly one of ``override``, ``swap``
    and ``temporary``. ``by`` is a handle, ``cover`` the cover request it came from, 0 for none;
    ``batch`` is the first of those that one command made and that are taken back as one."""

    id: int
    schedule: str
    by: str
    at: Instant
    override: Override | None = None
    swap: Swap | None = None
    temporary: Temporary | None = None
    reason: str = ""
    cover: int = 0
    batch: int = 0


# ---- what follows from it ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: the layer ``name``, or a change that put the person in ``instead_of``'s place.

    ``before`` is why the person replaced was on call. On somebody who was taken off, ``by`` is
    who stands in, None where nobody does.
    """

    source: Source
    name: str = ""
    instead_of: str | None = None
    by: str | None = None
    before: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on call from ``start`` to ``end``; ``intended`` says why, where that is so by
    intention."""

    start: Instant
    end: Instant
    intended: str | None = None


@dataclass(frozen=True, slots=True)
class OnCall:
    """A person and every reason they are on call (or were taken off)."""

    person: str
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Who is on call from ``start`` to ``end`` and why; ``off`` are those a change took off.

    With nobody on call ``intended`` says why, where that is so by intention.
    """

    start: Instant
    end: Instant
    on: tuple[OnCall, ...] = ()
    off: tuple[OnCall, ...] = ()
    intended: str | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """The handles of those on call, sorted."""
        return tuple(each.person for each in self.on)
