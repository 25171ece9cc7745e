"""The shifts of a person or a schedule as an iCal calendar (RFC 5545), for any calendar program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from commands import eras
from commands.eras import Era
from commands.rules.oncall.duty import on_schedule
from store.feeds import PERSON, Feed
from store.model import DAY, Definitions, Instant
from store.model.oncall import Schedule, Shift

BEHIND, AHEAD = 15 * DAY, 180 * DAY
"""As in Grafana OnCall's export."""

_GRID = 128 * DAY
_BEYOND = 40 * DAY
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: a shift and what is said of it."""

    uid: str
    start: Instant
    end: Instant
    title: str
    text: str


def reach(now: Instant) -> Instant:
    """From when on shifts are looked at: far enough back that one which still goes on has its own
    beginning, and the same for months, so that nothing moves from day to day."""
    return (now - BEHIND) // _GRID * _GRID - _GRID


def calendar(feed: Feed, found: Sequence[Era], now: Instant, url: str) -> str | None:
    """The calendar of a feed; None where its person or schedule is no more."""
    changed, known = found[-1] if found else (now, None)
    if known is None or feed.name not in (known.people if feed.kind == PERSON else known.schedules):
        return None
    title = f"On call: {known.name_of(feed.name)}" if feed.kind == PERSON else feed.name
    stamp = _utc(changed)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//PixelView//On call//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(title)}",
        f"X-WR-CALNAME:{_text(title)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
    ]
    for entry in _entries(feed, found, known, now):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.uid}@pixelview",
            f"DTSTAMP:{stamp}",
            f"DTSTART:{_utc(entry.start)}",
            f"DTEND:{_utc(entry.end)}",
            f"SUMMARY:{_text(entry.title)}",
            f"DESCRIPTION:{_text(entry.text)}",
            f"URL:{url}/oncall",
            "CATEGORIES:On call",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _entries(feed: Feed, found: Sequence[Era], known: Definitions, now: Instant) -> Iterator[Entry]:
    start, end = reach(now), now + AHEAD + _BEYOND
    person = feed.name if feed.kind == PERSON else None
    names = eras.names(found) if person else [feed.name]
    shown = [
        (shift, schedule)
        for name in names
        for schedule, shift in eras.shifts(found, name, start, end, person)
        if shift.end > now - BEHIND and shift.start < now + AHEAD
    ]
    for shift, schedule in sorted(shown, key=lambda each: (each[0].start, each[1].name)):
        yield _entry(shift, schedule, known, person)


def _entry(shift: Shift, schedule: Schedule, known: Definitions, person: str | None) -> Entry:
    names = ", ".join(known.name_of(handle) for handle in shift.people)
    whose = f"person {person}" if person else "schedule"
    made = hashlib.sha256(f"{whose}\x1f{schedule.name}\x1f{shift.start}".encode()).hexdigest()
    why = [
        f"{known.name_of(on.person)}: {on.reason}."
        for on in on_schedule(known, schedule.name, shift.start)
        if on.person in shift.people
    ]
    title = f"On call: {schedule.name}" if person else f"{names} ({schedule.name})"
    text = "\n".join((f"Schedule {schedule.name}, {schedule.zone}", *why))
    return Entry(made[:32], shift.start, shift.end, title, text)


def _utc(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    clean = "".join(c for c in words if c == "\n" or c.isprintable())
    return clean.translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """Lines of 75 octets at most, the later ones behind a space; no character is cut."""
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > 75:
            yield piece
            piece, size = " ", 1
        piece += character
        size += octets
    yield piece
