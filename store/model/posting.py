"""What people say of a channel: which incidents it shows, what of them, how often, and when not."""

from __future__ import annotations

from dataclasses import dataclass

from store.model.escalation import EVERY_DAY

OPENED, TAKEN, ESCALATED, RESOLVED, NOTES, UPDATES = (
    "opened",
    "taken",
    "escalated",
    "resolved",
    "notes",
    "updates",
)
EVENTS = (OPENED, TAKEN, ESCALATED, RESOLVED, NOTES, UPDATES)
"""What can happen to an incident that a channel may want to hear of."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a digest comes: each ``hour``, or each ``day`` or ``week`` at ``minute`` minutes
    after midnight (of weekday ``day``, Monday is 0)."""

    every: str
    minute: int = 9 * 60
    day: int = 0


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours in which no card is put up; ``start`` and ``end`` are minutes after midnight, an end
    not after the start is on the next day, and ``days`` name the day on which they begin."""

    start: int
    end: int
    days: tuple[int, ...] = EVERY_DAY
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """``@here`` may be said of an incident at least this bad, once an incident and ``per_day``
    times a day: when everybody was asked and ``nobody`` has it, or as soon as it is ``opened``."""

    severity: str = "critical"
    per_day: int = 1
    when: str = "nobody"


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """What a channel (``name``: ``slack:#ops``) shows of what the routes send there.

    ``match`` is a filter, ``severity`` the least bad that is shown. ``events`` are those that are
    told in threads, and with the first of them the card comes; None means all. With a ``digest``
    there is one message per rhythm instead of single cards. Critical incidents have their own card
    at any hour all the same, unless ``criticals`` says that digest and quiet hours are about them
    too.
    """

    name: str
    match: str = ""
    severity: str | None = None
    events: tuple[str, ...] | None = None
    digest: Rhythm | None = None
    quiet: QuietHours | None = None
    here: Here | None = None
    criticals: bool = False
    zone: str = "UTC"
