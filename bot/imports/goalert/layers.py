"""GoAlert's rules, rotations, overrides and temporary schedules as the settings have them."""

from __future__ import annotations

from collections.abc import Iterator

from bot.imports.base import Asked, Written
from bot.imports.goalert.rota import Rota, Target
from bot.imports.goalert.times import Rule, Turns
from bot.imports.turns import WEEKDAYS, at_text, clock, wall_of, wall_text
from store.model import Instant

_SUNDAY_FIRST = ("sun", *WEEKDAYS[:6])


def written(target: Target, zone: str) -> Iterator[Written]:
    """A layer for a target; rules of it that are always active need no restriction."""
    if not target.rules or (target.turns is not None and not known(target.turns)):
        return
    layer: Written = {"name": target.name}
    if target.turns is None:
        layer["people"] = [target.person]
    else:
        layer |= rotated(target.turns, zone)
    if not any(rule.always for rule in target.rules):
        layer["restrictions"] = [_window(rule, zone, layer) for rule in target.rules]
    yield layer


def known(turns: Turns) -> list[str]:
    """Those of its people who were imported."""
    return [p for p in turns.people if not p.startswith("?")]


def rotated(turns: Turns, zone: str) -> Written:
    """A rotation with the position it has there."""
    people: list[object] = [[] if p.startswith("?") else p for p in turns.people]
    if len(people) == 1:
        return {"people": people}
    made: Written = {"kind": turns.kind}
    if turns.length > 1:
        made["length"] = turns.length
    if turns.kind == "monthly" and wall_of(turns.start, turns.zone).day > 28:
        made["overflow"] = True
    made["people"] = people
    made["position"] = {"at": at_text(turns.at, turns.zone), "index": turns.index % len(people)}
    own = {} if turns.zone == zone else {"zone": turns.zone}
    return {**own, "start": wall_text(wall_of(turns.start, turns.zone)), "rotation": made}


def _window(rule: Rule, zone: str, layer: Written) -> Written:
    """GoAlert's rules are of the schedule's zone, whatever the rotation's."""
    days = [day for day, on in zip(_SUNDAY_FIRST, rule.days, strict=True) if on]
    chosen = {} if len(days) == 7 else {"days": sorted(days, key=WEEKDAYS.index)}
    own = {"zone": zone} if "zone" in layer else {}
    return {**chosen, "start": clock(rule.start), "end": clock(rule.end), **own}


def changes(rota: Rota, asked: Asked) -> Written:
    """Overrides and temporary schedules that are not over."""
    overrides = []
    for each in rota.changes:
        if each.end <= asked.start:
            continue
        kind = "replace" if each.add and each.remove else "add" if each.add else "remove"
        who = {k: v for k, v in (("add", each.add), ("remove", each.remove)) if v}
        overrides.append({"kind": kind, **who, **_bounds(each.start, each.end, rota.zone)})
    temporary = [
        {
            **_bounds(each.start, each.end, rota.zone),
            "shifts": [{"people": [p], **_bounds(s, e, rota.zone)} for s, e, p in each.shifts],
        }
        for each in rota.temporary
        if each.end > asked.start and each.start < each.end
    ]
    found: Written = {"overrides": overrides} if overrides else {}
    return found | ({"temporary": temporary} if temporary else {})


def _bounds(start: Instant, end: Instant, zone: str) -> Written:
    return {"start": at_text(start, zone), "end": at_text(end, zone)}
