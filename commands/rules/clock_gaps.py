"""Times that there are not, since the clocks change, and what is used in their place. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from commands.rules.range import zone_word
from commands.rules.span_words import DAYS, MONTHS
from commands.rules.when import BadTime, length_of, read_moment, read_when, zoned
from store.model import Instant

_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?$")


def skipped(kind: str, text: str, now: Instant, zone: str) -> str:
    """``Sun 29 Mar 02:30 does not exist in Berlin (clocks change). Used 03:00.``; empty for a time
    that there is. Of an instant (``when``, ``moment``) in our own words."""
    try:
        bare, zone = zoned(text, zone)
        at = (read_moment if kind == "moment" else read_when)(text, now, zone)
    except BadTime:
        return ""
    shown = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(zone))
    before = (shown.astimezone(UTC) - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
    found = _CLOCK.search(bare.strip().casefold())
    if found is None or length_of(bare.casefold()) or before.utcoffset() == shown.utcoffset():
        return ""
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + 12 * (found[3] == "pm")
    if (hour, minute) == (shown.hour, shown.minute):
        return ""
    day = f"{DAYS[shown.weekday()].title()} {shown.day} {MONTHS[shown.month - 1].title()}"
    gone = f"{day} {hour:02}:{minute:02} does not exist in {zone_word(zone)} (clocks change)."
    return f"{gone} Used {shown:%H:%M}."
