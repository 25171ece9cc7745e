"""OnCall schedules: their shifts as events and as layers, overrides above them, swaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.imports.base import Asked, Cause, Imported, Names, Source, Stated, Written, known_zone
from bot.imports.bundle import Bundle
from bot.imports.oncall import layers
from bot.imports.oncall.events import Event, Shift, events, planned
from bot.imports.records import Record
from bot.imports.spans import Answer, instant, joined, swept
from bot.imports.turns import at_text
from store.model import Instant

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KINDS = ("single_event", "recurrent_event", "rolling_users", "override")
_FREQUENCIES = ("hourly", "daily", "weekly", "monthly")
_ABOVE = 1_000_000


@dataclass(frozen=True, slots=True)
class Swap:
    """Somebody takes another's shifts between two instants; ``taker`` None while it is open."""

    start: Instant
    end: Instant
    giver: str
    taker: str | None


@dataclass(frozen=True, slots=True)
class Rota:
    """A schedule as OnCall has it."""

    shifts: tuple[Shift, ...]
    swaps: tuple[Swap, ...]

    def answer(self, start: Instant, end: Instant) -> Answer:
        """Who is on call: events changed by swaps, then overrides before the highest level."""
        held = []
        for shift in self.shifts:
            rank = shift.level + (_ABOVE if shift.override else 0)
            for event in events(shift, start, end):
                held += [(s, e, rank, frozenset(g)) for s, e, g in self._swapped([event])]
        return swept(held, start, end)

    def _swapped(self, pieces: list[Event]) -> list[Event]:
        for swap in self.swaps:
            if swap.taker is not None:
                pieces = [part for piece in pieces for part in _taken(piece, swap)]
        return pieces

    def causes(self, start: Instant, end: Instant) -> list[Cause]:
        """Where OnCall's events end an hour early or late for a change of clocks."""
        found = []
        for shift in self.shifts:
            for since, until, _ in events(shift, start, end):
                wanted = planned(shift, since)
                if wanted != until and shift.until is None:
                    early = "early" if until < wanted else "late"
                    why = (
                        f"OnCall counts a shift's length from its start in elapsed time, so that "
                        f"{shift.name} ends {early} where the clocks change"
                    )
                    found.append(Cause(min(wanted, until), max(wanted, until), why))
        return found


def _taken(event: Event, swap: Swap) -> Iterator[Event]:
    start, end, group = event
    since, until = max(start, swap.start), min(end, swap.end)
    if since >= until or swap.giver not in group:
        yield event
        return
    taker = swap.taker or swap.giver
    yield start, since, group
    yield since, until, tuple(dict.fromkeys(taker if p == swap.giver else p for p in group))
    yield until, end, group


def read(
    bundle: Bundle, found: Imported, people: Mapping[str, str], asked: Asked
) -> dict[str, str]:
    """Schedules by OnCall's ids: their names in the result."""
    names, named = Names("schedule"), {}
    records = bundle.by_id("on_call_shifts")
    used: set[str] = set()
    for key, record in bundle.by_id("schedules").items():
        title, kind = record.maybe("name") or key, record.maybe("type") or "web"
        name = names.of(title)
        mine = dict.fromkeys(record.texts("shifts"))
        mine |= dict.fromkeys(k for k, r in records.items() if r.ref("schedule") == key)
        used |= set(mine)
        zone = record.maybe("time_zone") or asked.zone
        if not known_zone(zone):
            record.bad("time_zone", f"{zone} is not an IANA time zone")
        for gone in (k for k in mine if k not in records):
            found.left_out(f"schedule {name}, shift {gone}", "its record is not in the export")
        shifts = tuple(
            shift
            for k in mine
            if k in records
            for shift in _shift(records[k], people, zone, kind, found, name)
        )
        rota = Rota(shifts, tuple(_swaps(bundle, key, people)))
        top = max((shift.level for shift in shifts), default=0) + 2
        calendars = _calendars(found, record, name, kind, top)
        written = [*layers.written(found, name, rota.shifts, asked), *calendars]
        if not written:
            found.left_out(f"schedule {name}", "no shift of it has anybody")
            continue
        named[key] = name
        found.schedules[name] = {"zone": zone, "layers": written, **_exchanged(rota, zone, people)}
        found.origins["schedules", name] = f"Grafana OnCall {kind} schedule {title} ({key})"
        if not calendars:
            stated = _stated(bundle, key, people)
            found.sources[name] = Source(f"{title} ({key})", zone, rota.answer, stated, rota.causes)
    for key in records.keys() - used:
        found.left_out(f"shift {records[key].maybe('name') or key}", "no schedule has it")
    return named


def _calendars(found: Imported, record: Record, name: str, kind: str, top: int) -> list[Written]:
    """Layers of iCal calendars, the one of overrides on top. Their addresses often let in whoever
    knows them, so that they stand in the environment."""
    made: list[Written] = []
    if kind not in ("web", "calendar", "ical"):
        found.left_out(f"schedule {name}", f"a schedule of the kind {kind} is not known")
    for field, which in (("ical_url_primary", "calendar"), ("ical_url_overrides", "overrides")):
        if record.maybe(field):
            variable = f"ICAL_{name}_{which}".upper().replace("-", "_")
            found.variables[variable] = "https://calendar.example/stand-in.ics"
            above = {"priority": top + 1} if which == "overrides" else {}
            made.append({"name": f"iCal {which}", **above, "ical": f"${{{variable}}}"})
            why = f"put the address it has in OnCall into the environment as {variable}"
            found.approximated(f"schedule {name}, its iCal {which}", why)
    if made:
        why = "its calendar is not in the export, so that it is not compared"
        found.left_out(f"the comparison of schedule {name}", why)
    slack = record.record("slack")
    if slack is not None and slack.maybe("user_group_id"):
        found.left_out(f"schedule {name}, its Slack user group", f"{slack.maybe('user_group_id')}")
    return made


