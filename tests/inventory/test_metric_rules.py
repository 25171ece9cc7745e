"""Rules on measures: as they are written, when they fire, when they are over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import BadSettings, parse
from commands.rules.metric_rules import SHIPPED, MetricRules, over, said, values_of, whole_of
from commands.rules.metric_state import (
    Spell,
    State,
    default_clear,
    reached_in,
    replayed,
    spells,
    stepped,
)
from commands.rules.metric_words import (
    BadRule,
    Forecast,
    Limit,
    read,
    read_clear,
    shown,
    words_of,
)
from store.model import DAY, HOUR, MINUTE
from store.model.known import Belonging, Known
from store.model.resource import KINDS, METRICS, Resource

CPU = Limit("cpu", True, 90.0, lasts=10 * MINUTE)
CALM = Limit("cpu", False, 80.0, lasts=5 * MINUTE)
T0 = 1_795_313_340_000 // MINUTE * MINUTE


def every(minutes: int, values: Iterable[float], start: int = T0) -> list[tuple[int, float]]:
    """Points so many minutes apart."""
    return [(start + n * minutes * MINUTE, v) for n, v in enumerate(values)]


# words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cpu > 90% for 10m", CPU),
        ("CPU above 90 % for 10 min", CPU),
        ("cpu >= 90%for 10m", replace(CPU, equal=True)),
        ("free_storage < 10 GB", Limit("free_storage", False, 1e10)),
        ("free_storage < 1 GiB", Limit("free_storage", False, 2.0**30)),
        ("free_storage < 10%", Limit("free_storage", False, 10.0, of_whole=True)),
        ("queue_age > 1h", Limit("queue_age", True, 3600.0)),
        ("latency > 2s for 1d", Limit("latency", True, 2000.0, lasts=DAY)),
        ("network_in > 10 MB/s", Limit("network_in", True, 1e7)),
        ("queue_depth > 10k", Limit("queue_depth", True, 1e4)),
        ("errors>5/s", Limit("errors", True, 5.0)),
        ("throttled > 30/min", Limit("throttled", True, 0.5)),
        ("custom.metric-1 at least -3", Limit("custom.metric-1", True, -3.0, equal=True)),
        ("disk full in 1d", Forecast("disk", True, DAY)),
        ("free_storage empty in 12 hours", Forecast("free_storage", False, 12 * HOUR)),
    ],
)
def test_conditions_are_read_as_people_write_them(text: str, found: Limit | Forecast) -> None:
    assert read(text) == found
    if "GiB" not in text:  # shown in powers of ten
        assert read(words_of(found)) == found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cpu", "cpu is no condition"),
        ("cpu > 90 parrots", "parrots is no unit of cpu. Its unit is %"),
        ("cpu > 90% for ever", "ever is no length of time"),
        ("cpu > 90% for 30d", "longer than two weeks"),
        ("connections > 90%", "connections is no percentage"),
        ("latency full in 1d", "latency has no whole"),
        ("> 5", "is no condition"),
        ("", "nothing is no condition"),
    ],
)
def test_what_is_no_condition_is_told_by_the_word_that_is_wrong(text: str, names: str) -> None:
    with pytest.raises(BadRule, match=names.replace(".", r"\.")):
        read(text)


def test_what_clears_is_on_the_other_side_of_the_limit() -> None:
    assert read_clear("< 80% for 5m", CPU) == CALM
    for wrong in ("> 80%", "< 95%", "memory < 80%", "< 80 parrots"):
        with pytest.raises(BadRule):
            read_clear(wrong, CPU)


def test_the_shipped_rules_name_kinds_and_measures_that_there_are() -> None:
    assert len({r.name for r in SHIPPED}) == len(SHIPPED)
    for rule in SHIPPED:
        assert set(rule.kinds) <= set(KINDS)
        assert rule.condition.metric in METRICS


def test_a_mistake_in_a_rule_is_told_with_its_line() -> None:
    text = """
inventory:
  rules:
    - {name: cpu-high, if: cpu > 80% for 5m}
    - {kind: server, if: cpu > 3 parrots}
    - {kind: sever, if: cpu > 3%}
    - {if: cpu > 3%, title: "{nme} is hot"}
"""
    with pytest.raises(BadSettings) as told:
        parse(text, "x.yaml", {})
    lines = str(told.value).splitlines()
    assert lines[0] == (
        "x.yaml:5: inventory.rules.1.if: cpu > 3 parrots: parrots is no unit of cpu. Its unit is %."
    )
    assert lines[1].startswith("x.yaml:6: inventory.rules.2.kind")
    assert "{nme} is not known here" in lines[2]


def test_a_rule_that_can_not_be_is_told_with_its_line() -> None:
    text = """
