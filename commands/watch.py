"""The watch: looks at every schedule when something changes there, and sees to what is due then.

Each watched schedule has a timer. It is due at the next instant at which something is to be done;
what was done is remembered with it, so that a time in which nothing ran is made up for.
"""

from __future__ import annotations

from dataclasses import dataclass

from commands import groups, handoffs, preflight, ruling
from commands.alarms import alarm
from commands.context import Ctx
from commands.rules.oncall import at_instant
from commands.rules.oncall.duty import SCHEDULE
from commands.rules.oncall.reliefs import Outlook, on, outlook
from commands.rules.oncall.wall import cut
from store import watches
from store.model import DAY, HOUR, Definitions, Instant, Timer
from store.model.handoff import Relief, Watch
from store.model.oncall import Schedule

STRIDE = 6 * HOUR
"""At least so often each schedule is looked at."""
NEWS = HOUR
"""A handoff that is longer ago is not announced any more."""
SOON = preflight.SOON
_BEHIND = 1_000
"""Milliseconds until this process has other definitions that are in force."""


def watched(definitions: Definitions) -> frozenset[str]:
    """The schedules that matter: held by a team, or asked by a policy."""
    held: list[str] = []
    for team in definitions.teams.values():
        duties = (team.oncall, team.lead, team.manager, *team.duties.values())
        held += filter(None, duties)
    for policy in definitions.policies.values():
        held += [target for step in policy.steps for target in step.targets]
        held += policy.fallback
    names = {target.removeprefix(SCHEDULE) for target in held if target.startswith(SCHEDULE)}
    return frozenset(names & definitions.schedules.keys())


def start(ctx: Ctx) -> None:
    """The service starts: everything is looked at, and groups are as they should be."""
    arm(ctx)
    groups.follow_all(ctx, anew=True)


def arm(ctx: Ctx) -> None:
    """Watch the schedules of the definitions in force, and look at all of them now."""
    wanted, here = watched(ctx.definitions), watches.watched(ctx.tx)
    watches.end(ctx.tx, (timer for name, timer in here.items() if name not in wanted))
    watches.all_due(ctx.tx, ctx.now)
    for name in sorted(wanted - here.keys()):
        watches.set_(ctx.tx, Watch(name, ctx.now))
    groups.follow_all(ctx)
    ruling.look_again(ctx)


@alarm(watches.CHANGED)
def changed(ctx: Ctx, timer: Timer) -> None:
    """Definitions changed: look at everything, once this process knows them."""
    if ctx.definitions.version_id < timer.generation:
        watches.look_again(ctx.tx, ctx.now, timer.generation, _BEHIND)
    else:
        arm(ctx)


@alarm(watches.ROTA)
def fire(ctx: Ctx, timer: Timer) -> None:
    """Look at one schedule: do what is due, and come back when something is."""
    name = timer.detail["schedule"]
    schedule = ctx.definitions.schedules.get(name)
    if schedule is None or name not in _watched(ctx):
        return
    last = timer.detail["on"]
    held = None if last is None else tuple(last)
    watch = Watch(name, timer.detail["due"], timer.detail["done"], held)
    watches.set_(ctx.tx, _Look(ctx, schedule, watch).done())


def _watched(ctx: Ctx) -> frozenset[str]:
    """The same for a version: worked out once."""
    version, names = ctx.tx.hot.get("watched", (None, frozenset()))
    if version != ctx.definitions.version_id:
        names = watched(ctx.definitions)
        ctx.tx.hot["watched"] = (ctx.definitions.version_id, names)
    known: frozenset[str] = names
    return known


@dataclass(slots=True)
class _Look:
    """One look at one schedule."""

    ctx: Ctx
    schedule: Schedule
    watch: Watch

    def done(self) -> Watch:
        """Do what is due; when to look next and what was seen."""
        now, ctx = self.ctx.now, self.ctx
        held = self._held()
        seen = self._seen(held)
        for relief in seen.reliefs:
            if relief.at <= now:
                held = relief.after
                if relief.at > now - NEWS:
                    handoffs.begin(ctx, self.schedule, relief)
            else:
                self._ahead(relief)
        preflight.changed(ctx, self.schedule)
        handoffs.call_off(ctx, self.schedule, [r.at for r in seen.reliefs if r.at > now])
        if any(at <= now for at in (*seen.edges, *(r.at for r in seen.reliefs))):
            groups.follow(ctx, self.schedule.name)
        return Watch(self.schedule.name, self._next(seen), now, held)

    def _ahead(self, relief: Relief) -> None:
        """What is due before a handoff."""
        left = relief.at - self.ctx.now
        if left <= DAY:
            for person in relief.coming:
                preflight.before(self.ctx, self.schedule, person, relief.at)
        if left <= SOON and relief.leaving and relief.coming:
            handoffs.ask(self.ctx, self.schedule, relief)

    def _start(self) -> Instant:
        """From when on something may have happened that nobody saw. A look that comes before it
        was due is one at something else than what was seen last: only from now on it counts."""
        now = cut(self.ctx.now)
        if self.watch.on is None or self.ctx.now < self.watch.due:
            return now
        return max(cut(self.watch.done), now - NEWS)

    def _held(self) -> tuple[str, ...]:
        """Who was on call before; where nobody looked for long, who was when that counts."""
        missed = self.watch.done < self.ctx.now - STRIDE - NEWS
        if self.watch.on is None or missed:
            then = at_instant(self.schedule, self._start())
            return on(then, self.ctx.definitions.people)
        return self.watch.on

    def _seen(self, held: tuple[str, ...]) -> Outlook:
        end = self.ctx.now + DAY + STRIDE
        return outlook(self.schedule, held, self.ctx.definitions.people, self._start(), end)

    def _next(self, seen: Outlook) -> Instant:
        """When something is due next."""
        now = self.ctx.now
        times = [*seen.edges, now + STRIDE]
        for relief in seen.reliefs:
            times += [relief.at, relief.at - SOON, relief.at - DAY]
        return min(at for at in times if at > now)
