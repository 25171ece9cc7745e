"""Findings: merged, put off, dismissed, gone; found in measures and tags; told once a week."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.cards import text
from bot.cards.model import Card
from commands.automation.offers import HTTP, Catalogue, Offer
from commands.errors import Invalid
from commands.inventory import costing, finding, own_findings, taking
from commands.rules.findings import (
    Idle,
    by_measures,
    canonical,
    groups,
    lacking,
    lately,
    merged,
    state_of,
)
from commands.rules.inventory import InventoryRules, SourceRules
from store.inventory import findings as rows
from store.inventory import series
from store.inventory.findings import Told
from store.model import DAY, HOUR, MINUTE
from store.model.finding import FindingState, Found, Place
from store.model.known import Belonging, Known
from store.model.resource import Cost, Finding, Resource
from tests.store.conftest import NOW, Base
from tests.support.engines import ENGINES, migrated_url
from tests.support.world import START, YAML, World

MONDAY = START - (3 * HOUR + 9 * MINUTE - HOUR) + 8 * DAY + 9 * HOUR
"""After nine o'clock UTC of the Monday in a week."""


def disk(n: int, saving: float = 10.0, origin: str = "rule", rule: str = "unattached-disk",
         **more: Any) -> Finding:  # fmt: skip
    """A disk that nothing uses."""
    title, why = f"vol-{n} is attached to nothing", "100 GB at 0.10 €, prices of 2026-11-01"
    return Finding(f"{rule}:{n}", rule, f"vol-{n}", title, saving, "EUR", why, origin, **more)


def kept(number: int, one: Finding, **more: Any) -> Found:
    """It as a row."""
    given = {"source": "aws-prod", "part": "p", "place": Place(region="eu-west-1", team="data"),
             "first_at": NOW, "seen_at": NOW, **more}  # fmt: skip
    return Found(number, rule=canonical(one.rule), finding=one, **given)


# merged


def test_the_recommender_and_our_rule_are_one_with_the_recommenders_money() -> None:
    ours, theirs = kept(1, disk(1, 10.0)), kept(2, disk(1, 8.0, "advisor", "unused-disk"))
    (one,) = merged([ours, theirs])
    assert (one.first.number, one.saving, one.origins) == (1, 8.0, ("rule", "advisor"))
    assert one.numbers == (1, 2)
    worthless = kept(2, disk(1, 0.0, "advisor"))
    assert merged([ours, worthless])[0].saving == 10.0


def test_names_of_rules_are_one_whoever_says_them() -> None:
    for said in ("Unused_Disk", "unattached volume", "unattached-disk", "idle-disk"):
        assert canonical(said) == "unattached-disk"
    assert canonical("something-else") == "something-else"


def test_groups_are_of_one_rule_source_region_and_team_and_add_up_no_currencies() -> None:
    some = [kept(n, disk(n)) for n in (1, 2, 3)]
    some.append(kept(4, replace(disk(4, 99.0), currency="USD")))
    some.append(kept(5, disk(5), place=Place(region="us-east-1", team="data")))
    first, second = groups(merged(some))
    assert (len(first.found), dict(first.savings), first.number) == (
        4,
        {"EUR": 30.0, "USD": 99.0},
        1,
    )
    assert (second.region, second.number) == ("us-east-1", 5)


def test_a_snooze_ends_by_itself() -> None:
    one = kept(1, disk(1), state=FindingState.SNOOZED, until=NOW + DAY)
    assert (state_of(one, NOW), state_of(one, NOW + DAY)) == ("snoozed", "open")


# found by measures and tags

SERVER = Known(
    1, "aws",
    Resource("i-1", "server", "db-3", type="m5.4xlarge", size={"vcpus": 16},
             created_at=NOW - 90 * DAY, tags={"team": "db"}),
    Belonging("db"), 0, 0,
)  # fmt: skip


def many(value: float, peak: float | None = None) -> Any:
    """Two weeks of a measure."""
    values = [value] * 330 + [peak if peak is not None else value] * 6
    return lately(values, 14)


def test_a_server_that_does_nothing_is_idle_and_the_rule_shows_its_figures() -> None:
    measures = {"cpu": many(1.5, 9.0), "network_in": many(900.0)}
    found = by_measures(SERVER, measures, NOW, Idle(), (280.0, "USD", "2026-11-20"))
    assert found is not None
    assert (found.rule, found.saving, found.currency) == ("idle-server", 280.0, "USD")
    assert found.why == (
        "CPU below 1.5 % 95 of 100 times, 9 % at most, network 900 B/s on average, in 14 days; "
        "idle is below 5 % and 5 kB/s. Saving: all of what its bill says for 30 days up to "
        "2026-11-20"
    )
    assert found.title == "db-3 (m5.4xlarge) is an idle server"


