"""``automation-try``: which of the past incidents an automation would have taken up, with which
parameters, what its limits would have held back, and what became of those incidents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from sqlalchemy import select

from commands.automation import readying, telling
from commands.automation.automations import READ
from commands.automation.facts import facts_of
from commands.automation.occasions import Occasion
from commands.automation.reporting import back
from commands.context import Rulebook, View
from commands.errors import NotFound
from commands.oncall import zone_of
from commands.registry import arg, query
from commands.rules import automating, cron
from commands.rules.automating import (
    ACKNOWLEDGED,
    CHECK,
    ESCALATED,
    EXECUTION,
    METRIC,
    ON,
    OPENED,
    REOPENED,
    RESOLVED,
    RESOURCE,
    RUN,
    SCHEDULE,
    SEVERITY,
    STILL_OPEN,
    Automation,
    Case,
    Happened,
    On,
    Past,
)
from commands.rules.conditions import Facts
from commands.told import Told
from commands.words import count, duration, local
from store import incidents
from store.clock import iso
from store.db import Tx
from store.incidents import Wanted
from store.model import DAY, Incident, Instant
from store.tables import TIMELINE

MOST, PAGE, SHOWN = 2_000, 200, 12
_LINES = {REOPENED: "reopen", SEVERITY: "severity", ESCALATED: "step"}
_NOT_TRIED = {RESOURCE: "states of resources", EXECUTION: "ends of executions"}


@dataclass(frozen=True, slots=True)
class Try:
    """Arguments of ``automation-try``."""

    name: str = arg("word", "The automation, as the settings call it.")
    since: str = arg("text", "How far back: since 7d.", default="7d")


@dataclass(frozen=True, slots=True)
class Would:
    """One time that it would have been called for: ``verdict`` and ``why`` as decided, ``runs`` the
    actions with their parameters, ``wrong`` what would have kept them from being run."""

    incident: Incident | None
    at: Instant
    verdict: str
    why: str
    runs: tuple[str, ...] = ()
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Tried(Told):
    """The answer; ``would`` are the times, in order."""

    would: tuple[Would, ...] = ()


@dataclass(slots=True)
class _Trial:
    """Occasions one after the other, each with what ran before it."""

    rule: Automation
    rules: Rulebook
    ran: list[tuple[Instant, str]] = field(default_factory=list)

    def decided(self, tx: Tx, at: Instant, it: Occasion) -> Would | None:
        """What would have been decided; None where it is not meant."""
        same = max((when for when, scope in self.ran if scope == it.scope), default=None)
        past = Past(tuple(when for when, _ in self.ran), same)
        one = it.incident
        had = one is not None and one.acknowledged_at is not None and one.acknowledged_at <= at
        case = Case(it.facts, at, ON, "somebody" if had else "", past=past)
        found = automating.decide(self.rule, case)
        if found.verdict not in (RUN, automating.HELD):
            return None
        would = Would(one, at, found.verdict, found.why)
        if found.verdict == RUN:
            self.ran.append((at, it.scope))
            runs, wrong = self._runs(tx, it)
            would = replace(would, runs=runs, wrong=wrong)
        return would

    def _runs(self, tx: Tx, it: Occasion) -> tuple[tuple[str, ...], str]:
        """The actions up to where what comes next depends on what came of one."""
        said: list[str] = []
        step = 0
        while step >= 0:
            do = self.rule.do[step]
            if do.kind == CHECK:
                break
            if do.kind == RUN:
                try:
                    offer, params, on = readying.filled(tx, self.rules, do, it.facts, it.incident)
                except readying.Refused as refused:
                    return tuple(said), str(refused)
                secret = tuple(p.name for p in offer.params if p.secret)
                said.append(telling.deed(offer, params, secret, on))
            step = do.then
        return tuple(said), ""


def tried(tx: Tx, rules: Rulebook, rule: Automation, since: Instant, now: Instant) -> Tried:
    """The trial over the incidents of some time; only read."""
    occasions, looked, whole = _occasions(tx, rule, since)
    trial = _Trial(rule, rules)
    times = sorted([*occasions, *_times(rule, since, now)], key=_order)
    would = tuple(one for at, it in times if (one := trial.decided(tx, at, it)) is not None)
    facts = {
        "since": iso(since), "incidents": looked, "complete": whole,
        "would": [_fact(one) for one in would[:500]],
    }  # fmt: skip
    lines = tuple(_lines(rule, would, looked, since, now, whole=whole))
    return Tried(lines, facts, would=would)


@query(
    "automation-try", group="auto", permission=READ, args=Try, example="automation-try restart 7d"
)
async def trying(view: View, args: Try) -> Tried:
    """What an automation would have done about past incidents; nothing is run."""
    rule = view.rules.automations.get(args.name)
    if rule is None:
        there = ", ".join(one.name for one in view.rules.automations) or "none yet"
        raise NotFound(f"There is no automation {args.name}. Automations: {there}.")
    since = view.now - back(args.since)
    found = await view.read(lambda tx: tried(tx, view.rules, rule, since, view.now))
    zone = zone_of(view)
    shown = [_shown(one, zone, view.now) for one in found.would if one.verdict == RUN]
    more = f"… and {len(shown) - SHOWN} more." if len(shown) > SHOWN else ""
    lines = (*found.lines, *shown[:SHOWN], *filter(None, (more,)))
    return replace(found, lines=tuple(map(view.rules.redact, lines)))


def _order(one: tuple[Instant, Occasion]) -> tuple[Instant, int]:
    return one[0], one[1].incident.id if one[1].incident is not None else 0


def _occasions(
    tx: Tx, rule: Automation, since: Instant
) -> tuple[list[tuple[Instant, Occasion]], int, bool]:
    """When it would have been called for, the incidents looked at, whether those are all."""
    found: list[tuple[Instant, Occasion]] = []
    looked, before = 0, None
    while looked < MOST:
        wanted = Wanted(opened=(since, None), sort="newest", before=before)
        page = incidents.page(tx, wanted, PAGE)
        for one in page:
            looked += 1
            found += _of_incident(tx, rule, one)
        if len(page) < PAGE:
            return found, looked, True
        before = page[-1].id
    return found, looked, False


def _of_incident(tx: Tx, rule: Automation, one: Incident) -> Iterator[tuple[Instant, Occasion]]:
    facts: Facts | None = None
    for on in rule.on:
        for at, event, step in _moments(tx, on, one):
            facts = facts or facts_of(tx, one)
            if automating.is_occasion(on, Happened(event, step), facts):
                yield at, Occasion(event, "", facts, one)


def _moments(tx: Tx, on: On, one: Incident) -> Iterator[tuple[Instant, str, int]]:
    """When an occasion came in the life of an incident."""
    if on.event in (OPENED, METRIC):
        yield one.opened_at, OPENED, 0
    elif on.event == STILL_OPEN:
        at = one.opened_at + on.after
        if one.resolved_at is None or one.resolved_at > at:
            yield at, STILL_OPEN, 0
    elif on.event == ACKNOWLEDGED and one.acknowledged_at:
        yield one.acknowledged_at, ACKNOWLEDGED, 0
    elif on.event == RESOLVED and one.resolved_at:
        yield one.resolved_at, RESOLVED, 0
    elif on.event in _LINES:
        c = TIMELINE.c
        mine = (c.incident_id == one.id) & (c.kind == _LINES[on.event])
        lines = tx.conn.execute(select(c.at).where(mine).order_by(c.id).limit(50)).scalars()
        for n, at in enumerate(lines):
            if on.event != ESCALATED or n:
                yield at, on.event, n + 1


def _times(rule: Automation, since: Instant, now: Instant) -> Iterator[tuple[Instant, Occasion]]:
    for on in rule.on:
        at = since
        while on.event == SCHEDULE and on.cron is not None:
            following = cron.following(on.cron, at, on.zone)
            if following is None or following > now:
                break
            at = following
            yield at, Occasion(SCHEDULE, "", Facts())


# in words


def _lines(
    rule: Automation, would: tuple[Would, ...], looked: int, since: Instant, now: Instant, *,
    whole: bool,
) -> Iterator[str]:  # fmt: skip
    ran = [one for one in would if one.verdict == RUN]
    held = [one for one in would if one.verdict != RUN]
    days = max(1, (now - since) // DAY)
    some = "" if whole else f" (the newest {MOST:,}; there were more)"
    yield (
        f"{rule.name} in {count(days, 'day')}: it would have run {count(len(ran), 'time')} "
        f"about {count(looked, 'incident')}{some}. Nothing was run."
    )
    if held:
        causes = Counter("the cool-down" if "cool-down" in one.why else "its limit" for one in held)
        said = ", ".join(f"{cause} {many}" for cause, many in causes.most_common())
        yield f"Limits would have held it back {count(len(held), 'time')}: {said}."
    if wrong := Counter(one.wrong for one in ran if one.wrong):
        cause, many = wrong.most_common(1)[0]
        failed = count(sum(wrong.values()), "run")
        yield f"{failed} would have failed at once; {many} because {cause}."
    if about := [one.incident for one in ran if one.incident is not None]:
        yield f"What became of those: {_became(about)}."
    for on in rule.on:
        if on.event in _NOT_TRIED:
            yield f"Not tried: {_NOT_TRIED[on.event]} are not kept as they were."


def _became(some: list[Incident]) -> str:
    people: list[int] = []
    alone: list[int] = []
    for one in {each.id: each for each in some}.values():
        if one.resolved_at is not None:
            by_person = one.resolved_by and not one.resolved_by.startswith("automation ")
            (people if by_person else alone).append(one.resolved_at - one.opened_at)
    still = len({one.id for one in some}) - len(people) - len(alone)
    said = []
    if alone:
        said.append(f"{len(alone)} cleared by themselves after {_median(alone)}")
    if people:
        said.append(f"{len(people)} were resolved by people after {_median(people)}")
    if still:
        said.append(f"{still} {'is' if still == 1 else 'are'} still open")
    return ", ".join(said)


def _median(spans: list[int]) -> str:
    usual = duration(int(median(spans)))
    return usual if len(spans) == 1 else f"{usual} (median)"


def _shown(one: Would, zone: str, now: Instant) -> str:
    about = f"#{one.incident.id} {one.incident.title[:60]}" if one.incident else "by its schedule"
    what = one.wrong and f"could not be run: {one.wrong}"
    return f"{local(one.at, zone, now)} · {about} · {what or ', then '.join(one.runs)}"


def _fact(one: Would) -> dict[str, Any]:
    return {
        "incident": one.incident.id if one.incident else None, "at": iso(one.at),
        "verdict": one.verdict, "why": one.why, "runs": list(one.runs), "wrong": one.wrong,
    }  # fmt: skip
