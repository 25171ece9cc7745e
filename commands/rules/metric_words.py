"""Conditions on a measure as people write them: ``cpu > 90% for 10m``, ``free_storage < 10 GB``,
``disk full in 1d``. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from store.model import DAY, HOUR, MINUTE, SECOND, Instant
from store.model.resource import METRICS

TRY = "Try: cpu > 90% for 10m, free_storage < 10 GB for 15m, queue_age > 1h, disk full in 1d."
_NAME = r"[A-Za-z][\w./-]*"
_SIGNS = {
    ">": (True, False), ">=": (True, True), "<": (False, False), "<=": (False, True),
    "above": (True, False), "over": (True, False), "below": (False, False),
    "under": (False, False), "at least": (True, True), "at most": (False, True),
}  # fmt: skip
_SIGN = r"(?:>=|<=|>|<)|(?<![\w])(?:above|over|below|under|at least|at most)(?=\s)"
_LIMIT = re.compile(
    rf"^(?:({_NAME})\s*)?({_SIGN})\s*(-?\d+(?:\.\d+)?)\s*(%|[^\s\d%]\S*)?"
    r"(?:\s*for\s+(.+))?$",
    re.IGNORECASE,
)
_FORECAST = re.compile(rf"^({_NAME})\s+(full|empty)\s+in\s+(.+)$", re.IGNORECASE)
_SPAN = re.compile(r"^(\d{1,5})\s*(s|sec|m|min|h|d|w|seconds?|minutes?|hours?|days?|weeks?)$")
_SPANS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_MOST = 14 * DAY
"""Longer nothing is kept in full."""

_BYTES = {"b": 1.0, "byte": 1.0, "bytes": 1.0}
for _n, _letter in enumerate("kmgtp", 1):
    _BYTES |= {f"{_letter}b": 1000.0**_n, f"{_letter}ib": 1024.0**_n, f"{_letter}i": 1024.0**_n}
_TIMES = {"ms": 1.0, "s": 1e3, "sec": 1e3, "m": 6e4, "min": 6e4, "h": 3.6e6, "d": 8.64e7}
_COUNTS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_UNITS: dict[str, dict[str, float]] = {
    "%": {"%": 1.0, "": 1.0},
    "B": {**_BYTES, "": 1.0},
    "B/s": {"": 1.0, **{f"{unit}/s": of for unit, of in _BYTES.items()}},
    "ms": {**_TIMES, "": 1.0},
    "s": {**{unit: of / 1e3 for unit, of in _TIMES.items()}, "": 1.0},
    "/s": {**_COUNTS, "/s": 1.0, "/min": 1 / 60, "/h": 1 / 3600},
    "": _COUNTS,
}
WHOLES = {
    "free_storage": ("disk_gb", 1024.0**3, "disk_size"),
    "disk_used": ("disk_gb", 1024.0**3, "disk_size"),
    "memory_used": ("memory_mb", 1024.0**2, "memory_size"), "vcpus_used": ("vcpus", 1.0, "vcpus"),
    "replicas": ("replicas", 1.0, ""), "used": ("", 1.0, "limit"),
}  # fmt: skip
"""What a percentage of a measure is of that is none itself: a size of the resource (by what it is
to be multiplied), else another measure of it."""


class BadRule(ValueError):
    """The words are no condition; the message says what to type instead."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A measure beyond a limit for ``lasts`` milliseconds; with ``of_whole`` the limit is in
    percent of the whole (``WHOLES``), with ``equal`` the limit itself counts."""

    metric: str
    above: bool
    limit: float
    equal: bool = False
    of_whole: bool = False
    lasts: Instant = 0

    def fits(self, value: float, whole: float = 0.0) -> bool:
        """Whether a value is beyond the limit; never where a percentage is of nothing known."""
        if self.of_whole:
            if whole <= 0:
                return False
            value = value * 100 / whole
        if self.equal and value == self.limit:
            return True
        return value > self.limit if self.above else value < self.limit


@dataclass(frozen=True, slots=True)
class Forecast:
    """A measure that, as it goes, reaches its whole (or nothing) ``within`` milliseconds."""

    metric: str
    full: bool
    within: Instant


Condition = Limit | Forecast


def read(text: str) -> Condition:
    """The condition that words mean; BadRule says what is wrong with them."""
    words = " ".join(text.split())
    if found := _FORECAST.match(words):
        return _forecast(found)
    return _limit(words, "", words)


def read_clear(text: str, of: Condition) -> Limit:
    """When a condition counts as over: ``cpu < 80% for 5m``, or just ``< 80%``."""
    if isinstance(of, Forecast):
        raise BadRule("clear has no place here: a forecast is over once it says another thing.")
    found = _limit(" ".join(text.split()), of.metric, text)
    if found.metric != of.metric or found.of_whole != of.of_whole:
        raise BadRule(f"{text}: clear must be about {of.metric}, in the unit of if.")
    if found.above == of.above:
        way = "below" if of.above else "above"
        raise BadRule(f"{text}: it clears on the other side: write {way} a number.")
    beyond = found.limit > of.limit if of.above else found.limit < of.limit
    if beyond:
        raise BadRule(f"{text}: that is beyond the limit itself ({of.limit:g}).")
    return found


def _forecast(found: re.Match[str]) -> Forecast:
    metric, way = found[1].lower(), found[2].lower()
    full = way == "full"
    if METRICS.get(metric) != "%" and metric not in WHOLES and full:
        raise BadRule(f"{metric} has no whole to fill. Try: disk full in 1d, quota full in 7d.")
    return Forecast(metric, full, span(found[3]))


def _limit(words: str, metric: str, said: str) -> Limit:
    found = _LIMIT.match(words)
    name = (found[1] or metric) if found else ""
    if found is None or not name:
        raise BadRule(f"{said or 'nothing'} is no condition. {TRY}")
    name = name.lower() if name.lower() in METRICS else name
    above, equal = _SIGNS[found[2].lower()]
    lasts = span(found[5]) if found[5] else 0
    number, unit = float(found[3]), found[4] or ""
    of_whole = unit == "%" and METRICS.get(name, "%") != "%"
    if of_whole and name not in WHOLES:
        raise BadRule(f"{said}: {name} is no percentage. {_units_of(name)}")
    return Limit(name, above, number * _factor(name, unit, said), equal, of_whole, lasts)


def _factor(metric: str, unit: str, said: str) -> float:
    if unit == "%":
        return 1.0
    known = _UNITS[METRICS.get(metric, "")]
    found = known.get(unit.lower())
    if found is None:
        raise BadRule(f"{said}: {unit} is no unit of {metric}. {_units_of(metric)}")
    return found


def _units_of(metric: str) -> str:
    unit = METRICS.get(metric, "")
    return f"Its unit is {unit}." if unit else "It is a plain number."


def span(text: str) -> Instant:
    """``10m``, ``10 min``, ``2 hours`` in milliseconds; BadRule otherwise."""
    found = _SPAN.match(text.strip().lower())
    if found is None or not int(found[1]):
        raise BadRule(f"{text} is no length of time. Try: 10m, 2h, 1d.")
    length = int(found[1]) * _SPANS[found[2][0]]
    if length > _MOST:
        raise BadRule(f"{text} is longer than two weeks.")
    return length


# saying


def shown(value: float, metric: str) -> str:
    """A value with its unit: ``94 %``, ``4.2 GB``, ``1.5 s``, ``12/s``."""
    unit = METRICS.get(metric, "")
    if unit in ("B", "B/s"):
        return f"{_scaled(value)}{unit.removeprefix('B')}"
    if unit == "ms" and abs(value) >= 1000:
        return f"{figure(value / 1000)} s"
    if unit == "s" and abs(value) >= 120:
        return f"{figure(value / 60)} min" if abs(value) < 7200 else f"{figure(value / 3600)} h"
    if unit == "/s":
        return f"{figure(value)}/s"
    return f"{figure(value)} {unit}".strip()


def figure(value: float) -> str:
    """A number as people read it: two or three figures, no more."""
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"


def _scaled(value: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(value) < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{figure(value)} {unit}"


def lasting(ms: Instant) -> str:
    """``12 min``, ``3 h``, ``2 d``."""
    if ms < HOUR:
        return f"{max(1, round(ms / MINUTE))} min"
    return f"{round(ms / HOUR)} h" if ms < 2 * DAY else f"{round(ms / DAY)} d"


def words_of(condition: Condition) -> str:
    """A condition as it is written."""
    if isinstance(condition, Forecast):
        way = "full" if condition.full else "empty"
        return f"{condition.metric} {way} in {_short(condition.within)}"
    sign = (">" if condition.above else "<") + "=" * condition.equal
    lasts = f" for {_short(condition.lasts)}" if condition.lasts else ""
    limit = limit_words(condition).replace(" 000", "000")
    return f"{condition.metric} {sign} {limit}{lasts}"


def limit_words(condition: Limit) -> str:
    """The limit alone: ``90 %``."""
    if condition.of_whole:
        return f"{figure(condition.limit)} %"
    return shown(condition.limit, condition.metric)


def _short(ms: Instant) -> str:
    for unit, length in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if ms % length == 0:
            return f"{ms // length}{unit}"
    return f"{ms // SECOND}s"