def test_a_server_that_works_a_little_is_oversized_unless_its_memory_is_used() -> None:
    measures = {"cpu": many(12.0, 30.0), "memory": many(20.0)}
    found = by_measures(SERVER, measures, NOW, Idle(), (280.0, "USD", "2026-11-20"))
    assert found is not None
    assert (found.rule, found.saving) == ("oversized-server", 140.0)
    assert by_measures(SERVER, {**measures, "memory": many(70.0)}, NOW, Idle()) is None
    assert by_measures(SERVER, {"cpu": many(12.0, 95.0)}, NOW, Idle()) is None


def test_of_a_new_server_or_of_few_measures_nothing_is_said() -> None:
    cpu = {"cpu": many(1.0)}
    new = replace(SERVER, resource=replace(SERVER.resource, created_at=NOW - DAY))
    assert by_measures(new, cpu, NOW, Idle()) is None
    for few in (lately([1.0] * 300, 2), lately([1.0] * 20, 14)):
        assert few is not None
        assert by_measures(SERVER, {"cpu": few}, NOW, Idle()) is None
    assert by_measures(SERVER, {}, NOW, Idle()) is None
    busy = by_measures(SERVER, {"cpu": many(1.0), "network_in": many(9e6)}, NOW, Idle())
    assert busy is not None
    assert busy.rule == "oversized-server"


def test_what_lacks_a_required_tag_is_named_with_it() -> None:
    found = lacking(SERVER, ("Team", "cost-center"))
    assert found is not None
    assert found.title == "db-3 has no cost-center"
    assert lacking(SERVER, ("team",)) is None
    assert lacking(SERVER, ()) is None
    pod = replace(SERVER, resource=replace(SERVER.resource, kind="pod"))
    assert lacking(pod, ("cost-center",)) is None


# kept


@pytest.fixture(params=ENGINES)
async def base(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Base]:
    """A database on one of the engines."""
    made = Base(migrated_url(request.param, tmp_path))
    yield made
    await made.close()


async def test_what_a_part_does_not_name_any_more_is_gone_and_may_come_again(base: Base) -> None:
    async def told(*some: Finding, part: str = "disks", whole: bool = True, at: int = NOW) -> Any:
        items = [Told(canonical(one.rule), one, Place()) for one in some]
        return await base.do(lambda tx: rows.put(tx, "aws", part, items, at, complete=whole))

    assert await told(disk(1), disk(2, since=NOW - 94 * DAY)) == (2, 0)
    assert await told(disk(7, origin="advisor"), part="advisor") == (1, 0)
    assert await told(disk(1), at=NOW + 1) == (0, 1)
    there = await base.read(rows.there)
    assert [f.number for f in there] == [1, 3]
    assert (await base.read(lambda tx: rows.get(tx, 2))).gone_at == NOW + 1  # type: ignore[union-attr]
    assert await told(disk(2, 11.0), whole=False, at=NOW + 2) == (0, 0)
    again = await base.read(lambda tx: rows.get(tx, 2))
    assert again is not None
    assert (again.gone_at, again.first_at, again.finding.saving) == (None, NOW - 94 * DAY, 11.0)
    about = await base.read(lambda tx: rows.about(tx, ["vol-2", "vol-9"]))
    assert [f.number for f in about] == [2]


async def test_what_was_dismissed_stays_so_when_another_says_it(base: Base) -> None:
    first = Told("unattached-disk", disk(1), Place())
    await base.do(lambda tx: rows.put(tx, "aws", "a", [first], NOW, complete=True))
    one = await base.read(lambda tx: rows.get(tx, 1))
    assert one is not None
    dismissed = replace(one, state=FindingState.DISMISSED, by="ana", reason="kept")
    await base.do(lambda tx: rows.save(tx, dismissed))
    theirs = Told("unattached-disk", disk(1, origin="advisor", rule="unused-disk"), Place())
    await base.do(lambda tx: rows.put(tx, "aws", "b", [theirs], NOW, complete=True))
    both = await base.read(rows.there)
    assert [(f.state, f.by, f.reason) for f in both] == [("dismissed", "ana", "kept")] * 2
    await base.do(lambda tx: rows.put(tx, "aws", "a", [], NOW, complete=True))
    await base.do(lambda tx: rows.forget(tx, NOW + rows.KEPT + 1))
    assert [f.number for f in await base.read(lambda tx: rows.there(tx, gone=True))] == [2]


