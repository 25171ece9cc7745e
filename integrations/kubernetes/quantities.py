"""Kubernetes' numbers and times: ``250m``, ``256Mi``, RFC 3339; and how they read for people."""

from __future__ import annotations

import re
from typing import Any

from integrations import _time
from store.model import DAY, HOUR, MINUTE, SECOND, Instant

_QUANTITY = re.compile(r"([+-]?[0-9.]+)(?:e([+-]?\d+)|E([+-]?\d+)|([a-zA-Z]*))")
_SUFFIXES = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "E": 1e18, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
    "Ei": 2.0**60,
}  # fmt: skip


def quantity(value: Any) -> float | None:
    """A quantity in its base unit: cores, bytes, pieces. None where it is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        number = float(match[1])
    except ValueError:
        return None
    if power := match[2] or match[3]:
        return number * 10.0 ** min(int(power), 30)
    factor = _SUFFIXES.get(match[4])
    return None if factor is None else number * factor


def instant(value: Any) -> Instant | None:
    """Milliseconds since the epoch, None where there is no time."""
    return _time.instant(value) if isinstance(value, str) else None


def size(value: float) -> str:
    """Bytes for people: ``256 Mi``."""
    for unit in ("", "Ki", "Mi", "Gi", "Ti"):
        if abs(value) < 1024 or unit == "Ti":
            break
        value /= 1024
    number = f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"
    return f"{number} {unit}".strip()


def number(value: float) -> str:
    """A count or a share of a core: ``12``, ``0.25``."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value != int(value) else f"{int(value)}"


def span(milliseconds: float) -> str:
    """A length of time: ``48 s``, ``12 min``, ``3 h 05 min``, ``2 d``."""
    whole = int(milliseconds)
    if whole < 2 * MINUTE:
        return f"{max(0, whole // SECOND)} s"
    if whole < 2 * HOUR:
        return f"{whole // MINUTE} min"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} min"
    return f"{whole // DAY} d"
