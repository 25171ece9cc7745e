"""The many ways monitors write an instant, read as milliseconds since the epoch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from store.model import Instant

LATEST: Instant = 4_102_444_800_000
"""2100-01-01; later times are mistakes (Splunk's documentation has the year 20122)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_UNITS = ((1e11, 1_000), (1e14, 1), (1e17, 1e-3), (4.2e18, 1e-6))
_NUMBER = re.compile(r"[+-]?\d{1,25}(?:\.\d{0,12})?")
_ZONED = re.compile(r"\d\s*(?:Z|UTC|GMT|[+-]\d\d[:.]?\d\d)(?:\s|$)")
# Go's time.String() ends in " +0000 UTC m=+0.1"; Wazuh's script writes the offset +01.00.
_LOOSE = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:)(\d\d)([.,]\d+)?\s*(Z|UTC|[+-]\d\d[:.]?\d\d)?(?:\s.*)?",
    re.DOTALL,
)


def instant(value: Any) -> Instant | None:
    """Milliseconds of RFC 3339 text or of a number or numeric string in s, ms, µs or ns.

    None for zero times (0, 0001-01-01: "not yet"), for what is no time at all, and before 1970;
    later than LATEST becomes LATEST. Text without a zone is taken as UTC.
    """
    if isinstance(value, str):
        if value.startswith("0001-01-01"):
            return None
        return _from_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    return None


def unambiguous(value: Any) -> bool:
    """Whether it needs no guess of the zone: a number, or text that names one."""
    if isinstance(value, str):
        return bool(_ZONED.search(value[:80]) or _NUMBER.fullmatch(value.strip()))
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _from_text(text: str) -> Instant | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return _from_odd_text(text[:80].strip())
    return _clamped(when)


def _from_odd_text(text: str) -> Instant | None:
    if _NUMBER.fullmatch(text):
        return _from_number(float(text))
    if not (match := _LOOSE.fullmatch(text)):
        return None
    day, minute, second, fraction, zone = match.groups()
    # 23:59:60 is a leap second, which datetime doesn't know.
    fixed = f"{day}T{minute}{min(int(second), 59):02}{(fraction or '')[:7].replace(',', '.')}"
    try:
        return _clamped(datetime.fromisoformat(fixed + _zone(zone)))
    except ValueError:
        return None


def _zone(zone: str | None) -> str:
    return "+00:00" if zone in (None, "Z", "UTC") else zone.replace(".", ":")


def _clamped(when: datetime) -> Instant | None:
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    found = (when - _EPOCH) // _MILLISECOND
    return min(found, LATEST) if found > 0 else None


def _from_number(number: float) -> Instant | None:
    """The unit by size: 1e11 s is the year 5138, 1e11 ms is 1973."""
    if not number > 0:
        return None
    for limit, factor in _UNITS:
        if number < limit:
            return min(int(number * factor + 0.5), LATEST) or None
    return LATEST
