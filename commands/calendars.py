"""Definitions with what calendars say put in: the dates of public holidays, the shifts of iCal
layers, the time off of people. Who reads a version reads it here.

Public holidays come from the record, as they were known then, and for years that are not in it from
the library of today: a new year needs no new version, and a new library changes no past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from commands.holidays import dates, of_year
from commands.rules.oncall.calendar import Names, away, shifts
from commands.words import moment
from store import calendars, definitions, grants
from store.db import Tx
from store.model import Definitions, Hours, Instant, Policy
from store.model.access import EVERYWHERE, Granted
from store.model.calendar import Calendar, Event
from store.model.holidays import PublicHolidays
from store.model.oncall import Layer

_BACK, _AHEAD = 2, 3
"""Of how many years the public holidays are known."""

Stamp = tuple[int, Instant, int]
"""The version of the definitions, when a calendar last changed, how often roles were given."""


def stamp(tx: Tx) -> Stamp:
    """What is in force; another one than before means that somebody should load again."""
    return definitions.newest(tx) or 0, calendars.changed_at(tx), grants.changed(tx)


def load(tx: Tx, at: Instant, version: int | None = None) -> Definitions:
    """The definitions of a version (default: the one in force), with what calendars said by an
    instant."""
    return complete(tx, definitions.load(tx, version), at)


def read(tx: Tx, at: Instant) -> tuple[Definitions, Said]:
    """The definitions in force, and what is to be put in."""
    known = definitions.load(tx)
    return known, gather(tx, known, at)


def complete(tx: Tx, known: Definitions, at: Instant) -> Definitions:
    """Definitions with what calendars said by an instant."""
    return put_in(known, gather(tx, known, at))


@dataclass(frozen=True, slots=True)
class Said:
    """What calendars said by an instant: holidays by place and year, events and how it is with each
    iCal address."""

    at: Instant
    days: Mapping[str, Mapping[str, list[str]]]
    events: Mapping[str, tuple[Event, ...]]
    asked: Mapping[str, calendars.Asked | None]
    granted: tuple[Granted, ...] = ()


def gather(tx: Tx, known: Definitions, at: Instant) -> Said:
    """Reads what calendars said that the definitions name."""
    urls = set(addresses(known))
    return Said(
        at,
        {place: calendars.dates_at(tx, place, at) for place in {p.place for p in _places(known)}},
        {url: calendars.events_at(tx, url, at) for url in urls},
        {url: calendars.asked(tx, url) for url in urls},
        grants.every(tx),
    )


def put_in(known: Definitions, said: Said) -> Definitions:
    """Definitions with what calendars said; this may take a while, for a thread."""
    known = with_roles(known, said.granted, said.at)
    if not said.days and not said.events:
        return known
    days = {place: _dates(place, said) for place in set(_places(known))}
    names, unknown = Names(known.people), dict[str, tuple[str, ...]]()
    schedules = {}
    for name, schedule in known.schedules.items():
        layers = tuple(_layer(each, days, said.events, names, unknown) for each in schedule.layers)
        schedules[name] = replace(schedule, layers=layers)
    off = [
        each
        for person in known.people.values()
        for url in person.away_calendars
        for each in away(said.events[url], person, url)
    ]
    people = {h: replace(p, hours=_observed(p.hours, days)) for h, p in known.people.items()}
    return replace(
        known,
        people=people,
        schedules=schedules,
        policies={name: _policy(policy, days) for name, policy in known.policies.items()},
        away=tuple(sorted((*known.away, *off), key=lambda each: (each.start, each.id))),
        calendars={url: _standing(url, said, unknown) for url in sorted(said.asked)},
    )


def with_roles(known: Definitions, granted: tuple[Granted, ...], at: Instant) -> Definitions:
    """Definitions whose people hold what they were given beside them, as far as it is in force."""
    people, held, defined = dict(known.people), [], set()
    for each in granted:
        person = people.get(each.person)
        if person is None or (each.until is not None and each.until <= at):
            continue
        held.append(each)
        said = known.people[each.person]
        if each.role in said.roles if not each.team else (each.team, each.role) in said.grants:
            defined.add((each.person, each.team, each.role))
        if each.team == EVERYWHERE:
            roles = tuple(dict.fromkeys((*person.roles, each.role)))
            people[each.person] = replace(person, roles=roles)
        else:
            own = tuple(dict.fromkeys((*person.grants, (each.team, each.role))))
            people[each.person] = replace(person, grants=own)
    if not held:
        return known
    return replace(known, people=people, granted=tuple(held), defined=frozenset(defined))


def _standing(url: str, said: Said, unknown: Mapping[str, tuple[str, ...]]) -> Calendar:
    found, strangers = said.asked[url], unknown.get(url, ())
    if found is None:
        return Calendar(url, unknown=strangers)
    return Calendar(url, found.asked_at, found.answered_at, found.error, strangers)


def _layer(
    layer: Layer,
    days: Mapping[PublicHolidays, frozenset[date]],
    events: Mapping[str, tuple[Event, ...]],
    names: Names,
    unknown: dict[str, tuple[str, ...]],
) -> Layer:
    if layer.observes is not None:
        layer = replace(layer, observed=days[layer.observes])
    if layer.calendar is not None:
        found, strangers = shifts(events[layer.calendar], names, layer.zone)
        unknown[layer.calendar] = strangers
        layer = replace(layer, events=found)
    return layer


def _policy(policy: Policy, days: Mapping[PublicHolidays, frozenset[date]]) -> Policy:
    if not any(step.hours and step.hours.observes for step in policy.steps):
        return policy
    steps = tuple(replace(step, hours=_observed(step.hours, days)) for step in policy.steps)
    return replace(policy, steps=steps)


def _observed(hours: Hours | None, days: Mapping[PublicHolidays, frozenset[date]]) -> Hours | None:
    if hours is None or hours.observes is None:
        return hours
    return replace(hours, observed=days[hours.observes])


# ---- which calendars -----------------------------------------------------------------------------


def addresses(known: Definitions) -> Iterator[str]:
    """The iCal addresses that the definitions name."""
    for schedule in known.schedules.values():
        yield from (layer.calendar for layer in schedule.layers if layer.calendar)
    for person in known.people.values():
        yield from person.away_calendars


def names(known: Definitions) -> set[str]:
    """Every calendar that decides something in the definitions, as the record calls it."""
    return {*addresses(known), *(f"holidays:{place.place}" for place in _places(known))}


def _places(known: Definitions) -> Iterator[PublicHolidays]:
    for schedule in known.schedules.values():
        yield from (layer.observes for layer in schedule.layers if layer.observes)
    for policy in known.policies.values():
        yield from (s.hours.observes for s in policy.steps if s.hours and s.hours.observes)
    for person in known.people.values():
        if person.hours and person.hours.observes:
            yield person.hours.observes


# ---- public holidays -----------------------------------------------------------------------------


def _dates(place: PublicHolidays, said: Said) -> frozenset[date]:
    """Those of the record, of other years those of the library, but for what is taken out."""
    recorded = said.days[place.place]
    found = frozenset(date.fromisoformat(day) for days in recorded.values() for day in days)
    others = [year for year in _years(said.at, _BACK, _AHEAD) if str(year) not in recorded]
    return (found | dates(place, others)) - frozenset(place.without)


def _years(at: Instant, back: int, ahead: int) -> range:
    year = moment(at, "UTC").year
    return range(year - back, year + ahead + 1)


def record(tx: Tx, now: Instant, known: Definitions) -> int:
    """Write down the public holidays in use of these years, where they are new or other than they
    were; for how many places."""
    found = 0
    for place in {p.place: p for p in _places(known)}.values():
        kept = dict(calendars.dates_at(tx, place.place, now))
        for year in _years(now, 1, 2):
            days = of_year(place.country, place.region, year)
            kept[str(year)] = [day.isoformat() for day in sorted(days)]
        if calendars.keep_dates(tx, now, place.place, kept):
            name = f"holidays:{place.place}"
            calendars.note(tx, now, calendars.Asked(name, now, now), changed=True)
            found += 1
    return found
