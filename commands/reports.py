"""Figures from day one: how fast incidents were answered and solved, what being on call cost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commands.context import View
from commands.errors import Invalid
from commands.oncall import READ, zone_of
from commands.registry import arg, query
from commands.rules.figures import Figures, One, PageOf, Times, figures
from commands.told import Told
from commands.words import date, duration, moment
from store import reports as rows
from store.clock import iso
from store.model import DAY, Instant, Severity
from store.outbox import FAILED, SHADOW, UNCERTAIN, WENT

LONGEST = 400
_SPAN = re.compile(r"^(\d{1,3})\s*(d|day|days|w|week|weeks)$")
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_BEFORE = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}


@dataclass(frozen=True, slots=True)
class Report:
    """Arguments of ``report``."""

    team: str = arg("word", "A team; every one if left out.", default="")
    period: str = arg("words", "week, month, quarter, 30d, 2w or 2026-11.", default="")


@query("report", group="ops", permission=READ, args=Report, example="report db week")
async def report(view: View, args: Report) -> Told:
    """How fast incidents were answered and solved, pages and nights of each person."""
    team, words = _sorted_out(view, args)
    start, end = _period(words, view.now, zone_of(view))
    now = await counted(view, start, end, team)
    before = await counted(view, start - (end - start), start, team)
    lines = tuple(_lines(view, team, (start, end), now, before))
    facts = {"team": team or None, "from": iso(start), "to": iso(end)}
    return Told(lines, {**facts, **_facts(now), "before": _facts(before)})


def _sorted_out(view: View, args: Report) -> tuple[str, str]:
    """The team and the period, also where only a period was typed."""
    team, words = args.team.removeprefix("team:"), args.period
    if team and team not in view.definitions.teams and _is_period(team):
        team, words = "", f"{team} {words}".strip()
    if team and team not in view.definitions.teams:
        known = ", ".join(sorted(view.definitions.teams)) or "none yet"
        raise Invalid(f"There is no team {team}. Teams: {known}.", "team")
    return team, words


def _is_period(word: str) -> bool:
    low = word.casefold()
    return low in _BEFORE or bool(_SPAN.match(low) or _MONTH.match(low) or low.isdecimal())


def _period(text: str, now: Instant, zone: str) -> tuple[Instant, Instant]:
    """The span that words mean; a week by itself. Whole months are those of the reader's zone."""
    words = text.strip().casefold().removeprefix("last ") or "week"
    if words in _BEFORE:
        return now - _BEFORE[words] * DAY, now
    if month := _MONTH.match(words):
        return _month(int(month[1]), int(month[2]), zone, text)
    span = _SPAN.match(words if not words.isdecimal() else f"{words}d")
    if span is None:
        raise Invalid(f"{text} is no period. Try: week, month, 30d, 2026-11.", "period")
    days = int(span[1]) * (7 if span[2].startswith("w") else 1)
    if not 1 <= days <= LONGEST:
        raise Invalid(f"Between 1 and {LONGEST} days.", "period")
    return now - days * DAY, now


def _month(year: int, month: int, zone: str, text: str) -> tuple[Instant, Instant]:
    try:
        start = datetime(year, month, 1, tzinfo=ZoneInfo(zone))
        end = (start + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError):
        raise Invalid(f"{text} is no month.", "period") from None
    return int(start.timestamp() * 1000), int(end.timestamp() * 1000)


async def counted(view: View, start: Instant, end: Instant, team: str = "") -> Figures:
    """The figures of a span of time, of a team or of all; some thousand rows are read at a time."""
    incidents: list[One] = []
    last: int | None = None
    while True:
        some, last = await view.read(lambda tx, a=last: rows.incidents(tx, start, end, a))  # type: ignore[misc]
        incidents += [
            One(i.severity, i.opened_at, i.acknowledged_at, i.resolved_at, i.holder)
            for i in some
            if team in ("", i.team)
        ]
        if last is None:
            break
    pages: list[PageOf] = []
    above: int | None = 0
    while above is not None:
        found, above = await view.read(lambda tx, a=above: rows.pages(tx, start, end, a))  # type: ignore[misc]
        pages += [
            PageOf(
                p.person, p.incident_id, p.state in WENT and p.state != SHADOW,
                p.state in (FAILED, UNCERTAIN), p.asked_at,
            )
            for p in found
            if team in ("", p.team)
        ]  # fmt: skip
    zones = {p.handle: p.zone for p in view.definitions.people.values()}
    return await asyncio.to_thread(figures, incidents, pages, zones)


# ---- words -------------------------------------------------------------------------------------


def _lines(
    view: View, team: str, span: tuple[Instant, Instant], now: Figures, before: Figures
) -> Iterator[str]:
    zone = zone_of(view)
    of = f"team {team}" if team else "every team"
    yield f"{of.capitalize()}, {_day(span[0], zone)} to {_day(span[1], zone)}"
    by = [f"{now.opened[s]} {s}" for s in map(str, Severity) if now.opened.get(s)]
    counts = f": {', '.join(by)}" if by else ""
    still = f", {now.still_open} still open" if now.still_open else ""
    yield f"Incidents {now.total}{_change(now.total, before.total)}{counts}{still}"
    yield f"Answered {_times(now.answered, before.answered)}"
    alone = f", {now.by_itself} without any ack" if now.by_itself else ""
    yield f"Solved {_times(now.solved, before.solved)}{alone}"
    yield f"Pages {now.pages}{_change(now.pages, before.pages)}"
    for handle, load in now.load.items():
        about = f"{load.incidents} incident{'' if load.incidents == 1 else 's'}"
        parts = [f"{load.pages} {'page' if load.pages == 1 else 'pages'} for {about}"]
        if load.nights:
            parts.append(f"{load.nights} {'night' if load.nights == 1 else 'nights'} disturbed")
        if load.acked:
            parts.append(f"answered {load.acked}")
        if load.failed:
            parts.append(f"{load.failed} failed")
        yield f"{view.definitions.name_of(handle)}: {', '.join(parts)}"


def _day(at: Instant, zone: str) -> str:
    """``Mon 23 Nov 2026``."""
    return f"{date(at, zone).rsplit(' ', 2)[0]} {moment(at, zone).year}"


def _change(now: int, before: int) -> str:
    """``(−9)``: against the same span of time before."""
    if now == before:
        return ""
    return f" (+{now - before})" if now > before else f" (−{before - now})"


def _times(now: Times, before: Times) -> str:
    if now.mean is None or now.median is None or now.p90 is None:
        return "none"
    than = ""
    if before.median is not None and before.median != now.median:
        word = "slower" if now.median > before.median else "faster"
        than = f" ({duration(abs(now.median - before.median))} {word})"
    half, nine, mean = map(duration, (now.median, now.p90, now.mean))
    return f"{now.count}, half of them in {half}{than}, nine of ten in {nine}, {mean} on average"


def _facts(found: Figures) -> dict[str, Any]:
    """Durations in seconds."""

    def seconds(times: Times) -> dict[str, Any]:
        values = {"mean": times.mean, "median": times.median, "p90": times.p90}
        return {
            "count": times.count,
            **{k: None if v is None else v / 1000 for k, v in values.items()},
        }

    return {
        "incidents": {
            "total": found.total,
            **{str(s): found.opened.get(str(s), 0) for s in Severity},
        },
        "mtta_seconds": seconds(found.answered),
        "mttr_seconds": seconds(found.solved),
        "without_ack": found.by_itself,
        "still_open": found.still_open,
        "pages": found.pages,
        "people": {handle: asdict(load) for handle, load in found.load.items()},
    }
