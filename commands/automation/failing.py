"""Actions that fail open an incident where the settings say so: an alert like any other, by action
and target, over with the next success of the same."""

from __future__ import annotations

from commands.automation.offers import REMOTE
from commands.context import Ctx
from commands.intake import Arrived, Intake
from commands.rules.both_ways import RunnerRules
from store import access, executions, incidents
from store.executions import DONE, FAILED, Execution
from store.model import AlertReading, AlertStatus, AlertType, Link, Severity

SOURCE = "automation"
_TARGETS = ("host", "hosts", "hostname", "server", "target", "resource", "instance", "cluster",
            "database", "service", "name")  # fmt: skip
"""Parameters that say what an action is for; the first that is given counts."""


def ended(ctx: Ctx, one: Execution) -> None:
    """An execution ended: its failure is an alert, its success ends the one of an earlier try."""
    if one.dry or one.state not in (DONE, FAILED) or not _chosen(ctx, one):
        return
    about_it = incidents.get(ctx.tx, one.incident_id) if one.incident_id else None
    if about_it is not None and about_it.private:
        return  # its own timeline says so: nobody else is to know of it
    failed = one.state == FAILED
    target = target_of(one)
    on = f" on {target}" if target else ""
    code = f" ({one.code})" if one.code else ""
    about = f" It was run about #{one.incident_id}." if one.incident_id else ""
    reading = AlertReading(
        f"{one.action}/{target}",
        AlertStatus.FIRING if failed else AlertStatus.RESOLVED,
        Severity.ERROR,
        f"{one.action} {'failed' if failed else 'works again'}{on}"[:300],
        AlertType.CUSTOM,
        description=f"{one.outcome}{code}{about} Execution {one.id}.".strip()[:2000],
        resource=target or None,
        labels={
            "action": one.action,
            **({"system": one.system} if one.system else {}),
            **({"host": target} if target else {}),
            **({"automation": one.automation} if one.automation else {}),
        },
        links=(Link("Execution", one.url),) if one.url else (),
        starts_at=one.ended_at if failed else None,
        ends_at=None if failed else one.ended_at,
    )
    source = access.source(ctx.tx, ctx.now, SOURCE, SOURCE)
    number = Intake(ctx).run([Arrived(source, (reading,), ctx.now)])[0].incident_id
    if failed and number and not one.incident_id:
        executions.save(ctx.tx, one, incident_id=number)


def _chosen(ctx: Ctx, one: Execution) -> bool:
    """Whether the settings say so of this action, by its entry or by its runner's ``opens``."""
    offer = ctx.rules.offers.get(one.action)
    if offer is not None and offer.on_failure == "incident":
        return True
    rules = ctx.rules.offers.runners.get(one.system, RunnerRules())
    return one.via == REMOTE and rules.opens_for(one.ref)


def target_of(one: Execution) -> str:
    """What it was for, in a word: what its resource is called, or what its parameters say."""
    for name in _TARGETS:
        value = one.params.get(name)
        if isinstance(value, str) and value and name not in one.secret:
            return value[:120]
    return f"resource {one.resource_id}" if one.resource_id else ""
