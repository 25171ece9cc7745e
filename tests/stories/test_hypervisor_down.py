"""The night compute-7 went dark: 41 servers of six tenants, three monitors that say so in whatever
order, one page."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards import incident as cards
from bot.cards.text import lines
from commands.inventory import taking
from store.model import AlertReading, AlertStatus, AlertType, IncidentStatus, Severity
from store.model.resource import Health
from tests.inventory.house import TENANTS, built, compute, hypervisor, server, tells
from tests.support.engines import AGAIN
from tests.support.world import YAML, World

RULES = """
rules:
  - {name: patience, match: "type:uptime", delay: 1}
"""


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Two hypervisors; the one with 41 servers is about to fall."""
    made = await built(request.param, tmp_path, YAML + RULES)
    await tells(made, compute())
    await tells(made, [hypervisor("compute-8"), server(900, "shop", "compute-8")], part="others")
    yield made
    await made.end()


def nagios(number: int, status: AlertStatus = AlertStatus.FIRING) -> AlertReading:
    """The host check of a server, by its name."""
    name = f"{TENANTS[number]}-{number}"
    return AlertReading(
        f"host/{name}", status, Severity.ERROR, f"{name} is DOWN", AlertType.UPTIME,
        labels={"host": f"{name}.cloud.example.eu", "team": "db"},
    )  # fmt: skip


def prometheus(number: int, status: AlertStatus = AlertStatus.FIRING) -> AlertReading:
    """The scrape that failed, by its address."""
    at = f"10.0.{number // 250}.{number % 250 + 1}:9100"
    return AlertReading(
        f"up/{at}", status, Severity.ERROR, "InstanceDown", AlertType.UPTIME,
        labels={"instance": at, "alertname": "InstanceDown", "job": "node", "team": "db"},
    )  # fmt: skip


def hypervisor_down(status: AlertStatus = AlertStatus.FIRING) -> AlertReading:
    """What OpenStack says."""
    return AlertReading(
        "HypervisorDown/compute-7", status, Severity.CRITICAL, "Hypervisor compute-7 is down",
        AlertType.OPENSTACK, description="nova-compute silent since 03:15, no ping",
        labels={
            "resource_id": "openstack:os-prod:hypervisor:compute-7", "kind": "HypervisorDown",
            "resource_kind": "hypervisor", "alertname": "HypervisorDown", "team": "db",
        },
    )  # fmt: skip


async def said(world: World, number: int) -> str:
    """A card as text."""
    drawn = cards.card(await world.detail(number), world.door.definitions(), "https://pv.example",
                       now=world.clock.now(), threads=True)  # fmt: skip
    return "\n".join(lines(drawn, "UTC", now=world.clock.now()))


async def falls(world: World, seed: int, most: int = 41) -> int:
    """Everything that is said in the first minute, in random order; the parent's incident."""
    order = random.Random(seed)
    nags, scrapes = list(range(most)), list(range(0, most, 2))
    order.shuffle(nags)
    order.shuffle(scrapes)
    news = [("nagios", [nagios(n) for n in nags[i : i + 7]]) for i in range(0, most, 7)]
    news += [("prometheus", [prometheus(n) for n in scrapes[i : i + 5]]) for i in range(0, 21, 5)]
    order.shuffle(news)
    at = order.randrange(1, len(news))
    for source, some in news[:at]:
        await world.hears(*some, source=source)
        world.clock.at += 4_000
    parent = (await world.hears(hypervisor_down(), source="os-prod")).incident_id
    assert parent is not None
    for source, some in news[at:]:
        await world.hears(*some, source=source)
        world.clock.at += 4_000
    await world.settle()
    return parent


