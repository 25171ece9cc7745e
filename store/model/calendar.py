"""The frozen nouns of calendars from outside: what an iCal address last said, and when."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from store.model import Instant


@dataclass(frozen=True, slots=True)
class Event:
    """One occurrence of an event. With ``floating`` its bounds are wall times of whoever reads it:
    whole days, and times without a zone. ``people`` are the e-mail addresses of attendees.
    ``time_off`` says that it counts where the calendar tells of somebody's time off."""

    start: int
    end: int
    summary: str = ""
    people: tuple[str, ...] = ()
    floating: bool = False
    time_off: bool = True


@dataclass(frozen=True, slots=True)
class Calendar:
    """An iCal address as it stands: when it was asked, when it last answered, what went wrong
    since. ``unknown`` are those in it who match nobody."""

    url: str
    asked_at: Instant | None = None
    answered_at: Instant | None = None
    error: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The host alone: the rest of the address is as good as a password."""
        return host(self.url)


def host(url: str) -> str:
    """The host of an address."""
    return urlsplit(url).hostname or "a calendar"
