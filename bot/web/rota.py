"""The timeline of schedules over one or two weeks: a track a layer, and who is asked in the end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from bot.cards import words
from bot.web.look import initials
from commands.rules.oncall import stretches
from commands.rules.oncall.layers import layered
from store.clock import from_datetime
from store.model import Definitions, Instant
from store.model.oncall import Layer, OnCall, Schedule, Source, Stretch

WEEKS = (1, 2, 4)
_HUES = 6
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NARROW, _PHONE = 3.0, 12.0
"""Per cent of the span below which a bar has no room for a name, on a desk and on a phone."""


@dataclass(frozen=True, slots=True)
class Span:
    """The weeks that are shown, on the wall clock of a zone; ``first`` is a Monday."""

    first: date
    weeks: int
    zone: str

    @property
    def start(self) -> Instant:
        """Where it begins."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> Instant:
        """Where it ends."""
        return _midnight(self.first + timedelta(weeks=self.weeks), self.zone)

    @property
    def title(self) -> str:
        """``23–29 Nov``."""
        last = self.first + timedelta(weeks=self.weeks, days=-1)
        month = "" if last.month == self.first.month else f" {_MONTHS[self.first.month - 1]}"
        return f"{self.first.day}{month}–{last.day} {_MONTHS[last.month - 1]} {last.year}"

    def moved(self, weeks: int) -> str:
        """The first day of the span that is some weeks away, for an address."""
        return (self.first + timedelta(weeks=weeks)).isoformat()

    def share(self, at: Instant) -> float:
        """Where an instant stands, in per cent."""
        return round(100 * (at - self.start) / (self.end - self.start), 3)


def span_of(text: str, weeks: str, zone: str, now: Instant) -> Span:
    """The span an address asks for: the week that holds a date, this week by itself."""
    here = words.moment(now, zone).date()
    with contextlib.suppress(ValueError):
        here = date.fromisoformat(text) if text else here
    here = min(max(here, date(2000, 1, 3)), date(2200, 1, 1))
    many = int(weeks) if weeks.isdecimal() and int(weeks) in WEEKS else 1
    return Span(here - timedelta(days=here.weekday()), many, zone)


