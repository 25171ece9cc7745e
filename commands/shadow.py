"""Shadow mode: everything is received and decided, nobody is paged; each day it is said who would
have been, against whom the old tool paged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commands import bundles, groups, notices, testing
from commands.context import Ctx, View
from commands.oncall import READ, instant, zone_of
from commands.registry import arg, query
from commands.rules.shadow import SAME, Asked, Comparison, Pair, Shadow, compare, gathered
from commands.told import Told
from commands.words import date, duration, surface_name
from store import errands, outbox, page_tests, upkeep
from store import shadow as rows
from store.clock import iso
from store.db import Tx
from store.model import DAY, Definitions, Instant
from store.outbox import Row

ABOUT = "shadow"
MOST = 10
_LAST = "shadow report"
_ASKED_FOR = (ABOUT, page_tests.KIND, testing.RESULT)
_SHOWN = ("card", "details", "note", "thread")


# ---- what is kept back -------------------------------------------------------------------------


def withheld(mode: Shadow | None, row: Row) -> bool:
    """Whether shadow mode keeps a row of the outbox back: all but its own report, tests of contacts
    that somebody asked for, what only looks before a shift, and, where it posts cards, cards with
    their threads."""
    about, purpose = row.about or "", row.purpose.rstrip("?")
    if mode is None or about.partition(":")[0] in _ASKED_FOR:
        return False
    if purpose == errands.ERRAND:
        return about.startswith(f"{groups.ABOUT}:")
    return not (mode.cards and purpose in _SHOWN)


def keep_back(ctx: Ctx, row: Row) -> None:
    """A row is not sent; what would have been a page is on record as such."""
    for one in bundles.whole(ctx, row):
        _keep_back(ctx, one)


def _keep_back(ctx: Ctx, row: Row) -> None:
    if not row.purpose.startswith("page") or row.run_id is None:
        outbox.end(ctx.tx, row.id, outbox.DROPPED)
        return
    outbox.end(ctx.tx, row.id, outbox.SHADOW)
    who, via = ctx.name_of(row.content["person"]), surface_name(row.place.partition(":")[0])
    say = f"Would have paged {who} by {via}; shadow mode sends nothing."
    ctx.tell(row.incident_id, "page_shadow", say, str(row.content.get("why", "")))


# ---- the report --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """One span of time in both tools. ``recorded`` says that the old tool's record is here."""

    start: Instant
    end: Instant
    ours: tuple[Asked, ...]
    theirs: tuple[Asked, ...]
    compared: Comparison

    @property
    def recorded(self) -> bool:
        """Whether the old tool's record of that time is here."""
        return bool(self.theirs)


def report(tx: Tx, start: Instant, end: Instant) -> Report:
    """Who would have been paged and who was, from ``start`` to before ``end``."""
    ours = [_ours(w) for w in rows.would(tx, start, end)]
    theirs = [
        Asked(r.at, r.person, r.title, (r.via,) if r.via else ())
        for r in rows.records(tx, start, end)
    ]
    compared = compare(theirs, ours)
    return Report(start, end, tuple(gathered(ours)), tuple(gathered(theirs)), compared)


def _ours(would: rows.Would) -> Asked:
    return Asked(
        would.at, would.person, would.title, (would.via,), would.incident_id, not would.first
    )


def report_until(tx: Tx, text: str) -> Report | None:
    """The report of the day that ended at an instant, as a card about it is drawn."""
    return report(tx, int(text) - DAY, int(text)) if text.isdecimal() else None


@dataclass(frozen=True, slots=True)
class ShadowArgs:
    """Arguments of ``shadow``."""

    until: str = arg("moment", "The day up to then: mon 08:00; now if left out.", default="")


@query("shadow", group="ops", permission=READ, args=ShadowArgs, example="shadow")
async def shadow(view: View, args: ShadowArgs) -> Told:
    """Who would have been paged in the last day, against whom the old tool paged."""
    end = instant(view, args.until)
    found = await view.read(lambda tx: report(tx, end - DAY, end))
    mode = view.rules.shadow
    state = "Shadow mode is on: nobody is paged." if mode else "Shadow mode is off."
    lines = lines_of(found, view.definitions, zone_of(view))
    return Told((state, *lines), {"shadow": mode is not None, **facts_of(found)})


def lines_of(found: Report, known: Definitions, zone: str) -> Iterator[str]:
    """The report in sentences, on one zone's clock."""
    yield f"{date(found.start, zone)} to {date(found.end, zone)}: {summary(found)}"
    compared = found.compared
    if found.recorded:
        yield f"Alike: {len(compared.pairs) - len(compared.moved)}. {_different(compared)}"
        yield from _some("Missed", compared.missed, known, zone, "the old tool paged")
        yield from _some("Extra", compared.extra, known, zone, "only we would have paged")
        yield from (_moved(p, known, zone) for p in compared.moved[:MOST])
        yield from (_ways(p, known, zone) for p in compared.ways[:MOST])
    else:
        yield from _some("Would page", found.compared.extra, known, zone, "")
    if compared.later:
        yield (
            f"{len(compared.later)} more came only because nobody answers in shadow mode: "
            "later steps and passes."
        )
    if not found.recorded:
        yield "The old tool's record of that time is not here: pv shadow compare FILE puts it here."


