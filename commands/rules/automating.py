"""What runs by itself: which automation an event calls for, whether it runs, and why or why not.

Pure: the same decision is made when something happens and when it is tried on what happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from commands.rules import hours as clocks
from commands.rules.conditions import Facts, Match, fits, unmet
from commands.rules.cron import Cron
from commands.rules.limits import Limit
from store.model import HOUR, MINUTE, Hours, Instant

OPENED, ACKNOWLEDGED, ESCALATED, REOPENED, SEVERITY, RESOLVED = (
    "opened", "acknowledged", "escalated", "reopened", "severity", "resolved",
)  # fmt: skip
STILL_OPEN, RESOURCE, METRIC, SCHEDULE, EXECUTION = (
    "still_open", "resource", "metric", "schedule", "execution",
)  # fmt: skip
PLAIN = (OPENED, ACKNOWLEDGED, ESCALATED, REOPENED, SEVERITY, RESOLVED)
EVENTS = (*PLAIN, STILL_OPEN, RESOURCE, METRIC, SCHEDULE, EXECUTION)
_BEGINS = {METRIC: (OPENED, REOPENED), STILL_OPEN: (OPENED, REOPENED)}
"""What is heard of where the trigger is no event of its own."""
OFF, SUGGEST, ON = "off", "suggest", "on"
RUN, NOTE, RESOLVE, ESCALATE, WAIT, CHECK = "run", "note", "resolve", "escalate", "wait", "check"
END, GIVE_UP = -1, -2
"""Where a list of steps goes on to: its end, and its end as a failure."""
MOST_RUNS, MOST_STEPS = 10, 40
USUAL = Limit(5, HOUR)
"""How often at most, unless it is said otherwise."""


@dataclass(frozen=True, slots=True)
class On:
    """An occasion. ``step`` is the step an escalation must have reached (0: any), ``after`` how
    long something is open, ``match`` which resources, ``name`` the metric rule's or the action's,
    ``states`` how an execution ended."""

    event: str
    step: int = 0
    after: Instant = 0
    match: Match = field(default_factory=dict)
    name: str = ""
    states: tuple[str, ...] = ()
    cron: Cron | None = None
    zone: str = "UTC"
    said: str = ""

    def hears(self) -> tuple[str, ...]:
        """The events that may be this occasion."""
        return _BEGINS.get(self.event, (self.event,))

    @property
    def words(self) -> str:
        """``when an incident opens``."""
        match self.event:
            case "still_open":
                return f"when an incident is open for {span(self.after)}"
            case "escalated":
                return "when it is escalated" + (f" to step {self.step}" if self.step else "")
            case "severity":
                return "when it becomes worse"
            case "metric":
                return f"when the metric rule {self.name} fires"
            case "resource":
                return f"when a resource is {matched(self.match)}"
            case "schedule":
                return f"at {self.said}"
            case "execution":
                return f"when {self.name} ended as {' or '.join(self.states)}"
        return _WORDS[self.event]


_WORDS = {
    OPENED: "when an incident opens", REOPENED: "when an incident opens again",
    ACKNOWLEDGED: "when it is acknowledged", RESOLVED: "when it is resolved",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Do:
    """One step. ``then`` is the step that follows where it is done (or it helped), ``other`` where
    it failed (or did not); ``anyway`` resolves although alerts still fire."""

    kind: str
    offer: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    within: Instant = 0
    anyway: bool = False
    then: int = END
    other: int = GIVE_UP


@dataclass(frozen=True)
class Automation:
    """What is done by itself, when, and how often at most.

    ``approved`` says that whoever wrote it is the second person its actions need. ``within`` is how
    long after its last action it is looked whether that helped."""

    name: str
    on: tuple[On, ...]
    do: tuple[Do, ...]
    title: str = ""
    when: Match = field(default_factory=dict)
    hours: Hours | None = None
    nobody: bool = False
    mode: str = OFF
    cooldown: Instant = 30 * MINUTE
    limit: Limit | None = USUAL
    breaker: int = 3
    pause: Instant = 2 * HOUR
    approved: bool = False
    team: str = ""
    within: Instant = 15 * MINUTE

    @cached_property
    def digest(self) -> str:
        """Another where it does something else."""
        return hashlib.sha256(repr((self.do, self.approved)).encode()).hexdigest()[:16]

    @property
    def offers(self) -> tuple[str, ...]:
        """What it runs, by name."""
        return tuple(dict.fromkeys(one.offer for one in self.do if one.kind == RUN))

    @property
    def acts(self) -> bool:
        """Whether it runs anything."""
        return any(one.kind == RUN for one in self.do)


class Automations:
    """Those of the settings, by what they listen to. ``halted`` says that somebody stopped all, in
    words for whoever looks; what counts is in the database."""

    def __init__(self, some: Iterable[Automation] = ()) -> None:
        self._all = {one.name: one for one in some}
        self.halted = ""
        self._heard = frozenset(e for one in self for on in one.on for e in on.hears())

    def __iter__(self) -> Iterator[Automation]:
        return iter(sorted(self._all.values(), key=lambda one: one.name))

    def __len__(self) -> int:
        return len(self._all)

    def get(self, name: str) -> Automation | None:
        """One by its name."""
        return self._all.get(name)

    def hears(self, event: str) -> bool:
        """Whether any listens to an event."""
        return event in self._heard

    def of(self, event: str) -> list[tuple[Automation, On]]:
        """Those that listen to it, and to which occasion."""
        return [(one, on) for one in self for on in one.on if event in on.hears()]


# whether it is the occasion


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened: an event of an incident, a resource, a clock or an execution. ``step`` is the
    one an escalation reached (from 1), ``name`` and ``state`` are an execution's."""

    event: str
    step: int = 0
    name: str = ""
    state: str = ""


