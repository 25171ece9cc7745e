"""Whether an automation runs, and why or why not; and how its steps are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bot.automations_settings import AutomationSettings, scheduled
from commands.automation.automations import told
from commands.rules import automating, cron
from commands.rules.automating import (
    END,
    GIVE_UP,
    Automation,
    Automations,
    Case,
    Happened,
    Past,
    decide,
    is_occasion,
    trips,
)
from commands.rules.conditions import Facts
from store.model import HOUR, MINUTE

NOW = 1_795_313_340_000  # 2026-11-22T02:09:00Z, a Sunday
DISK = Facts({"severity": ("critical",), "labels.alertname": ("DiskFull",)})


def read(text: str, name: str = "fix") -> Automation:
    given = AutomationSettings.model_validate(yaml.safe_load(text))
    return given.rule(name)


FIX = read("""
on: opened
when: {alertname: "Disk*", severity: [critical, error]}
do: {run: restart}
mode: on
""")
CASE = Case(DISK, NOW, "on")


def verdict(rule: Automation = FIX, **more: Any) -> tuple[str, str]:
    found = decide(rule, replace(CASE, **more))
    return found.verdict, found.why


def test_what_fits_runs_and_says_because_of_what() -> None:
    assert verdict() == ("run", "alertname=DiskFull and severity=critical")
    assert verdict(mode="suggest")[0] == "suggest"
    assert verdict(mode="off")[0] == "off"
    other = Facts({"severity": ("warning",), "labels.alertname": ("DiskFull",)})
    assert verdict(facts=other) == ("unfit", "severity is warning, not critical, error")


def test_it_does_not_run_while_nobody_would_be_asked_either_nor_once_all_is_stopped() -> None:
    assert verdict(quiet="it is silenced") == ("held", "it is silenced")
    said = "Ana stopped all automation 2 min ago"
    assert verdict(stopped=said, quiet="it flaps") == ("held", said)
    assert verdict(mode="off", stopped=said)[0] == "off"
    assert verdict(tripped="it tripped: no help") == ("held", "it tripped: no help")


def test_a_loop_is_cut_and_named() -> None:
    assert verdict(chain=("other",))[0] == "run"
    held, why = verdict(chain=("fix", "other"))
    assert (held, why) == ("held", "it led to this itself: fix → other → fix")


def test_a_cool_down_is_about_the_same_and_a_limit_about_all() -> None:
    about_same = Past((NOW - 10 * MINUTE,), NOW - 10 * MINUTE)
    assert verdict(past=about_same) == (
        "held", "it ran about this 10 min ago; the cool-down lasts 20 min more"
    )  # fmt: skip
    assert verdict(past=Past((NOW - 10 * MINUTE,), None))[0] == "run"
    assert verdict(past=Past((NOW - 30 * MINUTE,), NOW - 30 * MINUTE))[0] == "run"
    five = tuple(NOW - n * MINUTE for n in range(5))
    assert verdict(past=Past(five)) == ("held", "it ran 5 times in 60 min, which is its limit")
    assert verdict(past=Past((*five[:4], NOW - HOUR)))[0] == "run"


def test_conditions_of_hours_and_of_who_has_it() -> None:
    rule = read("""
on: [opened, {still_open: 15m}]
when: {nobody_has_it: true, hours: "Mon-Fri 09:00-17:00 Europe/Berlin"}
do: {run: restart}
mode: on
""")
    monday_noon = NOW + 33 * HOUR
    assert verdict(rule, now=monday_noon)[0] == "run"
    assert verdict(rule, now=monday_noon, holder="Ana") == ("unfit", "Ana has it")
    assert verdict(rule)[1] == "it is not within Mon-Fri 09:00-17:00 Europe/Berlin"


def test_the_breaker_counts_runs_in_a_row() -> None:
    assert not trips(FIX, [False, False])
    assert trips(FIX, [False, False, False])
    assert not trips(FIX, [False, False, True])
    assert not trips(replace(FIX, breaker=0), [False] * 9)


def test_occasions_are_told_apart() -> None:
    rule = read(
        """
on:
  - {escalated: 2}
  - {metric: asg-cpu}
  - {resource: {kind: server, health: [down, degraded]}}
  - {execution: {action: "backup-*", state: [failed, unknown]}}
  - {severity: raised}
