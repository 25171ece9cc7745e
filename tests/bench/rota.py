"""How long it takes to know who is on call: a company's schedules, hourly handoffs, coverage."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from commands.prove import walked
from commands.rules import oncall
from commands.rules.oncall.wall import clock_of
from commands.rules.reach import Contacts
from store.model import DAY, MINUTE, Definitions, Person, Policy, Route, Step, Team
from store.model.oncall import Away, Schedule
from tests.bench.figures import Figure, of_runs
from tests.oncall.companies import START, company, hourly

MANY, DAYS = 1000, 90
ASKED = 10_000


def measure(_: Path, rounds: int) -> Iterator[Figure]:
    """Seconds of one processor; the clocks of the zones are read anew in each round.

    Garbage is looked for as the service does: not in what lives long.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)
    try:
        yield from _measured(rounds)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _measured(rounds: int) -> Iterator[Figure]:
    mixed = [company(number) for number in range(MANY)]
    yield of_runs(
        f"shifts of {MANY:,} schedules over {DAYS} days",
        _runs(rounds, lambda: _shifts(mixed)), "s", most=2,
    )  # fmt: skip
    handing = [hourly(number) for number in range(MANY)]
    yield of_runs(
        f"shifts of {MANY:,} schedules, handoff each hour",
        _runs(rounds, lambda: _shifts(handing)), "s", most=2,
    )  # fmt: skip
    yield of_runs(
        f"who is on call now in {ASKED:,} schedules",
        _runs(rounds, lambda: _who(mixed)), "s", most=1,
    )  # fmt: skip
    known = _definitions(mixed)
    yield of_runs(
        f"prove: where {MANY:,} teams would ask nobody in {DAYS} days, and why",
        _runs(rounds, lambda: _proven(known)), "s", most=2.5,
    )  # fmt: skip


def _runs(rounds: int, work: Callable[[], int]) -> list[float]:
    took = []
    for _ in range(rounds):
        clock_of.cache_clear()
        began = time.process_time()
        assert work()
        took.append(time.process_time() - began)
    return took


def _shifts(schedules: list[Schedule]) -> int:
    return sum(len(oncall.shifts(each, START, START + DAYS * DAY)) for each in schedules)


def _who(schedules: list[Schedule]) -> int:
    asked = ((schedules[n % MANY], START + n * 37 * MINUTE) for n in range(ASKED))
    return sum(len(oncall.who(of, at)) for of, at in asked)


def _definitions(schedules: list[Schedule]) -> Definitions:
    """A team a schedule, one policy for all; each person is away for a week."""
    handles = [*(f"p{n}" for n in range(10)), "zoe", "yan"]
    people = {h: Person(h, h.title(), email=f"{h}@example.eu") for h in handles}
    teams = {f"t{n}": Team(f"t{n}", ("p1",), f"schedule:s{n}", "p3") for n in range(MANY)}
    steps = (Step(("oncall",)), Step(("lead",), severity=("critical",)))
    return Definitions(
        1,
        people,
        teams,
        tuple(Route(name, {"team": (name,)}, name) for name in teams),
        {"default": Policy("default", steps)},
        {f"s{n}": replace(each, name=f"s{n}") for n, each in enumerate(schedules)},
        away=tuple(
            Away(h, START + n * 5 * DAY, START + (n * 5 + 7) * DAY) for n, h in enumerate(handles)
        ),
    )


def _proven(known: Definitions) -> int:
    return len(walked(known, START, START + DAYS * DAY, Contacts()).holes)
