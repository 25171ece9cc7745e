"""A person says how bad an incident is, above or below what its alerts say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands import leases, lifecycle, paging, posting, room_rule, write_back
from commands.about import ACT, TRIGGERED, done, incident_arg, open_one
from commands.automation import happened
from commands.context import Ctx, Done
from commands.errors import Invalid
from commands.registry import arg, command
from commands.rules import automating
from integrations.base import Did
from store import timers
from store.model import Severity

CHOICES = tuple((str(s), s.capitalize()) for s in Severity)


@dataclass(frozen=True, slots=True)
class Change:
    """Arguments of ``severity``."""

    incident: int = incident_arg()
    to: str = arg("choice", "How bad it is.", choices=CHOICES)
    text: str = arg("text", "Why.", default="")


@command(
    "severity",
    group="incident",
    permission=ACT,
    args=Change,
    example="severity 1842 critical",
    strict=True,
)
def severity(ctx: Ctx, args: Change) -> Done:
    """Say how bad it is; what was skipped before is not made up for."""
    incident = open_one(ctx, args.incident, "change")
    if args.to not in dict(CHOICES):
        raise Invalid(f"{args.to} is not a severity: {', '.join(dict(CHOICES))}.", "to")
    if args.to == incident.severity:
        return done(incident, f"#{incident.id} is {args.to} already.")
    now = Severity(args.to)
    changed = replace(incident, severity=now, rev=incident.rev + 1, updated_at=ctx.now)
    timers.rerank(ctx.tx, incident.id, now.rank)
    say = f"{ctx.actor.name} says it is {now}, not {incident.severity}. {args.text}".strip()
    ctx.tell(incident.id, "severity", say, "Asked by a person.")
    if incident.status is TRIGGERED:
        changed = paging.roused(ctx, changed)
    elif incident.snoozed_until is None:
        changed = lifecycle.with_waits(leases.restarted(ctx, changed))
    ctx.save(changed)
    changed = lifecycle.look_again(ctx, changed, f"{ctx.actor.name} says it is {now}.") or changed
    posting.worse(ctx, changed)
    room_rule.look(ctx, changed)
    write_back.ask(ctx, changed, Did.SEVERITY, say, severity=now)
    if now.rank < incident.severity.rank:
        happened.happened(ctx, automating.SEVERITY, changed)
    return done(changed, f"#{incident.id} is {now} now.")
