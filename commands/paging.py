"""Asking people until somebody answers: steps, rules, leases, and the words for each decision."""

from __future__ import annotations

from dataclasses import replace

from commands.context import Ctx
from commands.rules import escalation
from commands.rules.escalation import Asked, Turn
from store import incidents, outbox, runs, timers
from store.model import MINUTE, Incident, IncidentStatus, Instant, NextUp, Person, Policy, Timer

STEP, RULE, FALLBACK, LEASE, UNSNOOZE, UNSILENCE = (
    "step",
    "rule",
    "fallback",
    "lease",
    "unsnooze",
    "unsilence",
)
_ASKING = (STEP, RULE, FALLBACK, LEASE, UNSNOOZE)


def stop(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """Nobody is asked any more: timers go, runs stop, their unsent pages are dropped."""
    timers.cancel(ctx.tx, incident.id, *_ASKING)
    runs.stop(ctx.tx, ctx.now, incident.id, why)
    return replace(incident, generation=incident.generation + 1)


def schedule(ctx: Ctx, incident: Incident, step: int, loop: int, at: Instant) -> None:
    """Reach a step at an instant."""
    detail = {"step": step, "loop": loop}
    timers.add(
        ctx.tx, ctx.now, STEP, incident.id, incident.generation, at, incident.severity.rank, detail
    )


def policy_of(ctx: Ctx, incident: Incident) -> Policy:
    """The policy an incident is pinned to."""
    return escalation.policy_of(ctx.at(incident.policy_version_id), incident.policy)


# what the ticker fires


def fire(ctx: Ctx, timer: Timer) -> None:
    """A timer is due: re-check everything, then do what it was set for."""
    incident = incidents.get(ctx.tx, timer.incident_id) if timer.incident_id else None
    if incident is None or incident.status is IncidentStatus.RESOLVED:
        if incident is not None and timer.kind == UNSILENCE:
            _unsilence(ctx, incident)
        return
    if timer.kind in (STEP, FALLBACK, LEASE, UNSNOOZE) and timer.generation != incident.generation:
        return
    _FIRE[timer.kind](ctx, incident, timer)


def _step(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    if incident.status is IncidentStatus.TRIGGERED:
        reach(ctx, incident, timer.detail["step"], timer.detail["loop"])


def reach(ctx: Ctx, incident: Incident, step: int, loop: int, why: str = "") -> Incident:
    """Reach a step: ask its people; one that has nobody is skipped at once and says so (E1, E2)."""
    policy = policy_of(ctx, incident)
    asked_in_pass = loop
    turn = Turn("step", step, loop)
    while turn.kind == "step":
        asked = _people(ctx, incident, policy, turn)
        reached = _ask_all(ctx, incident, policy, turn, asked, why) if asked else []
        if reached:
            return _moved(ctx, incident, policy, turn, reached)
        turn = escalation.after(policy, turn.step, turn.loop)
        if turn.loop > asked_in_pass:
            turn = Turn("fallback", turn.step, turn.loop - 1)
    return _exhausted(ctx, incident, policy, turn)


def _people(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> list[Asked]:
    step = policy.steps[turn.step]
    label = f"Step {turn.step + 1} of {policy.name}"
    if not escalation.applies(step, incident.severity):
        ctx.tell(incident.id, "skip", f"{label} skipped.", f"It is not for {incident.severity}.")
        return []
    asked = escalation.resolve(step.targets, ctx.definitions, incident.team)
    if not asked:
        ctx.tell(
            incident.id,
            "skip",
            f"{label} skipped.",
            f"Nobody is behind {', '.join(step.targets)} now.",
        )
    return asked


def _ask_all(
    ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, asked: list[Asked], why: str
) -> list[Person]:
    important = policy.steps[turn.step].important
    reached = []
    for one in asked:
        reason = why or f"{one.person.name} is {one.why}; step {turn.step + 1} of {policy.name}"
        if _ask(ctx, incident, one.person, turn.step, turn.loop, reason, important):
            reached.append(one.person)
    return reached


def _moved(
    ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, reached: list[Person]
) -> Incident:
    now, delay = ctx.now, policy.steps[turn.step].delay * MINUTE
    then = escalation.after(policy, turn.step, turn.loop)
    names = ", ".join(p.name for p in reached)
    handles = tuple(p.handle for p in reached)
    again = incident.step >= 0
    ctx.tell(
        incident.id,
        "step",
        f"Paging {names} (step {turn.step + 1} of {len(policy.steps)}).",
        _pass_words(policy, turn),
    )
    if then.kind == "step":
        schedule(ctx, incident, then.step, then.loop, now + delay)
        targets, following = policy.steps[then.step].targets, then.step
    else:
        detail = {"step": turn.step, "loop": turn.loop}
        rank = incident.severity.rank
        timers.add(
            ctx.tx, now, FALLBACK, incident.id, incident.generation, now + delay, rank, detail
        )
        targets, following = policy.fallback, None
    who = tuple(
        a.person.handle for a in escalation.resolve(targets, ctx.definitions, incident.team)
    )
    changed = replace(
        incident,
        step=turn.step,
        loop=turn.loop,
        asking=handles,
        rev=incident.rev + 1,
        updated_at=now,
        paged=tuple(dict.fromkeys((*incident.paged, *handles))),
        next=NextUp("page", now + delay, who, following),
    )
    ctx.save(changed)
    if again:
        before = [h for h in incident.asking if h not in handles]
        _thread(ctx, changed, "step", people=list(handles), before=before)
    return changed


def _pass_words(policy: Policy, turn: Turn) -> str:
    return f"{policy.name}, pass {turn.loop + 1} of {policy.repeat + 1}."


def _exhausted(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> Incident:
    """Every pass is over: the fallback is paged once (E3), and the record says so."""
    asked = escalation.resolve(policy.fallback, ctx.definitions, incident.team)
    reached = [
        a.person
        for a in asked
        if _ask(
            ctx,
            incident,
            a.person,
            turn.step,
            turn.loop,
            f"{a.why}; fallback of {policy.name}",
            True,
        )
    ]
    names = ", ".join(p.name for p in reached)
    say = (
        f"Everybody was asked; now the fallback: {names}."
        if reached
        else "Nobody could be reached."
    )
    ctx.tell(
        incident.id, "exhausted", say, f"All {policy.repeat + 1} passes of {policy.name} are over."
    )
    handles = tuple(p.handle for p in reached)
    changed = replace(
        incident,
        step=turn.step,
        loop=turn.loop,
        asking=handles,
        rev=incident.rev + 1,
        updated_at=ctx.now,
        paged=tuple(dict.fromkeys((*incident.paged, *handles))),
        next=NextUp("nothing", why="everybody was asked" if reached else "nobody could be reached"),
    )
    ctx.save(changed)
    _thread(ctx, changed, "exhausted", people=list(handles))
    return changed


def _fallback(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    if incident.status is IncidentStatus.TRIGGERED:
        turn = Turn("fallback", timer.detail["step"], timer.detail["loop"])
        _exhausted(ctx, incident, policy_of(ctx, incident), turn)


# asking one person


def _ask(
    ctx: Ctx, incident: Incident, person: Person, step: int, loop: int, why: str, important: bool
) -> bool:
    """Start a person's rules from this instant (E4); False when no contact of theirs is known."""
    rules = [r for r in escalation.rules_of(person, important) if escalation.reaches(person, r.via)]
    if not rules and person.email:
        rules = [r for r in (escalation.Rule(0, "email"),)]
    if not rules:
        ctx.tell(
            incident.id,
            "page_failed",
            f"{person.name} can't be paged.",
            "No contact of theirs is known.",
        )
        return False
    run = runs.start(ctx.tx, ctx.now, incident.id, person.handle, step, loop, why)
    for rule in rules:
        if rule.after == 0:
            page(ctx, incident, person, rule.via, run, why)
        else:
            detail = {"person": person.handle, "via": rule.via, "after": rule.after}
            timers.add(
                ctx.tx,
                ctx.now,
                RULE,
                incident.id,
                incident.generation,
                ctx.now + rule.after * MINUTE,
                incident.severity.rank,
                detail,
                run,
            )
    return True


def page(ctx: Ctx, incident: Incident, person: Person, via: str, run: int, why: str) -> None:
    """Queue one page, and say so on the timeline."""
    place = f"{via}:@{person.handle}"
    content = {"what": "page", "person": person.handle, "via": via, "why": why}
    outbox.say(
        ctx.tx, ctx.now, "page", incident.id, place, incident.severity.rank, content, run_id=run
    )
    ctx.tell(incident.id, "page", f"Page to {person.name} by {via}.", f"{why}.")


def _rule(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    run = runs.get(ctx.tx, timer.detail["run_id"])
    person = ctx.definitions.people.get(timer.detail["person"])
    if run is None or run.stopped_at is not None or person is None:
        return
    why = f"{run.why}; rule after {timer.detail['after']} min"
    page(ctx, incident, person, timer.detail["via"], run.id, why)
    ctx.changed(incident.id, incident.rev)


def ask_person(ctx: Ctx, incident: Incident, handle: str, *, important: bool, why: str) -> bool:
    """Page one person outside the policy's steps; False when they can't be reached."""
    person = ctx.definitions.people.get(handle)
    return person is not None and _ask(
        ctx, incident, person, incident.step, incident.loop, why, important
    )


def ask_first(ctx: Ctx, incident: Incident, handle: str) -> Instant:
    """Page the last holder of a reopened incident; when the policy's step 0 follows."""
    if ask_person(
        ctx, incident, handle, important=False, why="it was theirs before it was resolved"
    ):
        return ctx.now + policy_of(ctx, incident).steps[0].delay * MINUTE
    return ctx.now


def hold_for(ctx: Ctx, incident: Incident, person: Person, why: str) -> Incident | None:
    """Assign: page the person and hold the policy until the assign lease ends; None if unreachable."""
    held = stop(ctx, incident, why)
    if not _ask(ctx, held, person, incident.step, incident.loop, why, False):
        return None
    rules = escalation.rules_of(person, False)
    ends = escalation.last_rule_at(rules, ctx.now) + ctx.rules.assign_lease * MINUTE
    timers.add(ctx.tx, ctx.now, LEASE, held.id, held.generation, ends, held.severity.rank)
    follows = NextUp("back_to_paging", ends, (person.handle,), why="unless it is acknowledged")
    paged = tuple(dict.fromkeys((*held.paged, person.handle)))
    return replace(held, assignee=person.handle, asking=(person.handle,), next=follows, paged=paged)


def _lease(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    from commands import lifecycle

    name = (
        ctx.definitions.people[incident.assignee].name
        if incident.assignee in ctx.definitions.people
        else "Nobody"
    )
    if incident.status is IncidentStatus.TRIGGERED:
        lifecycle.back_to_paging(
            ctx, incident, f"{name} did not acknowledge in time.", kind="assign"
        )
    else:
        ctx.tell(incident.id, "assign", f"{name} did not take it over.", "The holder keeps it.")
        ctx.save(replace(incident, assignee=None, asking=(), next=None, updated_at=ctx.now))


def _unsnooze(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    from commands import lifecycle

    if incident.status is IncidentStatus.TRIGGERED:
        lifecycle.back_to_paging(ctx, incident, "The snooze is over.", kind="snooze")
    else:
        ctx.tell(incident.id, "snooze", "The snooze is over.", "")
        ctx.save(replace(incident, snoozed_until=None, next=None, updated_at=ctx.now))


def _unsilence_open(ctx: Ctx, incident: Incident, timer: Timer) -> None:
    from commands import lifecycle

    incident = replace(incident, silenced_until=None)
    if incident.status is IncidentStatus.TRIGGERED:
        lifecycle.back_to_paging(
            ctx, incident, "The silence is over and it still fires.", kind="silence"
        )
    else:
        ctx.tell(incident.id, "silence", "The silence is over.", "")
        ctx.save(replace(incident, updated_at=ctx.now))


def _unsilence(ctx: Ctx, incident: Incident) -> None:
    """A silence over a resolved incident ends: what still fires opens it again."""
    from commands import lifecycle
    from store import alerts

    firing = sum(1 for a in alerts.of_incident(ctx.tx, incident.id) if a.status == "firing")
    fresh = incident.silenced_until is not None and incident.silenced_until <= ctx.now
    if firing and fresh and incident.merged_into is None:
        lifecycle.reopen(ctx, incident, "The silence is over and it still fires.", firing=firing)


_FIRE = {
    STEP: _step,
    RULE: _rule,
    FALLBACK: _fallback,
    LEASE: _lease,
    UNSNOOZE: _unsnooze,
    UNSILENCE: _unsilence_open,
}


# what the outbox reports back


def failed(ctx: Ctx, incident: Incident, run_id: int, person: str, via: str, error: str) -> None:
    """A page was refused: that is not asking. The next rule runs now, else the next step."""
    run = runs.get(ctx.tx, run_id)
    name = ctx.definitions.people[person].name if person in ctx.definitions.people else person
    ctx.tell(incident.id, "page_failed", f"Page to {name} by {via} failed.", error)
    _thread(ctx, incident, "page_failed", person=person, via=via, error=error)
    ctx.changed(incident.id, incident.rev)
    if run is None or run.stopped_at is not None or incident.status is not IncidentStatus.TRIGGERED:
        return
    if timers.hasten(ctx.tx, ctx.now, run_id=run_id):
        return
    others = runs.open_runs(ctx.tx, incident.id, run.step, run.loop)
    if not any(runs.hopeful(ctx.tx, r.id) for r in others):
        ctx.tell(
            incident.id,
            "unreachable",
            f"{name} could not be reached.",
            "The next step is asked at once.",
        )
        for kind in (STEP, FALLBACK, LEASE):
            if timers.hasten(ctx.tx, ctx.now, incident_id=incident.id, kind=kind):
                return


def _thread(ctx: Ctx, incident: Incident, what: str, **content: object) -> None:
    from commands import lifecycle

    lifecycle.say_in_threads(ctx, incident, what, **content)


def tell_paged(ctx: Ctx, incident: Incident) -> None:
    """Those who were paged get one silent edit of their page, not a new ping."""
    for row in outbox.sent_pages(ctx.tx, incident.id):
        outbox.say(
            ctx.tx,
            ctx.now,
            "repage",
            incident.id,
            row.place,
            17,
            {
                "what": "repage",
                "channel": row.channel,
                "message": row.message,
                "thread": row.thread or "",
            },
        )
