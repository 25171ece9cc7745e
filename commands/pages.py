"""Asking one person: a run of their rules; each page says what it was sent for, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commands.context import Ctx
from commands.rules import escalation, limits, quiet
from commands.threads import say_in_threads
from commands.words import duration, local, surface_name
from store import access, outbox, paged, runs, timeline, timers
from store.model import MINUTE, Incident, IncidentStatus, Instant, Person, Rule, Severity
from store.model.escalation import ACKNOWLEDGED

_LOOKED_AT = 64
"""Pages to one contact that are looked at beside those a limit counts: the rest of a bundle."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks (a step, the fallback, a person), why, by which rules and until when; ``loud``: no
    quiet hours hold it."""

    by: str
    step: int
    loop: int
    why: str
    important: bool = False
    until: str = ACKNOWLEDGED
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """What became of asking a person: true where a page goes to them, now or by a later rule.
    ``held`` is when the first page comes that quiet hours hold, of the run ``run``."""

    person: Person
    asked: bool = False
    run: int | None = None
    held: Instant | None = None

    def __bool__(self) -> bool:
        return self.asked


def ask(ctx: Ctx, incident: Incident, person: Person, asking: Asking) -> Reach:
    """Start a person's rules from this instant (E4); false when no contact of theirs is known, or
    quiet hours or throttles leave none."""
    rules = rules_of(ctx, person, asking.important)
    if not rules:
        say = f"{person.name} can't be paged."
        ctx.tell(incident.id, "page_failed", say, "No contact of theirs is known.")
        return Reach(person)
    a = asking
    run = runs.start(
        ctx.tx, ctx.now, incident.id, person.handle, a.step, a.loop, a.why, a.by, a.until
    )
    loud = a.loud or a.by == runs.PERSON
    held = {} if loud else _held(ctx, incident, person, rules)
    found = _begin(ctx, incident, person, [r for r in rules if r not in held], run, a.why, loud)
    if held:
        _hold(ctx, incident, person, held, run)
        return Reach(
            person, found is not None and found < min(held.values()), run, min(held.values())
        )
    if found is None:
        runs.end(ctx.tx, ctx.now, [run], "no contact of theirs was left")
    return Reach(person, found is not None, run)


def _begin(
    ctx: Ctx,
    incident: Incident,
    person: Person,
    rules: list[Rule],
    run: int,
    why: str,
    loud: bool,
) -> Instant | None:
    """Set the later rules and send the pages that are due at once; when the first page goes."""
    later = [rule for rule in rules if rule.after]
    for rule in later:
        due = ctx.now + rule.after * MINUTE
        _set(ctx, incident, timers.RULE, person, rule, run, due, loud)
    now = [page(ctx, incident, person, r.via, run, why) for r in rules if not r.after]
    if any(now):
        return ctx.now
    if now and later:  # all were throttled: the next rule comes now instead
        return ctx.now
    return min((ctx.now + rule.after * MINUTE for rule in later), default=None)


def _set(
    ctx: Ctx,
    incident: Incident,
    kind: str,
    person: Person,
    rule: Rule,
    run: int,
    due: Instant,
    loud: bool = False,
) -> None:
    detail = {"person": person.handle, "via": rule.via, "after": rule.after, "loud": loud}
    rank, generation = incident.severity.rank, incident.generation
    timers.add(ctx.tx, ctx.now, kind, incident.id, generation, due, rank, detail, run)


# quiet hours


def _held(
    ctx: Ctx, incident: Incident, person: Person, rules: tuple[Rule, ...]
) -> dict[Rule, Instant]:
    """The rules whose page quiet hours would hold, and when each comes."""
    found = {}
    for rule in rules if person.quiet else ():
        at = ctx.now + rule.after * MINUTE
        until = quiet.held_until(person, rule.via, incident.severity, at)
        if until is not None:
            found[rule] = until + rule.after * MINUTE
    return found


def _hold(
    ctx: Ctx, incident: Incident, person: Person, held: dict[Rule, Instant], run: int
) -> None:
    for rule, due in held.items():
        _set(ctx, incident, timers.HELD, person, rule, run, due)
    ways = " and ".join(dict.fromkeys(surface_name(rule.via) for rule in held))
    _tell_held(ctx, incident, person, ways, min(held.values()))


def _tell_held(ctx: Ctx, incident: Incident, person: Person, ways: str, until: Instant) -> None:
    clock = local(until, person.zone, ctx.now)
    say = f"Page to {person.name} by {ways} is held until {clock}."
    why = f"Quiet hours of {person.name}; it is {_a(incident.severity)}."
    ctx.tell(incident.id, "page_held", say, why, {"until": until})


def _a(severity: Severity) -> str:
    return f"{'an' if severity is Severity.ERROR else 'a'} {severity}"


def later(ctx: Ctx, incident: Incident, person: Person, rule: Rule, run: Any, loud: bool) -> bool:
    """A later rule is due, or a page that was held; false where nobody is left to ask by itself."""
    until = None if loud else quiet.held_until(person, rule.via, incident.severity, ctx.now)
    if until is not None:
        _set(ctx, incident, timers.HELD, person, rule, run.id, until)
        _tell_held(ctx, incident, person, surface_name(rule.via), until)
        return True
    why = f"{run.why}; rule after {rule.after} min" if rule.after else run.why
    if page(ctx, incident, person, rule.via, run.id, why):
        return True
    return _others(ctx, incident, run)


# one page


def rules_of(ctx: Ctx, person: Person, important: bool) -> tuple[Rule, ...]:
    """The rules by which a person can be reached now: by contacts of the definitions, by linked
    accounts, by an account that is found by the e-mail address."""
    found = ctx.rules.by_email if person.email else frozenset()
    return escalation.reachable(
        person, important, {*access.surfaces_of(ctx.tx, person.handle), *found}, ctx.rules.channels
    )


def page(ctx: Ctx, incident: Incident, person: Person, via: str, run: int, why: str) -> bool:
    """Queue one page, and say so on the timeline; the same page at the same instant is one page.

    False where the contact was paged too often: the person's next rule comes at once. Many pages
    to one contact go out as one. The first page of a critical incident never waits.
    """
    place = f"{via}:@{person.handle}"
    if paged.asked_at(ctx.tx, ctx.now, incident.id, place):
        return True
    bound, due = _bounds(ctx, incident, place, via)
    if bound is not None:
        _throttled(ctx, incident, person, via, run, bound)
        return False
    content = {"what": "page", "person": person.handle, "via": via, "why": why}
    rank, purpose = incident.severity.rank, "page" if due is None else paged.BUNDLED
    delay = 0 if due is None else due - ctx.now
    outbox.say(ctx.tx, ctx.now, purpose, incident.id, place, rank, content, run_id=run, delay=delay)
    say = f"Page to {person.name} by {surface_name(via)}."
    if due is not None:
        say = f"{say[:-1]} in {duration(delay)}, as one with others that come by then."
    ctx.tell(incident.id, "page", say, f"{why}.")
    return True


def _bounds(
    ctx: Ctx, incident: Incident, place: str, via: str
) -> tuple[limits.Limit | None, Instant | None]:
    """The limit that a page would pass; else when it goes out as one with others."""
    throttles = ctx.rules.limits.throttles.get(via, ())
    singly = ctx.rules.limits.singly.get(via, 0)
    if not throttles and not singly:
        return None, None
    critical = incident.severity is Severity.CRITICAL
    if critical and not paged.went_to(ctx.tx, incident.id, place):
        return None, None
    if singly and (due := paged.coming(ctx.tx, place, ctx.now)) is not None:
        return None, due
    longest = max((limit.span for limit in throttles), default=0)
    most = max(ctx.rules.limits.most(via), singly) + _LOOKED_AT
    sent = paged.recent(ctx.tx, place, ctx.now - max(longest, limits.WINDOW), most)
    due = limits.collected_until(singly, sent, ctx.now) if singly else None
    if due is not None and due in sent:  # one message more or less: it joins one that comes anyway
        return None, due
    return limits.exceeded(throttles, sent, ctx.now), due


def _throttled(
    ctx: Ctx, incident: Incident, person: Person, via: str, run: int, bound: limits.Limit
) -> None:
    say = f"{person.name} is not paged by {surface_name(via)} now."
    why = f"That contact had {limits.words(bound)} already; the next rule comes at once."
    ctx.tell(incident.id, "page_throttled", say, why)
    timers.hasten(ctx.tx, ctx.now, run_id=run)


def ask_person(ctx: Ctx, incident: Incident, handle: str, *, important: bool, why: str) -> bool:
    """Page one person outside the policy's steps; False when they can't be reached."""
    person = ctx.definitions.people.get(handle)
    if person is None:
        return False
    asking = Asking(runs.PERSON, incident.step, incident.loop, why, important)
    return bool(ask(ctx, incident, person, asking))


def last_rule_at(ctx: Ctx, person: Person) -> Instant:
    """When the last rule runs of a person who is asked now."""
    return escalation.last_rule_at(rules_of(ctx, person, False), ctx.now)


def failed(ctx: Ctx, incident: Incident, run_id: int, person: str, via: str, error: str) -> bool:
    """A page was refused: that is not asking. The next rule runs now, else what follows the step.

    False when nobody is left to ask by itself.
    """
    run = runs.get(ctx.tx, run_id)
    name = ctx.name_of(person)
    say = f"Page to {name} by {surface_name(via)} failed."
    lines = timeline.of_people(ctx.tx, incident.id)
    ctx.tell(incident.id, "page_failed", say, error)
    if not any((e.say, e.why) == (say, error) for e in lines):  # once is news
        say_in_threads(ctx, incident, "page_failed", person=person, via=via, error=error)
    ctx.changed(incident.id, incident.rev)
    if run is None or run.stopped_at is not None:
        return True
    return _others(ctx, incident, run)


def _others(ctx: Ctx, incident: Incident, run: Any) -> bool:
    """One way to a person is closed: their next rule, else what follows the step, comes at once.
    False when nobody is left to ask by itself."""
    if timers.hasten(ctx.tx, ctx.now, run_id=run.id):
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
    name = ctx.name_of(run.person)
    ctx.tell(incident.id, "unreachable", f"{name} could not be reached.", why)
    return left or held
