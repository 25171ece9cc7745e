"""Card 17: a machine that is not well, one whose cloud does not answer; lists of resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.cards import resource
from bot.cards.model import Card, Note
from bot.cards.scene import Scene
from commands.inventory.rows import listed, row
from commands.inventory.sheet import Sheet, Trend
from commands.inventory.sources import SourceState
from store.model import DAY, HOUR, MINUTE, SECOND, Definitions, Instant
from store.model.known import Belonging, Known, ResourceChange
from store.model.resource import Health, Resource

_STATE = SourceState("prod", "openstack", "prod")


def known(now: Instant, **more: object) -> Known:
    """The machine that the cards are about."""
    r = Resource(
        "openstack:prod:server:1", "server", "db-3", "ACTIVE", Health.DEGRADED,
        "95 % of its disk is used", "m1.large", "RegionOne", "eu-west-1a", "prod", "data",
        {"vcpus": 8, "memory_mb": 65536, "disk_gb": 2048}, {"team": "db"},
        created_at=now - 41 * DAY,
    )  # fmt: skip
    return Known(17, "prod", replace(r, **more), Belonging("db"), now - DAY, now - HOUR)  # type: ignore[arg-type]


def sheet(now: Instant, state: SourceState) -> Sheet:
    """All that is known of it."""
    host = Known(
        4, "prod", Resource("h", "hypervisor", "compute-4", zone="eu-west-1a"), Belonging(), 0, 0
    )
    points = tuple((now - (8 - n) * HOUR, v) for n, v in enumerate((20, 30, 31, 22, 25, 30, 34)))
    disk = tuple((now - (8 - n) * HOUR, 88.0 + n) for n in range(8))
    it, by_source = known(now), {"prod": state}
    return Sheet(
        it, row(it, by_source), state, (row(host, by_source),), {"ok": 2, "down": 1}, (),
        (ResourceChange(17, now - 11 * MINUTE, "event", "", "archive target moved (deploy 411)"),),
        (Trend("cpu", "%", points), Trend("disk", "%", disk)), cost="212 €",
        actions=(("openstack.reboot", "Reboot"),), logs=True,
    )  # fmt: skip


def cards(now: Instant) -> Iterator[tuple[str, Card]]:
    """As it is, and with a cloud that does not answer."""
    scene = Scene(Definitions(0, {}, {}, (), {}), "https://pv.example.eu", now)
    fresh = replace(_STATE, ok_at=now - 40 * SECOND)
    late = replace(_STATE, ok_at=now - 14 * MINUTE, stale=True, error="timed out after 10 s")
    yield "17 resource", resource.card(sheet(now, fresh), scene)
    yield "17 resource, not seen", resource.card(sheet(now, late), scene)


def notes(now: Instant) -> Iterator[tuple[str, Note]]:
    """What a search answers."""
    scene = Scene(Definitions(0, {}, {}, (), {}), "https://pv.example.eu", now)
    state = {"prod": replace(_STATE, ok_at=now)}
    fine = replace(known(now, name="db-4", health=Health.OK, why=""), id=18)
    found = listed([row(known(now), state), row(fine, state)], foot=("3 more.",), query="db",
                   total=5)  # fmt: skip
    yield "17 inventory", resource.note(found, scene)
