"""Automation is turned on and off by people: one of them, or all at once and everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import notices
from commands.automation import going, judging, permitting, preparing, readying
from commands.automation.facts import facts_of
from commands.automation.narrating import about, called, stopped, tell
from commands.context import Ctx, Done
from commands.errors import Conflict, NotFound
from commands.registry import Button, arg, command
from commands.rules.automating import RUN, Automation
from commands.words import duration
from store import automation_runs as runs
from store import automations, incidents
from store.automation_runs import OPEN, STOPPED, SUGGESTED, AutomationRun
from store.automations import ALL, AS_SET, OFF, ON, TRIPPED, Switch
from store.automations import STOPPED as ALL_STOPPED
from store.model import DAY

ABOUT = "automation"
WRITE, ACT = "config.write", "incident.act"
NAME = "The automation, as the settings call it."


@dataclass(frozen=True, slots=True)
class One:
    """Arguments of ``automation-on``."""

    name: str = arg("word", NAME)


@dataclass(frozen=True, slots=True)
class Off:
    """Arguments of ``automation-off``."""

    name: str = arg("word", NAME)
    text: str = arg("text", "Why.", default="")


@dataclass(frozen=True, slots=True)
class Why:
    """Arguments of ``stop-automation``."""

    text: str = arg("text", "Why.", default="")


@dataclass(frozen=True, slots=True)
class Nothing:
    """``start-automation`` needs nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a button on the card of a run is about."""

    run: int = arg("noun", "The number of the run.")


def named(ctx: Ctx, name: str) -> Automation:
    """The automation that is called so."""
    found = ctx.rules.automations.get(name)
    if found is None:
        there = ", ".join(one.name for one in ctx.rules.automations) or "none yet"
        raise NotFound(f"There is no automation {name}. Automations: {there}.")
    return found


@command("automation-on", group="auto", permission=WRITE, args=One, example="automation-on restart")
def on(ctx: Ctx, args: One) -> Done:
    """Turn an automation on, also one that tripped; it runs by itself from now on."""
    return _on(ctx, named(ctx, args.name))


def _on(ctx: Ctx, rule: Automation) -> Done:
    before = automations.get(ctx.tx, rule.name)
    _switch(ctx, replace(before, state=ON, why="", until=0, trying=0, since=ctx.now))
    say = f"{called(rule.name)} is on."
    if before.state == TRIPPED:
        say = f"{say} It had tripped: {before.why}."
    if automations.stopped(ctx.tx):
        say = f"{say} But all automation is stopped; start-automation starts it."
    return Done(say, aloud=True)


@command(
    "automation-off", group="auto", permission=ACT, args=Off,
    example="automation-off restart it restarts too much",
)  # fmt: skip
def off(ctx: Ctx, args: Off) -> Done:
    """Turn an automation off; what it has begun goes no further."""
    rule = named(ctx, args.name)
    why = ctx.rules.redact(args.text.strip())
    before = automations.get(ctx.tx, rule.name)
    _switch(ctx, replace(before, state=OFF, why=why, until=0, trying=0))
    many = _halted(ctx, rule.name, f"{ctx.actor.name} turned it off")
    return Done(f"{called(rule.name)} is off.{_halted_words(many)}", aloud=True)


def _switch(ctx: Ctx, one: Switch) -> None:
    automations.save(ctx.tx, replace(one, changed_at=ctx.now, by=ctx.actor.id))


def _halted(ctx: Ctx, name: str, why: str) -> int:
    """What is under way ends; an action that runs already runs to its end."""
    found = runs.last(ctx.tx, name, states=OPEN, most=500)
    for run in found:
        judging.over(ctx, run, STOPPED, why)
    return len(found)


def _halted_words(many: int) -> str:
    if not many:
        return ""
    said = "1 that was under way goes" if many == 1 else f"{many} that were under way go"
    return f" {said} no further."


@command(
    "stop-automation", group="auto", permission=ACT, args=Why,
    example="stop-automation it restarts everything",
)  # fmt: skip
def stop(ctx: Ctx, args: Why) -> Done:
    """Stop all automation, everywhere and at once: nothing runs by itself until it is started."""
    if (found := automations.stopped(ctx.tx)) is not None:
        ago = duration(max(ctx.now - found.changed_at, 0))
        raise Conflict(f"{ctx.name_of(found.by)} stopped all automation {ago} ago.")
    why = ctx.rules.redact(args.text.strip())
    _switch(ctx, Switch(ALL, ALL_STOPPED, why=why))
    many = _halted(ctx, "", f"{ctx.actor.name} stopped all automation")
    ctx.did(ABOUT, f"{ctx.actor.name} stopped all automation.", why)
    _known(ctx, f"{ctx.actor.name} stopped all automation{f': {why}' if why else ''}")
    say = "All automation is stopped: nothing runs by itself."
    return Done(f"{say}{_halted_words(many)} start-automation starts it again.", aloud=True)


def _known(ctx: Ctx, said: str) -> None:
    """Once it is on disk the console and Health say so."""
    rules = ctx.rules.automations

    def keep() -> None:
        rules.halted = said

    ctx.tx.after.append(keep)


@command(
    "start-automation", group="auto", permission=WRITE, args=Nothing, example="start-automation"
)
def start(ctx: Ctx, args: Nothing) -> Done:
    """Let automation run again after it was stopped; what was missed is not made up for."""
    if automations.stopped(ctx.tx) is None:
        raise Conflict("Automation is not stopped.")
    _switch(ctx, Switch(ALL, AS_SET))
    ctx.did(ABOUT, f"{ctx.actor.name} started automation again.")
    _known(ctx, "")
    return Done("Automation runs again. What was missed is not made up for.", aloud=True)


@command(
    "automation-again", group="auto", permission=WRITE, args=Run, about="tripped", listed=False,
    example="automation-again 12", buttons=(Button("Turn on again", "", (), asks=True),),
)  # fmt: skip
def again(ctx: Ctx, args: Run) -> Done:
    """Turn on the automation that tripped."""
    done = _on(ctx, named(ctx, _run(ctx, args.run).automation))
    notices.stale(ctx, f"{judging.TRIP}:{args.run}")
    return done


def _run(ctx: Ctx, number: int) -> AutomationRun:
    found = runs.get(ctx.tx, number)
    if found is None:
        raise NotFound(f"No automation has a run {number}.")
    return found


@command(
    "take-suggestion", group="auto", permission=ACT, args=Run, about=ABOUT, listed=False,
    example="take-suggestion 12", buttons=(Button("Run it", "", (), asks=True),),
)  # fmt: skip
def take(ctx: Ctx, args: Run) -> Done:
    """Run what an automation suggests, in your name, where you may run its actions."""
    run = _run(ctx, args.run)
    rule = named(ctx, run.automation)
    if run.state != SUGGESTED:
        by = f" by {ctx.name_of(run.by)}" if run.by else ""
        raise Conflict(f"That was decided{by}: {run.state}.")
    if ctx.now - run.at > DAY or run.digest != rule.digest:
        raise Conflict("That is too old, or not what it was: run the action itself.")
    if why := stopped(ctx):
        raise Conflict(f"Nothing runs: {why}.")
    if run.incident_id and incidents.get(ctx.seen, run.incident_id) is None:
        raise NotFound(f"No automation has a run {run.id}.")
    _may(ctx, rule, run)
    run = runs.save(ctx.tx, run, by=ctx.actor.id, state=runs.RUNNING, at=ctx.now)
    tell(ctx, run, f"{ctx.actor.name} runs what {called(rule.name)} suggested.", run.why)
    notices.stale(ctx, about(run.id), at_once=True)
    run = going.on(ctx, run)
    return Done(f"{called(rule.name)} runs: {', '.join(rule.offers)}.", aloud=True)


def _may(ctx: Ctx, rule: Automation, run: AutomationRun) -> None:
    """Denied where they may not run one of its actions themselves."""
    incident = incidents.get(ctx.tx, run.incident_id) if run.incident_id else None
    number = incident.id if incident else 0
    facts = facts_of(ctx.tx, incident) if incident else readying.facts(ctx, run, None)
    for do in (one for one in rule.do if one.kind == RUN):
        try:
            offer, params, on = readying.filled(
                ctx.tx, ctx.rules, do, facts, incident, run.resource_id
            )
        except readying.Refused as refused:
            if (known := ctx.rules.offers.get(do.offer)) is None:
                raise Conflict(f"{str(refused).capitalize()}.") from None
            offer, params, on = known, {}, None
        teams = preparing.teams_of(ctx.tx, on, number)
        error = permitting.denial(ctx.definitions, ctx.actor, offer, params, teams, ctx.now)
        if error is not None:
            raise error