# ---- shifts ------------------------------------------------------------------------------------


def _shift(
    record: Record, people: Mapping[str, str], zone: str, kind: str, found: Imported, name: str
) -> Iterator[Shift]:
    what = record.text("type")
    title = record.maybe("name") or record.text("id")
    if what not in _KINDS:
        found.left_out(f"schedule {name}, shift {title}", f"the kind {what} is not known")
        return
    # Web schedules are kept in UTC; those of the API and Terraform in their own zone.
    own = record.maybe("time_zone") or ("UTC" if kind == "web" else zone)
    if not known_zone(own):
        record.bad("time_zone", f"{own} is not an IANA time zone")
    frequency = record.maybe("frequency")
    if frequency is not None and frequency not in _FREQUENCIES:
        record.bad("frequency", f"{frequency} is none of {', '.join(_FREQUENCIES)}")
    if frequency is None and what in ("rolling_users", "recurrent_event"):
        record.bad("frequency", "is missing")
    length, rest = divmod(record.number("duration"), 60)
    if length < 1:
        record.bad("duration", "is not a minute")
    if rest:
        found.approximated(f"schedule {name}, shift {title}", f"its {rest} seconds are cut off")
    start = record.wall("start")
    yield Shift(
        key=record.text("id"),
        name=title,
        kind=what,
        zone="UTC" if own.lower() == "etc/utc" else own,
        level=record.number("level", 0),
        start=start,
        length=length,
        since=record.wall("rotation_start") if record.maybe("rotation_start") else start,
        frequency=frequency if what in ("rolling_users", "recurrent_event") else None,
        interval=max(record.number("interval", 1), 1),
        until=record.wall("until") if record.maybe("until") else None,
        week_start=_day(record, record.maybe("week_start") or "SU"),
        by_day=tuple(sorted({_day(record, day) for day in record.texts("by_day")})),
        by_month=_numbers(record, "by_month", 1, 12),
        by_monthday=_numbers(record, "by_monthday", -31, 31),
        groups=_groups(record, what, people, found, f"schedule {name}, shift {title}"),
        web=kind == "web",
    )


def _groups(
    record: Record, kind: str, people: Mapping[str, str], found: Imported, what: str
) -> tuple[tuple[str, ...], ...]:
    rolling = record.lists("rolling_users") if kind == "rolling_users" else []
    listed = rolling or [record.texts("users")]
    turn = record.number("start_rotation_from_user_index", 0)
    if rolling and not 0 <= turn < len(rolling):
        record.bad("start_rotation_from_user_index", f"{turn} is none of its groups")
    for user in dict.fromkeys(u for group in listed for u in group if u not in people):
        found.approximated(what, f"{user} is not among the users of the export: nobody instead")
    known = [tuple(people[u] for u in group if u in people) for group in listed]
    return tuple(known[turn:] + known[:turn])


def _day(record: Record, said: str) -> int:
    if said not in _DAYS:
        record.bad("by_day", f"{said} is none of {', '.join(_DAYS)}")
    return _DAYS.index(said)


def _numbers(record: Record, key: str, least: int, most: int) -> tuple[int, ...]:
    value = record.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        record.bad(key, "is no list")
    for each in value:
        if type(each) is not int or not least <= each <= most or each == 0:
            record.bad(key, f"{each!r} is none of {least} to {most}")
    return tuple(value)


# ---- swaps, and what OnCall states -------------------------------------------------------------


def _swaps(bundle: Bundle, key: str, people: Mapping[str, str]) -> Iterator[Swap]:
    for record in bundle["shift_swaps"]:
        giver = people.get(record.ref("beneficiary") or "")
        if record.ref("schedule") != key or giver is None:
            continue
        taker = people.get(record.ref("benefactor") or "")
        if record.maybe("status") in ("open", "taken", None) or taker is not None:
            start, end = record.instant("swap_start"), record.instant("swap_end")
            yield Swap(instant(start), instant(end), giver, taker)


def _exchanged(rota: Rota, zone: str, people: Mapping[str, str]) -> dict[str, object]:
    swaps = [
        {
            "from_person": swap.giver,
            **({"to_person": swap.taker} if swap.taker else {}),
            "start": at_text(swap.start, zone),
            "end": at_text(swap.end, zone),
            "state": "taken" if swap.taker else "open",
        }
        for swap in rota.swaps
        if swap.start < swap.end
    ]
    return {"swaps": swaps} if swaps else {}


def _stated(bundle: Bundle, key: str, people: Mapping[str, str]) -> Stated | None:
    held = []
    for record in bundle.owned("final_shifts", key):
        user = record.text("user_pk")
        who = frozenset((people.get(user, f"?{user}"),))
        since, until = record.instant("shift_start"), record.instant("shift_end")
        held.append((instant(since), instant(until), 0, who))
    if not held:
        return None
    start, end = min(h[0] for h in held), max(h[1] for h in held)
    answer = joined(swept(held, start, end))
    return Stated(start, end, answer, "OnCall's own final shifts")
