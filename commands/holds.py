"""What makes a step wait, so that nobody is asked yet: a maintenance, a firing parent, an alert
that flaps, a rule's delay. Each is asked in turn, and the one that lasts longest counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from commands import clock, delaying, flapping, inhibit, windows
from commands.context import Ctx
from commands.inhibit import Holding
from store import timers
from store.model import Incident, Instant, NextUp


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when a step waits. ``kind`` is the timeline's, ``say`` follows "Step 1 waits" there
    (``for the end of a maintenance``), ``text`` is the reason below it; ``why`` stands on the card
    behind who is asked then. ``silent``: said on the timeline by whoever holds, not here.
    ``holding`` is what keeps it from asking anybody, so that ``until`` is only the next look."""

    kind: str
    until: Instant
    say: str
    text: str
    why: str
    silent: bool = False
    holding: Holding | None = None


def _maintenance(ctx: Ctx, incident: Incident, step: int) -> Hold | None:
    found = windows.holding(ctx, incident, step)
    if found is None:
        return None
    text = f"Maintenance of {found.what}. {found.text}".strip()
    say = "for the end of a maintenance"
    return Hold("maintenance", found.until, say, text, clock.MAINTENANCE)


def _delay(ctx: Ctx, incident: Incident, step: int) -> Hold | None:
    found = delaying.holding(ctx, incident, step)
    if found is None:
        return None
    told = incident.next is not None and incident.next.why == clock.IF_STILL
    return Hold(
        "delay", found.until, found.say, f"Rule {found.rule}.", clock.IF_STILL, silent=told
    )  # fmt: skip


def _held(ctx: Ctx, incident: Incident, step: int) -> Hold | None:
    found = inhibit.holding(ctx, incident)
    if found is None:
        return None
    until = ctx.now + inhibit.LOOK
    return Hold(inhibit.KIND, until, "", "", found.why, silent=True, holding=found)


def _flapping(ctx: Ctx, incident: Incident, step: int) -> Hold | None:
    found = flapping.holding(ctx, incident)
    if found is None:
        return None
    return Hold(flapping.KIND, found[0], "", "", clock.IF_ON, silent=True)


HOLDERS: tuple[Callable[[Ctx, Incident, int], Hold | None], ...] = (
    _maintenance, _delay, _held, _flapping,
)  # fmt: skip
"""Each is asked with the number of the step."""


def wait(
    ctx: Ctx,
    incident: Incident,
    step: int,
    loop: int,
    kind: str = timers.STEP,
    *,
    by_person: bool = False,
) -> Incident | None:
    """Put a step off while something holds it: it is due once at the end (E7). None where nothing
    does. What a person asks for waits for a maintenance alone."""
    holders = (_maintenance,) if by_person else HOLDERS
    found = [h for holder in holders if (h := holder(ctx, incident, step)) is not None]
    if not found:
        return None
    hold = max(found, key=lambda h: h.until)
    clock.set_timer(ctx, incident, kind, step, loop, hold.until)
    if not hold.silent:
        last = kind == timers.FALLBACK
        what = "What comes after the last step" if last else f"Step {step + 1}"
        ctx.tell(incident.id, hold.kind, f"{what} waits {hold.say}.", hold.text)
    if hold.holding is not None:
        waits = NextUp("waits", hold.until, why=hold.why)
        kept = inhibit.hold(ctx, incident, hold.holding)
        changed = replace(kept, next=waits, updated_at=ctx.now)
        ctx.save(changed)
        return changed
    policy = clock.policy_of(ctx, incident)
    number = len(policy.steps) if kind == timers.FALLBACK else step
    who = clock.whom(ctx, incident, policy, number, hold.until)
    following = NextUp("page", hold.until, who, step, why=hold.why)
    changed = replace(incident, next=following, updated_at=ctx.now)
    ctx.save(changed)
    return changed
