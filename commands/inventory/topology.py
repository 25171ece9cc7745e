"""What hangs on what fell asks nobody by itself: while a hypervisor is down its servers' alerts are
held under its incident, whichever monitor they come from.

The hold is that of alert rules (``commands/inhibit.py``), by what stands on what instead of labels.
A parent that nobody would be asked about holds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from commands import alarms, windows
from commands.alarms import alarm
from commands.context import Ctx
from commands.inventory import toll
from commands.inventory.toll import Toll
from commands.rules import falling
from commands.threads import say_in_threads
from store import alerts, held, incidents, timers
from store.db import Tx
from store.inventory import about, resources, ties
from store.model import MINUTE, SECOND, Incident, IncidentStatus, Severity, Timer
from store.model.known import Known

RULE = "inventory: what hangs on what"
"""Stands where the name of an alert rule does."""
EARLY = 5 * MINUTE
"""What came so long before its parent joins it."""
LATE = MINUTE
"""Who joins later than so after the parent is told of in its thread, at most once in as long."""
RELEASED = "released"
_RECENT, _DEPTH, _NAMED, _TENANTS = 500, 20, 10, 12


def on(ctx: Ctx) -> bool:
    """Whether anything is gathered so."""
    rules = ctx.rules.inventory
    return bool(rules.sources) and rules.gather


def key(tx: Tx, resource: int) -> bytes:
    """What an alert that tells of a fall, and all that hangs on what fell, have alike."""
    return held.key(tx, RULE, (str(resource),))


def above(ctx: Ctx, number: int | None) -> Iterator[int]:
    """What holds an incident, and what holds that: nothing may be held by itself."""
    for _ in range(_DEPTH):
        one = held.get(ctx.tx, number) if number is not None else None
        number = one.parent_id if one is not None else None
        if number is None:
            return
        yield number


def parent_of(
    ctx: Ctx, about_: Sequence[int], severity: Severity, but: int = 0
) -> tuple[Incident, str] | None:
    """The incident under which an alert about these resources is held now, and why: the topmost of
    those about the nearest thing that fell. ``but`` is its own incident."""
    if not (about_ and on(ctx)) or not held.any_parent(ctx.tx):
        return None
    if severity is Severity.CRITICAL and not ctx.rules.inventory.gather_criticals:
        return None
    up = about.climbed(ctx.tx, about_)
    heights = list(dict.fromkeys((*about_, *(n for some in up.values() for n in some))))
    keys = {n: key(ctx.tx, n) for n in heights}
    found = held.parents_of_each(ctx.tx, list(keys.values()), but)
    for number in heights if found else ():
        for one in found.get(keys[number], ()):
            chain = (one, *above(ctx, one))
            top = incidents.get(ctx.tx, chain[-1]) if but not in chain else None
            if top is not None and _asked_about(ctx, top):
                return top, _because(ctx.tx, about_[0], number)
    return None


def _asked_about(ctx: Ctx, parent: Incident) -> bool:
    """Whether somebody has a parent or is asked about it: else its children are on their own."""
    if parent.status is IncidentStatus.RESOLVED or parent.private or parent.maintenance:
        return False
    if parent.snoozed_until is not None or (parent.silenced_until or 0) > ctx.now:
        return False
    return not parent.held_by and windows.holding(ctx, parent, max(parent.step, 0)) is None


def _because(tx: Tx, child: int, parent: int) -> str:
    known = resources.many(tx, {child, parent})
    if child == parent or len(known) < 2:
        return "it is about the same"
    return f"{known[child].resource.name} hangs on {known[parent].resource.name}"


# a parent fires


def fell(ctx: Ctx, parent: Incident) -> list[int]:
    """Something fell: what hung on it is on record. The incidents that came a moment before and
    are about any of that, the youngest first."""
    fallen = about.fallen(ctx.tx, parent.id) if on(ctx) else []
    if not fallen:
        return []
    news = not about.below(ctx.tx, parent.id)
    hung: dict[int, None] = {}
    for number in fallen:
        below = ties.descendants(ctx.tx, number, toll.BELOW)
        about.fell(ctx.tx, parent.id, number, below)
        hung.update(dict.fromkeys(below))
    if news and hung:
        _lost(ctx, parent, fallen[0], toll.of(ctx.tx, list(hung)))
    recent = held.recent(ctx.tx, ctx.now - EARLY, _RECENT)
    mine = about.of_incidents(ctx.tx, recent)
    all_ = {*fallen, *hung}
    return [n for n in recent if n != parent.id and all_.intersection(mine.get(n, ()))]


def _lost(ctx: Ctx, parent: Incident, fallen: int, found: Toll) -> None:
    """What is lost is on record, and an incident that was about something else says it."""
    one = resources.get(ctx.tx, fallen)
    if one is None or not found.numbers:
        return
    said = found.title(one.resource.name, "carried").replace(" carried, ", " carried ")
    told = {"kind": found.kind, "tenants": [list(pair) for pair in found.tenants[:_TENANTS]],
            "tenants_total": len(found.tenants)}  # fmt: skip
    why = "Alerts about them are gathered here."
    ctx.tell(parent.id, "lost", f"{said}.", why, told)
    changed = incidents.for_change(ctx.tx, parent.id) or parent
    title = found.title(one.resource.name, _word(ctx, parent, one))
    if changed.title != title:
        value = changed.value or changed.title
        ctx.save(replace(changed, title=title, value=value, updated_at=ctx.now))


def _word(ctx: Ctx, parent: Incident, one: Known) -> str:
    """How it fell, as the alert says that is about it."""
    mine = (a for a in alerts.of_incident(ctx.tx, parent.id, 50) if one.id in a.about)
    return next(filter(None, (falling.fell(a, one) for a in mine)), "down")


# in its thread


def joins(ctx: Ctx, parent: Incident) -> None:
    """An incident is held under another from now on: of late ones the thread is told, together."""
    if ctx.now - parent.opened_at <= LATE or timers.first(ctx.tx, parent.id, timers.JOINED):
        return
    timers.add(
        ctx.tx, ctx.now, timers.JOINED, parent.id, parent.generation, ctx.now + LATE,
        parent.severity.rank,
    )  # fmt: skip


def late(ctx: Ctx, parent: Incident) -> None:
    """Those that joined meanwhile are said in one line."""
    many = held.joined(ctx.tx, parent.id, ctx.now - LATE)
    if many:
        say_in_threads(ctx, parent, "joined", many=many)


def let_go(ctx: Ctx, parent_id: int, numbers: Sequence[int], at: int) -> None:
    """What something fallen held is looked at at an instant; then the thread is told what fires."""
    if numbers and on(ctx) and about.fallen(ctx.tx, parent_id):
        some = list(numbers)[:_RECENT]
        alarms.wake_me(ctx, RELEASED, at + SECOND, parent=parent_id, held=some)


@alarm(RELEASED)
def released(ctx: Ctx, timer: Timer) -> None:
    """What was held under a parent and still fires is on its own; of what is private nothing is
    said, since its thread is everybody's."""
    parent = incidents.get(ctx.tx, int(timer.detail["parent"]))
    there = incidents.many(ctx.tx, [int(n) for n in timer.detail["held"]])
    free = sorted(i.id for i in there.values() if _is_on_its_own(i) and not i.private)
    many = sum(there[n].alerts_firing for n in free)
    if parent is None or not many:
        return
    fire = "alert still fires and is" if many == 1 else "alerts still fire and are"
    say = f"{many} {fire} on {'its' if many == 1 else 'their'} own now."
    ctx.tell(parent.id, "held", say, _numbers(free))
    say_in_threads(ctx, parent, RELEASED, many=many, numbers=free[:_NAMED], of=len(free))


