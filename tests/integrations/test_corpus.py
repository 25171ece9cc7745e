"""Every tool with an integration against the collection of real bodies: a table, and its floor.

``pytest -s`` prints the table. What a row of the collection does not state is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import pytest

import integrations
from integrations.base import Malformed, Receiver
from store.model import AlertReading
from tests.integrations.corpus import Sample, hostile, of, samples

OVERALL, EACH = 0.98, 0.90
OF_THEIR_OWN = frozenset(("alertmanager", "webhook"))
"""Their hostile bodies have tests of their own."""

Alerts = tuple[AlertReading, ...]


@cache
def receiver(name: str) -> Receiver | None:
    """The integration of this name, where it reads webhooks."""
    found = integrations.load(name)
    return found if isinstance(found, Receiver) else None


@cache
def tools() -> tuple[str, ...]:
    """The tools of the collection that have an integration."""
    named = sorted({tool(each) for each in samples()} - {"_hostile"})
    return tuple(name for name in named if receiver(name) is not None)


def tool(sample: Sample) -> str:
    """Whose body it is."""
    return sample.file.partition("/")[0]


@cache
def read(file: str) -> Alerts | Malformed:
    """The alerts of one body, or why it was refused."""
    sample = next(each for each in samples() if each.file == file)
    reader = receiver(tool(sample))
    assert reader is not None
    try:
        return tuple(reader.read(sample.request).alerts)
    except Malformed as error:
        return error


def wrong(sample: Sample) -> list[str]:
    """What is not as the collection says; nothing where all of it is."""
    alerts = read(sample.file)
    if isinstance(alerts, Malformed):
        return [f"refused: {alerts.where}: {alerts.error}"]
    return [found for check in CHECKS if (found := check(sample.expected, alerts))]


def status(due: dict[str, Any], alerts: Alerts) -> str:
    """One of the alerts has the status, or one the row also allows."""
    allowed = {due["status"], *due.get("status_also_ok", ())}
    return said("status", allowed, [str(each.status) for each in alerts])


def title(due: dict[str, Any], alerts: Alerts) -> str:
    """The words a person would look for stand in a title."""
    words = due.get("title_contains")
    titles = [each.title for each in alerts]
    found = not words or any(words.casefold() in each.casefold() for each in titles)
    return "" if found else f"title: no {words!r} in {titles}"


def resource(due: dict[str, Any], alerts: Alerts) -> str:
    """What it is about."""
    named = due.get("resource")
    return said("resource", {named}, [each.resource for each in alerts]) if named else ""


def severity_word(due: dict[str, Any], alerts: Alerts) -> str:
    """The tool's own word, as it was sent."""
    word = due.get("severity_raw")
    return said("severity", {word}, [each.severity_raw for each in alerts]) if word else ""


def number(due: dict[str, Any], alerts: Alerts) -> str:
    """As many alerts as the body holds."""
    many = due.get("n_alerts")
    return said("alerts", {many}, [len(alerts)]) if many else ""


def key(due: dict[str, Any], alerts: Alerts) -> str:
    """States of one problem share their key."""
    other = due.get("dedup_same_as")
    first = read(other) if other else alerts
    if isinstance(first, Malformed):
        return f"key: {other} was refused"
    keys = {each.key for each in alerts}
    return "" if keys & {each.key for each in first} else f"key: {keys} is not that of {other}"


def said(what: str, due: set[Any], got: Sequence[Any]) -> str:
    """A complaint, or nothing."""
    return "" if due & set(got) else f"{what}: {got}, not {due}"


CHECKS: tuple[Callable[[dict[str, Any], Alerts], str], ...] = (
    status, title, resource, severity_word, number, key,
)  # fmt: skip


def table() -> Iterator[tuple[str, int, int, list[str]]]:
    """Tool, bodies read right, bodies, and what is wrong with the others."""
    for name in tools():
        found = {each.file: wrong(each) for each in of(name)}
        bad = [f"{file}: {'; '.join(what)}" for file, what in found.items() if what]
        yield name, len(found) - len(bad), len(found), bad


def test_the_bodies_of_every_tool_are_read_as_the_collection_says() -> None:
    rows = list(table())
    for name, right, all_, bad in rows:
        print(f"{name:18} {right:3}/{all_:<3} {'' if right == all_ else '!'}")
        for what in bad:
            print(f"    {what[:300]}")
    right, all_ = sum(row[1] for row in rows), sum(row[2] for row in rows)
    print(f"{len(rows)} tools  {right}/{all_}")
    low = [name for name, right, all_, _ in rows if right < EACH * all_]
    assert not low, f"less than {EACH:.0%} of the bodies of {low} are read right"
    assert right >= OVERALL * all_, f"{right} of {all_} bodies are read right"


def test_bodies_that_mean_harm_get_what_their_row_says() -> None:
    targets = {each.target for each in of("_hostile")} - OF_THEIR_OWN
    due = [each for each in hostile(*targets) if receiver(each.target) is not None]
    bad = [f"{each.file}: {found}" for each in due if (found := harmed(each))]
    assert not bad, "\n".join(bad)


def harmed(sample: Sample) -> str:
    """What is wrong with the answer to a hostile body."""
    reader = receiver(sample.target)
    assert reader is not None
    answer = sample.expected["http"]
    try:
        if (verify := getattr(reader, "verify", None)) is not None and answer == "4xx":
            verify(sample.request, sample.request.settings)
        alerts = tuple(reader.read(sample.request).alerts)
    except Malformed as error:
        return "" if answer in ("4xx", "either") else f"refused: {error.where}: {error.error}"
    if answer == "4xx":
        return "was read"
    return status(sample.expected, alerts) if sample.expected.get("status") else ""


@pytest.mark.parametrize("name", sorted(integrations.names()))
def test_every_reader_reads_the_same_body_alike_twice(name: str) -> None:
    reader = receiver(name)
    for sample in of(name) if reader is not None else ():
        first = read(sample.file)
        if reader is not None and not isinstance(first, Malformed):
            assert tuple(reader.read(sample.request).alerts) == first, sample.file
