"""Maintenance: what is worked on, when, and how alerts about it behave meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.clock import Instant
from store.model.oncall import WallTime

ANNOUNCE = 15
"""Minutes before it begins that a maintenance is announced, unless it is said otherwise."""


class Behaviour(StrEnum):
    """What becomes of alerts about the things that are worked on."""

    NO_PAGES = "no-pages"
    NO_CARDS = "no-cards"
    ONE_INCIDENT = "one-incident"
    PAUSE_ONLY = "pause-only"


class MaintenanceState(StrEnum):
    """How far one maintenance is."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    BEGUN = "begun"
    OVER = "over"
    CALLED_OFF = "called off"


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window as people plan it, once or again and again.

    ``what`` is a filter, ``start`` and ``end`` the first one on the wall clock of ``zone``,
    ``repeat`` an RRULE or empty. ``skipped`` are the starts that were called off, ``announce`` are
    minutes, ``first`` is when exactly the first one begins and ends, where that is known. ``file``
    is its name in the settings file, empty where people made it; ``over`` since when there is no
    next one, ``ahead`` up to when its occurrences are on record. ``rev`` grows with every change.
    """

    id: int
    what: str
    behaviour: Behaviour
    start: WallTime
    end: WallTime
    zone: str
    text: str = ""
    repeat: str = ""
    skipped: tuple[WallTime, ...] = ()
    announce: int = ANNOUNCE
    by: str = ""
    file: str = ""
    first: tuple[Instant, Instant] | None = None
    over: Instant | None = None
    ahead: Instant = 0
    rev: int = 1


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A window once: what holds from ``starts_at`` to before ``until``.

    ``slot`` is its start on the wall clock as it was planned; ``window`` is 0 where it belongs to
    none. ``left`` are the incidents that still fired at its end, ``places`` where its card stands.
    """

    id: int
    window: int
    slot: WallTime
    starts_at: Instant
    until: Instant
    what: str
    behaviour: Behaviour = Behaviour.NO_PAGES
    text: str = ""
    by: str = ""
    state: MaintenanceState = MaintenanceState.BEGUN
    left: tuple[int, ...] = ()
    places: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What its cards and the incidents that belong to it know it by."""
        return f"{self.window}.{self.slot}"

    @property
    def name(self) -> str:
        """What people call it: what is done, or else what it is done to."""
        return self.text or self.what
