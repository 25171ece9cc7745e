"""Faults become alerts: once they have lasted, again while they stand, and when they are over.

Each step is written down before and after the alert is taken in, so that a crash in between loses
no alert, and says none that the intake would count as another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from commands.context import Ctx
from commands.inventory.readings import readings_of
from store.clock import Instant
from store.db import Tx
from store.inventory import faults as rows
from store.inventory.faults import Standing
from store.model import DAY, MINUTE, AlertReading, AlertStatus
from store.model.resource import Fault

AGAIN = 5 * MINUTE
"""A fault that stands is said again after so long: what counts as over without a word does not."""
LONGEST_AGO = 7 * DAY
"""A fault that began earlier counts as begun then; rows of those that are over stay longer."""
METRICS = rows.METRICS


def told(
    ctx: Ctx, source: str, part: str, faults: Sequence[Fault], over: Iterable[str] = (),
    complete: bool = False, kept: Iterable[str] = (),
) -> list[AlertReading]:  # fmt: skip
    """What is wrong in a part; ``complete`` where nothing else is but what was said before under
    the keys ``kept``. The alerts to be taken in: say so by ``said`` once they were."""
    tx, now = ctx.tx, ctx.now
    news = {fault.key: fault for fault in faults}
    known = rows.by_keys(tx, source, news)
    say = _take(tx, source, part, news, known, now)
    gone = [one.id for one in rows.by_keys(tx, source, over).values() if one.missed_at is None]
    if complete:
        gone += rows.not_among(tx, source, part, {*news, *kept})
    rows.missed(tx, gone, now)
    ended = _ended(tx, rows.missing(tx, source, part), now)
    return readings_of(ctx, source, [*say, *ended])


def due(
    ctx: Ctx, source: str, live: Collection[str] = (), stale: Collection[str] = ()
) -> list[AlertReading]:
    """What is to be said by now: faults of parts that are told ``live`` which have lasted, those
    that stand for long, and those that stayed away long enough, unless their part is ``stale``."""
    tx, now = ctx.tx, ctx.now
    say = [
        one
        for one in rows.unsaid(tx, source)
        if one.part not in stale and _lasted(one, now if one.part in live else one.seen_at)
    ]
    say += rows.said_before(tx, source, now - AGAIN)
    missing = [one for one in rows.missing(tx, source) if one.part not in stale]
    return readings_of(ctx, source, [*say, *_ended(tx, missing, now)])


def said(ctx: Ctx, source: str, readings: Iterable[AlertReading]) -> None:
    """These alerts were taken in."""
    over = {r.key: r.status is AlertStatus.RESOLVED for r in readings}
    found = rows.by_keys(ctx.tx, source, over)
    rows.said(ctx.tx, (one.id for key, one in found.items() if not over[key]), ctx.now)
    ended = (one.id for key, one in found.items() if over[key] and one.missed_at is not None)
    rows.said(ctx.tx, ended, rows.OVER)


def ended(ctx: Ctx, source: str, part: str | None, why: str, most: int = 300) -> list[AlertReading]:
    """A part, or a source, is not looked at any more: ``most`` of its faults are over at once.
    The rest comes when this is asked again."""
    numbers = rows.of_part(ctx.tx, source, part)
    rows.missed(ctx.tx, numbers, ctx.now)
    found = _ended(ctx.tx, rows.missing(ctx.tx, source, part, most), None)
    return [replace(r, description=why) for r in readings_of(ctx, source, found)]


def _take(
    tx: Tx, source: str, part: str, news: dict[str, Fault], known: dict[str, Standing],
    now: Instant,
) -> list[Standing]:  # fmt: skip
    """Write down what was told; those of which an alert is to be made."""
    new, changed, same, say = [], [], [], []
    for key, fault in news.items():
        before = known.get(key)
        if before is None:
            one = Standing(0, source, part, fault, _began(fault, now), now)
            new.append(one)
        elif before.is_over:
            began = min(max(_began(fault, now), (before.missed_at or 0) + 1), now)
            one = Standing(before.id, source, part, fault, began, now)
            changed.append(one)
        else:
            one = replace(before, part=part, fault=fault, seen_at=now, missed_at=None)
            if (before.fault, before.part) == (fault, part):
                same.append(one.id)
            else:
                changed.append(one)
        if _is_news(one, before):
            say.append(one)
    rows.add(tx, new, now)
    rows.rewrite(tx, changed)
    rows.seen(tx, same, now)
    return say


def _is_news(one: Standing, before: Standing | None) -> bool:
    if one.said_at is None:
        return _lasted(one, one.seen_at)
    rose = before is not None and one.fault.severity.rank < before.fault.severity.rank
    return rose or one.seen_at - one.said_at >= AGAIN


def _lasted(one: Standing, until: Instant) -> bool:
    return until - one.first_at >= one.fault.after


def _began(fault: Fault, now: Instant) -> Instant:
    return now if fault.since is None else max(min(fault.since, now), now - LONGEST_AGO)


def _ended(tx: Tx, missing: Iterable[Standing], now: Instant | None) -> list[Standing]:
    """Those that stayed away long enough, or all; of which no alert was made are forgotten."""
    over = [
        one
        for one in missing
        if one.missed_at is not None and (now is None or now - one.missed_at >= one.fault.calm)
    ]
    rows.drop(tx, (one.id for one in over if one.said_at is None))
    return [one for one in over if one.said_at is not None]