# told


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A house with seven disks that nothing uses, of team db, and one of nobody."""
    found = await World.build(f"sqlite:///{tmp_path}/w.db", tmp_path, YAML)
    door = found.app.door
    rules = InventoryRules(sources={"aws-prod": SourceRules("aws")}, tickets="jira")
    door.rules = replace(door.rules, inventory=rules)
    volumes = [
        Resource(f"vol-{n}", "volume", f"data-{n}", type="gp3", region="eu-west-1",
                 tags={"team": "db"} if n < 7 else {}) for n in range(8)
    ]  # fmt: skip
    some = [disk(n, 58.86, since=START - (94 - n) * DAY) for n in range(8)]

    def take(ctx: Any) -> None:
        taking.took(ctx, "aws-prod", "ebs", volumes)
        finding.found(ctx, "aws-prod", "ebs", some, complete=True)

    await door.system(take)
    yield found
    await found.end()


def cards(world: World) -> list[Card]:
    """The cards of savings that were posted."""
    return [c for _, c in world.pad.posts if c.head.word == "SAVE"]


async def weekly(world: World) -> Card:
    """The card of team db."""
    world.clock.at = MONDAY
    await world.app.ticker.reports()
    await world.settle()
    return next(c for c in cards(world) if "7 " in c.head.title)


async def test_a_quiet_card_a_week_says_what_is_worth_most(world: World) -> None:
    card = await weekly(world)
    assert card.quiet
    assert card.head.title == "412 €/month · 7 unattached disks in aws-prod eu-west-1"
    state = "".join(s.text for s in card.state.spans)
    assert state == "oldest 102 d · owner team db"
    assert [p.label for p in card.actions.buttons] == [
        "Show 7", "Ticket", "Snooze 30 d", "Not ours…",
    ]  # fmt: skip
    assert "prices of 2026-11-01" in "\n".join(text.lines(card, "UTC", now=world.clock.at))
    note = "".join(s.text for s in card.notification)
    assert note == "💶 412 €/month to save in aws-prod: 7 unattached disks · team db"
    many = len(cards(world))
    await world.app.ticker.reports()
    await world.settle()
    assert len(cards(world)) == many, "once a week"
    world.clock.at += 7 * DAY
    await world.app.ticker.reports()
    await world.settle()
    assert len(cards(world)) > many


async def press(world: World, card: Card, label: str, **more: Any) -> Any:
    """What a button of the card does, by whoever presses it."""
    token = next(p.token for p in card.actions.buttons if p.label == label)
    _, verb, number, _ = token.split(":")
    return await world.does("ana", verb, finding=int(number), whole=True, **more)


async def test_snoozed_the_card_says_so_and_it_comes_again_when_that_is_over(world: World) -> None:
    card = await weekly(world)
    done = await press(world, card, "Snooze 30 d")
    assert done.say.startswith("Nothing is said of 7 unattached disks until ")
    await world.settle()
    shown = list(world.pad.cards.values())[-1]
    after = next(c for c in world.pad.cards.values() if c.head.title == card.head.title)
    assert "snoozed until" in "".join(s.text for s in after.state.spans), shown
    assert [p.label for p in after.actions.buttons] == ["Show 7", "Name it again"]
    told = await world.asks("mei", "findings")
    assert len(told.facts["findings"]) == 1
    world.clock.at += 31 * DAY
    assert len((await world.asks("mei", "findings")).facts["findings"]) == 8


async def test_not_ours_is_for_good_and_can_be_taken_back(world: World) -> None:
    card = await weekly(world)
    await press(world, card, "Not ours…", reason="team web's")
    told = await world.asks("mei", "findings", filter="dismissed")
    assert {f["reason"] for f in told.facts["findings"]} == {"team web's"}
    await world.does("ana", "reopen-finding", finding=card.id, whole=True)
    assert len((await world.asks("mei", "findings")).facts["findings"]) == 8


async def test_findings_are_filtered_and_shown_with_their_figures(world: World) -> None:
    told = await world.asks("mei", "findings", filter="team=db rule=unattached-disk")
    assert told.lines[0] == "7 findings; they would save 412 € a month."
    assert told.lines[1] == (
        "1: vol-0 is attached to nothing · 59 €/month (100 GB at 0.10 €, prices of 2026-11-01)"
    )
    one = await world.asks("mei", "show-findings", finding=1)
    assert one.lines[0] == (
        "7 unattached disks in aws-prod eu-west-1 · 412 € a month · oldest 94 d · team db"
    )
    assert (await world.asks("mei", "findings", filter="nothing like it")).lines == (
        "Nothing was found. 8 without the filter.",
    )
    with pytest.raises(Invalid, match="colour= is none of"):
        await world.asks("mei", "findings", filter="colour=red")


async def test_a_ticket_is_posted_to_the_action_that_is_set(world: World) -> None:
    with pytest.raises(Invalid, match=r"inventory\.tickets names one of the actions"):
        await world.does("ana", "ticket-finding", finding=1)
    door = world.app.door
    door.rules = replace(door.rules, offers=Catalogue((Offer("jira", HTTP, ref="jira"),)))
    done = await world.does("ana", "ticket-finding", finding=1, whole=True)
    assert done.say == "A ticket is made of 7 unattached disks by jira."
    told = await door.reader.read(lambda tx: finding.ticket_text(tx, 1, True, "http://pv"))
    assert told is not None
    assert told["title"] == "7 unattached disks in aws-prod eu-west-1"
    assert told["text"].startswith("Saves 412 € a month.\n- vol-0 is attached to nothing")
    json.dumps(told)


async def test_measures_and_tags_are_looked_through_once_a_day(world: World) -> None:
    door, now = world.app.door, world.clock.at
    rules = replace(door.rules.inventory, required_tags=("team",))
    door.rules = replace(door.rules, inventory=rules)
    server = Resource("i-1", "server", "db-9", region="eu-west-1", tags={"team": "db"})
    day = (now - 2 * DAY) // DAY * DAY

    def take(ctx: Any) -> None:
        taking.took(ctx, "aws-prod", "ec2", [server])
        number = series.marks(ctx.tx, ["i-1"])["i-1"][0]
        points = [(number, "cpu", now - n * HOUR, 2.0) for n in range(13 * 24)]
        series.add(ctx.tx, points)
        costing.spent(ctx, "aws-prod", "bill", [
            Cost(f"{_date(day - n * DAY)}", "EC2", 3.0, "USD", resource="i-1") for n in range(40)
        ])  # fmt: skip

    await door.system(take)
    assert await own_findings.look(door) == 2
    assert await own_findings.look(door) == 0
    told = await world.asks("mei", "findings", filter="rule=idle-server")
    assert told.facts["findings"][0]["saving"] == 90.0
    tags = await world.asks("mei", "findings", filter="rule=missing-tags")
    assert [f["title"] for f in tags.facts["findings"]] == ["data-7 has no team"]


def _date(at: int) -> str:
    from commands.rules.cost import date_of

    return date_of(at // DAY).isoformat()


async def test_a_ticket_leaves_signed_like_every_action(tmp_path: Path) -> None:
    taken: list[tuple[str, dict[str, Any]]] = []

    async def take(request: web.Request) -> web.Response:
        taken.append((request.headers["X-PixelView-Signature"], await request.json()))
        return web.Response(status=201)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        yaml = f"""
actions: {{jira: {{url: "{server.make_url("/hook")}", secret: s3cret}}}}
inventory: {{tickets: jira}}
"""
        house = await World.build(f"sqlite:///{tmp_path}/t.db", tmp_path, YAML + yaml)
        volume = Resource("vol-1", "volume", "data-1", region="eu-west-1", tags={"team": "db"})

        def tell(ctx: Any) -> None:
            taking.took(ctx, "aws-prod", "ebs", [volume])
            finding.found(ctx, "aws-prod", "ebs", [disk(1, 58.86)], complete=True)

        await house.app.door.system(tell)
        await house.does("ana", "ticket-finding", finding=1)
        await house.settle()
        await house.end()
    ((signed, said),) = taken
    assert signed.startswith("v1=")
    ticket = said["ticket"]
    assert (said["action"], ticket["by"], ticket["title"], ticket["team"]) == (
        "jira", "Ana Petrova", "vol-1 is attached to nothing", "db",
    )  # fmt: skip
    assert ticket["text"].startswith("Saves 59 € a month.")
