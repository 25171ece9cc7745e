"""A run of an automation goes on from step to step: an action is run and waited for, time passes,
words are said, the incident is resolved or escalated; at its end it is judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from commands import approvals, clock, lifecycle, paging
from commands.alarms import wake_me
from commands.automation import executing, judging, narrating, readying
from commands.automation.approving import execution_of
from commands.automation.happened import KIND
from commands.automation.narrating import acting, called, stopped, tell
from commands.automation.readying import Refused
from commands.context import Ctx
from commands.rules import automating, escalation, filling
from commands.rules.automating import END, GIVE_UP, Automation, Do
from store import automation_runs as runs
from store import executions, incidents
from store.approvals import Approval
from store.automation_runs import APPROVAL, RUNNING, STOPPED, WAITING, AutomationRun
from store.clock import SECOND
from store.executions import DONE, Execution
from store.model import Incident, IncidentStatus

RESOLVED = IncidentStatus.RESOLVED
AFTER = (automating.NOTE, automating.CHECK)
"""What is still done once the incident is resolved."""
UNREAD = 20 * SECOND
"""So long the next step waits for what came of the last one."""
CHANGED = "its settings were changed meanwhile"
Next = int | None
"""The step that comes now; None where something is waited for, or it is over."""


def on(ctx: Ctx, run: AutomationRun) -> AutomationRun:
    """Do what comes next until something is waited for, or it is over."""
    rule = ctx.rules.automations.get(run.automation)
    if rule is None or rule.digest != run.digest:
        return judging.over(ctx, run, STOPPED, CHANGED)
    own = acting(ctx, rule.name, run.chain)
    while run.step >= 0:
        if why := _ends(own, rule, run):
            return judging.over(ctx, run, STOPPED, why)
        incident = incidents.for_change(ctx.tx, run.incident_id) if run.incident_id else None
        do = rule.do[run.step]
        if incident is not None and incident.status is RESOLVED and do.kind not in AFTER:
            return judging.reached(ctx, rule, run, END)
        run, following = _DO[do.kind](own, rule, run, do, incident)
        if following is None:
            return run
        run = runs.save(ctx.tx, run, step=following)
    return judging.reached(ctx, rule, run, run.step)


def _ends(ctx: Ctx, rule: Automation, run: AutomationRun) -> str:
    """Why it goes no further."""
    if why := stopped(ctx):
        return why
    incident = incidents.get(ctx.tx, run.incident_id) if run.incident_id else None
    if rule.nobody and incident is not None and incident.holder and not run.by:
        return f"{ctx.name_of(incident.holder)} has it now"
    return ""


# the steps

Step = Callable[[Ctx, Automation, AutomationRun, Do, Incident | None], tuple[AutomationRun, Next]]


def _run(
    ctx: Ctx, rule: Automation, run: AutomationRun, do: Do, incident: Incident | None
) -> tuple[AutomationRun, Next]:
    """An action is run; what comes of it is waited for."""
    try:
        ready = readying.ready(ctx, rule, run, do, incident)
    except Refused as refused:
        say = f"{called(rule.name)} could not run {do.offer}."
        tell(ctx, run, say, f"{str(refused)[:1].upper()}{str(refused)[1:]}.")
        values = {**run.values, "result": str(refused), "failed": str(refused)}
        return runs.save(ctx.tx, run, result=str(refused), values=values), do.other
    if ready.waits:
        return runs.save(ctx.tx, run, state=APPROVAL, approval=ready.waits), None
    one = executing.ask(
        ctx, ready.offer, params=ready.params, incident=run.incident_id, resource=ready.resource,
        by=run.by, automation=rule.name, why=f"{called(rule.name)}: {run.why}.",
    )  # fmt: skip
    return begun(ctx, run, one, ready.offer.saves), None


def begun(ctx: Ctx, run: AutomationRun, one: Execution, saves: int) -> AutomationRun:
    """It waits for an execution."""
    values = {k: v for k, v in run.values.items() if k not in ("failed", "checked")}
    return runs.save(
        ctx.tx, run, state=RUNNING, execution_id=one.id, done=(*run.done, one.id),
        deeds=(*run.deeds, one.says), saves=run.saves + saves, approval=0,
        values={**values, "action": one.says},
    )  # fmt: skip


def decided(ctx: Ctx, one: Approval) -> None:
    """Somebody said yes or no to what a run asked a second person for, or nobody did in time."""
    name = one.more.get("run", {}).get("automation", "")
    waiting = runs.last(ctx.tx, name, states=(APPROVAL,)) if name else ()
    run = next((run for run in waiting if run.approval == one.id), None)
    if run is None:
        return
    execution = executions.get(ctx.tx, execution_of(one))
    if execution is not None:
        offer = ctx.rules.offers.get(execution.action)
        begun(ctx, run, execution, offer.saves if offer else 0)
        return
    rule = ctx.rules.automations.get(name)
    if rule is None or rule.digest != run.digest:
        judging.over(ctx, run, STOPPED, CHANGED)
        return
    said = f"nobody agreed to {one.says}"
    values = {**run.values, "result": said, "failed": said}
    on(ctx, runs.save(ctx.tx, run, approval=0, values=values, step=rule.do[run.step].other))


approvals.DECIDED.append(decided)


def unread(ctx: Ctx, run: AutomationRun) -> None:
    """What it waited for is over, and what came of it is still being read: the next step may ask
    for it, so it waits, not for long."""
    run = runs.save(ctx.tx, run, mark=run.mark + 1)
    wake_me(ctx, KIND, ctx.now + UNREAD, run=run.id, mark=run.mark)


def ended(ctx: Ctx, one: Execution) -> None:
    """An execution that a run waited for is over."""
    run = runs.of_execution(ctx.tx, one.id)
    if run is None or run.state != RUNNING:
        return
    rule = ctx.rules.automations.get(run.automation)
    did = one.state == DONE
    values = {**run.values, "result": one.outcome}
    if not did:
        values["failed"] = one.outcome or one.state
    run = runs.save(ctx.tx, run, execution_id=None, result=one.outcome, values=values)
    if rule is None or rule.digest != run.digest:
        judging.over(ctx, run, STOPPED, CHANGED)
        return
    do = rule.do[run.step]
    on(ctx, runs.save(ctx.tx, run, step=do.then if did else do.other))


def _note(
    ctx: Ctx, rule: Automation, run: AutomationRun, do: Do, incident: Incident | None
) -> tuple[AutomationRun, Next]:
    text = words(ctx, run, do, incident)
    tell(ctx, run, text, f"{called(rule.name)} notes it.")
    if incident is not None:
        narrating.in_threads(ctx, incident, f"🤖 {text}")
    return run, do.then


def _resolve(
    ctx: Ctx, rule: Automation, run: AutomationRun, do: Do, incident: Incident | None
) -> tuple[AutomationRun, Next]:
    """It is over; while alerts still fire it is when the last one clears, unless ``anyway``."""
    if incident is None:
        return run, do.then
    summary = words(ctx, run, do, incident) or judging.summary(run)
    if incident.alerts_firing > 0 and not do.anyway:
        say = f"{called(rule.name)} leaves it open: it resolves when its alerts clear."
        firing = incident.alerts_firing
        tell(ctx, run, say, f"{firing} still {'fires' if firing == 1 else 'fire'}.")
        return run, do.then
    by = f"{KIND} {rule.name}"
    why = f"{called(rule.name)}: {run.why}."
    lifecycle.resolve(ctx, incident, by=by, why=why, summary=ctx.rules.redact(summary))
    return run, do.then


def _escalate(
    ctx: Ctx, rule: Automation, run: AutomationRun, do: Do, incident: Incident | None
) -> tuple[AutomationRun, Next]:
    if incident is None:
        return run, do.then
    text = words(ctx, run, do, incident) or str(run.values.get("failed", ""))
    why = ctx.rules.redact(text or f"{run.why}")
    if incident.holder is not None:
        who = ctx.name_of(incident.holder)
        tell(ctx, run, f"{called(rule.name)} does not escalate it: {who} has it.", why)
    else:
        _asks_the_next(ctx, incident, why)
    said = f"🤖 {rule.name}: {why}"
    narrating.in_threads(ctx, incident, said)
    return run, do.then


def _asks_the_next(ctx: Ctx, incident: Incident, why: str) -> None:
    """The next step asks now."""
    policy = clock.policy_of(ctx, incident)
    step = escalation.escalates_to(policy, incident.step, None)
    if step is None:
        return
    ctx.tell(incident.id, "escalate", f"{ctx.actor.name} escalated to step {step + 1}.", why)
    free = lifecycle.freed(ctx, paging.halt(ctx, incident))
    say = f"{ctx.actor.name} escalated to step {step + 1} of {policy.name}"
    paging.reach(ctx, free, step, incident.loop, say)


def _wait(
    ctx: Ctx, rule: Automation, run: AutomationRun, do: Do, incident: Incident | None
) -> tuple[AutomationRun, Next]:
    return rest(ctx, run, do.within), None


def _check(
    ctx: Ctx, rule: Automation, run: AutomationRun, do: Do, incident: Incident | None
) -> tuple[AutomationRun, Next]:
    """Whether it helped: at once where it did, else when the time is over."""
    if judging.cleared(ctx, rule, run):
        return run, do.then
    return rest(ctx, run, do.within), None


def rest(ctx: Ctx, run: AutomationRun, within: int) -> AutomationRun:
    """Wait; a later wait makes this one void."""
    run = runs.save(
        ctx.tx, run, state=WAITING, execution_id=None, until=ctx.now + within, mark=run.mark + 1
    )
    wake_me(ctx, KIND, run.until, run=run.id, mark=run.mark)
    return run


def resolved(ctx: Ctx, incident: Incident) -> None:
    """An incident is resolved: what looked whether it helps goes on, what waits goes no further."""
    for run in runs.last(ctx.tx, incident=incident.id, states=(WAITING, APPROVAL), most=20):
        rule = ctx.rules.automations.get(run.automation)
        if rule is None or not run.done:
            judging.over(ctx, run, STOPPED, "it is resolved")
        elif run.step >= 0 and rule.digest == run.digest and rule.do[run.step].kind in AFTER:
            on(ctx, runs.save(ctx.tx, run, state=RUNNING, step=rule.do[run.step].then))
        else:
            judging.judge(ctx, rule, run)


def rested(ctx: Ctx, number: int, mark: int) -> None:
    """The time is over."""
    run = runs.get(ctx.tx, number)
    if run is None or run.mark != mark:
        return
    if run.state == RUNNING and run.execution_id:
        one = executions.get(ctx.tx, run.execution_id)
        if one is not None and one.over:
            ended(ctx, one)
    if run.state != WAITING:
        return
    rule = ctx.rules.automations.get(run.automation)
    if rule is None or rule.digest != run.digest:
        judging.over(ctx, run, STOPPED, CHANGED)
        return
    if run.step < 0:
        judging.judge(ctx, rule, run)
        return
    do, following = rule.do[run.step], rule.do[run.step].then
    values: dict[str, Any] = dict(run.values)
    if do.kind == automating.CHECK and not judging.cleared(ctx, rule, run):
        following, values["checked"] = do.other, "no"
        if following == GIVE_UP:
            judging.over(ctx, run, runs.UNHELPED, f"it did not help within {_span(do.within)}")
            return
        say = f"It did not help within {_span(do.within)}."
        tell(ctx, run, say, f"{called(rule.name)} looked.")
    on(ctx, runs.save(ctx.tx, run, state=RUNNING, step=following, values=values))


_span = automating.span


def words(ctx: Ctx, run: AutomationRun, do: Do, incident: Incident | None) -> str:
    """The words of a step, filled in."""
    return filling.words(do.text, readying.facts(ctx, run, incident), {})


_DO: dict[str, Step] = {
    automating.RUN: _run, automating.NOTE: _note, automating.RESOLVE: _resolve,
    automating.ESCALATE: _escalate, automating.WAIT: _wait, automating.CHECK: _check,
}  # fmt: skip
