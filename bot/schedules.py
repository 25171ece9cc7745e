"""Schedules as ``pixelview.yaml`` says them, and what can be wrong with them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from bot.yamlfile import Place
from commands import holidays
from commands.rules.oncall import reading
from commands.rules.oncall.times import Unreadable
from store.model.oncall import Schedule

Written = Mapping[str, Any]
"""A schedule as the file has it: zone, layers, overrides, temporary, swaps."""

_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

_SHIFT: dict[str, Any] = dict.fromkeys(("start", "end", "people"))
_LAYER: dict[str, Any] = {
    **dict.fromkeys(("name", "zone", "priority", "start", "people", "from", "until")),
    **dict.fromkeys(("holidays", "holiday_rule", "nobody", "ical")),
    "rotation": {
        **dict.fromkeys(("kind", "length", "people", "overflow")),
        "position": dict.fromkeys(("at", "index")),
    },
    "restrictions": dict.fromkeys(("start", "end", "days", "zone")),
}
_KEYS: dict[str, Any] = {
    "zone": None,
    "layers": _LAYER,
    "overrides": dict.fromkeys(("kind", "start", "end", "add", "remove")),
    "temporary": {"start": None, "end": None, "shifts": _SHIFT},
    "swaps": dict.fromkeys(("from_person", "to_person", "start", "end", "state")),
}
"""What a schedule may say, at each height."""


def read(name: str, written: Written) -> Schedule:
    """One schedule; Unreadable where the file says something it can't. A layer without a name is
    called by its place."""
    layers = written.get("layers")
    if isinstance(layers, (list, tuple)):
        named = [
            {"name": str(i), **layer} if isinstance(layer, Mapping) else layer
            for i, layer in enumerate(layers, 1)
        ]
        written = {**written, "layers": named}
    if written.get("zone") is None:
        raise Unreadable("is missing: an IANA time zone such as Europe/Berlin", "zone")
    return reading.schedule({**written, "name": name}, str(written["zone"]), "", name)


def mistakes(
    schedules: Mapping[str, Written], people: Container[str]
) -> Iterator[tuple[Place, str]]:
    """What can't be read, what is no setting, and people that are not defined."""
    for name, written in schedules.items():
        place: Place = ("schedules", name)
        unknown = list(_unknown(written, _KEYS, place))
        yield from unknown
        if unknown:
            continue
        try:
            found = read(name, written)
        except Unreadable as error:
            yield (*place, *_place(error.where)), error.error
            continue
        yield from _empty(found, place)
        yield from (
            (at, f"{who} is not one of the people")
            for at, who in _people(written, place)
            if who not in people
        )


def _place(where: str) -> Place:
    """``.layers[0].start`` as keys and indexes."""
    where = where if where[:1] in (".", "[") else f".{where}"
    return tuple(int(index) if index else key for key, index in _PART.findall(where))


def _unknown(written: Any, keys: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(written, (list, tuple)):
        for i, each in enumerate(written):
            yield from _unknown(each, keys, (*place, i))
    elif isinstance(written, Mapping):
        for key, value in written.items():
            if key not in keys:
                yield (*place, key), "no such setting"
            elif keys[key]:
                yield from _unknown(value, keys[key], (*place, key))


def _empty(found: Schedule, place: Place) -> Iterator[tuple[Place, str]]:
    """Layers that can have nobody, and changes that end before they begin."""
    for i, layer in enumerate(found.layers):
        turns = layer.rotation.people if layer.rotation is not None else (layer.people,)
        if not any(turns) and layer.nobody is None and layer.calendar is None:
            yield (*place, "layers", i), "has nobody: write people, or a rotation of people"
        if layer.observes and (bad := holidays.unknown(layer.observes)):
            yield (*place, "layers", i, "holidays", bad[0]), bad[1]
        if layer.calendar and (layer.rotation or layer.people):
            yield (*place, "layers", i, "ical"), "a layer has people, or a calendar"
    for key in ("overrides", "temporary", "swaps"):
        for i, change in enumerate(getattr(found, key)):
            if change.end <= change.start:
                yield (*place, key, i, "end"), "is not after its start"


def _people(written: Written, place: Place) -> Iterator[tuple[Place, str]]:
    """Everybody a readable schedule names, and where."""
    for i, layer in enumerate(written.get("layers") or ()):
        at: Place = (*place, "layers", i)
        yield from _handles(layer.get("people"), (*at, "people"))
        for n, turn in enumerate((layer.get("rotation") or {}).get("people") or ()):
            yield from _handles(turn, (*at, "rotation", "people", n))
    for key in ("overrides", "swaps"):
        for i, change in enumerate(written.get(key) or ()):
            for who in ("add", "remove", "from_person", "to_person"):
                yield from _handles(change.get(who), (*place, key, i, who))
    for i, temporary in enumerate(written.get("temporary") or ()):
        for n, shift in enumerate(temporary.get("shifts") or ()):
            yield from _handles(shift["people"], (*place, "temporary", i, "shifts", n, "people"))


def _handles(people: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(people, str):
        yield place, people
    elif people:
        yield from (((*place, n), who) for n, who in enumerate(people))
