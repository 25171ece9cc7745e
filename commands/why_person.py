"""Why one person was paged about an incident, and where they were not: from the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commands.rules import escalation
from commands.rules.oncall import at_instant
from commands.rules.oncall.duty import duty, on_schedule, schedule_of, until
from commands.rules.oncall.why import taken_off
from commands.words import local, surface_name
from store.model import (
    MINUTE,
    Definitions,
    Incident,
    IncidentDetail,
    IncidentStatus,
    Instant,
    Page,
    Person,
    Policy,
    TimelineEntry,
)
from store.model.oncall import Schedule

MOST_PAGES = 12
_STEP, _FALLBACK = "step", "fallback"
_TOLD = (
    "page", "page_sent", "page_failed", "page_shadow", "page_delivered", "page_unanswered", "ack",
    "step", "opened", "note", "skip", "resolve", "exhausted", "assign", "channel", "drill",
)  # fmt: skip
STATES = {
    "pending": "not sent yet",
    "sending": "being sent",
    "sent": "sent",
    "delivered": "delivered",
    "unanswered": "not picked up",
    "uncertain": "sent, perhaps: the answer was lost",
    "failed": "refused",
    "dropped": "not sent, because the asking had ended",
    "shadow": "not sent, because shadow mode is on",
}
"""What became of a page, in words."""


def _says_more(entry: TimelineEntry) -> bool:
    """A line of a kind that pages tell themselves, but for those that never were or wait."""
    if entry.kind == "page_failed":
        return not entry.say.startswith("Page to ")
    return entry.kind == "page" and "as one with others" in entry.say


@dataclass(frozen=True, slots=True)
class Asking:
    """A step of a pass was reached: who was asked, by what was defined then; or why nobody."""

    step: int
    loop: int
    by: str
    at: Instant
    people: tuple[str, ...]
    known: Definitions
    policy: Policy
    skipped: str = ""


def about(
    person: Person,
    found: IncidentDetail,
    askings: Sequence[Asking],
    policy: Policy,
    now_known: Definitions,
    zone: str,
    now: Instant,
) -> Iterator[str]:
    """Sentences for a reader in ``zone``."""
    told = _About(person, found, policy, now_known, zone, now)
    yield from told.pages()
    yield from told.else_on_record()
    for asking in askings:
        yield from told.not_asked(asking)
    yield from told.to_come()


class _About:
    def __init__(
        self,
        person: Person,
        found: IncidentDetail,
        policy: Policy,
        known: Definitions,
        zone: str,
        now: Instant,
    ) -> None:
        self._person, self._found, self._policy = person, found, policy
        self._known, self._zone, self._now = known, zone, now

    @property
    def _first(self) -> str:
        return self._person.first_name

    @property
    def _incident(self) -> Incident:
        return self._found.incident

    # what came

    def pages(self) -> Iterator[str]:
        """Each page of theirs: when, how, why, and what became of it."""
        mine = [p for p in self._found.pages if p.person == self._person.handle]
        if not mine:
            yield f"{self._person.name} was not paged."
        for page in mine[-MOST_PAGES:]:
            rule = f", by their rule after {page.after} min" if page.after else ""
            why = page.why.removeprefix(f"{self._person.name} is ").rstrip(".")
            state = self._state(page)
            yield f"{self._at(page.asked_at)} {surface_name(page.via)}: {why}{rule}. {state}"

    def _state(self, page: Page) -> str:
        said = STATES.get(page.state, page.state)
        error = page.error or (self._error(page) if page.state in ("failed", "uncertain") else "")
        said = f"{said}: {error}" if error else said
        return f"{said[:1].upper()}{said[1:]}".rstrip(".") + "."

    def _error(self, page: Page) -> str:
        """What the provider said, as the timeline has it."""
        start = f"Page to {self._person.name} by {surface_name(page.via)} failed"
        later = (
            e.why
            for e in self._found.timeline
            if e.kind == "page_failed" and e.say.startswith(start) and e.at >= page.asked_at
        )
        return next(later, "")

    def else_on_record(self) -> Iterator[str]:
        """What else was decided about them: held by quiet hours, bundled, throttled …"""
        name, handle = self._person.name, self._person.handle
        for entry in self._found.timeline:
            about_them = entry.detail.get("person") == handle or name in entry.say
            if about_them and (entry.kind not in _TOLD or _says_more(entry)):
                yield f"{self._at(entry.at)} {entry.say} {entry.why}".rstrip()

    # what did not

    def not_asked(self, asking: Asking) -> Iterator[str]:
        """Why a step that was reached asked others, or nobody."""
        if self._person.handle in asking.people or asking.by not in (_STEP, _FALLBACK):
            return
        place = self._place(asking)
        if asking.skipped:
            yield f"{self._at(asking.at)} {asking.skipped}"
            return
        targets = self._targets(asking)
        reasons = dict.fromkeys(
            why for target in targets if (why := self._not_behind(target, asking))
        )
        if reasons:
            yield f"{self._at(asking.at)} {place} did not ask {self._first}: {'; '.join(reasons)}."

    def _place(self, asking: Asking) -> str:
        if asking.by == _FALLBACK:
            return "The fallback"
        passes = f", pass {asking.loop + 1}" if asking.loop else ""
        return f"Step {asking.step + 1}{passes}"

    def _targets(self, asking: Asking) -> tuple[str, ...]:
        if asking.by == _FALLBACK:
            return asking.policy.fallback
        steps = asking.policy.steps
        return steps[asking.step].targets if asking.step < len(steps) else ()

    def _not_behind(self, target: str, asking: Asking) -> str:
        """Why a target did not mean them then."""
        kind, _, name = target.partition(":")
        known, team = asking.known, asking.known.teams.get(name or self._incident.team or "")
        if kind == "schedule":
            return self._off(known, known.schedules.get(name), asking.at, f"for {name}")
        if kind == "oncall" and team is not None:
            schedule = schedule_of(known, team)
            if schedule is not None:
                return self._off(known, schedule, asking.at, f"for {schedule.name}")
            on = " and ".join(known.name_of(o.person) for o in duty(known, team, asking.at))
            return f"not on call for team {team.name} then ({on or 'nobody'} was)"
        if kind == "round_robin":
            mine = self._person.handle in name.split(",")
            turn = " and ".join(known.name_of(h) for h in asking.people)
            return f"it was {turn}'s turn" if mine else "not among those it asks in turn"
        asked = escalation.resolve((target,), known, self._incident.team, asking.at)
        names = " and ".join(a.person.name for a in asked) or "nobody"
        if kind == "team" and team is not None:
            return f"not a member of team {team.name}"
        return f"it names {names}" if kind == "person" else f"the {kind} is {names}"

    def _off(self, known: Definitions, schedule: Schedule | None, at: Instant, what: str) -> str:
        """``not on call for db-primary then (Ana was, layer days until Mon 08:00)``."""
        if schedule is None:
            return f"the schedule {what.removeprefix('for ')} is not there"
        gone = next(
            (o for o in at_instant(schedule, at).off if o.person == self._person.handle), None
        )
        if gone is not None:
            return taken_off(gone, known.name_of).rstrip(".").partition(": ")[2]
        on = [
            f"{known.name_of(each.person)} was, {each.reason}{self._until(known, each, at)}"
            for each in on_schedule(known, schedule.name, at)
        ]
        return f"not on call {what} then ({'; '.join(on) or 'nobody was'})"

    def _until(self, known: Definitions, on: object, at: Instant) -> str:
        end = until(known, on, at)  # type: ignore[arg-type]
        return f" until {self._at(end)}" if end is not None else ""

    # what is to come

    def to_come(self) -> Iterator[str]:
        """In which step they are still, and when it comes; or what ended the asking before it."""
        incident, ahead = self._incident, list(self._ahead())
        if incident.status is IncidentStatus.RESOLVED or not ahead:
            if ahead and incident.resolved_at is not None:
                yield (
                    f"{self._first} is in step {ahead[0][0] + 1}, which did not come: "
                    f"it was resolved at {self._at(incident.resolved_at)}."
                )
            return
        step, at = ahead[0]
        if incident.status is IncidentStatus.ACKNOWLEDGED:
            holder = self._known.name_of(incident.holder)
            until_then = self._policy.steps[step].until == "resolved"
            if incident.holder != self._person.handle and not until_then:
                yield f"{self._first} is in step {step + 1}, which does not come: {holder} has it."
            return
        when = f", which comes at {self._at(at)}" if at is not None else ""
        yield f"{self._first} is in step {step + 1}{when}, unless somebody answers before."

    def _ahead(self) -> Iterator[tuple[int, Instant | None]]:
        """Steps after the one reached that mean them as things stand now, with their time."""
        incident, nxt = self._incident, self._incident.next
        first = incident.step + 1
        at = nxt.at if nxt is not None and nxt.kind == "page" and nxt.step == first else None
        for number in range(first, len(self._policy.steps)):
            step = self._policy.steps[number]
            when = at if at is not None else self._now
            unmet = escalation.unmet(step, incident.severity, when)
            asked = [] if unmet else escalation.resolve(
                step.targets, self._known, incident.team, when
            )  # fmt: skip
            if any(a.person.handle == self._person.handle for a in asked):
                yield number, at
            if asked and at is not None:
                at += step.delay * MINUTE

    def _at(self, at: Instant) -> str:
        return local(at, self._zone, self._now)
