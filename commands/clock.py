"""When the next step of a policy comes and whom it will ask: timers, and the words for cards."""

from __future__ import annotations

from commands.context import Ctx
from commands.rules import escalation
from commands.rules.escalation import Turn
from store import alerts, round_robins, timers
from store.model import (
    MINUTE,
    AlertCount,
    Incident,
    IncidentStatus,
    Instant,
    NextUp,
    Policy,
    Step,
)
from store.model.escalation import RESOLVED

MAINTENANCE = "when the maintenance is over"
QUIET = "when the quiet hours end"
IF_STILL, IF_ON = "if it still fires", "if it stays on"
JUDGED = (QUIET, IF_STILL, IF_ON)
"""Why the next page is that late; what of it is judged anew when an incident becomes worse."""


def policy_of(ctx: Ctx, incident: Incident) -> Policy:
    """The policy an incident is pinned to."""
    found = escalation.policy_of(ctx.at(incident.policy_version_id), incident.policy)
    return escalation.local(found, escalation.zone_of(ctx.definitions, incident.team))


def unmet(ctx: Ctx, incident: Incident, step: Step, at: Instant) -> tuple[str, str] | None:
    """The condition of a step that does not hold at an instant, and a sentence."""

    def counted(wanted: AlertCount) -> int:
        since = escalation.heard_since(wanted, incident.last_alert_at)
        return alerts.heard_since(ctx.tx, incident.id, since)

    return escalation.unmet(step, incident.severity, at, alerts=counted)


def set_timer(
    ctx: Ctx, incident: Incident, kind: str, step: int, loop: int, at: Instant
) -> None:  # fmt: skip
    """Something of the incident is due at an instant."""
    detail, rank = {"step": step, "loop": loop}, incident.severity.rank
    timers.add(ctx.tx, ctx.now, kind, incident.id, incident.generation, at, rank, detail)


def schedule(ctx: Ctx, incident: Incident, step: int, loop: int, at: Instant) -> NextUp | None:
    """Reach a step at an instant; what to say of it. Once somebody has the incident only steps
    that ask until it is resolved are waited for."""
    policy = policy_of(ctx, incident)
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        return _until_resolved(ctx, incident, policy, Turn("step", step, loop), at)
    set_timer(ctx, incident, timers.STEP, step, loop, at)
    return NextUp("page", at, whom(ctx, incident, policy, step, at), step)


def following(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> NextUp | None:
    """Set the clock for what comes after a step that asked somebody."""
    at = ctx.now + policy.steps[turn.step].delay * MINUTE
    then = escalation.after(policy, turn.step, turn.loop)
    if then.kind == "step":
        return schedule(ctx, incident, then.step, then.loop, at)
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        return None
    set_timer(ctx, incident, timers.FALLBACK, turn.step, turn.loop, at)
    return NextUp("page", at, _handles(ctx, incident, policy.fallback, at))


def whom(ctx: Ctx, incident: Incident, policy: Policy, number: int, at: Instant) -> tuple[str, ...]:
    """Whom a step will ask, as things stand now."""
    step = policy.steps[number] if number < len(policy.steps) else None
    if step is None:
        return _handles(ctx, incident, policy.fallback, at)
    other = ctx.at(incident.policy_version_id).policies.get(escalation.hands_over(step) or "")
    if other is not None:
        policy, number, step = other, 0, other.steps[0]
    turn = round_robins.peek(ctx.tx, policy.name, number) if escalation.in_turn(step) else None
    return _handles(ctx, incident, step.targets, at, turn)


def _handles(
    ctx: Ctx, incident: Incident, targets: tuple[str, ...], at: Instant, turn: int | None = None
) -> tuple[str, ...]:
    return escalation.whom(targets, ctx.definitions, incident.team, at, turn)


def would_ask(ctx: Ctx, incident: Incident, step: Step, at: Instant) -> bool:
    """Whether a step that is reached at an instant has somebody to ask or to tell, as things stand
    now."""
    if unmet(ctx, incident, step, at):
        return False
    return bool(escalation.whom(step.targets, ctx.definitions, incident.team, at))


def _until_resolved(
    ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, at: Instant
) -> NextUp | None:
    """The clock runs on if a step ahead asks until it is resolved; when that one pages."""
    first, due, waits = turn, at, False
    found: NextUp | None = None
    while turn.kind == "step" and found is None:
        step = policy.steps[turn.step]
        asks = would_ask(ctx, incident, step, at)
        waits = waits or step.until == RESOLVED
        if asks and step.until == RESOLVED:
            who = whom(ctx, incident, policy, turn.step, at)
            found = NextUp("page", at, who, turn.step, why="unless it is resolved")
        at += step.delay * MINUTE if asks else 0
        turn = escalation.after(policy, turn.step, turn.loop)
    if waits:
        set_timer(ctx, incident, timers.STEP, first.step, first.loop, due)
    return found
