"""Asking people until somebody answers: the steps of a policy, with the words for each decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from commands import checkin, clock, holds, pages, room_rule, silencing, steps, windows
from commands.automation import happened
from commands.context import Ctx
from commands.pages import Reach
from commands.rules import automating, escalation
from commands.rules.escalation import Asked, Turn
from commands.steps import Took
from commands.threads import say_in_threads
from store import runs, timers
from store.model import MINUTE, Incident, IncidentStatus, NextUp, Person, Policy, Timer
from store.model.escalation import RESOLVED

ACKNOWLEDGED = IncidentStatus.ACKNOWLEDGED


def stop(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """Nobody is asked any more: timers go, runs stop, their unsent pages are dropped."""
    checkin.redraw(ctx, incident)
    timers.cancel_asking(ctx.tx, incident.id)
    runs.stop(ctx.tx, ctx.now, incident.id, why)
    return replace(incident, generation=incident.generation + 1, asking=())


def halt(ctx: Ctx, incident: Incident) -> Incident:
    """The clock stands; what runs of people is left as it is."""
    checkin.redraw(ctx, incident)
    timers.stop_clock(ctx.tx, incident.id)
    return replace(incident, generation=incident.generation + 1)


# steps


def reach(ctx: Ctx, incident: Incident, step: int, loop: int, why: str = "") -> Incident:
    """Reach a step: ask its people; one that has nobody is skipped at once and says so (E1, E2).

    A pass that paged nobody ends the asking (E3). In maintenance the step waits (E7); where the
    first one comes while a silence hides the incident, it comes at the end of that.
    """
    if not why and (quiet := _silenced(ctx, incident)):
        return quiet
    if waiting := holds.wait(ctx, incident, step, loop, by_person=bool(why)):
        return waiting
    policy = clock.policy_of(ctx, incident)
    paged = incident.step >= 0 and incident.loop == loop
    turn = Turn("step", step, loop) if step < len(policy.steps) else Turn("fallback", 0, loop)
    been, held, gone = {policy.name}, list[Reach](), list[Asked]()
    while turn.kind == "step":
        if (name := _hands_over(ctx, incident, policy, turn)) and name not in been:
            been.add(name)
            incident = replace(incident, policy=name, step=-1, loop=0)
            policy, turn, paged = clock.policy_of(ctx, incident), Turn("step", 0, 0), False
            continue
        took = steps.take(ctx, incident, policy, turn, why)
        if took:
            return _moved(ctx, incident, policy, turn, took, by=ctx.actor.name if why else "")
        held += took.held
        gone += took.gone
        following = escalation.after(policy, turn.step, turn.loop)
        if following.loop > turn.loop and not paged:
            following = Turn("fallback", turn.step, turn.loop)
        elif following.loop > turn.loop:
            paged = False
        turn = following
    return exhausted(ctx, incident, turn, *(([], []) if incident.paged else (held, gone)))


def _silenced(ctx: Ctx, incident: Incident) -> Incident | None:
    """Nobody was asked yet, and a silence by a filter hides it meanwhile."""
    fresh = incident.step < 0 or incident.hush is not None
    silence = silencing.covering(ctx, incident) if fresh else None
    if silence is None:
        return None
    ctx.tell(incident.id, "silence", f"{silencing.called(ctx, silence)} hides it.")
    quiet = silencing.hidden(ctx, halt(ctx, incident), silence)
    ctx.save(quiet, closes_group=incident.hush != silence.hush)
    return quiet


def _hands_over(ctx: Ctx, incident: Incident, policy: Policy, turn: Turn) -> str | None:
    """The policy that goes on instead of this one, told on the timeline."""
    step = policy.steps[turn.step]
    name = escalation.hands_over(step)
    known = ctx.at(incident.policy_version_id).policies
    if name not in known or clock.unmet(ctx, incident, step, ctx.now):
        return None
    say = f"Policy {name} goes on from here."
    ctx.tell(incident.id, "escalate", say, f"Step {turn.step + 1} of {policy.name} names it.")
    return name


def unresolved(ctx: Ctx, incident: Incident, step: int, loop: int) -> Incident:
    """Somebody has it and it is not over: a step that asks until then pages at its time; the time
    of another one passes and nobody is asked (E5)."""
    if waiting := holds.wait(ctx, incident, step, loop):
        return waiting
    policy, turn = clock.policy_of(ctx, incident), Turn("step", step, loop)
    while turn.kind == "step":
        one = policy.steps[turn.step]
        if one.until == RESOLVED:
            if took := steps.take(ctx, incident, policy, turn, ""):
                return _moved(ctx, incident, policy, turn, took)
        elif clock.would_ask(ctx, incident, one, ctx.now):
            break
        turn = escalation.after(policy, turn.step, turn.loop)
    following = clock.following(ctx, incident, policy, turn) if turn.kind == "step" else None
    changed = _with_lease(ctx, replace(incident, next=following, updated_at=ctx.now))
    ctx.save(changed)
    return changed


def _moved(
    ctx: Ctx, incident: Incident, policy: Policy, turn: Turn, took: Took, by: str = ""
) -> Incident:
    """The step is reached; ``by`` is who wanted it before its time."""
    people, told = steps.names(ctx, took)
    place = f"step {turn.step + 1} of {len(policy.steps)}"
    say = f"Paging {people}" if people else f"Telling {told}"
    also = f", telling {told}" if people and told else ""
    say = f"{say}{also} ({place})."
    if incident.status is ACKNOWLEDGED:
        say = f"It is not resolved yet: {say[:1].lower()}{say[1:]}"
    ctx.tell(
        incident.id, "step", say, f"{policy.name}, pass {turn.loop + 1} of {policy.repeat + 1}."
    )
    moved = _at(ctx, incident, turn, took.people)
    changed = _with_lease(ctx, replace(moved, next=clock.following(ctx, moved, policy, turn)))
    ctx.save(changed)
    room_rule.asked(ctx, changed, took.people)
    if incident.step >= 0 or turn.step:
        mark, step = f"{turn.loop}/{turn.step}/{changed.rev}", turn.step + 1
        happened.happened(ctx, automating.ESCALATED, changed, mark=mark, step=step)
    if incident.step >= 0 and took.people:
        before = [h for h in incident.asking if h not in took.people]
        content = {"people": list(took.people), "before": before, "by": by}
        say_in_threads(ctx, changed, "step", **content)
    return changed


def _with_lease(ctx: Ctx, incident: Incident) -> Incident:
    """What comes next of an incident that somebody has: the question to the holder, where that is
    sooner than the next step."""
    if incident.status is not ACKNOWLEDGED:
        return incident
    who = (incident.holder,) if incident.holder else ()
    if asked := timers.first(ctx.tx, incident.id, timers.NO_ANSWER):
        return replace(incident, next=NextUp(checkin.CHECK_IN, asked.due_at, who))
    waits = timers.first(ctx.tx, incident.id, timers.CHECK_IN)
    if waits is None or (incident.next and (incident.next.at or 0) <= waits.due_at):
        return incident
    return replace(incident, next=NextUp(checkin.ASKS_AGAIN, waits.due_at, who))


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


def exhausted(
    ctx: Ctx,
    incident: Incident,
    turn: Turn,
    held: Sequence[Reach] = (),
    gone: Sequence[Asked] = (),
) -> Incident:
    """The asking is over: the fallback is paged once (E3), and the record says so. No quiet hours
    hold the fallback, unless ``held`` are the reason that nobody was asked so far: then the first
    of them is waited for. Where nobody at all was asked, those who are away (``gone``) are paged
    after all: better their free day than nobody.
    """
    if waiting := holds.wait(ctx, incident, turn.step, turn.loop, timers.FALLBACK):
        return waiting
    policy = clock.policy_of(ctx, incident)
    found = escalation.resolve(policy.fallback, ctx.definitions, incident.team, ctx.now)
    there, off = steps.present(ctx, incident, found)
    why = f"fallback of {policy.name}"
    reach = _last(ctx, incident, turn, there, why, loud=not held)
    reached = [r.person for r in reach if r]
    if held and not reached:
        return _in_the_morning(ctx, incident, turn, [*held, *reach])
    if not reached and not incident.paged:
        why = f"away, but nobody else could be reached; {why}"
        last = {one.person.handle: one for one in (*off, *gone)}
        asked = _last(ctx, incident, turn, list(last.values()), why, loud=True)
        reached = [r.person for r in asked if r]
    handles = tuple(p.handle for p in reached)
    anybody = bool(reached or incident.paged)
    ended = "everybody was asked" if anybody else "nobody could be reached"
    say = f"{ended.capitalize()}; nobody answered." if anybody else f"{ended.capitalize()}."
    if reached:
        say = f"Everybody was asked; now the fallback: {', '.join(p.name for p in reached)}."
    ctx.tell(incident.id, "exhausted", say, _passes(policy, turn))
    changed = replace(_at(ctx, incident, turn, handles), next=NextUp("nothing", why=ended))
    ctx.save(changed)
    room_rule.asked(ctx, changed, handles)
    say_in_threads(ctx, changed, "exhausted", people=list(handles))
    return changed


def _last(
    ctx: Ctx, incident: Incident, turn: Turn, found: list[Asked], why: str, *, loud: bool
) -> list[Reach]:
    """Ask people when the steps are over."""
    return [
        pages.ask(
            ctx,
            incident,
            one.person,
            pages.Asking(
                runs.FALLBACK, turn.step, turn.loop, f"{one.why}; {why}", important=True, loud=loud
            ),
        )
        for one in found
    ]


def _in_the_morning(ctx: Ctx, incident: Incident, turn: Turn, reach: Sequence[Reach]) -> Incident:
    """Whoever could be asked has quiet hours: the policy begins when the first of them end."""
    held = [r for r in reach if r.held is not None]
    at = min(r.held or 0 for r in held)
    runs.end(ctx.tx, ctx.now, [r.run for r in held if r.run is not None], "quiet hours")
    clock.set_timer(ctx, incident, timers.STEP, 0, turn.loop, at)
    who = tuple(dict.fromkeys(r.person.handle for r in held if r.held == at))
    names = " and ".join(dict.fromkeys(r.person.name for r in held))
    say = f"Nobody is paged before the quiet hours of {ctx.name_of(who[0])} end."
    ctx.tell(
        incident.id, "quiet", say, f"It is {incident.severity}; quiet: {names}.", {"until": at}
    )
    changed = replace(incident, next=NextUp("page", at, who, 0, clock.QUIET), updated_at=ctx.now)
    ctx.save(changed)
    return changed


def roused(ctx: Ctx, incident: Incident) -> Incident:
    """It is worse, or said to be: what quiet hours, a maintenance or rules hold back is judged
    anew. Not saved yet."""
    timers.release(ctx.tx, ctx.now, incident.id)
    if incident.next is None or not _judged_anew(ctx, incident, incident.next):
        return incident
    timers.hasten(ctx.tx, ctx.now, incident_id=incident.id, kind=timers.STEP)
    return replace(incident, next=replace(incident.next, at=ctx.now))


def _judged_anew(ctx: Ctx, incident: Incident, following: NextUp) -> bool:
    """Whether what it waits for may hold it no more: quiet hours, a rule, or a maintenance of
    milder things."""
    if following.why == clock.MAINTENANCE:
        return windows.holding(ctx, incident, following.step or 0) is None
    return bool(incident.held_by) or following.why in clock.JUDGED


def unheard(ctx: Ctx, incident: Incident, target: str) -> None:
    """A channel or an action of the step could not be told: where nobody else is asked, what
    follows comes at once."""
    policy = clock.policy_of(ctx, incident)
    step = policy.steps[incident.step] if 0 <= incident.step < len(policy.steps) else None
    if step is None or target not in step.targets or incident.asking:
        return
    kinds = (timers.STEP, timers.FALLBACK)
    if any(timers.hasten(ctx.tx, ctx.now, incident_id=incident.id, kind=kind) for kind in kinds):
        ctx.tell(incident.id, "unreachable", "Nobody was told.", "What follows comes at once.")


def _passes(policy: Policy, turn: Turn) -> str:
    if turn.loop >= policy.repeat:
        passes = f"All {policy.repeat + 1} passes" if policy.repeat else "The only pass"
        return f"{passes} of {policy.name} {'are' if policy.repeat else 'is'} over."
    return f"Pass {turn.loop + 1} of {policy.name} found nobody to page."


# somebody answered, somebody in particular is asked


def answered(ctx: Ctx, incident: Incident, why: str) -> Incident:
    """The actor has it: their answer ends what steps ask until an ack, and their own rules. Who
    has to answer for themselves is still asked, and the clock of steps that ask until it is
    resolved runs on (E5)."""
    checkin.redraw(ctx, incident)
    came = timers.stop_clock(ctx.tx, incident.id)
    still = runs.answered(ctx.tx, ctx.now, incident.id, ctx.actor.id, why)
    taken = replace(
        incident,
        status=ACKNOWLEDGED,
        generation=incident.generation + 1,
        asking=tuple(still),
        next=None,
    )
    over = incident.next is not None and incident.next.kind == "nothing"
    return taken if over and incident.assignee is None else goes_on(ctx, taken, came)


def goes_on(ctx: Ctx, incident: Incident, came: Timer | None = None) -> Incident:
    """The clock of an acknowledged incident, from the step to come or from where it stood."""
    if came is not None:
        step, loop = came.detail["step"], came.detail["loop"]
        return replace(incident, next=clock.schedule(ctx, incident, step, loop, came.due_at))
    policy, turn = (
        clock.policy_of(ctx, incident),
        Turn("step", max(incident.step, 0), incident.loop),
    )
    return replace(incident, next=clock.following(ctx, incident, policy, turn))


def ask_first(ctx: Ctx, incident: Incident, handle: str) -> bool:
    """Page the last holder of a reopened incident; False when they can't be reached."""
    why = "it was theirs before it was resolved"
    return pages.ask_person(ctx, incident, handle, important=False, why=why)


def hold_for(ctx: Ctx, incident: Incident, person: Person, why: str) -> Incident | None:
    """Page the person and hold the policy until the assign lease ends; None if unreachable."""
    held = stop(ctx, incident, why)
    asking = pages.Asking(runs.PERSON, incident.step, incident.loop, why)
    if not pages.ask(ctx, held, person, asking):
        return None
    room_rule.asked(ctx, held, (person.handle,))
    return replace(
        held,
        assignee=person.handle,
        asking=(person.handle,),
        snoozed_until=None,
        silenced_until=None,
        hush=None,
        updated_at=ctx.now,
        next=_lease(ctx, held, person),
        paged=tuple(dict.fromkeys((*held.paged, person.handle))),
    )


def _lease(ctx: Ctx, held: Incident, person: Person) -> NextUp:
    if not ctx.rules.assign_lease:
        return NextUp("nothing", who=(person.handle,), why="the policy waits for an answer")
    ends = pages.last_rule_at(ctx, person) + ctx.rules.assign_lease * MINUTE
    clock.set_timer(ctx, held, timers.LEASE, held.step, held.loop, ends)
    return NextUp("back_to_paging", ends, (person.handle,), why="unless it is acknowledged")
