"""Opsgenie rotations and overrides as layers of one priority."""

from __future__ import annotations

from collections.abc import Iterator

from bot.imports.base import Asked, Imported, Written
from bot.imports.opsgenie.times import Rota, Rotation
from bot.imports.turns import at_text, rotation, wall_of, wall_text, windows
from store.model import Instant


def written(found: Imported, what: str, rota: Rota, asked: Asked) -> Iterator[Written]:
    """Rotations, cut where an override takes their place, and the overrides beside them."""
    named = {each.key: each.name for each in rota.rotations}
    for each in rota.rotations:
        place = f"{what}, rotation {each.name}"
        if not any(each.groups):
            found.left_out(place, "it has nobody")
        elif each.end is not None and each.end <= asked.start:
            found.left_out(place, "it ended before the comparison")
        else:
            yield from _cut(each, rota, asked)
    for n, over in enumerate(rota.overrides, 1):
        if over.end <= asked.start:
            continue
        rotations = [named[r] for r in sorted(over.rotations) if r in named]
        yield {
            "name": f"override {n}" + (f" of {', '.join(rotations)}" if rotations else ""),
            "people": [over.person],
            **_bounds(over.start, over.end, rota.zone),
        }


def _cut(each: Rotation, rota: Rota, asked: Asked) -> Iterator[Written]:
    """A rotation in the stretches that no override takes."""
    overs = [o for o in rota.overrides if not o.rotations or each.key in o.rotations]
    since: Instant | None = each.start
    for start, end in _union((o.start, o.end) for o in overs if o.end > asked.start):
        if since is None or start > since:
            yield _layer(each, rota.zone, since, start, asked)
        since = max(end, since or end)
    if each.end is None or since is None or since < each.end:
        yield _layer(each, rota.zone, since, each.end, asked)


def _union(spans: Iterator[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    whole: list[tuple[Instant, Instant]] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def _layer(
    each: Rotation, zone: str, since: Instant | None, until: Instant | None, asked: Asked
) -> Written:
    later = since is not None and since > each.start
    again = f" from {at_text(since, zone)[:10]}" if since is not None and later else ""
    written: Written = {"name": f"{each.name}{again}"}
    if each.end is not None:
        until = each.end if until is None else min(until, each.end)
    if len(each.groups) == 1:
        written["people"] = list(each.groups[0])
    else:
        written["start"] = wall_text(wall_of(each.start, zone))
        written["rotation"] = rotation(each.turn, each.groups)
    restrictions = windows(each.spans) if each.spans is not None else None
    if restrictions is not None:
        written["restrictions"] = restrictions
    if since is not None and since > asked.start:
        written["from"] = at_text(since, zone)
    if until is not None:
        written["until"] = at_text(until, zone)
    return written


def _bounds(start: Instant, end: Instant, zone: str) -> Written:
    return {"from": at_text(start, zone), "until": at_text(end, zone)}
