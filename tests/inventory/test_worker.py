"""The real worker process: begun, asked, killed, hung, grown, and begun again; none of which
touches anything else."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.inventory.engine import Inventory
from integrations.base import Misconfigured, Permanent, Transient
from store.inventory import resources
from store.model.resource import Resource
from tests.support.engines import migrated_url
from tests.support.world import YAML, World

pytestmark = pytest.mark.slow

SOURCES = """
inventory:
  sources:
    east: {{kind: fakecloud, url: "http://127.0.0.1:9", many: 50, page: 10, token: t0psecret,
           file: "{file}"}}
    west: {{kind: fakecloud, url: "http://127.0.0.1:9", many: 5, regions: [eu]}}
"""
SERVER = Resource("fakecloud:east:server:eu-000003", "server", "web-eu-000003")


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """What the east does wrong, when it is there."""
    return tmp_path / "wrong.txt"


@pytest.fixture
async def world(
    tmp_path: Path, wrong: Path, fakecloud: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr("bot.inventory.bridge.FIRST", 0.05)
    yaml = YAML + SOURCES.format(file=wrong)
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path, yaml)
    yield made
    await made.end()


async def until(what: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    async with asyncio.timeout(120):
        while not what():
            await asyncio.sleep(0.02)


def says(file: Path, wrong: str) -> None:
    file.write_text(wrong)


def of_process(pid: int | None, what: str) -> str:
    return Path(f"/proc/{pid}/{what}").read_bytes().decode()


def ran(code: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", code]
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=120)


async def there(world: World, source: str) -> int:
    found = await world.app.reader.read(resources.counts)
    return sum(many for name, _, _, many in found if name == source)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def begun(world: World) -> Inventory:
    inventory = world.app.inventory
    await inventory.start()
    await until(lambda: all_told(inventory, "west"))
    return inventory


def all_told(inventory: Inventory, source: str) -> bool:
    parts = [one for one in inventory.ledger.of(source) if one.name]
    return bool(parts) and all(one.state == "ok" for one in parts)


async def test_it_tells_what_is_there_and_answers_what_is_asked(world: World) -> None:
    inventory = await begun(world)
    await until(lambda: all_told(inventory, "east"))
    assert (await there(world, "east"), await there(world, "west")) == (100, 5)
    assert await inventory.ask("east", "logs", SERVER, {}) == "web-eu-000003: all is well"
    acted = await inventory.act("east", "fakecloud.reboot", SERVER, {"hard": True}, False)
    assert (acted.text, acted.done) == ("web-eu-000003 reboots.", True)
    assert acted.facts == {"hard": True}
    dry = await inventory.act("east", "fakecloud.reboot", SERVER, {}, True)
    assert not dry.done
    with pytest.raises(Permanent, match="there is no colour"):
        await inventory.ask("east", "colour", SERVER, {})
    with pytest.raises(Misconfigured):
        await inventory.ask("north", "logs", SERVER, {})
    assert inventory.signs() == [
        ("fakecloud east", True, "100 resources in 2 parts"),
        ("fakecloud west", True, "5 resources in 1 parts"),
    ]
    bridge = inventory.bridge
    assert bridge is not None and bridge.pid is not None
    pid = bridge.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
    await inventory.stop()
    assert not is_alive(pid)


async def test_killed_in_the_middle_of_a_look_it_is_begun_again_and_nothing_is_gone(
    world: World, wrong: Path
) -> None:
    inventory = await begun(world)
    await until(lambda: all_told(inventory, "east"))
    bridge = inventory.bridge
    assert bridge is not None and bridge.pid is not None
    says(wrong, "forever")
    os.kill(bridge.pid, signal.SIGKILL)
    await until(lambda: bridge.restarts == 1 and bridge.pid is not None)
    await until(lambda: {p.state for p in inventory.ledger.of("east") if p.name} == {"running"})
    assert bridge.pid is not None
    os.kill(bridge.pid, signal.SIGKILL)
    await until(lambda: bridge.restarts == 2)
    assert await there(world, "east") == 100
    assert any("the worker is gone" in p.error for p in inventory.ledger.of("east"))
    says(wrong, "")
    await until(lambda: all_told(inventory, "east"))
    assert await there(world, "east") == 100


async def test_hung_it_is_ended_and_begun_again(
    world: World, wrong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inventory.bridge.HUNG", 10.0)
    says(wrong, "hangs")
    inventory = world.app.inventory
    await inventory.start()
    bridge = inventory.bridge
    assert bridge is not None
    await until(lambda: bridge.restarts == 1)
    assert "hung" in bridge.trouble
    says(wrong, "")
    await until(lambda: all_told(inventory, "east"))


async def test_one_that_holds_too_much_is_begun_again(world: World) -> None:
    inventory = world.app.inventory
    bridge = inventory.bridge
    assert bridge is not None
    bridge._most = 1 << 20
    await inventory.start()
    await until(lambda: bridge.restarts >= 2)
    assert "MiB" in bridge.trouble
    assert ("Inventory", False, f"the worker is gone: {bridge.trouble}") in inventory.signs()


async def test_what_was_being_done_when_it_died_may_have_been_done(world: World) -> None:
    inventory = await begun(world)
    bridge = inventory.bridge
    assert bridge is not None and bridge.pid is not None
    asked = [
        asyncio.create_task(inventory.ask("east", "slow", SERVER, {})),
        asyncio.create_task(inventory.act("east", "fakecloud.slow", SERVER, {}, True)),
        asyncio.create_task(inventory.act("east", "fakecloud.slow", SERVER, {}, False)),
    ]
    await until(lambda: len(bridge._asked) == 3)
    os.kill(bridge.pid, signal.SIGKILL)
    lost = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(one, Transient) and one.uncertain for one in lost] == [False, False, True]
    with pytest.raises(Transient, match="does not run just now"):
        await inventory.ask("east", "logs", SERVER, {})


async def test_it_knows_no_key_and_no_database_and_prints_no_secret(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELVIEW_KEY", "00" * 32)
    monkeypatch.setenv("PIXELVIEW_DATABASE_URL", "sqlite:///x.db")
    inventory = await begun(world)
    assert inventory.bridge is not None
    pid = inventory.bridge.pid
    environment = of_process(pid, "environ").split("\0")
    ours = ("PIXELVIEW_KEY", "PIXELVIEW_DATA")
    assert not [one for one in environment if one.startswith(ours)]
    assert "t0psecret" not in of_process(pid, "cmdline")
    assert "t0psecret" in inventory.bridge._settle["secrets"]


def test_it_ends_with_the_server_however_that_ends(fakecloud: str, tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import asyncio, os, signal, sys
        from bot.inventory.bridge import Bridge

        class Nobody:
            async def tell(self, word): pass

        async def lost(why): pass

        async def main():
            settle = {"outside": {}, "secrets": [], "patterns": []}
            bridge = Bridge(Nobody(), settle, lost, 1 << 40)
            bridge.start(dict)
            while not bridge.memory:
                await asyncio.sleep(0.01)
            print(bridge.pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

        asyncio.run(main())
    """)
    run = ran(code)
    pid = int(run.stdout)

    async def gone() -> None:
        await until(lambda: not is_alive(pid))

    asyncio.run(gone())


def test_a_service_without_sources_imports_no_sdk_and_begins_no_process(tmp_path: Path) -> None:
    code = textwrap.dedent(f"""
        import asyncio, sys
        from pathlib import Path
        from bot.app import App, prepare
        from bot.settings import parse

        SDKS = ("boto3", "botocore", "kubernetes", "openstack", "keystoneauth1", "google.auth",
                "azure.identity", "bot.inventory.worker")

        async def main():
            settings = parse("", "x").model_copy(update={{
                "database": "sqlite:///{tmp_path}/pv.db", "key_file": "{tmp_path}/pv.key"}})
            app = App(settings, await prepare(settings))
            await app.start("127.0.0.1", 0)
            children = Path(f"/proc/self/task/{{__import__('os').getpid()}}/children").read_text()
            found = [name for name in SDKS if name in sys.modules]
            print(found, children.split(), app.door.infra)
            await app.stop()

        asyncio.run(main())
    """)
    run = ran(code)
    assert run.stdout.strip() == "[] [] None", run.stderr
