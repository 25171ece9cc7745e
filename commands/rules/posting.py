"""Whether an incident is shown in a channel, and why not: by the channel's rule. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from commands.rules import filters
from commands.rules.filters import Values
from commands.rules.oncall.layers import active
from commands.rules.oncall.wall import cut
from store.model import DAY, HOUR, Incident, IncidentStatus, Instant, Severity
from store.model.oncall import Layer, Window
from store.model.posting import (
    ESCALATED,
    EVENTS,
    NOTES,
    OPENED,
    RESOLVED,
    TAKEN,
    UPDATES,
    ChannelRule,
    QuietHours,
    Rhythm,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD = 8 * DAY
_EVENT_OF = {
    "step": ESCALATED,
    "exhausted": ESCALATED,
    "channel": ESCALATED,
    "page_failed": ESCALATED,
    "assign": TAKEN,
    "resolved": RESOLVED,
    "note": NOTES,
    "update": UPDATES,
}


class Fate(StrEnum):
    """What becomes of an incident in a channel: a card of its own, a line of the next digest, a
    wait (for its first event, or for the end of the quiet hours), or nothing."""

    CARD = "card"
    DIGEST = "digest"
    WAITS = "waits"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done, and why where it is no card: ``only error and above there``."""

    fate: Fate
    why: str = ""


CARD = Verdict(Fate.CARD)
_KEPT = 16
_BOOKS: dict[int, tuple[tuple[ChannelRule, ...], Book]] = {}


class Book:
    """The channel rules in force, ready to be asked."""

    def __init__(self, rules: tuple[ChannelRule, ...]) -> None:
        self._rules = {rule.name: (rule, filters.read(rule.match)) for rule in rules}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def rule(self, place: str) -> ChannelRule | None:
        """The rule of a channel."""
        found = self._rules.get(place)
        return found[0] if found else None

    def verdict(
        self,
        place: str,
        values: Values,
        severity: Severity,
        at: Instant,
        happened: Iterable[str] = (OPENED,),
    ) -> Verdict:
        """What becomes of an incident in a channel at an instant, of which so much happened."""
        found = self._rules.get(place)
        if found is None:
            return CARD
        rule, match = found
        if not match.fits(values):
            return Verdict(Fate.NOT, f"only {match} there")
        if rule.severity is not None and severity.rank > Severity(rule.severity).rank:
            return Verdict(Fate.NOT, f"only {at_least(rule.severity)} there")
        return _timely(rule, severity, at, happened)

    def tells(self, place: str, what: str) -> bool:
        """Whether a channel wants to hear of something in threads."""
        rule, event = self.rule(place), _EVENT_OF.get(what)
        return rule is None or rule.events is None or event is None or event in rule.events

    def fits(self, place: str, values: Values, severity: Severity) -> bool:
        """Whether a channel is about such an incident at all, at whatever time."""
        found = self._rules.get(place)
        if found is None:
            return True
        rule, match = found
        bad = rule.severity is None or severity.rank <= Severity(rule.severity).rank
        return bad and match.fits(values)


def _timely(rule: ChannelRule, severity: Severity, at: Instant, happened: Iterable[str]) -> Verdict:
    if rule.events is not None and not set(rule.events) & set(happened):
        return Verdict(Fate.WAITS, f"its card comes when it is {_listed(rule.events)}")
    always = severity is Severity.CRITICAL and not rule.criticals
    if rule.digest is not None and not always:
        return Verdict(Fate.DIGEST, f"it is in the digest there, {rhythm_words(rule.digest)}")
    until = quiet_until(rule, at)
    if until is not None and not always:
        return Verdict(Fate.WAITS, f"it is quiet there until {_clock(until, rule)}")
    return CARD


def book(rules: tuple[ChannelRule, ...]) -> Book:
    """The rules of a version of the definitions; a version's tuple is known by its identity, since
    comparing many rules takes longer than asking one."""
    known = _BOOKS.get(id(rules))
    if known is None or known[0] is not rules:
        if len(_BOOKS) >= _KEPT:
            _BOOKS.clear()
        known = _BOOKS[id(rules)] = (rules, Book(rules))
    return known[1]


def event_of(what: str) -> str | None:
    """The event that a message in a thread tells of."""
    return _EVENT_OF.get(what)


def happened(incident: Incident) -> set[str]:
    """What happened to an incident so far, as far as its record says."""
    found = {OPENED}
    if incident.acknowledged_at is not None or incident.assignee is not None:
        found.add(TAKEN)
    if incident.step > 0 or incident.loop > 0:
        found.add(ESCALATED)
    if incident.status is IncidentStatus.RESOLVED:
        found.add(RESOLVED)
    if incident.notes:
        found.add(NOTES)
    return found