@pytest.mark.parametrize("seed", [7, 41, pytest.param(5, marks=pytest.mark.slow)])
async def test_a_hypervisor_with_41_servers_goes_down_and_one_page_is_sent(
    world: World, seed: int
) -> None:
    parent = await falls(world, seed)
    await world.advance(minutes=2)
    incident = await world.incident(parent)
    assert incident.title == "compute-7 down, 41 servers of 6 tenants"
    assert [a for a, _ in world.pad.pages] == ["U0ANA"]
    assert {number for _, number, _ in world.mail.pages} == {parent}
    line = "".join(s.text for s in world.pad.direct[0][1].notification)
    assert "compute-7 down, 41 servers of 6 tenants" in line
    found = await world.asks("ana", "list", status="open", limit=200)
    assert all(i.under == parent for i in found.incidents if i.id != parent)
    card = await said(world, parent)
    assert "41 servers: 41 down" in card
    assert "6 tenants: shop 19 · data 11 · ci 6 · 3 more" in card
    assert "Worst: 🔶 " in card


async def test_late_ones_join_and_what_is_back_is_counted(world: World) -> None:
    parent = await falls(world, 3, most=30)
    await world.does("ana", "ack", parent)
    world.clear()
    await world.advance(minutes=3)
    await world.hears(nagios(35), nagios(36), source="nagios")
    await world.advance(minutes=2)
    assert world.paged() == []
    assert [s for _, s in world.pad.said if "joined" in s] == ["2 late alerts joined."]
    moved = [replace(server(n, TENANTS[n], "compute-8")) for n in range(12)]
    await tells(world, moved)
    over = AlertStatus.RESOLVED
    await world.hears(*(nagios(n, over) for n in range(12)), source="nagios")
    await world.hears(*(prometheus(n, over) for n in range(0, 12, 2)), source="prometheus")
    await world.advance(minutes=1)
    await world.minute()
    card = await said(world, parent)
    assert "41 servers: 12 back · 20 down · 9 unknown" in card
    told = await world.asks("ana", "lost", incident=parent)
    assert told.lines[0].endswith("41 servers, 12 back, 20 down, 9 not known.")
    assert len(told.lines) == 42


async def test_when_it_is_back_what_still_fires_is_on_its_own_and_paged(world: World) -> None:
    parent = await falls(world, 5)
    await world.does("ana", "ack", parent)
    await world.advance(minutes=20)
    over = AlertStatus.RESOLVED
    await tells(world, compute())
    await world.hears(hypervisor_down(over), source="os-prod")
    assert await world.status(parent) is IncidentStatus.RESOLVED
    world.clear()
    await world.hears(*(nagios(n, over) for n in range(3, 41)), source="nagios")
    await world.hears(*(prometheus(n, over) for n in range(0, 41, 2)), source="prometheus")
    await world.advance(minutes=3)
    free = await world.asks("ana", "list", status="open", limit=200)
    numbers = sorted(i.id for i in free.incidents)
    assert numbers and not any(i.under for i in free.incidents)
    assert sum(i.alerts_firing for i in free.incidents) == 3
    released = next(s for _, s in world.pad.said if "on their own" in s)
    named = ", ".join(f"#{n}" for n in numbers)
    assert released == f"3 alerts still fire and are on their own now: {named}"
    assert world.pad.pages and {n for _, n, _ in world.mail.pages} == set(numbers)


async def test_a_restart_in_the_middle_of_it_changes_nothing(world: World) -> None:
    parent = await falls(world, 11, most=10)
    await world.die()
    again = await world.again()
    again.door.rules = replace(again.door.rules, inventory=world.door.rules.inventory)
    again.clear()
    late = (await again.hears(nagios(20), source="nagios")).incident_id
    assert late is not None and (await again.incident(late)).under == parent
    assert again.paged() == []
    await again.end()


async def test_what_a_connector_says_is_down_gathers_whatever_the_words_are(world: World) -> None:
    down = replace(hypervisor(), health=Health.DOWN, state="down")
    await world.door.system(lambda ctx: taking.took(ctx, "os-prod", "all", [down]))
    parent = await world.fires("ping/7", title="99 % loss", labels={"host": "compute-7"})
    child = (await world.hears(nagios(5), source="nagios")).incident_id
    assert child is not None and (await world.incident(child)).under == parent
