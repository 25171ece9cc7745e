"""Whole exports of each tool: who is who, who is on call on which date, whom a policy asks, and
what is said of the rest."""

from __future__ import annotations

from functools import cache

import pytest

from bot.imports.spans import Answer
from commands.rules import oncall
from tests.imports.support import FIXTURES, Result, asked, at, fixture

TOOLS = ("oncall", "pagerduty", "opsgenie", "goalert")


@cache
def result(tool: str) -> Result:
    return fixture(tool)


def people_at(tool: str, schedule: str, when: str) -> list[str]:
    schedules = result(tool).settings.definitions().schedules
    return [each.person for each in oncall.who(schedules[schedule], at(when))]


def source_at(tool: str, schedule: str, when: str) -> list[str]:
    source = result(tool).found.sources[schedule]
    assert source.answer is not None
    window = asked()
    answer: Answer = source.answer(window.start, window.end)
    return sorted(p for s, e, people in answer if s <= at(when) < e for p in people)


# Berlin's clocks go back on 25 October 2026 at 03:00, New York's on 1 November at 02:00.
DATED = [
    ("pagerduty", "databases-primary", "2026-09-15T12:00+02:00", ["ana"]),
    ("pagerduty", "databases-primary", "2026-09-15T20:00+02:00", ["omar"]),
    ("pagerduty", "databases-primary", "2026-09-16T20:00+02:00", ["ana-2"]),
    ("pagerduty", "databases-primary", "2026-09-18T18:00+02:00", ["ana-2"]),
    ("pagerduty", "databases-primary", "2026-10-24T21:59+02:00", ["ana-2"]),
    ("pagerduty", "databases-primary", "2026-10-24T22:00+02:00", ["ana"]),
    ("pagerduty", "databases-primary", "2026-10-25T05:59+01:00", ["ana"]),
    ("pagerduty", "databases-primary", "2026-10-25T06:00+01:00", ["ana-2"]),
    ("pagerduty", "databases-primary", "2026-10-26T08:59+01:00", ["ana-2"]),
    ("pagerduty", "databases-primary", "2026-10-26T09:00+01:00", ["ana"]),
    ("pagerduty", "follow-the-sun", "2026-10-31T20:00-04:00", []),
    ("pagerduty", "follow-the-sun", "2026-11-01T08:00-05:00", ["omar"]),
    ("oncall", "databases-primary", "2026-09-15T12:00Z", ["ana"]),
    ("oncall", "databases-primary", "2026-09-21T07:00Z", ["omar"]),
    ("oncall", "databases-primary", "2026-09-22T12:00Z", ["ana"]),
    ("oncall", "databases-primary", "2026-09-28T06:59Z", ["omar"]),
    ("oncall", "databases-primary", "2026-10-12T06:30Z", ["uli3333333333"]),
    ("oncall", "databases-primary", "2026-10-13T06:30Z", ["omar"]),
    ("oncall", "databases-terraform", "2026-10-23T17:30+02:00", ["uli3333333333"]),
    ("oncall", "databases-terraform", "2026-10-26T17:30+01:00", ["ana"]),
    ("oncall", "databases-terraform", "2026-10-31T12:30-04:00", ["user-no"]),
    ("oncall", "databases-terraform", "2026-10-25T12:00+01:00", []),
    ("oncall", "berlin-weeks", "2026-10-24T08:59+02:00", ["ana"]),
    ("oncall", "berlin-weeks", "2026-10-31T09:00+01:00", ["ana"]),
    ("opsgenie", "ops-schedule", "2026-10-23T17:59+02:00", ["omar"]),
    ("opsgenie", "ops-schedule", "2026-10-25T12:00+01:00", ["zoe"]),
    ("opsgenie", "ops-schedule", "2026-10-26T13:00+01:00", ["ana"]),
    ("opsgenie", "ops-schedule", "2026-11-02T22:00+01:00", ["ana"]),
    ("opsgenie", "ops-schedule", "2026-10-01T03:00+02:00", ["ana", "omar", "zoe"]),
    ("goalert", "databases", "2026-09-20T12:00+02:00", ["ana"]),
    ("goalert", "databases", "2026-10-25T10:00+01:00", ["ana", "omar"]),
    ("goalert", "databases", "2026-10-25T12:00+01:00", ["omar"]),
    ("goalert", "managers", "2026-10-01T07:59+02:00", ["omar"]),
    ("goalert", "managers", "2026-10-01T08:00+02:00", ["zoe"]),
    ("goalert", "managers", "2026-11-05T12:00+01:00", ["omar"]),
]


@pytest.mark.parametrize(("tool", "schedule", "when", "people"), DATED)
def test_who_is_on_call_on_a_date_here_and_there(
    tool: str, schedule: str, when: str, people: list[str]
) -> None:
    assert people_at(tool, schedule, when) == people
    there = [p for p in source_at(tool, schedule, when) if not p.startswith("?")]
    assert there == people