def _midnight(day: date, zone: str) -> Instant:
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch on a track; ``x`` and ``width`` are per cent, ``short`` is the label where there is
    little room. ``kind`` is shift, change (somebody was put in by an override, a swap or a
    temporary schedule), gap, intended or away; ``says`` is the whole of it in words.
    """

    x: float
    width: float
    label: str
    short: str
    says: str
    kind: str
    hue: int
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Track:
    """One row: a layer, or who is asked in the end."""

    name: str
    bars: tuple[Bar, ...]
    final: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on the ruler."""

    x: float
    label: str
    weekend: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One schedule over a span. ``changes`` are the overrides and the like in it, in words."""

    name: str
    teams: tuple[str, ...]
    zone: str
    tracks: tuple[Track, ...]
    days: tuple[Mark, ...]
    now: float | None
    editable: bool
    written: bool


def chart(known: Definitions, schedule: Schedule, span: Span, now: Instant) -> Chart:
    """A schedule drawn: its layers by priority, the highest first, then who is asked."""
    ranked = sorted(schedule.layers, key=lambda layer: -layer.priority)
    tracks = [Track(one.name, tuple(_layer(known, schedule, one, span))) for one in ranked]
    tracks.append(Track("Who is asked", tuple(_final(known, schedule, span)), final=True))
    held = f"schedule:{schedule.name}"
    here = span.share(now)
    return Chart(
        schedule.name,
        tuple(sorted(t.name for t in known.teams.values() if t.oncall == held)),
        schedule.zone,
        tuple(tracks),
        tuple(_days(span, now)),
        here if 0 <= here < 100 else None,
        ("schedule", schedule.name) in known.people_own,
        ("schedule", schedule.name) in known.written,
    )


def _layer(known: Definitions, schedule: Schedule, layer: Layer, span: Span) -> Iterator[Bar]:
    for start, end, reasons in layered((layer,), span.start, span.end):
        yield _bar(known, span, start, end, tuple(reasons), "shift", schedule.zone)


def _final(known: Definitions, schedule: Schedule, span: Span) -> Iterator[Bar]:
    for each in _joined(stretches(schedule, span.start, span.end)):
        if not each.on:
            kind = "gap" if each.intended is None else "intended"
            yield _gap(span, each, kind, schedule.zone)
            continue
        kind = "change" if _changed(each) else "shift"
        bar = _bar(known, span, each.start, each.end, each.people, kind, schedule.zone)
        yield bar if not _away(known, each) else _marked(bar, known, each)


def _joined(found: Iterable[Stretch]) -> Iterator[Stretch]:
    """What differs in its reasons alone is one bar, unless somebody was put in by a change."""
    held: Stretch | None = None
    for each in found:
        same = held and (held.people, held.intended) == (each.people, each.intended)
        if held and same and _changed(held) == _changed(each):
            held = replace(held, end=each.end)
            continue
        if held:
            yield held
        held = each
    if held:
        yield held


def _changed(each: Stretch) -> bool:
    return any(map(_is_change, each.on))


def _is_change(on: OnCall) -> bool:
    return any(b.source is not Source.LAYER for b in on.because)


def _away(known: Definitions, each: Stretch) -> list[str]:
    return [
        a.person
        for a in known.away
        if a.person in each.people and a.start < each.end and a.end > each.start
    ]


def _marked(bar: Bar, known: Definitions, each: Stretch) -> Bar:
    gone = ", ".join(dict.fromkeys(known.name_of(h) for h in _away(known, each)))
    says = f"{bar.says}; {gone} is away then"
    return replace(bar, label=f"⚠ {bar.label}", short="⚠", says=says, kind="away")


def _bar(
    known: Definitions, span: Span, start: Instant, end: Instant, people: tuple[str, ...],
    kind: str, zone: str,
) -> Bar:  # fmt: skip
    names = words.short_names(known.people.values())
    label = ", ".join(words.clean(names.get(h, h)) for h in people)
    full = ", ".join(words.clean(known.name_of(h)) for h in people)
    x, width = span.share(start), span.share(end) - span.share(start)
    says = f"{full}, {_when(start, end, zone)}"
    says += ", by a change" if kind == "change" else ""
    hue = crc32(people[0].encode()) % _HUES
    shown = label if width >= _NARROW else ""
    short = label if width >= _PHONE else initials(full) if width >= _NARROW else ""
    return Bar(x, width, shown, short, says, kind, hue, start, end)


def _gap(span: Span, each: Stretch, kind: str, zone: str) -> Bar:
    x, width = span.share(each.start), span.share(each.end) - span.share(each.start)
    what = "Nobody" if each.intended is None else f"Nobody, by intention ({each.intended})"
    says = f"{what}, {_when(each.start, each.end, zone)}"
    label = ("Nobody" if kind == "gap" else "Nobody, intended") if width >= 2 * _NARROW else ""
    short = label if width >= 2 * _PHONE else ""
    return Bar(x, width, label, short, says, kind, 0, each.start, each.end)


def _when(start: Instant, end: Instant, zone: str) -> str:
    return f"{words.date(start, zone)} to {words.date(end, zone)}"


def _days(span: Span, now: Instant) -> Iterator[Mark]:
    today = words.moment(now, span.zone).date()
    step = 1 if span.weeks < 4 else 7
    for n in range(0, span.weeks * 7, step):
        day = span.first + timedelta(days=n)
        x = span.share(_midnight(day, span.zone))
        label = f"{_WEEKDAYS[day.weekday()]} {day.day}"
        yield Mark(x, label, day.weekday() > 4, day == today)
