"""Asking people until somebody answers: the steps of a policy, with the words for each decision."""

from __future__ import annotations

from dataclasses import replace

from commands import pages
from commands.context import Ctx
from commands.rules import escalation
from commands.rules.escalation import Asked, Turn
from commands.threads import say_in_threads
from store import runs, timers
from store.model import MINUTE, Incident, Instant, NextUp, Person, Policy


def stop(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """Nobody is asked any more: timers go, runs stop, their unsent pages are dropped."""
    timers.cancel_asking(ctx.tx, incident.id)
    runs.stop(ctx.tx, ctx.now, incident.id, why)
    return replace(incident, generation=incident.generation + 1, asking=())


def schedule(ctx: Ctx, incident: Incident, step: int, loop: int, at: Instant) -> NextUp:
    """Reach a step at an instant; what to say of it."""
    _timer(ctx, incident, timers.STEP, step, loop, at)
    policy = policy_of(ctx, incident)
    targets = policy.steps[step].targets if step < len(policy.steps) else policy.fallback
    return NextUp("page", at, _behind(ctx, incident, targets), step)


def _timer(ctx: Ctx, incident: Incident, kind: str, step: int, loop: int, at: Instant) -> None:
    detail, rank = {"step": step, "loop": loop}, incident.severity.rank
    timers.add(ctx.tx, ctx.now, kind, incident.id, incident.generation, at, rank, detail)


def _behind(ctx: Ctx, incident: Incident, targets: tuple[str, ...]) -> tuple[str, ...]:
    asked = escalation.resolve(targets, ctx.definitions, incident.team)
    return tuple(a.person.handle for a in asked)


def policy_of(ctx: Ctx, incident: Incident) -> Policy:
    """The policy an incident is pinned to."""
    return escalation.policy_of(ctx.at(incident.policy_version_id), incident.policy)


# steps


def reach(ctx: Ctx, incident: Incident, step: int, loop: int, why: str = "") -> Incident:
    """Reach a step: ask its people; one that has nobody is skipped at once and says so (E1, E2).

    A pass that paged nobody ends the asking (E3).
    """
    policy = policy_of(ctx, incident)
    paged = incident.step >= 0 and incident.loop == loop
    turn = Turn("step", step, loop) if step < len(policy.steps) else Turn("fallback", 0, loop)
    while turn.kind == "step":
        reached = _ask_all(ctx, incident, policy, turn, why)
        if reached:
            return _moved(ctx, incident, policy, turn, reached)
        following = escalation.after(policy, turn.step, turn.loop)
        if following.loop > turn.loop and not paged:
            following = Turn("fallback", turn.step, turn.loop)
        elif following.loop > turn.loop:
            paged = False
        turn = following
    return exhausted(ctx, incident, turn)


def _people(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> list[Asked]:
    step = policy.steps[turn.step]
    say = f"Step {turn.step + 1} of {policy.name} skipped."
    if not escalation.applies(step, incident.severity):
        ctx.tell(incident.id, "skip", say, f"It is not for {incident.severity}.")
        return []
    asked = escalation.resolve(step.targets, ctx.definitions, incident.team)
    if not asked:
        ctx.tell(incident.id, "skip", say, f"Nobody is behind {', '.join(step.targets)} now.")
    return asked


def _ask_all(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, why: str) -> list[Person]:
    important = policy.steps[turn.step].important
    reached = []
    for one in _people(ctx, incident, policy, turn):
        reason = why or f"{one.person.name} is {one.why}; step {turn.step + 1} of {policy.name}"
        if pages.ask(ctx, incident, one.person, turn.step, turn.loop, reason, important):
            reached.append(one.person)
    return reached


def _moved(
    ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, reached: list[Person]
) -> Incident:
    handles = tuple(p.handle for p in reached)
    names = ", ".join(p.name for p in reached)
    say = f"Paging {names} (step {turn.step + 1} of {len(policy.steps)})."
    ctx.tell(
        incident.id, "step", say, f"{policy.name}, pass {turn.loop + 1} of {policy.repeat + 1}."
    )
    changed = replace(
        _at(ctx, incident, turn, handles), next=_following(ctx, incident, policy, turn)
    )
    ctx.save(changed)
    if incident.step >= 0:
        before = [h for h in incident.asking if h not in handles]
        say_in_threads(ctx, changed, "step", people=list(handles), before=before)
    return changed


def _following(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> NextUp:
    """Set the clock for what comes after a step that asked somebody."""
    at = ctx.now + policy.steps[turn.step].delay * MINUTE
    then = escalation.after(policy, turn.step, turn.loop)
    if then.kind == "step":
        return schedule(ctx, incident, then.step, then.loop, at)
    _timer(ctx, incident, timers.FALLBACK, turn.step, turn.loop, at)
    return NextUp("page", at, _behind(ctx, incident, policy.fallback))


def _at(ctx: Ctx, incident: Incident, turn: Turn, asking: tuple[str, ...]) -> Incident:
    """The incident at a step of its policy; its rev grows where the step is another."""
    another = (turn.step, turn.loop) != (incident.step, incident.loop)
    return replace(
        incident,
        step=turn.step,
        loop=turn.loop,
        asking=asking,
        rev=incident.rev + another,
        updated_at=ctx.now,
        paged=tuple(dict.fromkeys((*incident.paged, *asking))),
    )


def exhausted(ctx: Ctx, incident: Incident, turn: Turn) -> Incident:
    """The asking is over: the fallback is paged once (E3), and the record says so."""
    policy = policy_of(ctx, incident)
    reached = []
    for one in escalation.resolve(policy.fallback, ctx.definitions, incident.team):
        why = f"{one.why}; fallback of {policy.name}"
        if pages.ask(ctx, incident, one.person, turn.step, turn.loop, why, True):
            reached.append(one.person)
    handles = tuple(p.handle for p in reached)
    ended = "everybody was asked" if reached else "nobody could be reached"
    say = f"{ended.capitalize()}."
    if reached:
        say = f"Everybody was asked; now the fallback: {', '.join(p.name for p in reached)}."
    ctx.tell(incident.id, "exhausted", say, _passes(policy, turn))
    changed = replace(_at(ctx, incident, turn, handles), next=NextUp("nothing", why=ended))
    ctx.save(changed)
    say_in_threads(ctx, changed, "exhausted", people=list(handles))
    return changed


def _passes(policy: Policy, turn: Turn) -> str:
    if turn.loop >= policy.repeat:
        return f"All {policy.repeat + 1} passes of {policy.name} are over."
    return f"Pass {turn.loop + 1} of {policy.name} found nobody to page."


# one person instead of the policy


def ask_first(ctx: Ctx, incident: Incident, handle: str) -> bool:
    """Page the last holder of a reopened incident; False when they can't be reached."""
    why = "it was theirs before it was resolved"
    return pages.ask_person(ctx, incident, handle, important=False, why=why)


def hold_for(ctx: Ctx, incident: Incident, person: Person, why: str) -> Incident | None:
    """Page the person and hold the policy until the assign lease ends; None if unreachable."""
    held = stop(ctx, incident, why)
    if not pages.ask(ctx, held, person, incident.step, incident.loop, why, False):
        return None
    ends = pages.last_rule_at(ctx, person) + ctx.rules.assign_lease * MINUTE
    _timer(ctx, held, timers.LEASE, incident.step, incident.loop, ends)
    return replace(
        held,
        assignee=person.handle,
        asking=(person.handle,),
        snoozed_until=None,
        silenced_until=None,
        updated_at=ctx.now,
        next=NextUp("back_to_paging", ends, (person.handle,), why="unless it is acknowledged"),
        paged=tuple(dict.fromkeys((*held.paged, person.handle))),
    )
