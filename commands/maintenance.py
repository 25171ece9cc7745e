"""No step while people work on things: what is due comes once, when the maintenance is over."""

from __future__ import annotations

from dataclasses import dataclass

from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.quiet import until
from commands.registry import arg, command
from store import maintenance as windows
from store.maintenance import Window


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
    windows.add(ctx.tx, ctx.now, Window(args.what, ctx.now, ends, ctx.actor.id, args.text))
    what = "everything" if args.what == "all" else args.what.replace(":", " ")
    return Done(f"Maintenance of {what}: steps wait until it is over.")