@pytest.mark.parametrize("tool", TOOLS)
def test_every_difference_has_its_reason(tool: str) -> None:
    assert all(d.why for d in result(tool).differences)


def test_the_only_differences_of_oncall_are_those_of_its_elapsed_time() -> None:
    (one,) = result("oncall").differences
    assert (one.start, one.end) == (at("2026-10-31T08:00+01:00"), at("2026-10-31T09:00+01:00"))
    assert (one.theirs, one.ours) == ((), ("omar",))
    assert "elapsed time" in one.why


def test_what_pagerduty_states_goes_before_its_rules() -> None:
    bases = [c.basis for c in result("pagerduty").compared if c.name == "follow-the-sun"]
    assert bases[0] == "PagerDuty's own final schedule"
    assert len(bases) == 3


@pytest.mark.parametrize("tool", TOOLS)
def test_no_secret_of_an_export_is_carried_over(tool: str) -> None:
    text = result(tool).text
    secrets = ("0123456789abcdef", "private-3b1f", "mReAoNwDm0eMwKo1mTeTwYo", "secret", "token=")
    said = " ".join(result(tool).said("left out") + result(tool).said("approximated"))
    assert not [s for s in secrets if s in text or s in said]
    assert (
        any(s in each.read_text() for s in secrets for each in (FIXTURES / tool).iterdir())
        or tool == "opsgenie"
    )


def test_people_keep_their_addresses_and_rules() -> None:
    people = result("goalert").settings.people
    ana = people["ana"].person("ana")
    assert (ana.email, ana.contacts["slack"]) == ("ana@example.eu", "UANA")
    assert [(r.after, r.via) for r in ana.rules] == [(0, "slack"), (2, "email")]
    assert result("pagerduty").settings.people["ana"].phone == "+4915550001111"
    assert result("opsgenie").settings.people["ana"].phone == "+491715550001"
    assert "a rule {after: 5, via: sms} of Ana Petrova: needs twilio" in " ".join(
        result("opsgenie").said("left out")
    )


def test_waits_are_the_delay_of_the_step_before_them() -> None:
    (policy,) = result("oncall").settings.definitions().policies.values()
    assert [(s.targets, s.delay, s.important) for s in policy.steps] == [
        (("schedule:databases-primary",), 5, False),
        (("round_robin:ana,omar",), 15, False),
        (("person:user-no",), 0, True),
        (("team:databases",), 5, False),
    ]
    assert policy.repeat == 5


def test_delays_from_the_alert_become_delays_between_steps() -> None:
    policy = result("opsgenie").settings.definitions().policies["ops-escalation"]
    assert [(s.targets, s.delay, s.until) for s in policy.steps] == [
        (("schedule:ops-schedule",), 5, "acknowledged"),
        (("schedule:ops-schedule", "person:ana"), 55, "acknowledged"),
        (("team:ops-team",), 10, "resolved"),
    ]


def test_rules_of_pagerduty_are_steps_and_loops_are_passes() -> None:
    policy = result("pagerduty").settings.definitions().policies["databases"]
    assert [(s.targets, s.delay) for s in policy.steps] == [
        (("schedule:databases-primary",), 10),
        (("round_robin:ana,omar",), 15),
    ]
    assert policy.repeat == 2


def test_steps_of_goalert_keep_their_order_and_multi_ack() -> None:
    policy = result("goalert").settings.definitions().policies["databases"]
    assert [(s.targets, s.delay, s.multi_ack) for s in policy.steps] == [
        (("schedule:databases", "channel:slack:CDB"), 10, False),
        (("person:omar", "schedule:managers"), 20, True),
        (("schedule:rotation-weekly",), 15, False),
    ]


def test_routes_of_oncall_take_their_labels_in_order_and_the_default_last() -> None:
    routes = result("oncall").settings.routes
    assert [r.match for r in routes] == [
        {"source": "production-alertmanager", "team": "db", "severity": "critical"},
        {"source": "production-alertmanager", "severity": ("warning", "info")},
        {"source": "production-alertmanager"},
    ]
    assert [r.channels for r in routes] == [("slack:#ops-db",), (), ("slack:#ops-db",)]


def test_what_is_not_carried_over_is_said() -> None:
    said = result("oncall").said("left out") + result("oncall").said("approximated")
    for part in (
        "route us-(east|west): no label says",
        "09:00:00Z to 18:00:00Z UTC there; here it comes at once",
        "waits 1 min before its first step",
        "UGONE is not among the users",
        "Mars/Olympus is not an IANA time zone",
        "a step that notifies the whole Slack channel",
        "its Slack user group",
        "ICAL_MANAGERS_CALENDAR",
        "shift old weekly: it ended before",
    ):
        assert any(part in line for line in said), part


def test_each_thing_says_where_it_came_from() -> None:
    assert "# PagerDuty schedule Databases primary (PSCHED1)\n  databases-primary:" in (
        result("pagerduty").text
    )