def summary(found: Report) -> str:
    """``We would have paged 3 people 7 times; the old tool paged 2 people 6 times.``"""
    first = [a for a in found.ours if not a.later]
    ours = f"We would have paged {_count(first)}"
    return f"{ours}; the old tool paged {_count(found.theirs)}." if found.recorded else f"{ours}."


def _count(asked: Any) -> str:
    people = len({a.person for a in asked})
    if not people:
        return "nobody"
    times = "once" if len(asked) == 1 else f"{len(asked)} times"
    return f"{people} {'person' if people == 1 else 'people'} {times}"


def _different(c: Comparison) -> str:
    counts = (
        (len(c.missed), "missed"),
        (len(c.extra), "extra"),
        (len(c.moved), "at another time"),
        (len(c.ways), "by other ways"),
    )
    return (", ".join(f"{n} {what}" for n, what in counts if n) or "no differences") + "."


def _some(
    what: str, asked: tuple[Asked, ...], known: Definitions, zone: str, why: str
) -> Iterator[str]:
    for each in asked[:MOST]:
        number = f"#{each.incident} " if each.incident is not None else ""
        ways = f" by {' and '.join(map(surface_name, each.via))}" if each.via else ""
        said = f" ({f'{why}{ways}'.strip()})" if why or ways else ""
        who = known.name_of(each.person)
        yield f"{what}: {date(each.at, zone)} {who}, {number}{each.title}{said}"
    if len(asked) > MOST:
        yield f"{what}: {len(asked) - MOST} more."


def _moved(pair: Pair, known: Definitions, zone: str) -> str:
    word = "later" if pair.late >= SAME else "earlier"
    by, at = duration(abs(pair.late)), date(pair.theirs.at, zone)
    return f"{by} {word}: {known.name_of(pair.ours.person)}, {at}, {_title(pair)}"


def _ways(pair: Pair, known: Definitions, zone: str) -> str:
    old, new = (" and ".join(map(surface_name, a.via)) for a in (pair.theirs, pair.ours))
    who, at = known.name_of(pair.ours.person), date(pair.theirs.at, zone)
    return f"Other ways: {who}, {at}, {_title(pair)}: by {old} there, by {new} here"


def _title(pair: Pair) -> str:
    return f"#{pair.ours.incident} {pair.ours.title}"


def facts_of(found: Report) -> dict[str, Any]:
    """The report for programs."""
    compared = found.compared

    def plain(asked: Asked) -> dict[str, Any]:
        said = {"at": iso(asked.at), "person": asked.person, "title": asked.title}
        incident = str(asked.incident) if asked.incident is not None else None
        return {**said, "via": list(asked.via), "incident": incident}

    return {
        "from": iso(found.start),
        "to": iso(found.end),
        "would": [plain(a) for a in found.ours if not a.later],
        "was": [plain(a) for a in found.theirs],
        "missed": [plain(a) for a in compared.missed],
        "extra": [plain(a) for a in compared.extra],
        "moved": [
            {**plain(p.ours), "old_at": iso(p.theirs.at), "late_seconds": p.late // 1000}
            for p in compared.moved
        ],
        "ways": [{**plain(p.ours), "old_via": list(p.theirs.via)} for p in compared.ways],
        "later": len(compared.later),
    }


# ---- every day ---------------------------------------------------------------------------------


def minute(ctx: Ctx) -> None:
    """Post the report of the day that has ended, once."""
    mode = ctx.rules.shadow
    if mode is None:
        return
    end = _last_end(mode, ctx.now)
    posted = upkeep.meta(ctx.tx, _LAST)
    if posted is not None and int(posted) >= end:
        return
    upkeep.set_meta(ctx.tx, _LAST, str(end))
    if posted is not None:  # nothing is said of the time before it was switched on
        places = mode.places or notices.channels_of(ctx.definitions, None)
        notices.post(ctx, f"{ABOUT}:{end}", places)


def _last_end(mode: Shadow, now: Instant) -> Instant:
    """The latest instant at which a day's report is due."""
    zone = ZoneInfo(mode.zone)
    wall = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    day = wall.replace(hour=mode.at // 60, minute=mode.at % 60, second=0, microsecond=0)
    if day > wall:
        day -= timedelta(days=1)
    return int(day.timestamp() * 1000)