def _is_on_its_own(one: Incident) -> bool:
    return one.status is not IncidentStatus.RESOLVED and not one.held_by and one.under is None


def _numbers(free: Sequence[int]) -> str:
    more = f" and {len(free) - _NAMED} more" if len(free) > _NAMED else ""
    return f"{', '.join(f'#{n}' for n in free[:_NAMED])}{more}."


# on its card


def minute(ctx: Ctx) -> None:
    """Cards of parents say what is back: those of which something below became otherwise."""
    if not on(ctx) or not held.any_parent(ctx.tx):
        return
    for number in about.changed_below(ctx.tx, ctx.now - MINUTE - SECOND):
        one = incidents.get(ctx.tx, number)
        if one is not None:
            ctx.show(one)


def left_alone(ctx: Ctx) -> Iterator[tuple[int, list[int]]]:
    """What is held under incidents that hold nothing any more."""
    if not on(ctx):
        return
    for number in held.parents_by(ctx.tx, RULE):
        one = incidents.get(ctx.tx, number)
        if one is not None and not one.held_by and not _asked_about(ctx, one):
            yield number, held.under(ctx.tx, number)


def keys_of(tx: Tx, numbers: Iterable[int]) -> list[bytes]:
    """The keys under which an alert that tells of a fall holds others."""
    return [key(tx, n) for n in numbers]
