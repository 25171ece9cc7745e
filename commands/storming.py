"""Storms as the machine sees them: where one begins, what comes into it, when it is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from commands.context import Ctx
from commands.rules import storms as rules
from commands.rules.storms import StormRules
from store import backlog, incidents, outbox, storms
from store.clock import SECOND, Instant
from store.model import Incident
from store.model.storm import Counts, Storm
from store.storms import Came

URGENT, CALM = 9, 19
"""Where the storm card stands in the queue: before new cards while a critical incident is on none,
else behind what people did."""
SOON, SLOW = 2 * SECOND, 15 * SECOND
"""From one edit of a storm card to the next, while it is urgent and else: others need edits too."""
NOT_SHOWN = 3 * SECOND // 2
"""So old is a critical incident without a card of its own before the storm card hurries."""
SINGLE = 26
"""The single cards of what is open when a storm is over: behind everything else but details."""
NEW_CARD = 10
_LATE = (5 * SECOND) << 22
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Seen:
    """What a storm was like when it was looked at: its card is drawn anew when that changes."""

    place: str
    total: int
    counts: Counts
    unseen: tuple[int, ...]


def look(ctx: Ctx, crowded: Collection[str], before: Mapping[int, Seen]) -> dict[int, Seen]:
    """Storms begin where it is crowded, take in what came, and end; what each is like now."""
    ruled = ctx.rules.storms
    if ruled is None:
        return {}
    for place in crowded:
        _begin(ctx, place, ruled)
    on = storms.on(ctx.tx, for_change=True)
    if not on:
        return {}
    late = _LATE if ctx.draft.shared else 0
    came = storms.came(ctx.tx, min(s.seen for s in on) - late, {s.place for s in on})
    found = {}
    for storm in on:
        mine = [c for c in came if c.place == storm.place and c.row_id > storm.seen - late]
        now = _looked_at(ctx, storm, mine, ruled, before.get(storm.id))
        if now is not None:
            found[storm.id] = now
    return found


def _begin(ctx: Ctx, place: str, ruled: StormRules) -> None:
    since, last = ctx.now - ruled.window, storms.last(ctx.tx, place)
    if last is not None and last.ended_by and (last.ended_at or 0) > since:
        # What came before somebody ended it has cards of its own; what came since counts.
        since = last.ended_at or since
        if backlog.unposted(ctx.tx, since).get(place, 0) <= ruled.waiting:
            return
    made = storms.begin(ctx.tx, ctx.now, place, since)
    if made is not None:
        outbox.show(ctx.tx, ctx.now, storms.about(made), place, URGENT, {}, "card")


def _looked_at(
    ctx: Ctx, storm: Storm, came: Sequence[Came], ruled: StormRules, before: Seen | None
) -> Seen | None:
    storm = _take_in(ctx, storm, came)
    storms.hasten(ctx.tx, [c.row_id for c in came if c.critical and not c.posted], NEW_CARD)
    storms.fold(ctx.tx, storm, NEW_CARD)
    for number in storms.grown(ctx.tx, storm):
        storms.unfold(ctx.tx, ctx.now, storm, number, NEW_CARD)
    if rules.over(storm, ruled, ctx.now):
        end(ctx, storm)
        return None
    waits = tuple(i.id for i in storms.unseen(ctx.tx, storm) if ctx.now - i.opened_at >= NOT_SHOWN)
    seen = Seen(storm.place, storm.total, storms.counts(ctx.tx, storm), waits)
    if seen != before:
        hurry = bool(set(waits) - set(before.unseen if before else ()))
        pause, rank = (SOON, URGENT) if hurry else (SLOW, CALM)
        storms.redraw(ctx.tx, ctx.now, storm, pause, rank)
    return seen


def _take_in(ctx: Ctx, storm: Storm, came: Sequence[Came]) -> Storm:
    """The storm with what is new in it, counted."""
    new = sorted(storms.take_in(ctx.tx, storm, {c.incident_id for c in came}))
    if not came:
        return storm
    storm = replace(storm, seen=max(storm.seen, came[-1].row_id))
    for first in range(0, len(new), _AT_ONCE):
        known = incidents.many(ctx.tx, new[first : first + _AT_ONCE])
        storm = _counted(storm, [*known.values()])
    storms.save(ctx.tx, storm)
    return storm


def _counted(storm: Storm, found: Sequence[Incident]) -> Storm:
    opened = [i.opened_at for i in found]
    return replace(
        storm,
        total=storm.total + len(found),
        first_at=min([storm.first_at, *opened]),
        last_at=max([storm.last_at if storm.total else 0, *opened]),
        hosts=rules.tally(storm.hosts, map(rules.host_of, found)),
        services=rules.tally(storm.services, map(rules.service_of, found)),
        sources=rules.tally(storm.sources, (i.source for i in found)),
        labels=rules.tally(storm.labels, (one for i in found for one in rules.labels_of(i))),
    )


def end(ctx: Ctx, storm: Storm, by: str = "") -> Storm:
    """It is over: one last edit says so, and what is still open gets cards of its own, the most
    urgent first; what came since the last look is still of it."""
    if by:
        came = storms.came(ctx.tx, storm.seen, {storm.place})
        storm = _take_in(ctx, storm, came)
        storms.fold(ctx.tx, storm, NEW_CARD)
    over = replace(storm, rev=storm.rev + 1, ended_at=ctx.now, ended_by=by)
    storms.save(ctx.tx, over)
    most = ctx.rules.storms.cards if ctx.rules.storms else 0
    found = storms.folded(ctx.tx, storm, most)
    storms.post(ctx.tx, ctx.now, [(row, SINGLE + severity) for row, severity in found])
    storms.redraw(ctx.tx, ctx.now, over, 0, CALM)
    return over


def age(storm: Storm, now: Instant) -> Instant:
    """For how long incidents came, in ms."""
    return max(storm.last_at if storm.ended_at else now, storm.last_at) - storm.first_at
