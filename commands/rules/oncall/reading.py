"""Schedules from the shape people write them in: mappings of names, lists, texts and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfoNotFoundError

from commands.rules.oncall import times
from commands.rules.oncall.times import Unreadable
from commands.rules.oncall.wall import WallClock, clock_of
from store.model.oncall import (
    History,
    HistoryEntry,
    HolidayRule,
    Layer,
    Override,
    OverrideKind,
    Position,
    Rotation,
    RotationKind,
    Schedule,
    Shift,
    Swap,
    SwapState,
    Temporary,
    Window,
)

_Choice = TypeVar("_Choice", bound=StrEnum)
_Read = TypeVar("_Read")
_Written = Mapping[str, Any]


def schedule(written: object, zone: str, where: str = "schedule", name: str = "") -> Schedule:
    """A schedule with layers, overrides, temporary schedules, swaps and record.

    ``zone`` is the schedule's own: of wall times outside the layers, and of layers that name no
    zone. Unreadable says what is wrong where.
    """
    found = _mapping(written, where)
    clock = _clock(zone, "zone")

    def each(key: str, read: Callable[[_Written, WallClock, str], _Read]) -> tuple[_Read, ...]:
        return tuple(read(one, clock, place) for one, place in _list(found, key, where))

    return Schedule(
        name=str(found.get("name", name)),
        zone=zone,
        layers=tuple(_layer(one, zone, place) for one, place in _list(found, "layers", where)),
        overrides=each("overrides", _override),
        temporary=each("temporary", _temporary),
        swaps=each("swaps", _swap),
        history=_history(found, clock, where),
    )


def _layer(written: object, zone: str, where: str) -> Layer:
    found = _mapping(written, where)
    zone = str(found.get("zone") or zone)
    clock = _clock(zone, f"{where}.zone")
    since, until, windows = (found.get(key) for key in ("from", "until", "restrictions"))
    name = str(found.get("name", ""))
    holidays, observes = times.holidays(found.get("holidays"), f"{where}.holidays")
    return Layer(
        name=name,
        zone=zone,
        priority=_number(found.get("priority", 1), f"{where}.priority"),
        rotation=_rotation(found, clock, where) if found.get("rotation") is not None else None,
        people=_handles(found.get("people") or (), f"{where}.people"),
        windows=None
        if windows is None
        else tuple(_window(one, place) for one, place in _list(found, "restrictions", where)),
        holidays=frozenset(holidays),
        holiday_rule=_choice(HolidayRule, found, "holiday_rule", where, HolidayRule.OFF),
        since=None if since is None else times.starts(since, clock, f"{where}.from"),
        until=None if until is None else times.ends(until, clock, f"{where}.until"),
        nobody=_nobody(found, name, where),
        observes=observes,
        calendar=address(found["ical"], f"{where}.ical") if found.get("ical") else None,
    )


def _nobody(layer: _Written, name: str, where: str) -> str | None:
    """Why nobody is on call by intention: a text, or the layer's name where it says ``true``."""
    said = layer.get("nobody")
    if said is None or said is False:
        return None
    if any(layer.get(key) for key in ("people", "rotation", "ical")):
        raise Unreadable("a layer has people, or nobody", f"{where}.nobody")
    if said is True:
        return name
    if isinstance(said, str) and said.strip():
        return said.strip()
    raise Unreadable("must be true, or why: office closed", f"{where}.nobody")


def address(written: object, where: str) -> str:
    """``https://…`` or ``webcal://…``, as https; whether others are let in is for who asks them."""
    address = written.strip() if isinstance(written, str) else ""
    address = re.sub(r"^webcals?://", "https://", address)
    if not re.fullmatch(r"https?://[^\s/]+\S*", address):
        raise Unreadable("must be the address of an iCal calendar, https://…", where)
    return address


def _rotation(layer: _Written, clock: WallClock, where: str) -> Rotation:
    place = f"{where}.rotation"
    found = _mapping(layer["rotation"], place)
    length = _number(found.get("length", 1), f"{place}.length")
    if length < 1:
        raise Unreadable("must be at least 1", f"{place}.length")
    return Rotation(
        kind=_choice(RotationKind, found, "kind", place),
        length=length,
        start=times.wall(_needed(layer, "start", where), clock, f"{where}.start"),
        people=tuple(_handles(one, turn) for one, turn in _list(found, "people", place)),
        position=_position(found, clock, place),
        overflow=bool(found.get("overflow", False)),
    )


def _position(rotation: _Written, clock: WallClock, where: str) -> Position | None:
    if rotation.get("position") is None:
        return None
    where = f"{where}.position"
    found = _mapping(rotation["position"], where)
    at = times.starts(_needed(found, "at", where), clock, f"{where}.at")
    return Position(at, _number(_needed(found, "index", where), f"{where}.index"))


