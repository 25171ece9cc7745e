"""Asking one person: a run of their rules, each page with the reason it was sent for."""

from __future__ import annotations

from dataclasses import dataclass

from commands.context import Ctx
from commands.rules import escalation
from commands.threads import say_in_threads
from commands.words import surface_name
from store import access, outbox, paged, runs, timers
from store.model import MINUTE, Incident, IncidentStatus, Instant, Person, Rule
from store.model.escalation import ACKNOWLEDGED


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks (a step, the fallback, a person), why, by which rules and until when."""

    by: str
    step: int
    loop: int
    why: str
    important: bool = False
    until: str = ACKNOWLEDGED


def ask(ctx: Ctx, incident: Incident, person: Person, asking: Asking) -> bool:
    """Start a person's rules from this instant (E4); False when no contact of theirs is known."""
    rules = rules_of(ctx, person, asking.important)
    if not rules:
        say = f"{person.name} can't be paged."
        ctx.tell(incident.id, "page_failed", say, "No contact of theirs is known.")
        return False
    a = asking
    run = runs.start(
        ctx.tx, ctx.now, incident.id, person.handle, a.step, a.loop, a.why, a.by, a.until
    )
    for rule in rules:
        if rule.after == 0:
            page(ctx, incident, person, rule.via, run, asking.why)
        else:
            _later(ctx, incident, person, rule, run)
    return True


def _later(ctx: Ctx, incident: Incident, person: Person, rule: Rule, run: int) -> None:
    detail = {"person": person.handle, "via": rule.via, "after": rule.after}
    due, rank = ctx.now + rule.after * MINUTE, incident.severity.rank
    timers.add(
        ctx.tx, ctx.now, timers.RULE, incident.id, incident.generation, due, rank, detail, run
    )


def rules_of(ctx: Ctx, person: Person, important: bool) -> tuple[Rule, ...]:
    """The rules by which a person can be reached now: by contacts of the definitions, by linked
    accounts, by an account that is found by the e-mail address."""
    found = ctx.rules.by_email if person.email else frozenset()
    return escalation.reachable(
        person, important, {*access.surfaces_of(ctx.tx, person.handle), *found}, ctx.rules.channels
    )


def page(ctx: Ctx, incident: Incident, person: Person, via: str, run: int, why: str) -> None:
    """Queue one page, and say so on the timeline; the same page at the same instant is one page."""
    place = f"{via}:@{person.handle}"
    if paged.asked_at(ctx.tx, ctx.now, incident.id, place):
        return
    content = {"what": "page", "person": person.handle, "via": via, "why": why}
    rank = incident.severity.rank
    outbox.say(ctx.tx, ctx.now, "page", incident.id, place, rank, content, run_id=run)
    ctx.tell(incident.id, "page", f"Page to {person.name} by {surface_name(via)}.", f"{why}.")


def ask_person(ctx: Ctx, incident: Incident, handle: str, *, important: bool, why: str) -> bool:
    """Page one person outside the policy's steps; False when they can't be reached."""
    person = ctx.definitions.people.get(handle)
    if person is None:
        return False
    asking = Asking(runs.PERSON, incident.step, incident.loop, why, important)
    return ask(ctx, incident, person, asking)


def last_rule_at(ctx: Ctx, person: Person) -> Instant:
    """When the last rule runs of a person who is asked now."""
    return escalation.last_rule_at(rules_of(ctx, person, False), ctx.now)


def failed(ctx: Ctx, incident: Incident, run_id: int, person: str, via: str, error: str) -> bool:
    """A page was refused: that is not asking. The next rule runs now, else what follows the step.

    False when nobody is left to ask by itself.
    """
    run = runs.get(ctx.tx, run_id)
    name = ctx.name_of(person)
    ctx.tell(incident.id, "page_failed", f"Page to {name} by {surface_name(via)} failed.", error)
    say_in_threads(ctx, incident, "page_failed", person=person, via=via, error=error)
    ctx.changed(incident.id, incident.rev)
    if run is None or run.stopped_at is not None:
        return True
    if timers.hasten(ctx.tx, ctx.now, run_id=run_id):
        return True
    others = runs.open_runs(ctx.tx, incident.id, run.step, run.loop)
    if any(runs.hopeful(ctx.tx, r.id) for r in others):
        return True
    following = (timers.STEP, timers.FALLBACK, timers.LEASE)
    left = any(timers.hasten(ctx.tx, ctx.now, incident_id=incident.id, kind=k) for k in following)
    why = "What follows comes at once." if left else "Nobody is left to ask."
    held = incident.status is IncidentStatus.ACKNOWLEDGED and run.asked_by != runs.PERSON
    if held and not left:
        why = f"{ctx.name_of(incident.holder)} has it."
    ctx.tell(incident.id, "unreachable", f"{name} could not be reached.", why)
    return left or held
