"""``automations`` and ``automation``: what runs by itself, how it stands, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from commands.automation.occasions import standing
from commands.context import View
from commands.errors import NotFound
from commands.registry import arg, query
from commands.rules import automating, hours
from commands.rules.automating import Automation, Do
from commands.told import Told
from commands.words import count, duration
from store import automation_runs as runs
from store import automations, incidents
from store.automation_runs import DONE, FAILED, HELD, HELPED, UNHELPED, AutomationRun
from store.automations import OFF, ON, TRIPPED, Switch
from store.clock import iso
from store.db import Tx
from store.model import DAY, Instant

READ = "incident.read"
NONE = "Nothing runs by itself. How: docs/automation.md, automations."
LATELY = 30 * DAY
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Nothing:
    """``automations`` needs nothing."""


@dataclass(frozen=True, slots=True)
class One:
    """Arguments of ``automation``."""

    name: str = arg("word", "The automation, as the settings call it.")


@dataclass(frozen=True, slots=True)
class About:
    """Arguments of ``suggestions``."""

    incident: int = arg(
        "incident", "The incident they are about; all where none is said.", default=0
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the runs of some time."""

    ran: int = 0
    helped: int = 0
    unhelped: int = 0
    failed: int = 0
    held: int = 0
    alone: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Stands:
    """One automation as the list shows it."""

    rule: Automation
    switch: Switch
    last: AutomationRun | None
    tally: Tally
    mode: str
    tripped: str


def tallied(found: Iterable[AutomationRun], alone: frozenset[int] = frozenset()) -> Tally:
    """Runs counted: ``minutes`` are what the actions of those that helped spare, ``alone`` the
    incidents that nobody else worked on."""
    some = list(found)
    helped = [one for one in some if one.state == HELPED]
    states = [one.state for one in some]
    return Tally(
        sum(state in runs.RAN for state in states), len(helped), states.count(UNHELPED),
        states.count(FAILED), states.count(HELD),
        len({one.incident_id for one in helped if one.incident_id in alone}),
        sum(one.saves for one in helped),
    )  # fmt: skip


def stands(tx: Tx, rules: Iterable[Automation], now: Instant) -> list[Stands]:
    """Every automation with how it stands."""
    switches = automations.every(tx)
    found = []
    for rule in rules:
        switch = switches.get(rule.name, Switch(rule.name))
        mode, tripped = standing(rule, switch, now)
        some = runs.last(tx, rule.name, since=now - LATELY, most=500)
        last = next((one for one in some if one.state != HELD), None)
        found.append(Stands(rule, switch, last, tallied(some), mode, tripped))
    return found


@query("automations", group="auto", permission=READ, args=Nothing, example="automations")
async def listed(view: View, args: Nothing) -> Told:
    """What runs by itself: whether it is on, when it last ran, how often it helped."""
    rules = list(view.rules.automations)
    found, stopped = await view.read(
        lambda tx: (stands(tx, rules, view.now), automations.stopped(tx))
    )
    waits = await view.read(lambda tx: _suggested(tx, view.now))
    lines = [_line(view, one) for one in found]
    if stopped is not None:
        lines.insert(0, f"⛔ {stopped_words(view, stopped)}")
    facts: dict[str, Any] = {
        "automations": [_facts(one) for one in found],
        "stopped": stopped is not None,
        "suggested": [run_facts(run) for run in waits],
    }
    return Told(tuple(lines) or (NONE,), facts)


def stopped_words(view: View, switch: Switch) -> str:
    """``Ana stopped all automation 5 min ago: it restarts everything.``"""
    who = view.definitions.name_of(switch.by)
    why = f": {switch.why}" if switch.why else ""
    ago = duration(max(view.now - switch.changed_at, 0))
    return f"{who} stopped all automation {ago} ago{why}. start-automation starts it."


def state_words(view: View, one: Stands) -> str:
    """``on``, ``off (Ana, 2 h ago: too loud)``, ``tripped: …``."""
    switch = one.switch
    if switch.state == TRIPPED:
        return one.tripped.partition(";")[0] or f"{one.mode}, tries once"
    if switch.state in (ON, OFF):
        who = view.definitions.name_of(switch.by)
        why = f": {switch.why}" if switch.why else ""
        ago = duration(max(view.now - switch.changed_at, 0))
        return f"{switch.state} ({who}, {ago} ago{why})"
    return {"suggest": "suggests"}.get(one.mode, one.mode)


def _line(view: View, one: Stands) -> str:
    glyph = {"on": "🟢", "suggest": "💡"}.get(one.mode, "⚪") if not one.tripped else "⛔"
    tally = one.tally
    last = "never ran"
    if one.last is not None:
        ago = duration(max(view.now - one.last.at, 0))
        last = f"last {ago} ago: {one.last.state}"
    helped = ""
    if tally.ran:
        helped = f" · helped {tally.helped} of {tally.ran} in 30 days"
    saved = f" · {count(tally.minutes, 'minute')} saved" if tally.minutes else ""
    return f"{glyph} {one.rule.name} · {state_words(view, one)} · {last}{helped}{saved}"


def _facts(one: Stands) -> dict[str, Any]:
    tally = one.tally
    return {
        "name": one.rule.name, "title": one.rule.title, "mode": one.mode,
        "tripped": one.switch.state == TRIPPED, "ran": tally.ran, "helped": tally.helped,
        "held": tally.held, "failed": tally.failed, "minutes": tally.minutes,
        "last_at": iso(one.last.at) if one.last else None,
        "limits": _sentence("; ".join(_limits(one.rule))),
    }  # fmt: skip


