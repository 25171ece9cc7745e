"""What is spent: summed, compared, carried on, and what made it jump."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.errors import Invalid
from commands.inventory import costing, spending, taking
from commands.rules import cost
from commands.rules.cost import Days, Line, date_of, money, number_of
from commands.rules.cost_jumps import Least, New, jumps, said
from store.inventory import costs, faults
from store.model import DAY
from store.model.resource import Cost, Resource
from tests.store.conftest import NOW, Base
from tests.support.engines import ENGINES, migrated_url
from tests.support.world import START, YAML, World

TODAY = number_of("2026-11-26")
"""A Thursday."""
TUESDAY = number_of("2026-11-24")


def lines(
    amount: Callable[[int], float], service: str = "AmazonEC2", source: str = "aws",
    since: int = TODAY - 60, currency: str = "USD", **more: Any,
) -> list[Line]:  # fmt: skip
    """A line for each day up to yesterday."""
    return [
        Line(source, Cost(date_of(d).isoformat(), service, amount(d), currency, **more))
        for d in range(since, TODAY)
    ]


def working_days(d: int) -> float:
    """Less at weekends."""
    return 60.0 if date_of(d).weekday() >= 5 else 100.0


EC2: dict[str, Any] = {"usage": "EUW1-BoxUsage:m5.4xlarge", "region": "eu-west-1", "account": "1"}


def test_money_of_two_currencies_is_never_added_up() -> None:
    both = [*lines(lambda d: 1.0), *lines(lambda d: 2.0, currency="EUR")]
    found = cost.summed(both, "service")
    assert sorted(found) == ["EUR", "USD"]
    assert sum(found["EUR"]["AmazonEC2"].values()) == 120


def test_it_is_summed_by_service_account_team_tag_region_and_source() -> None:
    one = lines(lambda d: 1.0, team="db", region="eu", account="1", tags={"App": "shop"})
    for by, name in (("service", "AmazonEC2"), ("account", "1"), ("team", "db"), ("region", "eu"),
                     ("tag:app", "shop"), ("source", "aws"), ("tag:none", cost.NONE)):  # fmt: skip
        assert list(cost.summed(one, by)["USD"]) == [name]
    with pytest.raises(ValueError, match="colour is nothing to group by"):
        cost.grouped_by("colour")


def test_days_whose_bills_still_arrive_are_no_drop() -> None:
    late = lines(lambda d: 100.0 if d < TODAY - 1 else 20.0)
    assert cost.last_whole(late, TODAY) == TODAY - 2
    assert cost.last_whole(lines(lambda d: 100.0), TODAY) == TODAY - 1
    gone = [line for line in late if number_of(line.cost.day) < TODAY - 20]
    assert cost.last_whole(gone, TODAY) == TODAY - 21
    week = cost.week(cost.total(cost.summed(late, "service")["USD"]), TODAY - 2)
    assert week.change == 0


def test_of_several_sources_the_latest_counts() -> None:
    late = [*lines(lambda d: 100.0), *lines(lambda d: 10.0 if d < TODAY - 2 else 0.5, source="b")]
    assert cost.last_whole(late, TODAY) == TODAY - 3


def test_a_month_is_held_against_as_many_days_of_the_month_before() -> None:
    days = dict.fromkeys(range(TODAY - 100, TODAY + 1), 1.0)
    assert cost.month(days, number_of("2026-11-10")) == cost.Trend(10, 10)
    assert cost.month(days, number_of("2026-10-31")).before == 30


def test_a_forecast_knows_weekends_and_how_sure_it_is() -> None:
    days = {d: working_days(d) for d in range(TODAY - 60, TODAY)}
    found = cost.ahead(days, TODAY - 1)
    assert found is not None
    true = sum(working_days(d) for d in range(number_of("2026-11-01"), number_of("2026-12-01")))
    assert found.likely == pytest.approx(true, rel=0.01)
    assert found.high - found.low < 1
    wild = {d: v * (1.6 if d % 3 else 0.4) for d, v in days.items()}
    unsure = cost.ahead(wild, TODAY - 1)
    assert unsure is not None
    assert unsure.high - unsure.low > 100
    assert unsure.low <= unsure.likely <= unsure.high


def test_one_dear_day_does_not_carry_on() -> None:
    days = dict.fromkeys(range(TODAY - 40, TODAY), 100.0)
    days[TODAY - 5] = 5000.0
    found = cost.ahead(days, TODAY - 1)
    assert found is not None
    assert found.likely == pytest.approx(100 * 30 + 4900, rel=0.02)


def test_of_few_days_little_is_said() -> None:
    assert cost.ahead({TODAY - 1: 5.0}, TODAY - 1) is None
    few = cost.ahead(dict.fromkeys(range(TODAY - 6, TODAY), 5.0), TODAY - 1)
    assert few is not None
    assert few.rough


@given(st.dictionaries(st.integers(TODAY - 60, TODAY - 1), st.floats(0, 1e6), max_size=60))
def test_a_forecast_is_never_below_what_is_spent_already(days: Days) -> None:
    found = cost.ahead(days, TODAY - 1)
    if found is not None:
        spent = sum(v for d, v in days.items() if number_of("2026-11-01") <= d)
        assert found.low >= spent * (1 - 1e-9)
        assert found.low <= found.likely + 1e-6
        assert found.likely <= found.high + 1e-6


# jumps


def jumped() -> list[Line]:
    """More machines since Tuesday."""
    usual = lines(working_days, **{**EC2, "usage": "EUW1-BoxUsage:m5.large"})
    more = lines(lambda d: 38.0, since=TUESDAY, **EC2)
    return [*usual, *lines(lambda d: 50.0, "AmazonS3"), *more]


NEW = [
    New(f"k{n}", TUESDAY, "m5.4xlarge", "server", "eu-west-1", "1", f"ci-{n}", "ci")
    for n in range(12)
]


def test_a_jump_is_explained_by_what_is_new() -> None:
    (found,) = jumps(jumped(), TODAY, Least(), new=NEW)
    assert found.percent == pytest.approx(38)
    assert said(found, TODAY) == (
        "AmazonEC2 +38 % since Tue: 12 new m5.4xlarge in eu-west-1 by ci (+38 $/day)"
    )


def test_new_ones_of_another_type_or_region_are_not_its_cause() -> None:
    other = [replace(n, region="us-east-1") for n in NEW[:6]]
    other += [replace(n, type="m5.large") for n in NEW[6:]]
    (found,) = jumps(jumped(), TODAY, Least(), new=other)
    assert said(found, TODAY) == (
        "AmazonEC2 +38 % since Tue: more m5.4xlarge in eu-west-1 (+38 $/day)"
    )


def test_where_the_bill_names_resources_the_new_ones_are_counted() -> None:
    more = [
        line for n in range(3)
        for line in lines(lambda d: 20.0, since=TUESDAY, resource=f"i-{n}", **EC2)
    ]  # fmt: skip
    (found,) = jumps([*lines(working_days, **EC2), *more], TODAY, Least())
    assert found.causes[0].new == 3


def test_weekends_small_money_and_noise_are_no_jumps() -> None:
    assert jumps(lines(working_days), TODAY, Least()) == []
    assert jumps(lines(lambda d: 1.0 if d < TUESDAY else 5.0), TODAY, Least()) == []
    noisy = lines(lambda d: 100.0 + 40 * ((d * 7919) % 5 - 2) / 2)
    assert jumps(noisy, TODAY, Least()) == []
    assert jumps(lines(lambda d: 100.0, since=TODAY - 5), TODAY, Least()) == []


def test_a_jump_that_is_over_says_when() -> None:
    spike = lines(lambda d: 500.0 if d == TODAY - 6 else 100.0)
    (found,) = jumps(spike, TODAY, Least())
    assert found.until == TODAY - 6
    assert said(found, TODAY) == "AmazonEC2 +400 % on Fri (+400 $/day)"


def test_what_is_wholly_new_is_told_as_new() -> None:
    both = [*lines(lambda d: 100.0), *lines(lambda d: 0.0 if d < TUESDAY else 80.0, "Bedrock")]
    (found,) = jumps(both, TODAY, Least())
    assert said(found, TODAY) == "Bedrock new since Tue (+80 $/day)"


def test_money_is_written_as_people_do() -> None:
    assert [money(v, c) for v, c in ((1204.4, "USD"), (0.421, "EUR"), (-3.5, "GBP"), (0, "SEK"))] \
        == ["1 204 $", "0.42 €", "-3.50 £", "0 SEK"]  # fmt: skip


# kept


@pytest.fixture(params=ENGINES)
async def base(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Base]:
    """A database on one of the engines."""
    made = Base(migrated_url(request.param, tmp_path))
    yield made
    await made.close()


async def test_a_day_that_is_told_again_is_replaced_and_others_stay(base: Base) -> None:
    a, b = (
        Cost("2026-11-20", "EC2", 5.0, "USD", tags={"x": "y"}),
        Cost("2026-11-21", "S3", 1.0, "EUR"),
    )
    await base.do(lambda tx: costs.put(tx, "aws", "bill", {5: [a, a], 6: [b]}, NOW))
    await base.do(lambda tx: costs.put(tx, "aws", "other", {5: [b]}, NOW))
    await base.do(lambda tx: costs.put(tx, "aws", "bill", {5: [a]}, NOW))
    found = await base.read(lambda tx: [*costs.read(tx, 0, 10)])
    assert sorted((s, len(some), some[0].service) for s, some in found) == [
        ("aws", 1, "EC2"), ("aws", 1, "S3"), ("aws", 1, "S3"),
    ]  # fmt: skip
    assert (a,) == tuple(next(some for _, some in found if some[0].service == "EC2"))
    assert await base.read(lambda tx: [*costs.read(tx, 0, 10, "gcp")]) == []
    await base.do(lambda tx: costs.forget(tx, 6))
    assert len(await base.read(lambda tx: [*costs.read(tx, 0, 10)])) == 1


async def test_what_names_a_resource_is_kept_beside_the_sums(base: Base) -> None:
    many = [
        Cost("2026-11-20", "EC2", 1.0, "USD", resource=f"i-{n}", tags={"x": "y"}) for n in range(5)
    ]
    many.append(Cost("2026-11-20", "EC2", 2.0, "USD", tags={"x": "y"}))
    await base.do(lambda tx: costs.put(tx, "aws", "bill", {20: many}, NOW))
    ((_, (one,)),) = await base.read(lambda tx: [*costs.read(tx, 0, 30)])
    assert one == Cost("2026-11-20", "EC2", 7.0, "USD", tags={"x": "y"})
    (named,) = await base.read(lambda tx: [*costs.of(tx, 0, 30, "aws", "i-3")])
    assert (named.amount, named.resource) == (1.0, "i-3")
    await base.do(lambda tx: costs.forget(tx, 20))
    assert await base.read(lambda tx: len(costs.rows(tx, 0, 30, details=True))) == 1
    await base.do(lambda tx: costs.forget(tx, 21))
    assert await base.read(lambda tx: costs.rows(tx, 0, 30, details=True)) == []


def test_of_very_many_lines_the_small_ones_are_one_and_nothing_is_lost() -> None:
    lines_ = [
        Cost("2026-11-20", "EC2", float(n), "USD", usage=f"u{n}", tags={"n": str(n)})
        for n in range(costs.MOST + 500)
    ]
    found = costs.summed(lines_)
    assert len(found) == costs.MOST // 2 + 1
    assert sum(one[1] for one in found) == sum(one.amount for one in lines_)


# asked for


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A house on that Thursday, with bills that jumped."""
    found = await World.build(f"sqlite:///{tmp_path}/w.db", tmp_path, YAML)
    found.clock.at = TODAY * DAY + (START % DAY)
    servers = [
        Resource(n.key, "server", n.name, type=n.type, region=n.region, account=n.account,
                 created_at=TUESDAY * DAY, tags={"owner": "ci"}) for n in NEW
    ]  # fmt: skip
    bill = [line.cost for line in jumped()]
    bill[0] = replace(bill[0], tags={"team": "db"})

    def take(ctx: Any) -> int:
        taking.took(ctx, "aws", "ec2", servers)
        return costing.spent(ctx, "aws", "bill", [*bill, Cost("never", "x", 1.0, "USD")])

    assert await found.app.door.system(take) == 60
    yield found
    await found.end()