def _window(written: object, where: str) -> Window:
    found = _mapping(written, where)
    zone = found.get("zone")
    if zone is not None:
        _clock(str(zone), f"{where}.zone")
    return Window(
        start=times.time_of_day(_needed(found, "start", where), f"{where}.start") % (24 * 60),
        end=times.time_of_day(_needed(found, "end", where), f"{where}.end") % (24 * 60),
        days=times.weekdays(found.get("days"), f"{where}.days"),
        zone=None if zone is None else str(zone),
    )


# ---- changes and record ------------------------------------------------------------------------


def _override(written: object, clock: WallClock, where: str) -> Override:
    found = _mapping(written, where)
    kind = _choice(OverrideKind, found, "kind", where)
    return Override(
        kind,
        *_bounds(found, clock, where),
        add=None if kind is OverrideKind.REMOVE else _person(found, "add", where),
        remove=None if kind is OverrideKind.ADD else _person(found, "remove", where),
    )


def _swap(written: object, clock: WallClock, where: str) -> Swap:
    found = _mapping(written, where)
    state = _choice(SwapState, found, "state", where, SwapState.OPEN)
    named = state is SwapState.TAKEN or found.get("to_person") is not None
    return Swap(
        _person(found, "from_person", where),
        *_bounds(found, clock, where),
        to_person=_person(found, "to_person", where) if named else None,
        state=state,
    )


def _temporary(written: object, clock: WallClock, where: str) -> Temporary:
    found = _mapping(written, where)
    shifts = (_shift(one, clock, place) for one, place in _list(found, "shifts", where))
    return Temporary(*_bounds(found, clock, where), tuple(shifts))


def _shift(written: object, clock: WallClock, where: str) -> Shift:
    found = _mapping(written, where)
    people = _handles(_needed(found, "people", where), f"{where}.people")
    return Shift(*_bounds(found, clock, where), people)


def _history(schedule: _Written, clock: WallClock, where: str) -> History | None:
    if schedule.get("now") is None:
        return None
    now = times.starts(schedule["now"], clock, f"{where}.now")
    entries = (_entry(one, clock, place) for one, place in _list(schedule, "history", where))
    return History(now, tuple(entries))


def _entry(written: object, clock: WallClock, where: str) -> HistoryEntry:
    found = _mapping(written, where)
    end = found.get("end")
    return HistoryEntry(
        _person(found, "person", where),
        times.starts(_needed(found, "start", where), clock, f"{where}.start"),
        None if end is None else times.ends(end, clock, f"{where}.end"),
    )


# ---- plain values ------------------------------------------------------------------------------


def _bounds(found: _Written, clock: WallClock, where: str) -> tuple[int, int]:
    start = times.starts(_needed(found, "start", where), clock, f"{where}.start")
    return start, times.ends(_needed(found, "end", where), clock, f"{where}.end")


def _clock(zone: str, where: str) -> WallClock:
    try:
        return clock_of(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unreadable(f"{zone!r} is no time zone like Europe/Berlin", where) from None


def _mapping(written: object, where: str) -> _Written:
    if isinstance(written, Mapping):
        return written
    raise Unreadable("must be a mapping", where)


def _list(found: _Written, key: str, where: str) -> Iterator[tuple[Any, str]]:
    """Each entry and its place; a key that is absent or null is an empty list."""
    entries = found.get(key)
    if not isinstance(entries, (list, tuple, type(None))):
        raise Unreadable("must be a list", f"{where}.{key}")
    for i, entry in enumerate(entries or ()):
        yield entry, f"{where}.{key}[{i}]"


def _handles(written: object, where: str) -> tuple[str, ...]:
    """People of one turn; one person may stand without a list."""
    people = (written,) if isinstance(written, str) else written
    if not isinstance(people, (list, tuple)) or not all(isinstance(one, str) for one in people):
        raise Unreadable("must be a list of people", where)
    return tuple(people)


def _person(found: _Written, key: str, where: str) -> str:
    person = _needed(found, key, where)
    if isinstance(person, str) and person:
        return person
    raise Unreadable("must be a person", f"{where}.{key}")


def _needed(found: _Written, key: str, where: str) -> Any:
    if found.get(key) is None:
        raise Unreadable("is missing", f"{where}.{key}")
    return found[key]


def _number(value: object, where: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unreadable(f"{value!r} is no whole number", where)


def _choice(
    of: type[_Choice], found: _Written, key: str, where: str, default: _Choice | None = None
) -> _Choice:
    value = found.get(key)
    if value is None and default is not None:
        return default
    try:
        return of(str(value))
    except ValueError:
        known = ", ".join(of)
        raise Unreadable(f"{value!r} is none of {known}", f"{where}.{key}") from None