inventory:
  rules:
    - {name: cpu-hig, enabled: false}
    - {name: mine}
    - {if: cpu > 3%, clear: cpu > 2%}
"""
    with pytest.raises(BadSettings) as told:
        parse(text, "x.yaml", {})
    said = str(told.value)
    assert "x.yaml:4: inventory.rules.0.name: no rule is called cpu-hig: cpu-high" in said
    assert "x.yaml:5: inventory.rules.1: if is missing" in said
    assert "x.yaml:6: inventory.rules.2.clear: cpu > 2%: it clears on the other side" in said


def test_the_settings_change_shipped_rules_by_name_turn_them_off_and_add_others() -> None:
    text = """
inventory:
  rules:
    - {name: cpu-high, if: cpu > 80% for 5m, severity: error}
    - {name: disk-high, enabled: false}
    - {name: disk-full, match: "env=prod"}
    - {kinds: [queue], match: "team=shop", if: queue_depth > 50 for 10m}
"""
    settings = parse(text, "x.yaml", {})
    rules = settings.inventory.rules().metrics
    names = [r.name for r in rules.rules]
    assert "disk-high" not in names
    assert len(names) == len(SHIPPED)
    cpu, full = rules.named("cpu-high"), rules.named("disk-full")
    assert cpu is not None
    assert (words_of(cpu.condition), cpu.severity, cpu.clear) == (
        "cpu > 80 % for 5m", "error", None,
    )  # fmt: skip
    assert full is not None
    assert (full.match, words_of(full.condition)) == ("env=prod", "disk > 95 % for 5m")
    assert names[-1] == "queue-depth-50-for-10m"


# firing


def test_one_point_is_not_enough_for_a_rule_that_waits() -> None:
    assert not replayed(CPU, CALM, every(5, [99])).firing
    assert not replayed(CPU, CALM, [(T0, 99.0), (T0 + HOUR, 99.0)]).firing


def test_it_fires_once_the_condition_held_so_long_and_says_since_when() -> None:
    state = replayed(CPU, CALM, every(5, [50, 95, 96, 97]))
    assert state.firing
    assert state.began == T0 + 5 * MINUTE
    assert not replayed(CPU, CALM, every(5, [50, 95, 96])).firing


def test_a_dip_begins_it_anew() -> None:
    assert not replayed(CPU, CALM, every(5, [95, 96, 89, 97, 98])).firing


def test_between_the_limits_it_stays_what_it_was() -> None:
    firing = replayed(CPU, CALM, every(5, [95, 96, 97]))
    held = replayed(CPU, CALM, every(5, [85, 89, 81, 85], T0 + 15 * MINUTE), start=firing)
    assert held.firing
    over_ = replayed(CPU, CALM, every(5, [79, 70], T0 + 35 * MINUTE), start=held)
    assert not over_.firing


def test_a_hole_neither_fires_nor_resolves() -> None:
    hole = [*every(5, [95, 96]), *every(5, [97, 98], T0 + 3 * HOUR)]
    assert not replayed(CPU, CALM, hole).firing
    firing = replayed(CPU, CALM, every(5, [95, 96, 97]))
    after = stepped(CPU, CALM, firing, T0 + 5 * HOUR, 20.0)
    assert after.firing, "one point after a hole is no word that it is over"
    assert not stepped(CPU, CALM, after, T0 + 5 * HOUR + 5 * MINUTE, 20.0).firing


def test_what_is_measured_once_a_day_is_judged_by_days() -> None:
    daily = Limit("used", True, 90.0, lasts=DAY)
    points = [(T0 + n * DAY, 95.0) for n in range(4)]
    assert replayed(daily, default_clear(daily), points).firing


def test_a_point_that_comes_late_or_again_changes_nothing() -> None:
    state = replayed(CPU, CALM, every(5, [95, 96, 97]))
    assert stepped(CPU, CALM, state, state.last_at, 10.0) is state
    assert stepped(CPU, CALM, state, T0, 10.0) is state


VALUES = st.lists(st.floats(0, 100), max_size=80)


@given(VALUES)
def test_it_never_fires_without_the_limit_nor_ends_without_the_clear_one(
    values: list[float],
) -> None:
    state = State()
    for at, value in every(1, values):
        before, state = state, stepped(CPU, CALM, state, at, value)
        if state.firing and not before.firing:
            since = [v for t, v in every(1, values) if at - CPU.lasts <= t <= at]
            assert len(since) == 11
            assert min(since) > 90
        if before.firing and not state.firing:
            since = [v for t, v in every(1, values) if at - CALM.lasts <= t <= at]
            assert len(since) == 6
            assert max(since) < 80


@given(VALUES, st.integers(0, 80))
def test_told_in_two_deliveries_it_is_the_same(values: list[float], cut: int) -> None:
    points = every(5, values)
    first = replayed(CPU, CALM, points[:cut])
    assert replayed(CPU, CALM, points[cut:], start=first) == replayed(CPU, CALM, points)


def test_a_back_test_names_each_time_and_the_worst() -> None:
    points = every(5, [95, 96, 99, 70, 70, 95, 95, 95])
    found = spells(CPU, CALM, points)
    assert found == [
        Spell(T0 + 10 * MINUTE, T0 + 20 * MINUTE, 99),
        Spell(T0 + 35 * MINUTE, None, 95),
    ]


# of a whole


def test_a_percentage_is_of_the_size_or_of_another_measure() -> None:
    low = read("free_storage < 10%")
    assert isinstance(low, Limit)
    whole = whole_of("free_storage", {"disk_gb": 100})
    assert low.fits(9 * 2.0**30, whole)
    assert not low.fits(11 * 2.0**30, whole)
    assert whole_of("memory_used", {}, {"memory_size": 64.0}) == 64.0
    assert not low.fits(1.0, whole_of("free_storage", {}))
    assert not replayed(low, default_clear(low), every(5, [5.0] * 5)).firing


# what comes


def test_a_disk_that_fills_steadily_is_told_in_time() -> None:
    ahead = Forecast("disk", True, DAY)
    points = every(30, [60 + n * 0.25 for n in range(96)])
    left = reached_in(ahead, points, 100.0, points[-1][0])
    assert left is not None
    assert abs(left - (100 - points[-1][1]) / 0.25 * 30 * MINUTE) < HOUR


def test_what_is_emptied_now_and_then_does_not_fill() -> None:
    ahead = Forecast("disk", True, DAY)
    saw = every(30, [50 + (n % 24) for n in range(90)])
    assert reached_in(ahead, saw, 100.0, saw[-1][0]) is None
    flat = every(30, [80.0] * 96)
    assert reached_in(ahead, flat, 100.0, flat[-1][0]) is None
    few = every(30, [60, 70, 80])
    assert reached_in(ahead, few, 100.0, few[-1][0]) is None


def test_free_storage_runs_empty() -> None:
    ahead = Forecast("free_storage", False, 3 * DAY)
    points = every(60, [1000 - n * 5 for n in range(150)])
    left = reached_in(ahead, points, 0.0, points[-1][0])
    assert left is not None
    assert abs(left - points[-1][1] / 5 * HOUR) < 2 * HOUR


# words of an alert

DB = Known(
    1, "prod",
    Resource("k", "server", "db-3", region="eu-west-1", tags={"team": "db", "Env": "prod"}),
    Belonging("db", environment="prod"), 0, 0,
)  # fmt: skip


def test_an_alert_says_how_much_for_how_long_and_beyond_what() -> None:
    rule = next(r for r in SHIPPED if r.name == "cpu-high")
    state = State(firing=True, last_at=T0 + 12 * MINUTE, began=T0, value=94.2)
    told = said(rule, DB, state, 100.0, T0 + 12 * MINUTE)
    assert told.value == "cpu 94 % for 12 min, above 90 %"
    assert told.title == "CPU above 90 % on db-3"
    mine = replace(rule, title="{metric} of {name} in {region}: {value}")
    assert said(mine, DB, state, 100.0, T0).title == "CPU of db-3 in eu-west-1: 94 %"


def test_resources_are_matched_by_name_owner_and_tag() -> None:
    rules = MetricRules(over((), ("cpu-high",)))
    assert rules.named("cpu-high") is None
    values = values_of(DB)
    for text in ("team=db", "env=prod", "Env=prod", "tag=Env", "name=db-*", "source=prod", "db-3"):
        rule = replace(SHIPPED[0], match=text)
        assert rule.filter.fits(values), text
    assert not replace(SHIPPED[0], match="team=web").filter.fits(values)


def test_values_are_shown_with_their_units() -> None:
    assert [shown(v, m) for v, m in (
        (94.23, "cpu"), (4.2e9, "free_storage"), (1500.0, "latency"), (5400.0, "queue_age"),
        (0.5, "errors"), (12_345.0, "connections"), (2e6, "network_in"),
    )] == ["94 %", "4.2 GB", "1.5 s", "90 min", "0.5/s", "12 345", "2 MB/s"]  # fmt: skip


def test_tickets_go_to_an_action_that_there_is() -> None:
    with pytest.raises(BadSettings, match=r"x\.yaml:1: inventory\.tickets: jira is not one of"):
        parse("inventory: {tickets: jira}", "x.yaml", {})