# time


def quiet_until(rule: ChannelRule, at: Instant) -> Instant | None:
    """When the quiet hours of a channel end that hold an instant; None outside of them."""
    return None if rule.quiet is None else _quiet_until(rule.quiet, rule.zone, cut(at))


@lru_cache(maxsize=256)
def _quiet_until(quiet: QuietHours, zone: str, now: Instant) -> Instant | None:
    spans = active(_layer(quiet, zone), now, now + _AHEAD)
    return next((end for start, end in spans if start <= now < end), None)


def quiet_ended(rule: ChannelRule, since: Instant, until: Instant) -> Instant | None:
    """The last end of quiet hours after one instant and not after another."""
    if rule.quiet is None:
        return None
    spans = active(_layer(rule.quiet, rule.zone), since - 2 * DAY, until + DAY)
    ends = [end for _, end in spans if since < end <= until]
    return max(ends, default=None)


def _layer(quiet: QuietHours, zone: str) -> Layer:
    window = Window(quiet.start, quiet.end, quiet.days)
    return Layer("", quiet.zone or zone, windows=(window,))


def last_slot(rhythm: Rhythm, zone: str, at: Instant) -> Instant:
    """The latest instant, not after ``at``, at which a digest is due."""
    wall = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))
    if rhythm.every == "hour":
        return at - at % HOUR
    hour, minute = divmod(rhythm.minute, 60)
    slot = wall.replace(hour=hour, minute=minute, second=0, microsecond=0)
    days = 1
    if rhythm.every == "week":
        slot -= timedelta(days=(slot.weekday() - rhythm.day) % 7)
        days = 7
    if slot > wall:
        slot -= timedelta(days=days)
    return int(slot.timestamp() * 1000)


# words


def at_least(severity: str) -> str:
    """``error and above``."""
    return severity if severity == Severity.CRITICAL else f"{severity} and above"


def rhythm_words(rhythm: Rhythm) -> str:
    """``every hour``, ``daily 09:00``, ``weekly mon 09:00``."""
    clock = f"{rhythm.minute // 60:02}:{rhythm.minute % 60:02}"
    if rhythm.every == "hour":
        return "every hour"
    return f"daily {clock}" if rhythm.every == "day" else f"weekly {DAYS[rhythm.day]} {clock}"


def _clock(at: Instant, rule: ChannelRule) -> str:
    zone = (rule.quiet.zone if rule.quiet else None) or rule.zone
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%H:%M")


def _listed(events: Iterable[str]) -> str:
    """The events that bring a card, in words: ``taken or escalated``."""
    named = {NOTES: "written about", UPDATES: "told to others"}
    *first, last = [named.get(e, e) for e in EVENTS if e in set(events)] or ["never"]
    return f"{', '.join(first)} or {last}" if first else last


def said(rule: ChannelRule) -> str:
    """A rule in a few words: ``error and above · team:db · daily 09:00 digest``."""
    return " · ".join(effects(rule)) or "everything that is sent there"


def effects(rule: ChannelRule) -> Iterator[str]:
    """What a rule does, one by one."""
    if rule.severity is not None:
        yield at_least(rule.severity)
    if rule.match.strip():
        yield rule.match.strip()
    if rule.events is not None:
        yield f"told: {', '.join(rule.events) or 'nothing'}"
    if rule.digest is not None:
        own = "" if rule.criticals else ", criticals by their own card"
        yield f"digest {rhythm_words(rule.digest)}{own}"
    if rule.quiet is not None:
        own = "" if rule.criticals else ", but for criticals"
        yield f"quiet {_span(rule.quiet)}{own}"
    if rule.here is not None:
        when = "nobody has it" if rule.here.when == "nobody" else "it opens"
        yield f"@here when {when} ({at_least(rule.here.severity)}, {rule.here.per_day} a day)"
    zones = {rule.zone} if rule.digest is not None else set[str]()
    zones |= {rule.quiet.zone or rule.zone} if rule.quiet is not None else set()
    if zones - {"UTC"}:
        yield ", ".join(sorted(zones))


def _span(quiet: QuietHours) -> str:
    clock = "-".join(f"{m // 60:02}:{m % 60:02}" for m in (quiet.start, quiet.end))
    days = tuple(sorted(set(quiet.days)))
    if len(days) == 7:
        return clock
    return f"{clock} {', '.join(DAYS[d] for d in days)}"
