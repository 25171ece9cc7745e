"""Opsgenie schedules: rotations that are all on call together, each with turns of hours, days or
weeks, restricted to hours; overrides of all rotations or of some."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.imports.base import Asked, Imported, Names, Source, Stated, known_zone
from bot.imports.bundle import Bundle
from bot.imports.opsgenie import layers
from bot.imports.opsgenie.times import Override, Rota, Rotation
from bot.imports.records import Record
from bot.imports.spans import instant, joined, swept

_UNITS = {"hourly": 60, "daily": 1440, "weekly": 10_080}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = 10_080


def read(
    bundle: Bundle,
    found: Imported,
    people: Mapping[str, str],
    members: Mapping[str, list[str]],
    asked: Asked,
) -> dict[str, str]:
    """Schedules by Opsgenie's ids: their names in the result."""
    names, named = Names("schedule"), {}
    for key, record in bundle.by_id("schedules").items():
        title = record.maybe("name") or key
        name = names.of(title)
        what = f"schedule {name}"
        if not record.flag("enabled", True):
            found.left_out(what, "it is disabled")
            continue
        zone = record.maybe("timezone") or asked.zone
        if not known_zone(zone):
            record.bad("timezone", f"{zone} is not an IANA time zone")
        rotations = [
            _rotation(each, people, members, found, what)
            for each in record.records("rotations")
            if each.flag("enabled", True)
        ]
        overrides = tuple(_overrides(bundle, record, key, people, found, what))
        rota = Rota(zone, tuple(rotations), overrides)
        made = list(layers.written(found, what, rota, asked))
        if not made:
            found.left_out(what, "no rotation of it has anybody; fetch it with expand=rotation")
            continue
        named[key] = name
        found.schedules[name] = {"zone": zone, "layers": made}
        found.origins["schedules", name] = f"Opsgenie schedule {title} ({key})"
        stated = _stated(bundle, key, people, members)
        found.sources[name] = Source(f"{title} ({key})", zone, rota.answer, stated)
    return named


def _rotation(
    record: Record,
    people: Mapping[str, str],
    members: Mapping[str, list[str]],
    found: Imported,
    what: str,
) -> Rotation:
    kind = record.text("type")
    if kind not in _UNITS:
        record.bad("type", f"{kind} is none of {', '.join(_UNITS)}")
    key = record.maybe("id") or record.place
    name = record.maybe("name") or key
    groups = tuple(
        _group(p, people, members, found, f"{what}, rotation {name}")
        for p in record.records("participants")
    )
    return Rotation(
        key=key,
        name=name,
        turn=max(record.number("length", 1), 1) * _UNITS[kind],
        start=instant(record.instant("startDate")),
        end=instant(record.instant("endDate")) if record.maybe("endDate") else None,
        groups=groups,
        spans=_restricted(record.record("timeRestriction")),
    )


def _group(
    record: Record,
    people: Mapping[str, str],
    members: Mapping[str, list[str]],
    found: Imported,
    what: str,
) -> tuple[str, ...]:
    kind = record.maybe("type") or "none"
    key = record.maybe("id") or record.maybe("username") or record.maybe("name") or ""
    if kind == "none":
        return ()
    if kind == "user" and key in people:
        return (people[key],)
    if kind == "team" and key in members:
        title = record.maybe("name") or key
        found.approximated(what, f"team {title} takes part: here all of its members, at once")
        return tuple(members[key])
    why = f"its participant {kind} {record.maybe('name') or key} is not carried over: empty turns"
    found.approximated(what, why)
    return ()


def _restricted(record: Record | None) -> tuple[tuple[int, int], ...] | None:
    if record is None:
        return None
    kind = record.text("type")
    if kind == "time-of-day":
        one = record.record("restriction")
        if one is None:
            record.bad("restriction", "is missing")
        start, end = _minute(one, "start"), _minute(one, "end")
        return tuple((day * 1440 + start, (end - start) % 1440 or 1440) for day in range(7))
    if kind == "weekday-and-time-of-day":
        found = []
        for one in record.records("restrictions"):
            start = _day(one, "startDay") * 1440 + _minute(one, "start")
            end = _day(one, "endDay") * 1440 + _minute(one, "end")
            found.append((start % _WEEK, (end - start) % _WEEK or _WEEK))
        return tuple(found)
    return record.bad("type", f"{kind} is neither time-of-day nor weekday-and-time-of-day")


def _minute(record: Record, which: str) -> int:
    hour, minute = record.number(f"{which}Hour"), record.number(f"{which}Min", 0)
    if not 0 <= hour <= 24 or not 0 <= minute < 60:
        record.bad(f"{which}Hour", f"{hour}:{minute} is no time of day")
    return hour * 60 + minute


def _day(record: Record, key: str) -> int:
    said = record.text(key).casefold()
    if said not in _DAYS:
        record.bad(key, f"{said} is no weekday")
    return _DAYS.index(said)


def _overrides(
    bundle: Bundle, record: Record, key: str, people: Mapping[str, str], found: Imported, what: str
) -> Iterator[Override]:
    listed = [each for each in bundle["overrides"] if _owner(each) == key]
    for each in [*record.records("overrides"), *listed]:
        user = each.record("user")
        names = (user.maybe("id"), user.maybe("username")) if user is not None else ()
        person = next((people[n] for n in names if n and n in people), None)
        if person is None:
            found.left_out(f"{what}, an override", "its user is not among those of the export")
            continue
        start, end = instant(each.instant("startDate")), instant(each.instant("endDate"))
        if start < end:
            yield Override(start, end, person, frozenset(each.ids("rotations")))


def _owner(record: Record) -> str:
    parent = record.record("_parent")
    return (parent.maybe("id") if parent is not None else None) or record.owner


def _stated(
    bundle: Bundle, key: str, people: Mapping[str, str], members: Mapping[str, list[str]]
) -> Stated | None:
    for record in bundle["timeline"]:
        if _owner(record) != key:
            continue
        start, end = instant(record.instant("startDate")), instant(record.instant("endDate"))
        final = record.record("finalTimeline")
        held = [
            (
                instant(p.instant("startDate")),
                instant(p.instant("endDate")),
                0,
                _who(p, people, members),
            )
            for rotation in (final.records("rotations") if final is not None else ())
            for p in rotation.records("periods")
        ]
        return Stated(start, end, joined(swept(held, start, end)), "Opsgenie's own timeline")
    return None


def _who(
    period: Record, people: Mapping[str, str], members: Mapping[str, list[str]]
) -> frozenset[str]:
    recipient = period.record("recipient")
    if recipient is None or recipient.maybe("type") == "none":
        return frozenset()
    key = recipient.maybe("id") or recipient.maybe("name") or ""
    if recipient.maybe("type") == "team" and key in members:
        return frozenset(members[key])
    return frozenset((people.get(key) or people.get(recipient.maybe("name") or "") or f"?{key}",))
