"""The rig: a real Keystone, Placement, Nova, Glance, Neutron and Cinder, what breaks them, and a
PixelView that looks at them through its own engine, a poll at a time."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.inventory.ledger import Ledger
from bot.inventory.schedule import Asking
from bot.inventory.taking import Taking
from commands.rules.inventory import InventoryRules, SourceRules
from integrations import openstack
from store import alerts as alert_rows
from store.clock import SystemClock
from store.inventory import resources
from store.model import Alert
from store.model.known import Known
from tests.support.engines import migrated_url
from tests.support.world import YAML, ObedientClock, World

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT.parent / "shared" / "rigs" / "openstack" / "openstack.sh"
HOME = Path(os.environ.get("RIG_DIR") or "/var/tmp/rig-openstack")
KEYSTONE = 15000
SETTINGS: dict[str, Any] = {
    "auth_url": f"http://127.0.0.1:{KEYSTONE}/v3", "username": "admin", "password": "rigpass",
    "project": "admin", "connect_timeout": 3, "read_timeout": 10, "disabled_after": 0,
    "stuck_after": 15,
}  # fmt: skip


def needs_the_rig() -> None:
    """Skip, saying what is missing: it is started by hand, for it takes minutes and 2.6 GB."""
    if not SCRIPT.exists():
        pytest.skip("the rig that starts OpenStack is not beside this checkout")
    if not (HOME / "state").is_dir():
        pytest.skip("no OpenStack here: RIG_DIR=… openstack.sh install, start, seed")
    with socket.socket() as probe:
        probe.settimeout(3)
        if probe.connect_ex(("127.0.0.1", KEYSTONE)):
            pytest.skip("OpenStack is installed here and not started: openstack.sh start")


broken: set[str] = set()
"""What was broken and is not healed yet."""


async def rig(*words: str) -> str:
    """``fault compute-down 2``, ``heal``."""
    if words[0] == "fault":
        broken.add(words[1])
    said = await ran([str(SCRIPT), *words])
    if words[0] == "heal":
        broken.clear()
    return said


async def cleared(*names: str) -> None:
    """Servers whose names begin so are deleted, and are gone."""
    program = (
        "import openstack, sys, time; c = openstack.connect();\n"
        "def there(): return [s for s in c.compute.servers(all_projects=True)"
        " if s.name.startswith(tuple(sys.argv[1:]))]\n"
        "[c.compute.delete_server(s) for s in there()]\n"
        "end = time.time() + 60\n"
        "while there() and time.time() < end: time.sleep(1)"
    )
    await ran([str(HOME / "venv" / "bin" / "python"), "-c", program, *names])


async def ran(words: list[str]) -> str:
    """A program with the rig's own credentials; what it says."""
    env = {
        "PATH": os.environ["PATH"], "HOME": "/tmp", "RIG_DIR": str(HOME), "no_proxy": "127.0.0.1",
        "OS_AUTH_URL": SETTINGS["auth_url"], "OS_USERNAME": "admin", "OS_PASSWORD": "rigpass",
        "OS_PROJECT_NAME": "admin", "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default", "OS_REGION_NAME": "RegionOne",
    }  # fmt: skip

    def run() -> str:
        done = subprocess.run(
            words, env=env, cwd="/", capture_output=True, text=True, timeout=400, check=False
        )
        return done.stdout + done.stderr

    return await asyncio.to_thread(run)


class Looking:
    """A PixelView that looks at the rig when it is told to."""

    def __init__(self, world: World, asking: Asking) -> None:
        self.world, self._asking = world, asking
        self.clock = 0.0

    async def poll(self) -> dict[str, Alert]:
        """One look at everything; what fires now."""
        self.clock += 100_000
        self.world.clock.at = SystemClock().now()
        await self._asking.step()
        await self.world.settle()
        return await self.firing()

    async def firing(self) -> dict[str, Alert]:
        """Key without the region → the alert, but for the one that says a source is not read."""
        source = await self.world.door.reader.read(partial(_source, "rig"))
        if source is None:
            return {}
        found = await self.world.door.reader.read(lambda tx: alert_rows.firing_of(tx, source))
        return {
            each.key.replace(":RegionOne", ""): each for each in found if each.key != "inventory"
        }  # fmt: skip

    async def known(self, key: str) -> Known | None:
        """A resource, by what follows the source in its key."""
        return await self.world.door.reader.read(
            lambda tx: resources.known(tx, f"openstack:rig:{key}")
        )


def _source(name: str, tx: object) -> int | None:
    from store import access

    found = [one.id for one in access.sources(tx) if one.name == name]  # type: ignore[arg-type]
    return found[0] if found else None


@asynccontextmanager
async def looking(folder: Path, **more: object) -> AsyncIterator[Looking]:
    """A PixelView with the rig as its one source, after one look."""
    clock = ObedientClock(SystemClock().now())
    world = await World.build(migrated_url("sqlite", folder), folder, YAML, clock)
    rules = InventoryRules(sources={"rig": SourceRules("openstack")})
    world.door.rules = replace(world.door.rules, inventory=rules)
    made: Looking | None = None
    settings = {**SETTINGS, **more}
    asking = Asking(
        "rig", lambda: openstack.inventory("rig", settings), Taking(world.door, Ledger(world.door)),
        now=lambda: made.clock if made else 0.0, spread=lambda: 0.0,
    )  # fmt: skip
    made = Looking(world, asking)
    try:
        await made.poll()
        yield made
    finally:
        await asking.close()
        await world.end()