async def test_cost_says_how_much_how_it_goes_and_where_it_leads(world: World) -> None:
    told = await world.asks("mei", "cost")
    assert told.lines[0].startswith("4 256 $ in 30 days · ")
    assert "November so far" in told.lines[1]
    assert "likely" in told.lines[1]
    assert told.lines[2].startswith("AmazonEC2 · ")
    facts = told.facts["currencies"][0]
    assert [g["name"] for g in facts["groups"]] == ["AmazonEC2", "AmazonS3"]
    assert len(facts["days"]) == 30
    by_team = await world.asks("mei", "cost", words="by team aws 90")
    assert "db" in str(by_team.facts)
    with pytest.raises(Invalid, match="colour is none of service"):
        await world.asks("mei", "cost", words="by colour")


async def test_jumps_are_told_with_their_cause_and_become_an_alert_that_ends(
    world: World,
) -> None:
    told = await world.asks("mei", "cost", words="jumps")
    why = "AmazonEC2 +38 % since Tue: 12 new m5.4xlarge in eu-west-1 by ci (+38 $/day)"
    assert told.lines == (why,)
    door = world.app.door
    assert await costing.run(door) == 1
    assert await costing.run(door) == 0
    (fault,) = await door.reader.read(lambda tx: faults.unsaid(tx, "aws"))
    assert (fault.fault.title, fault.fault.description) == (
        "Cost of AmazonEC2 +38 % since Tue", why,
    )  # fmt: skip
    calm = [line.cost for line in lines(working_days, **EC2)]
    await door.system(lambda ctx: costing.spent(ctx, "aws", "bill", calm))
    assert await costing.run(door) == 1
    assert await door.reader.read(lambda tx: faults.unsaid(tx, "aws")) == []


async def test_without_bills_it_says_how_to_have_some(tmp_path: Path) -> None:
    empty = await World.build(f"sqlite:///{tmp_path}/e.db", tmp_path, YAML)
    assert (await empty.asks("mei", "cost")).lines == (spending.NOTHING,)
    await empty.end()
