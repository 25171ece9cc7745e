"""Policies in the settings: what they say, and mistakes with their line."""

from __future__ import annotations

import pytest

from bot.settings import BadSettings, parse
from store.model import Hours

PEOPLE = "people:\n  ana: {name: Ana}\n  omar: {name: Omar}\n"
FULL = (
    PEOPLE
    + """
paging: {assign_lease: 0}
policies:
  db:
    steps:
    - targets: [oncall, {round_robin: [ana, omar]}]
      multi_ack: true
    - targets: [person:ana]
      until: resolved
      hours: {zone: Europe/Berlin, days: [sat, sun], start: 10:00, end: "18:00", when: outside}
    - targets: [policy:managers]
  managers:
    steps: [{targets: [lead]}]
"""
)


def test_a_policy_says_everything() -> None:
    settings = parse(FULL, "p.yaml")
    first, second, third = settings.definitions().policies["db"].steps
    assert first.targets == ("oncall", "round_robin:ana,omar") and first.multi_ack
    assert (second.until, second.multi_ack) == ("resolved", False)
    assert second.hours == Hours("Europe/Berlin", 600, 1080, (5, 6), (), False)
    assert third.targets == ("policy:managers",)
    assert settings.paging.assign_lease == 0
    assert parse("", "p.yaml").paging.assign_lease == 10


STEP = "policies:\n  p:\n    steps:\n    - "


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (STEP + "targets: [{round_robin: [ana]}]", "p.yaml:4: policies.p.steps.0.targets: ana is"),
        (STEP + "targets: [{round_robin: []}]", "p.yaml:4: policies.p.steps.0.targets.0: write"),
        (STEP + "targets: [{person: ana}]", "p.yaml:4: policies.p.steps.0.targets.0: write"),
        (STEP + "targets: [schedule:s]", "p.yaml:4: policies.p.steps.0.targets: s is not one of"),
        (STEP + "targets: [policy:x]", "x is not one of the policies"),
        (STEP + "targets: [policy:p]", "p.yaml:2: policies.p: leads back to itself: p → p"),
        (STEP + "targets: [oncall, policy:p]", "a policy must be the only target of its step"),
        (STEP + "targets: [oncall]\n    fallback: [policy:p]", "a policy can't be the fallback"),
        (STEP + "targets: [oncall]\n      until: lunch", "p.yaml:5: policies.p.steps.0.until:"),
        (STEP + "targets: [oncall]\n      hours: {start: 99:00}", "p.yaml:5: policies.p.steps.0.h"),
        (
            STEP + 'targets: [oncall]\n      hours: {zone: UTC, start: "9:00", end: "25:00"}',
            "p.yaml:5: policies.p.steps.0.hours: end: '25:00' is no time of day",
        ),
        (STEP + "targets: [oncall]\n    repeat: 6", "p.yaml:5: policies.p.repeat:"),
        ("paging: {assign_lease: -1}", "p.yaml:1: paging.assign_lease:"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, says: str) -> None:
    with pytest.raises(BadSettings) as error:
        parse(text, "p.yaml")
    assert says in str(error.value)
