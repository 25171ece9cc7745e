"""What automations listen to is looked at, right after the commit it happened in; and once a minute
whether the time of one has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from commands.alarms import alarm, wake_me
from commands.automation import going
from commands.automation.facts import facts_of, of_resource
from commands.automation.happened import KIND
from commands.automation.occasions import Occasion, consider
from commands.context import Ctx
from commands.rules import automating, cron
from commands.rules.automating import (
    EXECUTION,
    OPENED,
    REOPENED,
    RESOLVED,
    RESOURCE,
    SCHEDULE,
    STILL_OPEN,
    Automation,
    Happened,
    On,
)
from commands.rules.conditions import Facts
from store import automations, executions, incidents
from store.inventory import resources
from store.model import HOUR, Incident, IncidentStatus, Timer
from store.tables import TIMELINE

LATE = HOUR
"""A time that passed so long ago is left out: nobody was there to begin it."""


@alarm(KIND)
def look(ctx: Ctx, timer: Timer) -> None:
    """Something happened, or the time that a run waits for is over."""
    detail = timer.detail
    if "run" in detail:
        going.rested(ctx, detail["run"], detail["mark"])
        return
    event, chain = detail["event"], tuple(detail.get("chain", ()))
    if event == EXECUTION:
        _execution(ctx, detail["execution"], chain)
    elif event == RESOURCE:
        _resources(ctx, detail["resources"], detail["mark"])
    else:
        for number in detail["incidents"]:
            incident = incidents.for_change(ctx.tx, number)
            if incident is not None:
                _incident(ctx, incident, event, detail, chain)


def _incident(
    ctx: Ctx, incident: Incident, event: str, detail: Mapping[str, Any], chain: tuple[str, ...]
) -> None:
    mark = detail["mark"]
    if event == RESOLVED:
        going.resolved(ctx, incident)
    facts: Facts | None = None
    for rule, on in _meant(ctx, event, detail):
        if event in (OPENED, REOPENED) and on.event == STILL_OPEN:
            since = incident.opened_at if event == OPENED else ctx.now
            at = max(since + on.after, ctx.now)
            wake_me(
                ctx, KIND, at, event=STILL_OPEN, incidents=[incident.id], mark=f"{mark}+{on.after}",
                name=rule.name, after=on.after, since=ctx.now, chain=list(chain),
            )  # fmt: skip
            continue
        if event == STILL_OPEN and not _still_open(ctx, incident, detail["since"]):
            continue
        if event in (OPENED, REOPENED) and incident.status is IncidentStatus.RESOLVED:
            continue
        facts = facts or facts_of(ctx.tx, incident)
        if automating.is_occasion(on, Happened(event, int(detail.get("step", 0))), facts):
            key = f"{event}/{incident.id}/{mark}"
            consider(ctx, rule, Occasion(event, key, facts, incident, chain=chain))


def _meant(ctx: Ctx, event: str, detail: Mapping[str, Any]) -> Iterable[tuple[Automation, On]]:
    if event != STILL_OPEN:
        return ctx.rules.automations.of(event)
    rule = ctx.rules.automations.get(detail["name"])
    found = (on for on in rule.on if on.event == STILL_OPEN) if rule is not None else ()
    return [(rule, on) for on in found if rule is not None and on.after == detail["after"]]


def _still_open(ctx: Ctx, incident: Incident, since: int) -> bool:
    """Whether it was open all the time."""
    if incident.status is IncidentStatus.RESOLVED:
        return False
    c = TIMELINE.c
    over = (c.incident_id == incident.id) & (c.kind == "resolve") & (c.at >= since)
    reopened = (c.incident_id == incident.id) & (c.kind == "reopen") & (c.at > since)
    if ctx.tx.conn.execute(select(c.id).where(over).limit(1)).first() is None:
        return True
    return ctx.tx.conn.execute(select(c.id).where(reopened).limit(1)).first() is None


def _resources(ctx: Ctx, numbers: Iterable[int], mark: str) -> None:
    for number, known in resources.many(ctx.tx, list(numbers)).items():
        if known.gone_at is not None:
            continue
        facts = of_resource(known)
        for rule, on in ctx.rules.automations.of(RESOURCE):
            if automating.is_occasion(on, Happened(RESOURCE), facts):
                key = f"{RESOURCE}/{number}/{known.changed_at}"
                consider(ctx, rule, Occasion(RESOURCE, key, facts, resource=known))


def _execution(ctx: Ctx, number: int, chain: tuple[str, ...]) -> None:
    one = executions.get(ctx.tx, number)
    if one is None:
        return
    incident = incidents.for_change(ctx.tx, one.incident_id) if one.incident_id else None
    known = resources.get(ctx.tx, one.resource_id) if one.resource_id else None
    facts = facts_of(ctx.tx, incident) if incident else of_resource(known) if known else Facts()
    said = {"action": (one.action,), "result": (one.outcome,) if one.outcome else ()}
    facts = Facts({**facts.values, **{name: each for name, each in said.items() if each}})
    for rule, on in ctx.rules.automations.of(EXECUTION):
        if automating.is_occasion(on, Happened(EXECUTION, name=one.action, state=one.state), facts):
            key = f"{EXECUTION}/{number}"
            consider(ctx, rule, Occasion(EXECUTION, key, facts, incident, known, chain))


def minute(ctx: Ctx) -> None:
    """Those whose time has come run; one that was missed for long is left out."""
    if not len(ctx.rules.automations):
        return
    found = automations.stopped(ctx.tx)
    why = f": {found.why}" if found is not None and found.why else ""
    by = ctx.name_of(found.by) if found is not None else ""
    ctx.rules.automations.halted = f"{by} stopped all automation{why}" if by else ""
    if not ctx.rules.automations.hears(SCHEDULE):
        return
    for rule in ctx.rules.automations:
        lines = [on for on in rule.on if on.event == SCHEDULE and on.cron is not None]
        if not lines:
            continue
        switch = automations.get(ctx.tx, rule.name)
        after = switch.looked_at or ctx.now - 1
        due = [at for on in lines if (at := _due(on, max(after, ctx.now - LATE), ctx.now))]
        if switch.looked_at and not due:
            continue
        automations.save(ctx.tx, replace(switch, looked_at=ctx.now))
        if due:
            key = f"{SCHEDULE}/{max(due)}"
            consider(ctx, rule, Occasion(SCHEDULE, key, Facts()))


def _due(on: On, after: int, now: int) -> int:
    """The time that came since; 0 where none did."""
    assert on.cron is not None
    at = cron.following(on.cron, after, on.zone)
    return at if at is not None and at <= now else 0
