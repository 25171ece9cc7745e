"""No step while people work on things: what is due comes once, when the maintenance is over."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import clock
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.quiet import until
from commands.registry import arg, command
from store import incidents, timers
from store import maintenance as windows
from store.maintenance import Window
from store.model import Incident, Instant


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Arguments of ``maintenance``."""

    what: str = arg("word", "all, team:<name>, service:<name> or route:<name>.")
    until: str = arg("when", "For how long or until when: 2h, tomorrow 9am.")
    text: str = arg("text", "What is being done.", default="")


@command(
    "maintenance",
    group="ops",
    permission="config.write",
    args=Maintenance,
    example="maintenance team:db 2h disk swap on db-5",
)
def maintenance(ctx: Ctx, args: Maintenance) -> Done:
    """Nobody new is paged until then; rules that already run go on. Again to change its end."""
    kind, _, name = args.what.partition(":")
    if args.what != "all" and not (name and kind in ("team", "service", "route")):
        say = f"{args.what} is not a thing: all, team:<name>, service:<name> or route:<name>."
        raise Invalid(say, "what")
    if kind == "team" and name not in ctx.definitions.teams:
        known = ", ".join(sorted(ctx.definitions.teams)) or "none yet"
        raise Invalid(f"There is no team {name}. Teams: {known}.", "what")
    if kind == "route" and name not in {r.name for r in ctx.definitions.routes}:
        known = ", ".join(r.name for r in ctx.definitions.routes) or "none yet"
        raise Invalid(f"There is no route {name}. Routes: {known}.", "what")
    ends = until(ctx, args.until)
    window = Window(args.what, ctx.now, ends, ctx.actor.id, args.text)
    for replaced in windows.add(ctx.tx, ctx.now, window):
        _retime(ctx, replaced, ends)
    what = "everything" if args.what == "all" else args.what.replace(":", " ")
    return Done(f"Maintenance of {what}: steps wait until it is over.")


def _retime(ctx: Ctx, replaced: Window, ends: Instant) -> None:
    """What waited for the old end waits for the new one."""
    for incident_id in timers.waiting(ctx.tx, replaced.until):
        found = incidents.for_change(ctx.tx, incident_id)
        if found is None or found.next is None or found.next.why != clock.MAINTENANCE:
            continue
        if covers(replaced, found):
            timers.put_off(ctx.tx, found.id, replaced.until, ends)
            ctx.save(replace(found, next=replace(found.next, at=ends)))


def holding(ctx: Ctx, incident: Incident, step: int) -> Window | None:
    """The maintenance that holds a step of an incident, of several the one that ends last."""
    found = [w for w in windows.in_force(ctx.tx, ctx.now) if covers(w, incident)]
    return max(found, key=lambda w: w.until, default=None)


def covers(window: Window, incident: Incident) -> bool:
    """Whether a maintenance is about an incident."""
    kind, _, name = window.what.partition(":")
    about = {"team": incident.team, "service": incident.service, "route": incident.route}
    return kind == "all" or (kind in about and about[kind] == name)
