"""iCal text → occurrences of its events, bounded; blocking, for a thread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from store.model import DAY, Instant
from store.model.calendar import Event

BEHIND, AHEAD = 31 * DAY, 428 * DAY
"""How far occurrences are looked for, from the last step of the grid: the span must not move with
every look, or each would find something else."""

GRID = 28 * DAY

MOST = 20_000
_CHUNK = 35 * DAY
_TOO_OFTEN = ("SECONDLY", "MINUTELY")
_BROKEN = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NoCalendar(ValueError):
    """What came is no iCal calendar, or one without bounds; the text says what is wrong."""


def events(body: bytes, now: Instant) -> tuple[list[Event], int]:
    """The occurrences around now, in order, and how many events can't be read; NoCalendar says what
    is wrong with all of it."""
    import icalendar
    import recurring_ical_events

    try:
        calendar: Any = icalendar.Calendar.from_ical(body)
    except _BROKEN as error:
        raise NoCalendar(f"this is no iCal calendar: {_short(error)}") from None
    if calendar.name != "VCALENDAR":
        raise NoCalendar("this is no iCal calendar")
    good = [part for part in calendar.subcomponents if _is_good(part)]
    bad = len(calendar.subcomponents) - len(good)
    calendar.subcomponents = good
    try:
        query = recurring_ical_events.of(calendar, skip_bad_series=True)
        found = list(dict.fromkeys(_occurrences(query, now)))
    except _BROKEN as error:
        raise NoCalendar(f"its events can't be read: {_short(error)}") from None
    return sorted(found, key=lambda e: (e.start, e.end, e.summary, e.people)), bad


def reaches(now: Instant) -> Instant:
    """Up to when occurrences are looked for."""
    return now // GRID * GRID + AHEAD


def _is_good(part: Any) -> bool:
    """Whether a part of the calendar is no event, or one that has a beginning and a rule, if any,
    that can be followed."""
    if part.name != "VEVENT":
        return True
    try:
        often = any(freq in _TOO_OFTEN for freq in _frequencies(part))
        return not often and isinstance(part["DTSTART"].dt, date)
    except _BROKEN:
        return False


def _occurrences(query: Any, now: Instant) -> Iterator[Event]:
    """Piece by piece, so that a rule without bounds is seen early; one may come twice."""
    many = 0
    last = reaches(now)
    for start in range(last - AHEAD - BEHIND, last, _CHUNK):
        end = min(start + _CHUNK, last)
        for occurrence in query.between(_moment(start), _moment(end)):
            many += 1
            if many > MOST:
                raise NoCalendar(f"more than {MOST} occurrences")
            read = _event(occurrence)
            if read is not None:
                yield read


def _frequencies(event: Any) -> Iterator[str]:
    rules = event.get("RRULE", ())
    for rule in rules if isinstance(rules, list) else (rules,):
        yield from map(str, rule.get("FREQ", ()) if rule else ())


def _event(occurrence: Any) -> Event | None:
    if str(occurrence.get("STATUS", "")).upper() == "CANCELLED":
        return None
    start, end = occurrence["DTSTART"].dt, occurrence["DTEND"].dt
    if not isinstance(start, datetime) and not isinstance(end, datetime) and end <= start:
        end = start + timedelta(days=1)
    floating = not isinstance(start, datetime) or start.tzinfo is None
    return Event(
        _milliseconds(start),
        _milliseconds(end),
        str(occurrence.get("SUMMARY", "")).strip()[:200],
        tuple(dict.fromkeys(_people(occurrence))),
        floating,
        _is_time_off(occurrence, whole_day=not isinstance(start, datetime)),
    )


def _people(occurrence: Any) -> Iterator[str]:
    """The attendees who did not say no; rooms are none."""
    found = occurrence.get("ATTENDEE") or []
    for each in found if isinstance(found, list) else (found,):
        kind = str(each.params.get("CUTYPE", "INDIVIDUAL")).upper()
        said = str(each.params.get("PARTSTAT", "")).upper()
        address = str(each)
        if kind in ("INDIVIDUAL", "UNKNOWN") and said != "DECLINED":
            yield address[7:] if address[:7].lower() == "mailto:" else address


def _is_time_off(occurrence: Any, *, whole_day: bool) -> bool:
    """Outlook marks what is out of office; elsewhere all counts but what leaves the time free.

    Google Calendar marks whole days as free by itself.
    """
    marked = str(occurrence.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    if marked:
        return marked == "OOF"
    return whole_day or str(occurrence.get("TRANSP", "")).upper() != "TRANSPARENT"


def _milliseconds(at: date | datetime) -> int:
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=UTC)
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1000


def _moment(at: Instant) -> datetime:
    return _EPOCH + timedelta(milliseconds=at)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
