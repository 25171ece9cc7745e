"""``automation-report``: what automation solved, what it did not, and the minutes it saved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from commands.automation.automations import READ, Tally, tallied
from commands.context import View
from commands.errors import Invalid
from commands.registry import arg, query
from commands.rules.when import length_of
from commands.told import Told
from commands.words import count
from store import automation_runs as runs
from store import incidents
from store.automation_runs import HELPED, AutomationRun
from store.clock import iso
from store.db import Tx
from store.model import DAY, Incident, Instant

LONGEST = 400 * DAY
NOTHING = Tally()
_MOST = 20_000
"""So many runs are read: a question has little time."""
COUNTED = (
    "Helped: the incident cleared within its time after the action and no person resolved it. "
    "Without a person: nobody acknowledged it either. Minutes: what each action that helped saves, "
    "as its settings say; 10 where they say nothing."
)


@dataclass(frozen=True, slots=True)
class Span:
    """Arguments of ``automation-report``."""

    days: str = arg("text", "How far back: 30d.", default="30d")


@dataclass(frozen=True, slots=True)
class Report(Told):
    """The answer; ``by`` are (automation, tally), the busiest first; ``whole`` is their sum."""

    since: Instant = 0
    by: tuple[tuple[str, Tally], ...] = ()
    whole: Tally = NOTHING


def back(text: str, longest: Instant = LONGEST) -> Instant:
    """``30d``, ``since 7d``, ``12h`` as ms."""
    found = length_of(text.strip().casefold().removeprefix("since ").strip() or "30d")
    if not found or found > longest:
        raise Invalid(f"{text} is no span of time up to {longest // DAY} days: write 30d.", "days")
    return found


@query(
    "automation-report", group="auto", permission=READ, args=Span, example="automation-report 30d"
)
async def report(view: View, args: Span) -> Report:
    """What automation solved: runs, helped, failed, without a person, minutes saved."""
    since = view.now - back(args.days)
    found, all_read = await view.read(lambda tx: _read(tx, since))
    alone = await view.read(lambda tx: _alone(tx, found))
    by: dict[str, list[AutomationRun]] = defaultdict(list)
    for one in found:
        by[one.automation].append(one)
    tallies = sorted(
        ((name, tallied(some, alone)) for name, some in by.items()),
        key=lambda pair: (-pair[1].ran, pair[0]),
    )
    whole = tallied(found, alone)
    days = (view.now - since) // DAY
    head = f"{days} days: {_words(whole)}" if found else f"Nothing ran by itself in {days} days."
    lines = [head, *(f"{name}: {_words(one)}" for name, one in tallies)]
    if not all_read:
        lines.append("There is more than could be read in time: ask for fewer days.")
    facts = {
        "since": iso(since), "whole": _facts(whole), "complete": all_read,
        "automations": {name: _facts(one) for name, one in tallies},
    }  # fmt: skip
    return Report((*lines, COUNTED), facts, since=since, by=tuple(tallies), whole=whole)


def _read(tx: Tx, since: Instant) -> tuple[list[AutomationRun], bool]:
    """All runs of a time, page by page; false where that took too long."""
    found: list[AutomationRun] = []
    before = 0
    while page := runs.page(tx, since, before):
        found += page
        before = page[-1].id
        if len(found) >= _MOST:
            return found, False
    return found, True


def _alone(tx: Tx, found: list[AutomationRun]) -> frozenset[int]:
    """The incidents of runs that helped which nobody had."""
    numbers = sorted({one.incident_id for one in found if one.state == HELPED and one.incident_id})
    alone: set[int] = set()
    for n in range(0, len(numbers), 200):
        some = incidents.many(tx, numbers[n : n + 200])
        alone.update(number for number, one in some.items() if without_a_person(one))
    return frozenset(alone)


def without_a_person(one: Incident) -> bool:
    """Whether nobody acknowledged it or resolved it."""
    by = one.resolved_by or ""
    return one.acknowledged_at is None and (not by or by.startswith("automation "))


def _words(one: Tally) -> str:
    said = f"{count(one.ran, 'run')}, {one.helped} helped, {one.unhelped} did not, "
    said += f"{one.failed} failed, {one.held} held back"
    return f"{said}; {one.alone} without a person, {count(one.minutes, 'minute')} saved"


def _facts(one: Tally) -> dict[str, Any]:
    return {
        "ran": one.ran, "helped": one.helped, "unhelped": one.unhelped, "failed": one.failed,
        "held": one.held, "without_a_person": one.alone, "minutes": one.minutes,
    }  # fmt: skip
