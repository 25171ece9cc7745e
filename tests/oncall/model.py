"""A second opinion on who is on call: minute by minute, straight from the rules' text.

Nothing here is shared with the product: times are naive datetimes and minutes since 1970, each
wall time is found by looking at every minute, each decision is made for one minute.
"""

from __future__ import annotations

import calendar
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

Minute = int
Written = Mapping[str, Any]

REACH = 24 * 60 * 24
"""How many minutes to both sides of a case's middle a wall time is looked for."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def local(zone: str, at: Minute) -> datetime:
    return datetime.fromtimestamp(at * 60, ZoneInfo(zone)).replace(tzinfo=None)


class Places:
    """Every minute around a middle, by what the clock on the wall of a zone shows then."""

    def __init__(self, zone: str, middle: Minute) -> None:
        self.zone, self.minutes = zone, range(middle - REACH, middle + REACH)
        self.shown: dict[datetime, list[Minute]] = {}
        for minute in self.minutes:
            self.shown.setdefault(local(zone, minute), []).append(minute)
        self.jumps = [
            (local(zone, minute - 1), local(zone, minute), minute)
            for minute in self.minutes[1:]
            if local(zone, minute) - local(zone, minute - 1) > timedelta(minutes=1)
        ]

    def find(self, wall: datetime) -> list[Minute]:
        """Its occurrences; where it is skipped the first minute after the gap."""
        if wall in self.shown:
            return self.shown[wall]
        return [minute for before, after, minute in self.jumps if before < wall < after]


@cache
def places(zone: str, middle: Minute) -> Places:
    return Places(zone, middle)


class Model:
    """Who is on call in a written case."""

    def __init__(self, case: Written, middle: Minute) -> None:
        self.zone, self.schedule, self.middle = case["zone"], case["schedule"], middle
        self.known: dict[tuple[str, str, int], Minute] = {}
        self.turns = {
            i: self._turns(layer)
            for i, layer in enumerate(self.schedule["layers"])
            if "rotation" in layer
        }
        self.open = {
            i: [self._open(layer, window) for window in layer["restrictions"]]
            for i, layer in enumerate(self.schedule["layers"])
            if "restrictions" in layer
        }

    def who(self, at: Minute) -> frozenset[str]:
        now = self.schedule.get("now")
        if now is not None and at <= self.instant(now, self.zone):
            past = datetime.fromtimestamp((self.instant(now, self.zone) + 1) * 60, UTC)
            end = past.isoformat()
            return frozenset(
                each["person"]
                for each in self.schedule.get("history", ())
                if self.holds({"end": end, **each}, at)
            )
        temporary = [each for each in self.schedule.get("temporary", ()) if self.holds(each, at)]
        if temporary:
            shifts = (shift for each in temporary for shift in each["shifts"])
            return frozenset(
                person for shift in shifts if self.holds(shift, at) for person in shift["people"]
            )
        people = self._overridden(self._layers(at), at)
        for swap in self.schedule.get("swaps", ()):
            taken = swap["state"] == "taken" and self.holds(swap, at)
            if taken and swap["from_person"] in people:
                people = people - {swap["from_person"]} | {swap["to_person"]}
        return people

    # ---- times ----

    def instant(self, text: str, zone: str, which: int = 0) -> Minute:
        """``which`` 0: as a start; -1: as an end."""
        key = text, zone, which
        if key not in self.known:
            self.known[key] = self._instant(*key)
        return self.known[key]

    def _instant(self, text: str, zone: str, which: int) -> Minute:
        read = datetime.fromisoformat(text)
        if read.tzinfo is None:
            return places(zone, self.middle).find(read)[which]
        return int(read.timestamp() // 60)

    def holds(self, each: Written, at: Minute) -> bool:
        start = self.instant(each["start"], self.zone)
        return start <= at < self.instant(each["end"], self.zone, -1)

    # ---- layers ----

    def _layers(self, at: Minute) -> frozenset[str]:
        found = [
            (layer["priority"], self._people(i, layer, at))
            for i, layer in enumerate(self.schedule["layers"])
            if self._active(i, layer, at)
        ]
        top = max((priority for priority, people in found if people), default=None)
        return frozenset(person for rank, people in found if rank == top for person in people)

    def _active(self, i: int, layer: Written, at: Minute) -> bool:
        zone = layer["zone"]
        if "from" in layer and at < self.instant(layer["from"], zone):
            return False
        if "until" in layer and at >= self.instant(layer["until"], zone, -1):
            return False
        if "holidays" in layer:
            today = local(zone, at).date().isoformat() in layer["holidays"]
            if today is (layer.get("holiday_rule", "off") == "off"):
                return False
        if i not in self.open:
            return True
        return any(start <= at < end for window in self.open[i] for start, end in window)

    def _people(self, i: int, layer: Written, at: Minute) -> list[str]:
        if "rotation" not in layer:
            return list(layer["people"])
        rotation = layer["rotation"]
        turn = self._turn(i, at)
        if "position" in rotation:
            held = self._turn(i, self.instant(rotation["position"]["at"], layer["zone"]))
            turn += rotation["position"]["index"] - held
        return list(rotation["people"][turn % len(rotation["people"])])

    def _turn(self, i: int, at: Minute) -> int:
        turns = self.turns[i]
        return turns[bisect_right(turns, at, key=lambda each: each[1]) - 1][0]

    def _turns(self, layer: Written) -> list[tuple[int, Minute]]:
        """Each turn within reach and its handoff."""
        rotation, zone = layer["rotation"], layer["zone"]
        read = datetime.fromisoformat(layer["start"])
        start = local(zone, int(read.timestamp() // 60)) if read.tzinfo else read
        known = places(zone, self.middle)
        low, high = min(known.shown) + timedelta(days=2), max(known.shown) - timedelta(days=2)
        found = []
        for turn in range(-700, 700):
            wall = self._handoff(start, rotation["kind"], rotation["length"] * turn)
            if low < wall < high:
                found.append((turn, known.find(wall)[0]))
        if rotation["kind"] == "monthly":  # the turn that began before what is in reach
            found.insert(0, (found[0][0] - 1, known.minutes[0]))
        return found

    @staticmethod
    def _handoff(start: datetime, kind: str, count: int) -> datetime:
        if kind != "monthly":
            units = {"hourly": 60, "daily": 1440, "weekly": 10080, "custom": 1}
            return start + timedelta(minutes=units[kind] * count)
        months = start.year * 12 + start.month - 1 + count
        year, month = months // 12, months % 12 + 1
        day = min(start.day, calendar.monthrange(year, month)[1])
        return start.replace(year=year, month=month, day=day)

    def _open(self, layer: Written, window: Written) -> list[tuple[Minute, Minute]]:
        zone = window.get("zone", layer["zone"])
        known = places(zone, self.middle)
        found = []
        for day in _dates(min(known.shown).date(), max(known.shown).date()):
            if DAYS[day.weekday()] not in window.get("days", DAYS):
                continue
            start = datetime.fromisoformat(f"{day}T{window['start']}")
            end = datetime.fromisoformat(f"{day}T{window['end']}")
            if end <= start:
                end += timedelta(days=1)
            found.append((known.find(start)[0], known.find(end)[-1]))
        return found

    # ---- changes ----

    def _overridden(self, layers: frozenset[str], at: Minute) -> frozenset[str]:
        active = [each for each in self.schedule.get("overrides", ()) if self.holds(each, at)]
        people = set()
        for person in layers:
            of_person = [each for each in active if each.get("remove") == person]
            replaces = [each for each in of_person if each["kind"] == "replace"]
            if replaces:
                ranked = sorted(replaces, key=lambda each: self.instant(each["start"], self.zone))
                people.add(ranked[-1]["add"])
            elif not of_person:
                people.add(person)
        return frozenset(people | {each["add"] for each in active if each["kind"] == "add"})


def _dates(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal() + 2, last.toordinal() - 1):
        yield date.fromordinal(ordinal)


def minute_of(text: str) -> Minute:
    """Minutes since 1970 of an instant written with its offset."""
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() // 60)
