"""How spans of time and what stands against a shift are said: on the schedule's clock, and on the
reader's where that shows another time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from commands.context import Ctx
from commands.rules.oncall import clashes
from commands.rules.oncall.clashes import Clash
from commands.rules.range import zone_word
from commands.words import moment
from store.model import DAY, Definitions, Instant

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HALF_A_YEAR = 182 * DAY


def day(wall: datetime, year: bool = False) -> str:
    """``Sat 28 Nov``."""
    said = f"{_DAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}"
    return f"{said} {wall.year}" if year else said


def span(start: Instant, end: Instant, zone: str, now: Instant) -> str:
    """``Sat 28 Nov 08:00–20:00``; whole days without a clock."""
    first, last = moment(start, zone), moment(end, zone)
    far = abs(start - now) > _HALF_A_YEAR
    if _midnight(first) and _midnight(last):
        until = last - timedelta(days=1)
        one = until.date() == first.date()
        return day(first, far) if one else f"{day(first, far)} – {day(until, far)}"
    if first.date() == last.date():
        return f"{day(first, far)} {first:%H:%M}–{last:%H:%M}"
    return f"{day(first, far)} {first:%H:%M} – {day(last, far)} {last:%H:%M}"


def _midnight(wall: datetime) -> bool:
    return wall.hour == wall.minute == 0


def clocks(start: Instant, end: Instant, zone: str) -> str:
    """``07:00–19:00``, with the days where they differ from one another."""
    first, last = moment(start, zone), moment(end, zone)
    if first.date() == last.date():
        return f"{first:%H:%M}–{last:%H:%M}"
    return f"{_DAYS[first.weekday()]} {first:%H:%M} – {_DAYS[last.weekday()]} {last:%H:%M}"


def both(start: Instant, end: Instant, zone: str, mine: str, now: Instant) -> str:
    """``Sat 28 Nov 08:00–20:00 Berlin (07:00–19:00 for you)``."""
    said = f"{span(start, end, zone, now)} {zone_word(zone)}"
    same = all(moment(at, zone).utcoffset() == moment(at, mine).utcoffset() for at in (start, end))
    if same:
        return said
    there, here = moment(start, zone).date(), moment(start, mine).date()
    if there != here or moment(end, mine).date() != here:
        return f"{said} ({span(start, end, mine, now)} for you)"
    return f"{said} ({clocks(start, end, mine)} for you)"


def for_you(start: Instant, end: Instant, zone: str, mine: str, now: Instant) -> str:
    """The part of what ``both`` says that is on the reader's clock; empty for whole days."""
    said = both(start, end, zone, mine, now)
    head, found, rest = said.partition(" (")
    if found:
        return rest.removesuffix(" for you)")
    whole = _midnight(moment(start, zone)) and _midnight(moment(end, zone))
    return "" if whole else head


def shown(ctx: Ctx, start: Instant, end: Instant, zone: str, mine: str) -> str:
    """The same as ``both``, in an answer: a chat shows it on its reader's own clock."""
    if yours := for_you(start, end, zone, mine, ctx.now):
        ctx.said(yours, start, end)
    return both(start, end, zone, mine, ctx.now)


def against(
    found: Iterable[Clash], who: str, start: Instant, end: Instant, zone: str, now: Instant
) -> list[str]:
    """Sentences about one person, ``You`` or a name; those alike are said once."""
    is_, you = ("are", who == "You") if who == "You" else ("is", False)
    said = []
    for each in found:
        when = _when(each, start, end, zone, now)
        if each.kind == clashes.AWAY:
            reason = f" ({each.what})" if each.what else ""
            said.append(f"{who} {is_} away {when}{reason}.")
        elif each.kind == clashes.ALREADY:
            said.append(f"{who} {is_} on call there already {when}.")
        else:
            said.append(f"{who} {is_} on call for {each.what} {when}.")
    return list(dict.fromkeys(said))[: 4 if you else 3]


def _when(each: Clash, start: Instant, end: Instant, zone: str, now: Instant) -> str:
    if each.start <= start and each.end >= end:
        return "then"
    if (
        moment(each.start, zone).date()
        == moment(start, zone).date()
        == moment(each.end - 1, zone).date()
        and moment(end - 1, zone).date() == moment(start, zone).date()
    ):
        return f"{clocks(each.start, each.end, zone)} then"
    return span(each.start, each.end, zone, now)


def names(known: Definitions, handles: Iterable[str], me: str = "") -> str:
    """``Ana``, ``Ana and Bob``, ``you``: first names, whole where two are alike."""
    firsts = [p.first_name for p in known.people.values()]

    def one(handle: str) -> str:
        person = known.people.get(handle)
        if handle == me:
            return "you"
        if person is None:
            return handle
        return person.first_name if firsts.count(person.first_name) == 1 else person.name

    *rest, last = [one(h) for h in dict.fromkeys(handles)] or ["nobody"]
    return f"{', '.join(rest)} and {last}" if rest else last


def start_of_sentence(text: str) -> str:
    """The first letter large."""
    return text[:1].upper() + text[1:]
