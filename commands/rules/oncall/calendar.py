"""What an iCal calendar's events mean here: shifts of people, or time off of one.

Whose an event is: its attendees by e-mail address, else whoever its title names (an e-mail address,
a handle, a name, a first name that is only one's). ``[L2]`` at its beginning is its level: where
events overlap those with the highest one count, as in Grafana OnCall's calendars.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from commands.rules.oncall.wall import WallClock, clock_of, cut
from store.model import Instant, Person
from store.model.calendar import Event, host
from store.model.oncall import Away, Shift

_LEVEL = re.compile(r"^\s*\[L(\d{1,3})\]\s*", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s<>,;:()\"']+@[^\s<>,;:()\"']+")
_SEVERAL = re.compile(r"\s*(?:[,;/&+|]|\band\b|\bund\b)\s*", re.IGNORECASE)
_LONG = 60


class Names:
    """The people of the definitions, by everything a calendar may call them."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        known = people.values()
        self._emails = {p.email.casefold(): p.handle for p in known if p.email}
        self._exact = {p.handle.casefold(): p.handle for p in known}
        self._exact |= {p.name.casefold(): p.handle for p in known}
        firsts: dict[str, list[str]] = {}
        for person in known:
            firsts.setdefault(person.first_name.casefold(), []).append(person.handle)
        for first, handles in firsts.items():
            if len(handles) == 1:
                self._exact.setdefault(first, handles[0])
        self._inside = [
            (re.compile(rf"(?<!\w){re.escape(p.name)}(?!\w)", re.IGNORECASE), p.handle)
            for p in known
        ]

    def of(self, event: Event) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The handles of an event's people, and what in it matches nobody."""
        if event.people:
            found = {one: self._emails.get(one.casefold()) for one in event.people}
            known = tuple(dict.fromkeys(handle for handle in found.values() if handle))
            if known:
                return known, tuple(one for one, handle in found.items() if not handle)
        known = tuple(dict.fromkeys(self._named(_LEVEL.sub("", event.summary))))
        return known, () if known else ((event.summary or "an event without a title")[:_LONG],)

    def _named(self, title: str) -> list[str]:
        """Everybody a title names."""
        parts = [title, *_SEVERAL.split(title)]
        exact = [h for part in parts if (h := self._exact.get(part.strip(" @\t").casefold()))]
        if exact:
            return exact
        emails = _EMAIL.findall(title)
        found = [h for one in emails if (h := self._emails.get(one.casefold()))]
        return found or [handle for name, handle in self._inside if name.search(title)]


def shifts(
    events: Iterable[Event], names: Names, zone: str
) -> tuple[tuple[Shift, ...], tuple[str, ...]]:
    """A calendar's shifts in order, none overlapping, and those in it who match nobody."""
    clock = clock_of(zone)
    found: list[tuple[Instant, Instant, int, tuple[str, ...]]] = []
    unknown: dict[str, None] = {}
    for event in events:
        people, strangers = names.of(event)
        unknown.update(dict.fromkeys(strangers))
        start, end = _bounds(event, clock)
        if people and start < end:
            level = _LEVEL.match(event.summary)
            found.append((start, end, int(level[1]) if level else 0, people))
    return tuple(_apart(found)), tuple(unknown)


def _apart(found: Sequence[tuple[Instant, Instant, int, tuple[str, ...]]]) -> list[Shift]:
    """From edge to edge: the people of the highest level that holds."""
    waiting = sorted(found)
    edges = sorted({edge for each in waiting for edge in each[:2]})
    whole: list[Shift] = []
    open_now: list[tuple[Instant, Instant, int, tuple[str, ...]]] = []
    n = 0
    for start, end in pairwise(edges):
        while n < len(waiting) and waiting[n][0] <= start:
            open_now.append(waiting[n])
            n += 1
        open_now = [each for each in open_now if each[1] > start]
        if not open_now:
            continue
        top = max(each[2] for each in open_now)
        people = tuple(sorted({p for each in open_now if each[2] == top for p in each[3]}))
        if whole and whole[-1].end == start and whole[-1].people == people:
            whole[-1] = Shift(whole[-1].start, end, people)
        else:
            whole.append(Shift(start, end, people))
    return whole


def away(events: Iterable[Event], person: Person, url: str) -> list[Away]:
    """The time off that a person's own calendar tells of."""
    clock, name = clock_of(person.zone), host(url)
    found = []
    for event in events:
        start, end = _bounds(event, clock)
        if event.time_off and start < end:
            found.append(Away(person.handle, start, end, event.summary[:200], calendar=name))
    return found


def _bounds(event: Event, clock: WallClock) -> tuple[Instant, Instant]:
    if event.floating:
        return clock.first(cut(event.start)), clock.last(cut(event.end))
    return cut(event.start), cut(event.end)
