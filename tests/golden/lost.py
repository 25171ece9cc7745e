"""A hypervisor that is down with 41 servers, and a deployment that crashes, for the pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.cards import incident, notes
from bot.cards.model import Account, Private
from bot.cards.view import View
from commands.inventory import taking
from store.inventory import resources
from store.model import MINUTE, AlertStatus
from store.model.known import ResourceChange
from store.model.resource import Health, Resource
from tests.inventory.house import SOURCES, TENANTS, compute, hypervisor, of, server, tells
from tests.support.world import World, alert

if TYPE_CHECKING:
    from tests.golden.night import Shown

ANA = Account("slack", "T1", "U0ANA", "ana")
_URL = "https://pv.example.eu"
_CART = Resource(
    "k8s:k8s-prod:deployment:shop/cart", "deployment", "cart", account="k8s-prod", group="shop",
    health=Health.DEGRADED, state="3 of 6 ready", tags={"team": "db", "owner": "bob"},
)  # fmt: skip


async def put(shown: Shown) -> None:
    """Add the cards and notes of both."""
    with TemporaryDirectory() as folder:
        world = await World.build(f"sqlite:///{folder}/lost.db", Path(folder))
        known = replace(world.door.rules.inventory, sources=SOURCES)
        world.door.rules = replace(world.door.rules, inventory=known)
        try:
            await _hypervisor(world, shown)
            await _workload(world, shown)
        finally:
            await world.end()


async def _card(world: World, number: int, name: str, shown: Shown) -> None:
    found = await world.detail(number)
    drawn = incident.card(found, world.door.definitions(), _URL, now=world.clock.at, threads=True)
    shown.cards[name], shown.at[name] = (drawn, None), world.clock.at


async def _hypervisor(world: World, shown: Shown) -> None:
    await tells(world, compute())
    host = await of(world, hypervisor().key)
    kernel = ResourceChange(host.id, world.clock.at, "event", after="kernel update", who="Ansible")
    await world.door.system(lambda ctx: resources.keep_changes(ctx.tx, [kernel]))
    await world.advance(minutes=17)
    parent = await world.fires(
        "HypervisorDown/compute-7", title="Hypervisor compute-7 is down",
        description="nova-compute silent since 03:15, no ping",
        labels={"alertname": "HypervisorDown", "host": "compute-7", "service": "nova"},
    )  # fmt: skip
    await _card(world, parent, "19 hypervisor", shown)
    world.clock.at += MINUTE
    for number in range(9, 18):
        name = f"{TENANTS[number + 20]}-{number + 20}"
        severity = "critical" if number < 11 else "error"
        labels = {"host": name, "service": name}
        await world.fires(name, title=f"{name} is down", severity=severity, labels=labels)
    await tells(world, [server(n, TENANTS[n], "compute-8") for n in range(28)])
    await world.does("ana", "ack", parent)
    await _card(world, parent, "19 hypervisor, in progress", shown)
    press = f"cmd:lost:{parent}:1"
    answer = await world.app.desk.press(press, ANA, "lost")
    assert isinstance(answer, Private) and answer.note is not None
    shown.notes["19 lost"], shown.at["19 lost"] = answer.note, world.clock.at
    view = View(await world.detail(parent), world.door.definitions(), _URL, world.clock.at)
    for name, said in (
        ("19 late ones", {"what": "joined", "many": 2}),
        ("19 released", {"what": "released", "many": 3, "numbers": [5, 6, 9], "of": 3}),
    ):
        note = notes.of(view, said)
        assert note is not None
        shown.notes[name], shown.at[name] = note, world.clock.at
    await world.hears(
        alert("HypervisorDown/compute-7", status=AlertStatus.RESOLVED, title="over")
    )  # fmt: skip


async def _workload(world: World, shown: Shown) -> None:
    await world.door.system(lambda ctx: taking.took(ctx, "k8s-prod", "pods", [_CART], first=True))
    number = await world.fires(
        "CrashLoopBackOff/shop/cart", severity="warning",
        title="CrashLoopBackOff shop/cart (k8s-prod)",
        description="3 of 6 pods, 14 restarts in 20 min · exit 137 OOMKilled · limit 256 Mi",
        labels={
            "namespace": "shop", "deployment": "cart", "cluster": "k8s-prod", "service": "cart",
            "last_line": "java.lang.OutOfMemoryError: Java heap space",
        },
    )  # fmt: skip
    await _card(world, number, "18 k8s fault", shown)
    await world.does("ana", "ack", number)
    await _card(world, number, "18 k8s fault, in progress", shown)