@query("automation", group="auto", permission=READ, args=One, example="automation restart")
async def shown(view: View, args: One) -> Told:
    """What one automation does, in words: when, what, how often at most, and what came of it."""
    rule = view.rules.automations.get(args.name)
    if rule is None:
        there = ", ".join(one.name for one in view.rules.automations) or "none yet"
        raise NotFound(f"There is no automation {args.name}. Automations: {there}.")
    one = (await view.read(lambda tx: stands(tx, [rule], view.now)))[0]
    last = await view.read(lambda tx: _seen(tx, runs.last(tx, rule.name, most=_SHOWN)))
    lines = (
        f"{rule.title or rule.name}: {state_words(view, one)}.", *told(rule),
        *(f"{duration(max(view.now - run.at, 0))} ago · {run_words(view, run)}" for run in last),
    )  # fmt: skip
    return Told(lines, {**_facts(one), "runs": [run_facts(run) for run in last]})


@query(
    "suggestions", group="auto", permission=READ, args=About, listed=False,
    example="suggestions 1842",
)  # fmt: skip
async def suggestions(view: View, args: About) -> Told:
    """What automations suggest to run and nobody ran yet."""
    found = await view.read(lambda tx: _suggested(tx, view.now))
    some = [run for run in found if args.incident in (0, run.incident_id)]
    lines = tuple(f"💡 #{run.incident_id}: {run.automation} would run {run.would}" for run in some)
    return Told(lines or ("Nothing is suggested.",), {"suggested": [run_facts(r) for r in some]})


def _suggested(tx: Tx, now: Instant) -> list[AutomationRun]:
    """What waits for somebody to run it."""
    return _seen(tx, runs.last(tx, since=now - DAY, states=(runs.SUGGESTED,), most=20))


def _seen(tx: Tx, found: list[AutomationRun]) -> list[AutomationRun]:
    """Those about incidents that whoever asks may see."""
    shown = incidents.many(tx, [one.incident_id for one in found if one.incident_id])
    return [one for one in found if not one.incident_id or one.incident_id in shown]


def run_words(view: View, run: AutomationRun) -> str:
    """One run in a line."""
    about = f"#{run.incident_id}: " if run.incident_id else ""
    what = {HELD: "did not run", DONE: "done"}.get(run.state, run.state)
    did = f" ({', '.join(run.deeds)})" if run.deeds else ""
    why = run.outcome or run.why
    return view.rules.redact(f"{about}{what}{did}{f', {why}' if why else ''}"[:300])


def run_facts(run: AutomationRun) -> dict[str, Any]:
    """One run for programs."""
    return {
        "run": run.id, "automation": run.automation, "state": run.state, "at": iso(run.at),
        "incident": run.incident_id, "why": run.why, "would": run.would, "outcome": run.outcome,
        "executions": list(run.done), "deeds": list(run.deeds),
    }  # fmt: skip


# in words


def told(rule: Automation) -> Iterator[str]:
    """What it does, a line for each: when, under which conditions, what, how often at most."""
    yield _sentence("; or ".join(on.words for on in rule.on))
    if conditions := list(_conditions(rule)):
        yield _sentence(f"If {' and '.join(conditions)}")
    for n, do in enumerate(rule.do):
        yield f"{n + 1}. {step_words(rule, n, do)}"
    yield _sentence("; ".join(_limits(rule)))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _conditions(rule: Automation) -> Iterator[str]:
    if rule.when:
        yield automating.matched(rule.when)
    if rule.nobody:
        yield "nobody has it"
    if rule.hours is not None:
        yield hours.words(rule.hours)


def step_words(rule: Automation, n: int, do: Do) -> str:
    """``run kubernetes.restart; if it fails go on at 3``."""
    given = "".join(f" {name}={value}" for name, value in do.params.items())
    within = automating.span(do.within)
    said = {
        automating.RUN: f"run {do.offer}{given}", automating.NOTE: f"note: {do.text}",
        automating.RESOLVE: f"resolve it{f': {do.text}' if do.text else ''}",
        automating.ESCALATE: "escalate it", automating.WAIT: f"wait {within}",
        automating.CHECK: f"look for up to {within} whether it cleared",
    }[do.kind]  # fmt: skip
    last = do.then == automating.END
    following = "" if last or do.then == n + 1 else f", then {_where(do.then)}"
    if do.kind not in (automating.RUN, automating.CHECK):
        return f"{said}, then it is done" if last and n + 1 < len(rule.do) else f"{said}{following}"
    return f"{said}{following}; if not, {_where(do.other)}"


def _where(step: int) -> str:
    if step == automating.END:
        return "it is done"
    return "it gives up" if step == automating.GIVE_UP else f"step {step + 1}"


def _limits(rule: Automation) -> Iterator[str]:
    if rule.limit is not None:
        yield f"at most {rule.limit.count} times in {automating.span(rule.limit.span)}"
    if rule.cooldown:
        yield f"once in {automating.span(rule.cooldown)} about the same"
    if rule.breaker:
        yield (
            f"after {count(rule.breaker, 'run')} in a row without help it rests for "
            f"{automating.span(rule.pause)}"
        )
    if rule.approved:
        yield "the settings agree where an action needs a second person"
