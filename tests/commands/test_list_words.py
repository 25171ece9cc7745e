"""The words of a list: times, groups and an order beside a filter, and what may have been meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.rules import lists
from commands.rules.filters import BadFilter
from commands.rules.hints import completions, hint
from tests.support.world import START

BERLIN = "Europe/Berlin"


def read(text: str) -> lists.Asked:
    return lists.read(text, START, BERLIN)


def at(text: str, about: str = "opened") -> list[str]:
    """From when on and before when, as somebody in London reads it."""
    return [
        datetime.fromtimestamp(t / 1000, UTC).strftime("%d %b %H:%M") if t is not None else "-"
        for t in read(text).span(about)
    ]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("since=2h", ["22 Nov 00:09", "-"]),
        ("last 24h", ["21 Nov 02:09", "-"]),
        ("last 2 hours critical", ["22 Nov 00:09", "-"]),
        ("since yesterday", ["20 Nov 23:00", "-"]),
        ("since yesterday 9am disk", ["21 Nov 08:00", "-"]),
        ("since mon", ["15 Nov 23:00", "-"]),
        ("since=mon 9:00", ["16 Nov 08:00", "-"]),
        ("since sun", ["21 Nov 23:00", "-"]),
        ("since today", ["21 Nov 23:00", "-"]),
        ("since 9:00", ["21 Nov 08:00", "-"]),
        ("since=2026-11-20 03:00 before=2026-11-21", ["20 Nov 02:00", "20 Nov 23:00"]),
        ("since=2026-11-20T03:00:00Z", ["20 Nov 03:00", "-"]),
        ("before=24 dec", ["-", "23 Dec 23:00"]),
        ("opened>2h", ["-", "22 Nov 00:09"]),
        ("opened < 2h", ["22 Nov 00:09", "-"]),
        ("opened>yesterday", ["20 Nov 23:00", "-"]),
        ("age>3h", ["-", "21 Nov 23:09"]),
        ("since=3h since=1h", ["22 Nov 01:09", "-"]),
        ("disk", ["-", "-"]),
    ],
)
def test_times_are_those_behind_us_on_the_readers_clock(text: str, span: list[str]) -> None:
    assert at(text) == span


def test_of_what_is_resolved_since_is_about_that() -> None:
    assert at("resolved since yesterday", "resolved") == ["20 Nov 23:00", "-"]
    assert at("resolved since yesterday") == ["-", "-"]
    assert at("resolved opened>1d", "resolved") == ["-", "-"]
    assert at("all since yesterday") == ["20 Nov 23:00", "-"]


@pytest.mark.parametrize(
    ("text", "group", "sort", "limit", "view"),
    [
        ("group=service", "service", "", 0, ""),
        ("critical group by host sort=worst", "host", "worst", 0, ""),
        ("group:Severity limit=5", "severity", "", 5, ""),
        ("group=person", "who", "", 0, ""),
        ("view:payments critical", "", "", 0, "payments"),
        ('view="Prod, critical"', "", "", 0, "Prod, critical"),
    ],
)
def test_groups_orders_and_views_are_named(
    text: str, group: str, sort: str, limit: int, view: str
) -> None:
    asked = read(text)
    assert (asked.group, asked.sort, asked.limit, asked.view) == (group, sort, limit, view)


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("since=later", "later is not a time. Try: 2h, yesterday"),
        ("since=", "since has no value"),
        ("since tomorrow", "tomorrow is still to come"),
        ("since=2031-01-01", "2031-01-01 is still to come"),
        ("sort=up", "up is no order: newest, worst, oldest"),
        ("group=", "group= has no value. Try: severity"),
        ("limit=0", "limit=0 is not a number from 1 to 1000"),
        ("severity=loud", "loud is not a severity: critical, error, warning, info"),
        ("type=hots", "hots is not a type: host"),
    ],
)
def test_what_is_no_list_says_what_to_type(text: str, say: str) -> None:
    with pytest.raises(BadFilter, match=say):
        read(text)


def test_mere_words_are_looked_for() -> None:
    assert read("since the deploy it's down").filter.words == (
        "since", "the", "deploy", "it's", "down",
    )  # fmt: skip
    assert read("q=critical last q=team opened").filter.words == (
        "last", "opened", "critical", "team",
    )  # fmt: skip


def test_several_severities_are_one_word_too() -> None:
    assert str(read("critical,error new,acknowledged").filter) == (
        "severity=critical,error status=triggered,acknowledged"
    )


def test_labels_called_like_a_field_are_labels_where_that_is_said() -> None:
    terms = read("label=severity=page label=env=prod label=service!=x").filter.terms
    assert [str(t) for t in terms] == ["label.severity=page", "env=prod", "service!=x"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("team=db critical since=2h disk", "team=db, critical, “disk”, since 2h"),
        ("nobody resolved host!=db-*", "nobody, resolved, host!=db-*"),
        ("", ""),
    ],
)
def test_it_is_said_as_people_say_it(text: str, said: str) -> None:
    assert read(text).said == said


WORDS = st.sampled_from(
    [
        "critical", "nobody", "team", "db", "team=db", "host!=x-*", "since=2h", "since", "last",
        "yesterday", "3h", "group=env", "sort=worst", "limit=3", "view=a", "disk", "q=critical",
        "q=since", "opened>2h", "resolved", "label=severity=page", "it's", "and", "9am",
    ]
)  # fmt: skip


@given(st.lists(WORDS, max_size=8))
def test_a_list_reads_its_own_words_again(words: list[str]) -> None:
    try:
        asked = read(" ".join(words))
    except BadFilter:
        return
    again = read(asked.words)
    assert again.filter.terms == asked.filter.terms
    assert sorted(again.filter.words) == sorted(asked.filter.words)
    assert (again.group, again.sort) == (asked.group, asked.sort)
    assert [(t.about, t.first, t.at) for t in again.times] == [
        (t.about, t.first, t.at) for t in asked.times
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sevrity=critical", "Nothing here has a label sevrity. Did you mean severity?"),
        ("clustr=a", "Nothing here has a label clustr. Did you mean cluster?"),
        ("zzz=a", "Nothing here has a label zzz."),
        ("critcal", "critcal is looked for in the text. Did you mean critical?"),
        ("cluster=b team=x", ""),
        ("kafka", ""),
    ],
)
def test_a_slip_of_the_pen_is_pointed_out(text: str, said: str) -> None:
    assert hint(read(text).filter, {"cluster", "env"}) == said


KNOWN = {
    "team": ["db", "web"],
    "env": ["prod", "us east"],
    "host": ["db-3", "web-7"],
    "view": ["payments"],
}


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("crit", ["critical"]),
        ("critical team=", ["critical team=db", "critical team=web"]),
        ("critical team=db,", ["critical team=db,db", "critical team=db,web"]),
        ("te", ["team="]),
        ("en", ["env="]),
        ("env=u", ['env="us east"']),
        ('env="us e', ['env="us east"']),
        ("host=7", ["host=web-7"]),
        ("severity!=w", ["severity!=warning"]),
        ("view=", ["view=payments"]),
        ("sort=", ["sort=newest", "sort=worst", "sort=oldest"]),
        ("group=en", ["group=env"]),
    ],
)  # fmt: skip
def test_words_that_were_begun_go_on(text: str, first: list[str]) -> None:
    assert completions(text, KNOWN)[: len(first)] == first
    assert len(completions("", KNOWN)) <= 25
