"""What the filter of a silence means, and where it stands in a typed line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import commands.verbs  # noqa: F401
from commands.rules import filters, silencing
from commands.rules.filters import BadFilter
from commands.typed import read_line
from store.model import AlertReading, AlertStatus, Definitions, Severity

NOBODY = Definitions(0, {}, {}, (), {})
LOAD = AlertReading(
    "k", AlertStatus.FIRING, Severity.WARNING, "Load 31 on staging-2", labels={"host": "staging-2"}
)
VALUES = filters.of_alert(LOAD, "zabbix", "db", "db")


def test_criticals_are_hidden_by_their_word_alone() -> None:
    without, both = silencing.read("host=staging-*"), silencing.read("host=staging-* critical")
    assert without.hides(Severity.WARNING, VALUES) and not without.hides(Severity.CRITICAL, VALUES)
    assert both.hides(Severity.WARNING, VALUES) and both.hides(Severity.CRITICAL, VALUES)


def test_a_pattern_that_fits_critical_is_not_its_word() -> None:
    for text in ("host=x severity=*", "host=x severity=crit*", "host=x severity!=info"):
        assert not silencing.read(text).with_criticals
    assert silencing.read("host=x severity=critical,error").with_criticals


@pytest.mark.parametrize("text", ["", "all", "critical", "host=*", "service=* critical"])
def test_a_silence_of_everything_is_refused(text: str) -> None:
    with pytest.raises(BadFilter, match="That would silence everything"):
        silencing.read(text)


@pytest.mark.parametrize("text", ["nobody", "tag=x host=db-1", "open host=db-1", "mine"])
def test_what_is_not_known_of_an_alert_is_refused(text: str) -> None:
    with pytest.raises(BadFilter, match="Say what: host=staging-2"):
        silencing.read(text)


@given(st.text("abcritlhos=!:, \"'*", max_size=40))
def test_a_matcher_reads_its_own_words_again(text: str) -> None:
    try:
        found = silencing.read(text)
    except BadFilter:
        return
    assert silencing.read(str(found)) == found


@pytest.mark.parametrize(
    ("labels", "service", "resource", "text"),
    [
        ({"host": "db-3", "service": "postgres"}, "postgres", "db-3", "host=db-3 service=postgres"),
        ({"hostname": "DB-3"}, None, None, "host=db-3"),
        ({}, "checkout", "web 7", 'resource="web 7" service=checkout'),
        ({"job": "node"}, None, None, "job=node"),
        ({"host": "a[1]*"}, None, None, "host=a[[]1][*]"),
        ({}, None, None, ""),
    ],
)
def test_a_form_begins_with_where_it_is(
    labels: dict[str, str], service: str | None, resource: str | None, text: str
) -> None:
    made = silencing.of_labels(labels, service, resource)
    assert made == text
    reading = AlertReading(
        "k", AlertStatus.FIRING, Severity.ERROR, "t", labels={"service": service or "", **labels},
        resource=resource,
    )  # fmt: skip
    if made:
        assert silencing.read(made).hides(Severity.ERROR, filters.of_alert(reading, "s"))


@pytest.mark.parametrize(
    ("line", "args"),
    [
        ("silence 1842 3h load test", {"incident": 1842, "until": "3h", "text": "load test"}),
        ("silence #1842 until monday 9", {"incident": 1842, "until": "monday 9"}),
        (
            "silence host=staging-2 for 3h load test",
            {"what": "host=staging-2", "until": "3h", "text": "load test"},
        ),
        (
            "silence team db until monday 9 for ticket 5512",
            {"what": "team db", "until": "monday 9", "text": "for ticket 5512"},
        ),
        (
            'silence "load average" host=db-* critical 30m because 12',
            {"what": '"load average" host=db-* critical', "until": "30m", "text": "because 12"},
        ),
        ("silence waiting for disk for 2h why", {"what": "waiting for disk", "until": "2h",
                                                "text": "why"}),
        ("silence host=x 3h not sure", {"what": "host=x", "until": "3h", "text": "not sure"}),
        ("silence host=x 3h y --no-preview", {"what": "host=x", "until": "3h", "text": "y",
                                        "no_preview": True}),
        ("silence host=x", {"what": "host=x"}),
    ],
)  # fmt: skip
def test_a_line_says_what_until_when_and_why(line: str, args: dict[str, object]) -> None:
    verb, found = read_line(line, NOBODY)
    assert verb.name == "silence"
    assert found == args


def test_in_a_thread_a_time_alone_is_about_its_incident() -> None:
    _, found = read_line("silence 3h load test", NOBODY, 1842)
    assert found == {"incident": 1842, "until": "3h", "text": "load test"}
    _, found = read_line("silence host=x 3h load test", NOBODY, 1842)
    assert found == {"what": "host=x", "until": "3h", "text": "load test"}


@pytest.mark.parametrize("line", ["silence end 17", "silence-end 17", "silence end #17"])
def test_what_is_done_about_a_silence_names_its_number(line: str) -> None:
    verb, found = read_line(line, NOBODY)
    assert (verb.name, found) == ("silence-end", {"silence": 17})
