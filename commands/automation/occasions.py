"""An occasion for automations: each that waits for it runs, or it is written down why not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import flapping, inhibit, notices, windows
from commands.automation import going, narrating, readying
from commands.context import Ctx
from commands.rules import automating, maintenance
from commands.rules.automating import HELD, RUN, SUGGEST, Automation, Case, Decision, Past
from commands.rules.conditions import Facts
from commands.rules.drills import is_drill
from commands.rules.metric_rules import values_of
from commands.words import duration
from store import automation_runs as runs
from store import automations
from store import maintenance as windows_kept
from store.automation_runs import AutomationRun
from store.automations import OFF, ON, TRIPPED, Switch
from store.model import Incident, IncidentStatus, Instant
from store.model.known import Known

_LOOKED = 500
"""So many of its latest runs say whether a limit is reached."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What happened, to what; ``key`` tells it from every other of the same automation."""

    event: str
    key: str
    facts: Facts
    incident: Incident | None = None
    resource: Known | None = None
    chain: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """What it is about, for cool-downs: the resource, else where such incidents belong."""
        if self.resource is not None:
            return f"resource {self.resource.id}"
        if (number := self.facts.first("resource.id")).isdecimal():
            return f"resource {number}"
        one = self.incident
        if one is None:
            return self.event
        return f"{one.route}/{one.source}/{one.service or one.resource or one.title}"


def consider(ctx: Ctx, rule: Automation, it: Occasion) -> AutomationRun | None:
    """Have an automation run on an occasion, or write down why it does not; None where it is not
    meant, or this occasion was looked at before."""
    if automating.unfit(rule, Case(it.facts, ctx.now, "", _holder(ctx, it))):
        return None
    about = it.incident.id if it.incident else None
    if any(one.key == it.key for one in runs.last(ctx.tx, rule.name, incident=about, most=50)):
        return None
    switch = automations.get(ctx.tx, rule.name)
    case = case_of(ctx, rule, switch, it)
    found = automating.decide(rule, case)
    if found.verdict not in (RUN, SUGGEST, HELD):
        return None
    return _kept(ctx, rule, switch, it, found)


def case_of(ctx: Ctx, rule: Automation, switch: Switch, it: Occasion) -> Case:
    """Everything that the decision stands on."""
    mode, tripped = standing(rule, switch, ctx.now)
    return Case(
        it.facts, ctx.now, mode, _holder(ctx, it), quiet(ctx, it), narrating.stopped(ctx), tripped,
        past(ctx, rule, it.scope), it.chain,
    )  # fmt: skip


def _holder(ctx: Ctx, it: Occasion) -> str:
    who = (it.incident.holder or it.incident.assignee) if it.incident is not None else None
    return ctx.name_of(who) if who else ""


def standing(rule: Automation, switch: Switch, now: Instant) -> tuple[str, str]:
    """Its mode as people left it, and why it rests where it tripped."""
    if switch.state in (ON, OFF):
        return switch.state, ""
    if switch.state != TRIPPED:
        return rule.mode, ""
    mode = automating.ON if rule.mode == automating.OFF else rule.mode
    if now >= switch.until and not switch.trying:
        return mode, ""
    left = f"tries again in {duration(switch.until - now)}" if now < switch.until else "tries now"
    return mode, f"it tripped: {switch.why}. It {left}; automation-on {rule.name} turns it on"


def past(ctx: Ctx, rule: Automation, scope: str) -> Past:
    """What it did lately."""
    back = max(rule.cooldown, rule.limit.span if rule.limit else 0)
    found = runs.last(ctx.tx, rule.name, since=ctx.now - back, states=runs.RAN, most=_LOOKED)
    same = next((one.at for one in found if one.scope == scope), None)
    return Past(tuple(one.at for one in found), same)


def quiet(ctx: Ctx, it: Occasion) -> str:
    """Why nobody is asked either, so that nothing runs by itself; "" where nothing keeps it."""
    if ctx.rules.shadow is not None:
        return "shadow mode is on: it is only written down"
    one = it.incident
    if one is None:
        return _maintained(ctx, it.resource) if it.resource is not None else ""
    if is_drill(one.policy):
        return "it is a drill"
    if one.merged_into:
        return f"it was merged into #{one.merged_into}"
    if (one.silenced_until or 0) > ctx.now:
        return "it is silenced"
    if one.status is IncidentStatus.RESOLVED:
        return ""
    if (one.snoozed_until or 0) > ctx.now:
        return "it is snoozed"
    if (window := windows.holding(ctx, one, max(one.step, 1))) is not None:
        return f"maintenance of {window.what} goes on"
    if (held := inhibit.holding(ctx, one)) is not None:
        return f"it is held: {held.why}"
    return "it flaps" if flapping.holding(ctx, one) is not None else ""


def _maintained(ctx: Ctx, known: Known) -> str:
    values = values_of(known)
    for each in windows_kept.in_force(ctx.tx, ctx.now):
        if maintenance.about(each.what, values):
            return f"maintenance of {each.what} goes on"
    return ""


def _kept(
    ctx: Ctx, rule: Automation, switch: Switch, it: Occasion, found: Decision
) -> AutomationRun:
    state = {RUN: runs.RUNNING, SUGGEST: runs.SUGGESTED, HELD: runs.HELD}[found.verdict]
    resource = it.resource.id if it.resource else _number(it.facts)
    one = AutomationRun(
        runs.new(ctx.tx), rule.name, state, it.incident.id if it.incident else None, None, ctx.now,
        it.key, it.event, it.scope, found.why, digest=rule.digest, resource_id=resource,
        chain=it.chain, outcome=found.why if state == runs.HELD else "",
        ended_at=ctx.now if state == runs.HELD else 0,
    )  # fmt: skip
    runs.add(ctx.tx, one)
    held = found.verdict == HELD
    said = f"{found.why[:1].upper()}{found.why[1:]}." if held else f"Because {found.why}."
    name = narrating.called(rule.name)
    if held:
        narrating.tell(ctx, one, f"{name} did not run.", said)
    elif found.verdict == SUGGEST:
        would = ctx.rules.redact(readying.would(ctx, rule, one, it.incident))
        one = runs.save(ctx.tx, one, would=would)
        narrating.tell(ctx, one, f"{name} suggests to run {would}.", said)
        if it.incident is not None:
            notices.below(ctx, narrating.about(one.id), it.incident.id)
    else:
        begin(ctx, rule, one, switch, said)
    return one


def _number(facts: Facts) -> int:
    """The resource an incident is about; 0 for none."""
    said = facts.first("resource.id")
    return int(said) if said.isdecimal() and len(said) < 16 else 0


def begin(ctx: Ctx, rule: Automation, one: AutomationRun, switch: Switch, said: str) -> None:
    """It runs."""
    if switch.state == TRIPPED:
        automations.save(ctx.tx, replace(switch, trying=one.id))
        said = f"{said} It tripped before and tries once."
    narrating.tell(ctx, one, f"{narrating.called(rule.name)} runs.", said)
    going.on(ctx, one)
