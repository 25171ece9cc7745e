"""How the status page comes about from what is published: parts, days, words. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from bot.settings import parse
from bot.yamlfile import BadSettings
from commands.rules import status as rules
from commands.rules.status import Entry, Work
from store.model import DAY, HOUR, MINUTE
from store.model.status import DEGRADED, OUTAGE, Component, Line, Post, StatusPage

NOW = 1_795_313_340_000
"""2026-11-22T02:09:00Z, 03:09 in Berlin."""
PAGE = StatusPage(
    "Example", True,
    (Component("Checkout", "service:checkout"), Component("Search", "service:search-*"),
     Component("Docs")),
    "Europe/Berlin",
)  # fmt: skip


def entry(key: str = "a", **more: Any) -> Entry:
    """An incident that began an hour ago and is still open."""
    given: dict[str, Any] = {
        "title": "Slow", "impact": DEGRADED, "components": ("Checkout",), "began": NOW - HOUR,
        "over": None, "lines": (),
    }  # fmt: skip
    return Entry(key, **{**given, **more})


def states(*entries: Entry, work: tuple[Work, ...] = ()) -> list[str]:
    """How each part is."""
    return [p.state for p in rules.shown(PAGE, entries, work, NOW).parts]


def test_a_part_is_as_bad_as_the_worst_that_is_open() -> None:
    assert states() == ["operational"] * 3
    both = entry(), entry("b", impact=OUTAGE, components=("Checkout", "Search"))
    assert states(*both) == ["outage", "outage", "operational"]
    assert states(entry(over=NOW)) == ["operational"] * 3


def test_the_headline_counts_what_concerns_no_part_too() -> None:
    page = rules.shown(PAGE, [entry(components=(), impact=OUTAGE)], [], NOW)
    assert page.headline == "Something does not work"
    assert {p.state for p in page.parts} == {"operational"}


def test_maintenance_colours_a_part_only_while_it_is_under_way_and_nothing_is_worse() -> None:
    later = Work("m", "Maintenance", ("Search",), NOW + HOUR, NOW + 2 * HOUR, False)
    now = Work("m", "Maintenance", ("Search",), NOW, NOW + HOUR, True)
    assert states(work=(later,)) == ["operational"] * 3
    assert states(work=(now,)) == ["operational", "maintenance", "operational"]
    worse = entry(components=("Search",))
    assert states(worse, work=(now,))[1] == "degraded"


def test_days_are_those_of_the_pages_zone() -> None:
    late = entry(began=NOW - 3 * HOUR - 10 * MINUTE, over=NOW)
    early = entry("b", began=NOW - 3 * HOUR, over=NOW)
    days = rules.shown(PAGE, [late, early], [], NOW).days
    assert [len(d.entries) for d in days[:3]] == [1, 1, 0]
    assert len(days) == 14
    assert rules.earliest(PAGE, NOW) == NOW - 13 * DAY - 3 * HOUR - 9 * MINUTE


def test_a_line_that_says_it_is_over_counts_before_the_monitor_does() -> None:
    line = Line(1, 7, NOW - MINUTE, "resolved", "Fixed")
    post = Post(7, NOW - HOUR, "Slow")
    said = rules.entry("k", post, [line], NOW - HOUR, None)
    assert (said.over, said.phase) == (NOW - MINUTE, "resolved")
    assert rules.entry("k", post, [line], NOW - HOUR, NOW).over == NOW


TOUCHED = [
    ("service=checkout", ("Checkout",)),
    ("service=search-eu", ("Search",)),
    ("service=*", ("Checkout", "Search")),
    ("service=checkout,search-us", ("Checkout", "Search")),
    ("host=db-5", ()),
    ("service!=checkout", ()),
    ("checkout", ()),
]


@pytest.mark.parametrize(("what", "parts"), TOUCHED)
def test_a_maintenance_concerns_the_parts_whose_field_it_names(
    what: str, parts: tuple[str, ...]
) -> None:
    assert rules.touched(PAGE, what) == parts


WRONG = [
    ("status: {components: {A: {publish: {after: 5}}}}", "publish needs match"),
    ("status: {components: {'A, B': {}}}", "without a comma"),
    ("status: {zone: Mars}", "Mars is no time zone"),
    ("status: {components: {A: {match: 'severity:bad'}}}", "bad is not a severity"),
    ("status: {components: {A: {match: nobody}}}", "not about who has it"),
    ("channels: {ops: {}}", "such as slack:#ops"),
    ("channels: {'slack:#a': {digest: sometimes}}", "write hourly, daily"),
    ("channels: {'slack:#a': {digest: hourly 9}}", "write hourly, daily"),
    ("channels: {'slack:#a': {cards: each, digest: daily}}", "digest goes with"),
    ("channels: {'slack:#a': {criticals: true}}", "criticals goes with"),
    ("channels: {'slack:#a': {events: [born]}}", "events"),
    ("channels: {'slack:#a': {quiet: {from: '9:00', to: '9:00'}}}", "never end"),
    ("channels: {'slack:#a': {here: {per_day: 0}}}", "per_day"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_mistake_in_the_settings_is_named(text: str, says: str) -> None:
    with pytest.raises(BadSettings) as told:
        parse(text, "x.yaml")
    assert says in str(told.value)
