"""Schedules in the settings file: what it may say, and mistakes named with their line."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.settings import BadSettings, Settings, parse
from commands.rules import escalation
from commands.rules.oncall.duty import duty, until
from store.model import Instant

PEOPLE = """
people:
  ana: {name: Ana Petrova, zone: Europe/Berlin}
  omar: {name: Omar Haddad, zone: Asia/Dubai}
  mei: {name: Mei Lin}
teams:
  db: {members: [ana, omar], oncall: "schedule:primary", lead: omar}
"""
SCHEDULE = """
schedules:
  primary:
    zone: Europe/Berlin
    layers:
      - name: days
        start: 2026-11-02T08:00
        rotation: {kind: weekly, people: [ana, [omar]]}
      - name: nights
        priority: 2
        people: [mei]
        restrictions: [{days: [mon, tue], start: 22:00, end: "06:00"}]
        holidays: [2026-12-24, 2026-12-25, 2027-01-01]
    overrides:
      - {kind: replace, remove: ana, add: mei, start: 2026-11-21T08:00, end: 2026-11-21T20:00}
"""


def read(more: str = SCHEDULE) -> Settings:
    """Settings with people and schedules."""
    return parse(PEOPLE + more, "p.yaml", {})


def at(text: str) -> Instant:
    """An instant."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("when", "who", "end"),
    [
        ("2026-11-16T12:00+01:00", "ana", "2026-11-16T22:00+01:00"),
        ("2026-11-16T23:00+01:00", "mei", "2026-11-17T06:00+01:00"),
        ("2026-11-19T12:00+01:00", "ana", "2026-11-21T08:00+01:00"),
        ("2026-11-21T12:00+01:00", "mei", "2026-11-21T20:00+01:00"),
        ("2026-11-25T12:00+01:00", "omar", "2026-11-30T08:00+01:00"),
    ],
)
def test_a_team_s_duty_is_held_by_whom_its_schedule_names(when: str, who: str, end: str) -> None:
    known = read().definitions()
    [on] = duty(known, known.teams["db"], at(when))
    assert on.person == who
    assert until(known, on, at(when)) == at(end)
    asked = escalation.resolve(["oncall"], known, "db", at(when))
    assert [each.person.handle for each in asked] == [who]
    assert asked[0].why == on.why and on.why.startswith("on call for team db in schedule primary")


def test_a_duty_of_one_person_ends_never() -> None:
    known = parse(PEOPLE.replace('"schedule:primary"', "ana"), "p.yaml", {}).definitions()
    [on] = duty(known, known.teams["db"], 0)
    assert (on.person, on.why) == ("ana", "on call for team db")
    assert until(known, on, 0) is None


OVERRIDE = "schedules:\n  s:\n    zone: UTC\n    overrides:\n      - "
LAYER = "schedules:\n  s:\n    zone: UTC\n    layers:\n      - "


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("schedules:\n  s:\n    layers: []", "9: schedules.s.zone", "is missing: an IANA"),
        ("schedules:\n  s:\n    zone: Mars/One", "10: schedules.s.zone", "no time zone"),
        ("schedules:\n  s:\n    zone: UTC\n    layer: []", "11: schedules.s.layer", "no such"),
        (LAYER + "people: [zoe]", "12: schedules.s.layers.0.people.0", "zoe is not one"),
        (LAYER + "people: []", "12: schedules.s.layers.0", "has nobody"),
        (LAYER + "person: [ana]", "12: schedules.s.layers.0.person", "no such setting"),
        (
            LAYER + "rotation: {kind: weekly, people: [ana]}",
            "12: schedules.s.layers.0.start",
            "is missing",
        ),
        (
            LAYER + "start: 2026-01-05\n        rotation: {kind: yearly, people: [ana]}",
            "13: schedules.s.layers.0.rotation.kind",
            "none of hourly, daily",
        ),
        (
            LAYER + "start: 2026-01-05\n        rotation: {kind: daily, people: [ana, [zoe]]}",
            "13: schedules.s.layers.0.rotation.people.1.0",
            "zoe is not one of the people",
        ),
        (
            LAYER + 'people: ana\n        restrictions:\n          - {start: "25:00", end: 9}',
            "14: schedules.s.layers.0.restrictions.0.start",
            "no time of day",
        ),
        (
            OVERRIDE + "{kind: add, add: ana, start: 2026-01-02, end: 2026-01-01}",
            "12: schedules.s.overrides.0.end",
            "is not after its start",
        ),
    ],
)
def test_a_mistake_in_a_schedule_is_named_with_its_line(text: str, where: str, what: str) -> None:
    people = PEOPLE.replace("schedule:primary", "schedule:s")
    with pytest.raises(BadSettings) as refused:
        parse(people + text, "p.yaml", {})
    first = str(refused.value).splitlines()[0]
    assert first.startswith(f"p.yaml:{where}: ") and what in first, first


@pytest.mark.parametrize(
    ("oncall", "what"),
    [
        ("zoe", "zoe is not one of the people"),
        ("schedule:other", "other is not one of the schedules"),
        ("team:db", "write a person's handle or schedule:<name>"),
    ],
)
def test_a_duty_names_a_person_or_a_schedule(oncall: str, what: str) -> None:
    with pytest.raises(BadSettings, match=what) as refused:
        parse(PEOPLE.replace("schedule:primary", oncall) + SCHEDULE, "p.yaml", {})
    assert str(refused.value).startswith("p.yaml:7: teams.db.oncall: ")


def test_a_step_may_only_ask_a_schedule_that_is_there() -> None:
    steps = 'policies:\n  p:\n    steps: [{{targets: ["schedule:{}"]}}]\n'
    read(SCHEDULE + steps.format("primary"))
    with pytest.raises(BadSettings, match="other is not one of the schedules"):
        read(SCHEDULE + steps.format("other"))
