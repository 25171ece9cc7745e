"""How long a token lives, when its end is announced, and from where it may be used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network

from store.model import DAY, HOUR, MINUTE, Instant

NEVER = 0
"""A life without an end."""
LONGEST = 3_653 * DAY
LONGEST_OVERLAP = 30 * DAY
ENDED = "ended"
_LIFE = re.compile(r"(\d{1,4})\s*(m|min|h|hours?|d|days?|w|weeks?|months?|y|years?)?")
_UNIT = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY, "mo": 30 * DAY, "y": 365 * DAY}


@dataclass(frozen=True, slots=True)
class TokenRules:
    """``life`` of an API token and ``intake_life`` of one of a monitor that name none, in
    milliseconds (0: no end); ``warn`` are the days before its end at which that is told."""

    life: Instant = 365 * DAY
    intake_life: Instant = NEVER
    warn: tuple[int, ...] = (14, 3, 1)


def life(text: str) -> Instant:
    """``90d``, ``12h``, ``2w``, ``1y`` or a number of days, in milliseconds; ``never`` is 0.
    ValueError says what is wrong."""
    low = text.strip().casefold()
    if low in ("never", "none", "forever", "no end"):
        return NEVER
    found = _LIFE.fullmatch(low)
    if found is None or not int(found[1]):
        raise ValueError(f"{text} is no life of a token: write 90d, 1y or never")
    unit = found[2] or "d"
    each = _UNIT["mo"] if unit.startswith("mo") else _UNIT[unit[0]]
    whole = int(found[1]) * each
    if whole > LONGEST:
        raise ValueError(f"{text} is longer than ten years: write never if it has no end")
    return whole


def overlap(text: str) -> Instant:
    """How long the old secret works beside the new one; ``0`` ends it at once."""
    if text.strip() in ("0", "none", "now"):
        return 0
    found = life(text)
    if not found or found > LONGEST_OVERLAP:
        raise ValueError(f"{text} is no overlap: write 24h, up to 30d, or 0")
    return found


def networks(text: str) -> tuple[str, ...]:
    """``10.0.0.0/8, 192.0.2.7`` as networks; ValueError names the one that is none."""
    found = []
    for word in re.split(r"[\s,]+", text.strip()):
        if not word:
            continue
        try:
            found.append(str(ip_network(word, strict=False)))
        except ValueError:
            raise ValueError(f"{word} is no address range: write 10.0.0.0/8") from None
    return tuple(dict.fromkeys(found))


def names(text: str) -> tuple[str, ...]:
    """Words between commas or blanks, each once; what stands in brackets stays together."""
    return tuple(dict.fromkeys(re.findall(r"(?:[^\s,\[]|\[[^\]]*\]?)+", text)))


def due(expires_at: Instant | None, now: Instant, warn: tuple[int, ...], told: str) -> str:
    """The word on a token's end that is due now: ``14``, ``3``, ``1`` (days) or ``ended``; ""
    where none is, or it was given. Each is given once, and only the latest that is due."""
    if expires_at is None:
        return ""
    left = expires_at - now
    if left <= 0:
        stage = ENDED
    else:
        near = [days for days in sorted(warn) if left <= days * DAY]
        stage = str(near[0]) if near else ""
    return "" if told in (stage, ENDED) or _later(told, stage) else stage


def _later(told: str, stage: str) -> bool:
    """Whether a later word than this one was given already."""
    return bool(told) and told.isdecimal() and stage.isdecimal() and int(told) < int(stage)
