"""How a run of an automation ends: whether it helped, what is said of it, and whether it is to
rest because it does not help."""

from __future__ import annotations

from dataclasses import replace

from commands import notices
from commands.alarms import wake_me
from commands.automation import narrating
from commands.automation.facts import of_resource
from commands.automation.happened import KIND
from commands.context import Ctx
from commands.rules import automating
from commands.rules.automating import GIVE_UP, RESOURCE, Automation
from commands.rules.conditions import fits
from store import automation_runs as runs
from store import automations, incidents
from store.automation_runs import (
    DONE,
    FAILED,
    HELPED,
    OPEN,
    STOPPED,
    UNHELPED,
    WAITING,
    AutomationRun,
)
from store.automations import AS_SET, TRIPPED
from store.inventory import resources
from store.model import IncidentStatus

RESOLVED = IncidentStatus.RESOLVED
_JUDGED = (HELPED, UNHELPED, FAILED)
TRIP = "tripped"


def reached(ctx: Ctx, rule: Automation, run: AutomationRun, step: int) -> AutomationRun:
    """Its list of steps is at its end, or given up: it is judged, at once or in a while."""
    if step == GIVE_UP:
        return over(ctx, run, FAILED, str(run.values.get("failed") or "an action failed"))
    if run.values.get("failed") and not cleared(ctx, rule, run):
        return over(ctx, run, FAILED, run.values["failed"])
    if not run.done:
        return over(ctx, run, DONE, "it is done")
    if run.values.get("checked") == "no":
        return over(ctx, run, UNHELPED, "it did not clear in time")
    if cleared(ctx, rule, run) or not _can_help(run):
        return judge(ctx, rule, run)
    until = ctx.now + rule.within
    run = runs.save(
        ctx.tx, run, state=WAITING, step=step, execution_id=None, until=until, mark=run.mark + 1
    )
    wake_me(ctx, KIND, until, run=run.id, mark=run.mark)
    return run


def _can_help(run: AutomationRun) -> bool:
    return run.incident_id is not None or run.event == RESOURCE


def cleared(ctx: Ctx, rule: Automation, run: AutomationRun) -> bool:
    """Whether the trouble is gone."""
    if run.incident_id is not None:
        incident = incidents.get(ctx.tx, run.incident_id)
        return incident is None or incident.status is RESOLVED or incident.alerts_firing == 0
    known = resources.get(ctx.tx, run.resource_id) if run.resource_id else None
    if known is None or run.event != RESOURCE:
        return False
    facts = of_resource(known)
    return not any(fits(on.match, facts) is not None for on in rule.on if on.event == RESOURCE)


def judge(ctx: Ctx, rule: Automation, run: AutomationRun) -> AutomationRun:
    """Whether it helped, now that its time is over or the incident is."""
    if not _can_help(run):
        return over(ctx, run, DONE, "it is done")
    if not cleared(ctx, rule, run):
        return over(ctx, run, UNHELPED, f"it did not help within {automating.span(rule.within)}")
    incident = incidents.get(ctx.tx, run.incident_id) if run.incident_id else None
    if incident is not None and (by := incident.resolved_by) and not by.startswith(f"{KIND} "):
        return over(ctx, run, DONE, f"{ctx.name_of(by)} resolved it")
    return over(ctx, run, HELPED, "it helped")


def over(ctx: Ctx, run: AutomationRun, state: str, why: str) -> AutomationRun:
    """It is over: on the timeline, below the cards, for the breaker."""
    was_open = run.state in OPEN
    run = runs.save(
        ctx.tx, run, state=state, execution_id=None, outcome=why, ended_at=ctx.now,
        mark=run.mark + 1,
    )  # fmt: skip
    if was_open:
        _said(ctx, run)
        _breaker(ctx, run)
    return run


def _said(ctx: Ctx, run: AutomationRun) -> None:
    incident = incidents.get(ctx.tx, run.incident_id) if run.incident_id else None
    name = narrating.called(run.automation)
    say = {
        HELPED: f"{name} did it: {narrating.deeds(run)}.",
        UNHELPED: f"{name} did not help.",
        FAILED: f"{name} failed.",
        STOPPED: f"{name} goes no further.",
    }.get(run.state, f"{name} is done.")
    why = ctx.rules.redact(f"{run.outcome[:1].upper()}{run.outcome[1:]}".rstrip(".") + ".")
    narrating.tell(ctx, run, say, why)
    if incident is None:
        return
    text = f"🤖 {say}" if run.state == HELPED else f"🤖 {say[:-1]}: {why}"
    if run.state != DONE:
        narrating.in_threads(ctx, incident, text)
    if run.state == HELPED and not incident.summary and incident.status is RESOLVED:
        words = ctx.rules.redact(summary(run))
        narrating.acting(ctx, run.automation).save(
            replace(incident, summary=words, updated_at=ctx.now)
        )


def summary(run: AutomationRun) -> str:
    """What was done, for whoever reads the incident later."""
    return f"{narrating.called(run.automation)}: {narrating.deeds(run)}."


# the breaker


def _breaker(ctx: Ctx, run: AutomationRun) -> None:
    rule, switch = ctx.rules.automations.get(run.automation), automations.get(
        ctx.tx, run.automation
    )  # fmt: skip
    if rule is None:
        return
    if switch.state == TRIPPED and switch.trying == run.id:
        if run.state == HELPED:
            again = replace(
                switch, state=AS_SET, changed_at=ctx.now, since=ctx.now, trying=0, until=0, why=""
            )
            automations.save(ctx.tx, again)
            narrating.tell(ctx, run, f"Automation {rule.name} is on again.", "Its try helped.")
        else:
            _trip(ctx, rule, run, "its try did not help either")
        return
    if switch.state == TRIPPED or run.state not in _JUDGED:
        return
    last = runs.last(
        ctx.tx, rule.name, since=switch.since, states=_JUDGED, most=max(rule.breaker, 1)
    )
    if automating.trips(rule, [one.state == HELPED for one in last]):
        times = f"{rule.breaker} runs in a row" if rule.breaker > 1 else "one run"
        _trip(ctx, rule, run, f"{times} did not help")


def _trip(ctx: Ctx, rule: Automation, run: AutomationRun, why: str) -> None:
    """It rests, and its team is told."""
    switch = automations.get(ctx.tx, rule.name)
    automations.save(ctx.tx, replace(
        switch, state=TRIPPED, changed_at=ctx.now, by="", why=why, until=ctx.now + rule.pause,
        trying=0,
    ))  # fmt: skip
    rests = f"It rests for {automating.span(rule.pause)} and then tries once"
    narrating.tell(
        ctx, run, f"Automation {rule.name} tripped: {why}.",
        f"{rests}; automation-on {rule.name} turns it on.",
    )  # fmt: skip
    incident = incidents.get(ctx.tx, run.incident_id) if run.incident_id else None
    if incident is not None:
        narrating.in_threads(ctx, incident, f"⛔ Automation {rule.name} tripped: {why}.")
    team = rule.team or (incident.team if incident is not None else None)
    notices.post(ctx, f"{TRIP}:{run.id}", notices.channels_of(ctx.definitions, team))
