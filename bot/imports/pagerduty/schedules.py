"""PagerDuty schedules: layers of turns of so many seconds from a virtual start, restrictions of the
day or the week, overrides on top. The lowest layer on the page is the first of the API's list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.imports.base import Asked, Imported, Names, Source, Stated, known_zone
from bot.imports.bundle import Bundle
from bot.imports.records import Record
from bot.imports.spans import Answer, granule, instant, joined, sampled, shown, wall_minutes
from bot.imports.turns import at_text, rotation, wall_of, wall_text, windows
from store.model import MINUTE, Instant

_WEEK = 10_080


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as PagerDuty has it; ``restrictions`` are (minute of the week, length)."""

    name: str
    rank: int
    anchor: Instant
    start: Instant
    end: Instant | None
    turn: int
    people: tuple[str, ...]
    restrictions: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Rota:
    """A schedule: layers, and overrides as (from, until, who), the later the higher."""

    zone: str
    layers: tuple[Layer, ...]
    overrides: tuple[tuple[Instant, Instant, str], ...]

    def answer(self, start: Instant, end: Instant) -> Answer:
        """Who is on call by what the clock on the wall shows, minute for minute."""
        anchors = {each: wall_minutes(wall_of(each.anchor, self.zone)) for each in self.layers}
        minutes = [m for layer in self.layers for m in (layer.turn, anchors[layer])]
        minutes += [m for layer in self.layers for span in layer.restrictions for m in span]
        for layer in self.layers:
            minutes += [layer.start // MINUTE, (layer.end or 0) // MINUTE]
        minutes += [edge // MINUTE for each in self.overrides for edge in each[:2]]

        def who(at: Instant) -> frozenset[str]:
            for since, until, user in reversed(self.overrides):
                if since <= at < until:
                    return frozenset((user,))
            minute = shown(at, self.zone)
            for layer in self.layers:  # the highest first
                if _active(layer, at, minute):
                    turn = (minute - anchors[layer]) // layer.turn
                    return frozenset((layer.people[turn % len(layer.people)],))
            return frozenset()

        return sampled(start, end, granule(minutes, self.zone, start, end), who)


def _active(layer: Layer, at: Instant, minute: int) -> bool:
    if at < layer.start or (layer.end is not None and at >= layer.end) or not layer.people:
        return False
    of_week = (minute - 4 * 1440) % _WEEK  # 1 January 1970 was a Thursday
    return not layer.restrictions or any(
        (of_week - begin) % _WEEK < length for begin, length in layer.restrictions
    )


def read(
    bundle: Bundle, found: Imported, people: Mapping[str, str], asked: Asked
) -> dict[str, str]:
    """Schedules by PagerDuty's ids: their names in the result."""
    names, named = Names("schedule"), {}
    for key, record in bundle.by_id("schedules").items():
        title = record.maybe("name") or record.maybe("summary") or key
        if "schedule_layers" not in record.fields:
            found.left_out(f"schedule {title}", "its file has no layers: fetch /schedules/<key>")
            continue
        name = names.of(title)
        zone = record.maybe("time_zone") or asked.zone
        if not known_zone(zone):
            record.bad("time_zone", f"{zone} is not an IANA time zone")
        layers = tuple(_layers(record, zone, people))
        overrides = tuple(_overrides(bundle, record, key, people))
        rota = Rota(zone, layers, overrides)
        written = _written(found, name, rota, asked)
        if not written:
            found.left_out(f"schedule {title}", "no layer has anybody")
            continue
        named[key] = name
        found.schedules[name] = {"zone": zone, "layers": written}
        found.origins["schedules", name] = f"PagerDuty schedule {title} ({key})"
        found.sources[name] = Source(f"{title} ({key})", zone, rota.answer, _stated(record, people))
    return named


# ---- reading -----------------------------------------------------------------------------------


def _layers(record: Record, zone: str, people: Mapping[str, str]) -> Iterator[Layer]:
    layers = record.records("schedule_layers")
    for place, each in enumerate(layers):
        turn, rest = divmod(each.number("rotation_turn_length_seconds"), 60)
        if turn < 1 or rest:
            each.bad("rotation_turn_length_seconds", "is not a whole number of minutes")
        users = [user.ref("user") or user.maybe("id") or "" for user in each.records("users")]
        end = each.instant("end") if each.maybe("end") else None
        yield Layer(
            name=each.maybe("name") or f"layer {len(layers) - place}",
            rank=len(layers) - place,
            anchor=instant(each.instant("rotation_virtual_start")),
            start=instant(each.instant("start")),
            end=instant(end) if end else None,
            turn=turn,
            people=tuple(people.get(key, f"?{key}") for key in users),
            restrictions=tuple(s for r in each.records("restrictions") for s in _restriction(r)),
        )


def _restriction(record: Record) -> Iterator[tuple[int, int]]:
    """The spans of a week that a restriction leaves."""
    kind = record.maybe("type")
    said = record.text("start_time_of_day").split(":")
    if len(said) < 2 or not all(part.isdigit() for part in said) or int(said[0]) > 23:
        record.bad("start_time_of_day", f"{':'.join(said)} is no time like 09:00:00")
    start, length = int(said[0]) * 60 + int(said[1]), record.number("duration_seconds") // 60
    if length < 1:
        record.bad("duration_seconds", "is not a minute")
    if kind == "daily_restriction":
        yield from ((day * 1440 + start, min(length, 1440)) for day in range(7))
    elif kind == "weekly_restriction":
        day = record.number("start_day_of_week")
        if not 1 <= day <= 7:
            record.bad("start_day_of_week", f"{day} is none of 1 (Monday) to 7")
        yield (day - 1) * 1440 + start, length
    else:
        record.bad("type", f"{kind} is neither daily_restriction nor weekly_restriction")


def _overrides(
    bundle: Bundle, record: Record, key: str, people: Mapping[str, str]
) -> Iterator[tuple[Instant, Instant, str]]:
    listed = [*record.records("overrides"), *bundle.owned("overrides", key)]
    shown_as = record.record("overrides_subschedule")
    if not listed and shown_as is not None:
        listed = shown_as.records("rendered_schedule_entries")
    for each in listed:
        user = each.ref("user") or ""
        since, until = instant(each.instant("start")), instant(each.instant("end"))
        if since < until:
            yield since, until, people.get(user, f"?{user}")


def _stated(record: Record, people: Mapping[str, str]) -> Stated | None:
    """PagerDuty's own final schedule, from its first entry to its last."""
    final = record.record("final_schedule")
    entries = final.records("rendered_schedule_entries") if final is not None else []
    pieces = []
    for each in entries:
        user = each.ref("user") or ""
        since, until = instant(each.instant("start")), instant(each.instant("end"))
        pieces.append((since, until, frozenset((people.get(user, f"?{user}"),))))
    if not pieces:
        return None
    answer = joined(sorted(pieces, key=lambda p: p[:2]))
    return Stated(
        answer[0][0], max(end for _, end, _ in answer), answer, "PagerDuty's own final schedule"
    )


# ---- writing -----------------------------------------------------------------------------------


def _written(found: Imported, name: str, rota: Rota, asked: Asked) -> list[dict[str, object]]:
    layers: list[dict[str, object]] = []
    for layer in reversed(rota.layers):
        if layer.end is not None and layer.end <= asked.start:
            found.left_out(f"schedule {name}, layer {layer.name}", "it ended before the comparison")
            continue
        gone = [p[1:] for p in layer.people if p.startswith("?")]
        for key in dict.fromkeys(gone):
            why = f"{key} is not among the users of the export: their turns are empty"
            found.approximated(f"schedule {name}, layer {layer.name}", why)
        if len(gone) < len(layer.people):
            layers.append(_layer(layer, rota.zone, asked))
        else:
            found.left_out(f"schedule {name}, layer {layer.name}", "it has nobody")
    top = len(rota.layers) + 1
    for n, (since, until, user) in enumerate(rota.overrides):
        if until <= asked.start:
            continue
        if user.startswith("?"):
            why = f"{user[1:]} is not among the users of the export"
            found.left_out(f"schedule {name}, an override", why)
            continue
        layers.append(
            {
                "name": f"override {n + 1}",
                "priority": top + n,
                "people": [user],
                "from": at_text(since, rota.zone),
                "until": at_text(until, rota.zone),
            }
        )
    return layers


def _layer(layer: Layer, zone: str, asked: Asked) -> dict[str, object]:
    written: dict[str, object] = {"name": layer.name, "priority": layer.rank}
    groups = [() if p.startswith("?") else (p,) for p in layer.people]
    if len(groups) == 1:
        written["people"] = list(groups[0])
    else:
        written["start"] = wall_text(wall_of(layer.anchor, zone))
        written["rotation"] = rotation(layer.turn, groups)
    restrictions = windows(layer.restrictions)
    if layer.restrictions and restrictions is not None:
        written["restrictions"] = restrictions
    if layer.start > asked.start:
        written["from"] = at_text(layer.start, zone)
    if layer.end is not None:
        written["until"] = at_text(layer.end, zone)
    return written
