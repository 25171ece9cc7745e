"""A list as a chat shows it: at most ten lines, groups with counts, and where all of it is."""

from __future__ import annotations

from dataclasses import replace

from bot.cards import lists
from commands.rules import lists as rules
from store.model import Definitions, Incident, Listing, Severity
from tests.cards.support import DEFINITIONS, INCIDENT

URL = "https://pv.example.eu"


def said(found: Listing, known: Definitions = DEFINITIONS) -> list[str]:
    return ["".join(s.text for s in line) for line in lists.listing(found, known, URL).lines]


def links(found: Listing) -> list[str]:
    return [s.url for line in lists.listing(found, DEFINITIONS, URL).lines for s in line if s.url]


def many(count: int) -> tuple[Incident, ...]:
    return tuple(replace(INCIDENT, id=n, holder=None, title=f"T{n}") for n in range(1, count + 1))


def test_ten_lines_are_the_most() -> None:
    assert len(said(Listing(many(10), words="critical", said="critical"))) == 10
    lines = said(Listing(many(12), words="critical", said="critical"))
    assert len(lines) == 10
    assert lines[-1] == "3 more. Open in console"
    assert said(Listing(many(10), next="3"))[-1] == "More. Open in console"


def test_the_console_opens_with_the_same_list() -> None:
    found = Listing(many(12), words='title="a b" since=2h')
    assert links(found)[-1] == f"{URL}/?filter=title%3D%22a+b%22+since%3D2h"


def test_nothing_says_what_there_is_without_the_filter() -> None:
    nothing = Listing((), words="team=db", said="team=db, critical", without=4, hint="Did you?")
    assert said(nothing) == [
        "Nothing matches team=db, critical. 4 open without the filter.", "Did you?",
    ]  # fmt: skip
    assert said(Listing((), words="", without=0)) == ["Nothing is open."]
    assert said(Listing(())) == ["Nothing fits."]


def grouped(field: str, values: list[str]) -> Listing:
    groups = [rules.one(v, replace(INCIDENT, id=n, holder=None)) for n, v in enumerate(values)]
    return Listing(many(1), words=f"group={field}", group=field, groups=tuple(groups))


def test_groups_are_lines_with_counts_and_the_worst() -> None:
    worst = replace(INCIDENT, id=7, severity=Severity.CRITICAL, holder=None, title="Disk full")
    other = replace(INCIDENT, id=8, severity=Severity.ERROR, holder="omar", title="Lag")
    group = rules.one("postgres", other).plus(rules.one("postgres", worst))
    found = Listing((worst,), words="", group="service", groups=(group, rules.one("", other)))
    assert said(found) == [
        "🔴 postgres 2, 1 with nobody · worst #7 Disk full",
        "🔶 no service 1 · #8 Lag",
    ]
    lines = said(grouped("env", [f"e{n}" for n in range(14)]))
    assert len(lines) == 10
    assert lines[-1] == "5 more groups. Open in console"


def test_groups_have_the_names_people_use() -> None:
    heads = {
        ("team", "db"): "team db", ("tag", "vendor"): "#vendor", ("status", "triggered"): "New",
        ("who", ""): "Nobody", ("severity", "error"): "error", ("env", ""): "no env",
    }  # fmt: skip
    for (field, value), name in heads.items():
        assert name in said(grouped(field, [value]))[0]
