"""GoAlert schedules: rules that have a person or a rotation on call in some hours, all together;
overrides and temporary schedules as PixelView has them too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.imports.base import Asked, Imported, Names, Source, Stated, known_zone
from bot.imports.bundle import Bundle
from bot.imports.goalert import layers
from bot.imports.goalert.rota import Change, Rota, Target, Temporary
from bot.imports.goalert.times import Rule, Turns
from bot.imports.records import Record
from bot.imports.spans import instant, swept
from store.model import MINUTE

_KINDS = ("hourly", "daily", "weekly", "monthly")


def read(
    bundle: Bundle, found: Imported, people: Mapping[str, str], asked: Asked
) -> tuple[dict[str, str], dict[str, Turns]]:
    """Names of schedules by GoAlert's ids, and its rotations, which steps may name too."""
    names, named = Names("schedule"), {}
    turns = {
        key: _turns(record, people, found, asked)
        for key, record in bundle.by_id("rotations").items()
    }
    for key, record in bundle.by_id("schedules").items():
        title = record.maybe("name") or key
        name = names.of(title)
        zone = record.maybe("timeZone") or asked.zone
        if not known_zone(zone):
            record.bad("timeZone", f"{zone} is not an IANA time zone")
        what = f"schedule {name}"
        targets = tuple(_targets(record, people, turns, found, what))
        changes = tuple(_changes(bundle, key, people, found, what))
        rota = Rota(zone, targets, changes, tuple(_temporary(record, people, found, what)))
        made = [layer for t in targets for layer in layers.written(t, zone)]
        if not made and not rota.temporary:
            found.left_out(what, "no rule of it has anybody")
            continue
        named[key] = name
        found.schedules[name] = {"zone": zone, "layers": made, **layers.changes(rota, asked)}
        found.origins["schedules", name] = f"GoAlert schedule {title} ({key})"
        stated = _stated(record, people)
        found.sources[name] = Source(f"{title} ({key})", zone, rota.answer, stated)
    return named, turns


def _turns(record: Record, people: Mapping[str, str], found: Imported, asked: Asked) -> Turns:
    kind, zone = record.text("type"), record.maybe("timeZone") or asked.zone
    if kind not in _KINDS:
        record.bad("type", f"{kind} is none of {', '.join(_KINDS)}")
    if not known_zone(zone):
        record.bad("timeZone", f"{zone} is not an IANA time zone")
    title = record.maybe("name") or record.text("id")
    users = record.texts("userIDs") or record.ids("users")
    for user in (u for u in users if u not in people):
        found.approximated(f"rotation {title}", f"{user} is not among the users: empty turns")
    index = record.number("activeUserIndex", 0)
    handoffs = record.texts("nextHandoffTimes")
    if handoffs:
        child = Record({"at": handoffs[0]}, record.file, f"{record.place}.nextHandoffTimes")
        at = instant(child.instant("at")) - MINUTE
    elif len(users) > 1:
        at = asked.start
        why = "without nextHandoffTimes its active user is taken to be on call at the start of the "
        found.approximated(f"rotation {title}", f"{why}comparison")
    else:
        at = asked.start
    length = max(record.number("shiftLength", 1), 1)
    start = instant(record.instant("start"))
    who = tuple(people.get(u, f"?{u}") for u in users)
    return Turns(kind, length, start, zone, who, at, index, title)


def _targets(
    record: Record,
    people: Mapping[str, str],
    turns: Mapping[str, Turns],
    found: Imported,
    what: str,
) -> Iterator[Target]:
    for each in record.records("targets"):
        target = each.record("target")
        if target is None:
            each.bad("target", "is missing")
        key, kind = target.text("id"), target.text("type")
        rules = tuple(_rule(rule) for rule in each.records("rules"))
        if kind == "user" and key in people:
            yield Target(target.maybe("name") or people[key], people[key], None, rules)
        elif kind == "rotation" and key in turns:
            yield Target(turns[key].name, None, turns[key], rules)
        else:
            found.left_out(what, f"its {kind} {target.maybe('name') or key} is not in the export")


def _rule(record: Record) -> Rule:
    listed = record.get("weekdayFilter")
    days = [True] * 7 if listed is None else listed
    if not isinstance(days, list) or len(days) != 7:
        record.bad("weekdayFilter", "is no list of seven days")
    return Rule(_minutes(record, "start"), _minutes(record, "end"), tuple(map(bool, days)))


def _minutes(record: Record, key: str) -> int:
    said = record.text(key)
    read = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(:\d\d)?", said)
    if read is None:
        record.bad(key, f"{said} is no time like 09:00")
    return int(read[1]) * 60 + int(read[2])


def _changes(
    bundle: Bundle, key: str, people: Mapping[str, str], found: Imported, what: str
) -> Iterator[Change]:
    for record in bundle["overrides"]:
        target = record.record("target")
        if target is None or target.maybe("id") != key:
            continue
        add, remove = record.maybe("addUserID"), record.maybe("removeUserID")
        for user in (u for u in (add, remove) if u and u not in people):
            found.left_out(f"{what}, an override", f"{user} is not among the users of the export")
        named = [people.get(u or "") for u in (add, remove)]
        start, end = record.instant("start"), record.instant("end")
        if any(named) and start < end and not (add and not named[0]):
            yield Change(instant(start), instant(end), named[0], named[1])


def _temporary(
    record: Record, people: Mapping[str, str], found: Imported, what: str
) -> Iterator[Temporary]:
    for each in record.records("temporarySchedules"):
        shifts = []
        for shift in each.records("shifts"):
            user = shift.text("userID")
            if user in people:
                bounds = instant(shift.instant("start")), instant(shift.instant("end"))
                shifts.append((*bounds, people[user]))
            else:
                found.left_out(f"{what}, a temporary shift", f"{user} is not among the users")
        yield Temporary(instant(each.instant("start")), instant(each.instant("end")), tuple(shifts))


def _stated(record: Record, people: Mapping[str, str]) -> Stated | None:
    held = []
    for each in record.records("shifts"):
        user = each.text("userID")
        since, until = instant(each.instant("start")), instant(each.instant("end"))
        held.append((since, until, 0, frozenset((people.get(user, f"?{user}"),))))
    if not held:
        return None
    start, end = min(h[0] for h in held), max(h[1] for h in held)
    return Stated(start, end, swept(held, start, end), "GoAlert's own shifts")