def is_occasion(on: On, happened: Happened, facts: Facts) -> bool:
    """Whether this is what an automation waits for, as far as the event alone says."""
    match on.event:
        case "escalated":
            return not on.step or happened.step == on.step
        case "metric":
            named = fnmatchcase(facts.first("labels.alertname"), on.name)
            return named and bool(facts.first("labels.metric"))
        case "resource":
            return fits(on.match, facts) is not None
        case "execution":
            return fnmatchcase(happened.name, on.name) and happened.state in on.states
    return True


# whether it runs


@dataclass(frozen=True, slots=True)
class Past:
    """What an automation did lately, the newest first: when it ran, and when about the same."""

    ran: tuple[Instant, ...] = ()
    same: Instant | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a decision stands on. ``mode`` is as people left it (``tripped`` too), ``trying``
    that one which tripped tries once; ``holder`` who has it, ``quiet`` why nobody is asked either,
    ``stopped`` who stopped everything, ``chain`` the automations that led here."""

    facts: Facts
    now: Instant
    mode: str
    holder: str = ""
    quiet: str = ""
    stopped: str = ""
    tripped: str = ""
    past: Past = Past()
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """``verdict``: ``run``, ``suggest``, ``held`` (it would have run, but), ``unfit`` (it is not
    for this), ``off``; and why."""

    verdict: str
    why: str


HELD, UNFIT = "held", "unfit"


def decide(one: Automation, case: Case) -> Decision:
    """Whether an automation runs on an occasion, and why or why not."""
    if lacks := unfit(one, case):
        return Decision(UNFIT, lacks)
    if case.mode == OFF:
        return Decision(OFF, "it is off")
    fit = fits(one.when, case.facts) or ""
    if why := case.stopped or _held(one, case):
        return Decision(HELD, why)
    if case.mode == SUGGEST:
        return Decision(SUGGEST, fit)
    if why := case.tripped or over_limit(one, case.now, case.past):
        return Decision(HELD, why)
    return Decision(RUN, fit)


def unfit(one: Automation, case: Case) -> str:
    """What of its conditions does not hold, in words; "" where all do."""
    if lacks := unmet(one.when, case.facts):
        return lacks
    if one.nobody and case.holder:
        return f"{case.holder} has it"
    if one.hours is not None and not clocks.holds(one.hours, case.now):
        return f"it is not {clocks.words(one.hours)}"
    return ""


def _held(one: Automation, case: Case) -> str:
    if case.quiet:
        return case.quiet
    if one.name in case.chain:
        return f"it led to this itself: {' → '.join((*case.chain, one.name))}"
    return ""


def over_limit(one: Automation, now: Instant, past: Past) -> str:
    """Which limit is reached, in words; "" for none."""
    if past.same is not None and one.cooldown and now - past.same < one.cooldown:
        ago, left = span(now - past.same), span(past.same + one.cooldown - now)
        return f"it ran about this {ago} ago; the cool-down lasts {left} more"
    limit = one.limit
    if limit is not None and sum(now - at < limit.span for at in past.ran) >= limit.count:
        return f"it ran {limit.count} times in {span(limit.span)}, which is its limit"
    return ""


def trips(one: Automation, helped: Sequence[bool]) -> bool:
    """Whether the latest runs (the newest first) say that it does not help."""
    last = helped[: one.breaker]
    return bool(one.breaker) and len(last) == one.breaker and not any(last)


def span(ms: int) -> str:
    """``30 min``, ``2 h``."""
    minutes = -(-ms // MINUTE)
    if minutes >= 120 and minutes % 60 == 0:
        return f"{minutes // 60} h"
    return f"{minutes} min" if ms >= MINUTE else f"{max(0, ms // 1000)} s"


def matched(match: Match) -> str:
    """``severity critical or error and alertname Disk*``."""
    return " and ".join(f"{name} {' or '.join(globs)}" for name, globs in match.items())
