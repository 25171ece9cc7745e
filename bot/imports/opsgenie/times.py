"""Who is on call in an Opsgenie schedule, by what the clock on the wall of its zone shows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.imports.spans import Answer, granule, sampled, shown, wall_minutes
from bot.imports.turns import wall_of
from store.model import MINUTE, Instant

_WEEK = 10_080


@dataclass(frozen=True, slots=True)
class Rotation:
    """Turns on the wall clock from ``start``; a turn is the handles of a participant, or empty.

    ``spans`` are (minute of the week, length) in which it is active; None is always.
    """

    key: str
    name: str
    turn: int
    start: Instant
    end: Instant | None
    groups: tuple[tuple[str, ...], ...]
    spans: tuple[tuple[int, int], ...] | None


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody in place of some rotations, of all where none is named."""

    start: Instant
    end: Instant
    person: str
    rotations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rota:
    """A schedule as Opsgenie has it."""

    zone: str
    rotations: tuple[Rotation, ...]
    overrides: tuple[Override, ...]

    def answer(self, start: Instant, end: Instant) -> Answer:
        """Who is on call by what the clock on the wall shows, minute for minute."""
        anchors = {r.key: wall_minutes(wall_of(r.start, self.zone)) for r in self.rotations}
        edges = [m for r in self.rotations for span in r.spans or () for m in span]
        edges += [m for r in self.rotations for m in (r.turn, anchors[r.key], r.start // MINUTE)]
        edges += [(r.end or 0) // MINUTE for r in self.rotations]
        edges += [m // MINUTE for o in self.overrides for m in (o.start, o.end)]

        def who(at: Instant) -> frozenset[str]:
            over = [o for o in self.overrides if o.start <= at < o.end]
            minute = shown(at, self.zone)
            found = {o.person for o in over}
            for each in self.rotations:
                taken = any(not o.rotations or each.key in o.rotations for o in over)
                if not taken and _active(each, at, minute):
                    turn = (minute - anchors[each.key]) // each.turn
                    found.update(each.groups[turn % len(each.groups)])
            return frozenset(found)

        return sampled(start, end, granule(edges, self.zone, start, end), who)


def _active(each: Rotation, at: Instant, minute: int) -> bool:
    if at < each.start or (each.end is not None and at >= each.end) or not each.groups:
        return False
    of_week = (minute - 4 * 1440) % _WEEK  # 1 January 1970 was a Thursday
    return each.spans is None or any(
        (of_week - begin) % _WEEK < length for begin, length in each.spans
    )