do: {note: "it happened"}
""",
        "notes",
    )
    step, metric, resource, execution, worse = rule.on
    assert is_occasion(step, Happened("escalated", 2), DISK)
    assert not is_occasion(step, Happened("escalated", 3), DISK)
    fired = Facts({"labels.alertname": ("asg-cpu",), "labels.metric": ("cpu",)})
    assert is_occasion(metric, Happened("opened"), fired)
    named = Facts({"labels.alertname": ("asg-cpu",)})
    assert not is_occasion(metric, Happened("opened"), named)
    assert is_occasion(
        resource, Happened("resource"), Facts({"kind": ("server",), "health": ("down",)})
    )
    assert not is_occasion(resource, Happened("resource"), Facts({"kind": ("server",)}))
    assert is_occasion(execution, Happened("execution", name="backup-db", state="failed"), DISK)
    assert not is_occasion(execution, Happened("execution", name="backup-db", state="done"), DISK)
    assert is_occasion(worse, Happened("severity"), DISK)
    every = Automations([rule, FIX])
    assert every.hears("opened") and every.hears("reopened") and not every.hears("acknowledged")
    assert [one.name for one, _ in every.of("reopened")] == ["notes"]


def test_nested_steps_become_a_list_in_which_each_knows_where_it_goes_on() -> None:
    rule = read("""
on: opened
do:
  - run: restart
    params: {host: "{labels.host}"}
    then:
      - check: cleared
        within: 5m
        else: [{run: failover}, escalate]
    else: {escalate: "restart failed: {result}"}
  - resolve: "{automation} did it"
""")
    walk = [(one.kind, one.then, one.other) for one in rule.do]
    assert walk == [
        ("run", 2, 1), ("escalate", END, GIVE_UP), ("check", 5, 3), ("run", 4, GIVE_UP),
        ("escalate", 5, GIVE_UP), ("resolve", END, GIVE_UP),
    ]  # fmt: skip
    lines = list(told(rule))
    assert lines[0] == "When an incident opens."
    assert lines[1] == "1. run restart host={labels.host}, then step 3; if not, step 2"
    assert lines[3] == "3. look for up to 5 min whether it cleared, then step 6; if not, step 4"
    assert "rests for 2 h" in lines[-1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{on: openend, do: {run: x}}", "openend is no event"),
        ("{on: still_open, do: {run: x}}", "still_open needs more"),
        ("{on: opened, do: []}", "say what is done"),
        ("{on: opened, do: {run: x, note: y}}", "each step does one thing"),
        ("{on: opened, do: {run: x, retries: 3}}", "run takes no retries"),
        ("{on: opened, do: {run: x, params: {a: '{label host}'}}}", "is no template"),
        ("{on: {schedule: sometimes}, do: {run: x}}", "sometimes is no cron line"),
        ("{on: opened, do: {run: x}, limit: many}", "many is no limit"),
        ("{on: opened, do: {run: x}, cooldown: long}", "long is no length of time"),
        ("{on: opened, do: [" + ", ".join(["{run: x}"] * 11) + "]}", "at most 10 actions"),
    ],
)
def test_what_can_not_be_meant_is_told_with_what_can(text: str, says: str) -> None:
    with pytest.raises(
        ValidationError,
        match=".*" + says.replace("{", "."),
    ):
        AutomationSettings.model_validate(yaml.safe_load(text))


def test_times_are_those_of_a_zone_or_a_cron_line() -> None:
    on = scheduled("Mon-Fri 07:00 Europe/Berlin")
    assert on.cron is not None and on.zone == "Europe/Berlin"
    following = cron.following(on.cron, NOW, on.zone)
    assert following == NOW + 27 * HOUR + 51 * MINUTE  # Monday, 06:00 UTC
    assert scheduled("*/15 * * * * UTC").zone == "UTC"
    assert scheduled("30 2 * * 1-5 Europe/Berlin").zone == "Europe/Berlin"


def test_off_and_on_of_yaml_are_words() -> None:
    assert read("{on: opened, do: {run: x}, mode: off}").mode == "off"
    assert FIX.mode == automating.ON
    assert read("{on: opened, do: {run: x}}").mode == "off", "somebody turns it on"
