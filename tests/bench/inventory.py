"""A hundred thousand resources of five clouds: how long until they are known and kept true, what
that holds, how fast one is found, and whether anybody waits for it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.bench.pace import Client, Took, alert, at_rate, body, open_incidents
from tests.bench.service import PEOPLE, ROOT, Process, Service

SOURCES, REGIONS = 5, ("eu-west", "eu-central", "us-east", "ap-south")
PRESSED = 1_000
LATENCY, PAGE = 0.25, 100
"""Seconds a cloud takes for a page of so many."""
SDKS = ("boto3", "botocore", "kubernetes", "openstack", "keystoneauth1", "google.auth",
        "azure.identity")  # fmt: skip


def measure(folder: Path, many: int) -> Iterator[Figure]:
    """``many`` resources in all."""
    yield _bare()
    _install(folder / "packages")
    bare, full = folder / "bare", folder / "full"
    bare.mkdir()
    full.mkdir()
    with Service(bare, PEOPLE % {"ana": "", "omar": ""}) as service:
        yield from asyncio.run(_without(service))
    with Service(full, _yaml(many)) as service:
        yield from asyncio.run(_measured(service, many))


def _bare() -> Figure:
    """What ``serve`` imports of the SDKs with nothing configured."""
    code = (
        "import sys, time; began = time.perf_counter(); import bot.cli.serving; "
        f"print(time.perf_counter() - began, sum(name in sys.modules for name in {SDKS!r}))"
    )
    words = [sys.executable, "-c", code]
    said = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    seconds, found = said.split()
    note = f"  import of serve {float(seconds):.2f} s"
    return Figure("SDKs of clouds imported with nothing configured", int(found), most=0, note=note)


def _install(home: Path) -> None:
    info = home / "fakecloud-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fakecloud\nVersion: 1.0\n")
    named = "[pixelview.integrations]\nfakecloud = tests.inventory.fakecloud\n"
    (info / "entry_points.txt").write_text(named)
    os.environ["PYTHONPATH"] = os.pathsep.join((str(home), str(ROOT)))


def _yaml(many: int) -> str:
    each = many // SOURCES // len(REGIONS)
    lines = [
        f"    cloud{n}: {{kind: fakecloud, url: 'http://127.0.0.1:9', many: {each}, page: {PAGE}, "
        f"latency: {LATENCY}, regions: [{', '.join(REGIONS)}], wrong: changes}}"
        for n in range(SOURCES)
    ]
    people = PEOPLE % {"ana": "", "omar": ""}
    return people + "inventory:\n  sources:\n" + "\n".join(lines) + "\n"


async def _measured(service: Service, many: int) -> list[Figure]:
    client = Client(service.port, service.path, service.responder)
    began, cpu = time.monotonic(), service.cpu()
    waits = await _while_taken_in(client, service, many)
    full, used = time.monotonic() - began, service.cpu() - cpu
    each = max(p["took"] for p in await _parts(service))
    found = [
        Figure(f"{many:,} resources of {SOURCES} clouds, known", full, "s", most=600,
               note=f"  {used:.0f} s of processor, the longest part {each:.0f} s"),
        Figure("press meanwhile: p99", waits[0].ms(0.99), "ms", most=150,
               note=_words(waits[0])),
        Figure("202 meanwhile: p99", waits[1].ms(0.99), "ms", most=50, note=_words(waits[1])),
    ]  # fmt: skip
    worker = child(service.pid)
    most = service.pss() + worker.pss()
    found.append(Figure("service and worker together", most, "MiB", most=300,
                        note=f"  {service.pss():.0f} and {worker.pss():.0f}"))  # fmt: skip
    found.append(await _again(service))
    found += [await _searched(service, many)]
    await client.close()
    return found


def _words(took: Took) -> str:
    bad = f"  {took.bad} bad answers!" if took.bad else ""
    return f"  median {took.ms(0.5):.1f} ms, of {len(took.seconds)}{bad}"


async def _without(service: Service) -> list[Figure]:
    """The same presses and webhooks where there is no inventory: what this machine can do now."""
    client = Client(service.port, service.path, service.responder)
    ids, pressed, heard = await open_incidents(client, PRESSED, "pressed"), Took(), Took()
    for _ in range(5):
        await _some(client, ids, pressed, heard)
    await client.close()
    return [
        Figure("press without an inventory: p99", pressed.ms(0.99), "ms", note=_words(pressed)),
        Figure("202 without an inventory: p99", heard.ms(0.99), "ms", note=_words(heard)),
        Figure("service without an inventory", service.pss(), "MiB"),
    ]


async def _while_taken_in(client: Client, service: Service, many: int) -> tuple[Took, Took]:
    """Presses and webhooks until everything is known."""
    ids, pressed, heard = await open_incidents(client, PRESSED, "pressed"), Took(), Took()
    while not await _known(service, many):
        await _some(client, ids, pressed, heard)
    return pressed, heard


async def _some(client: Client, ids: Sequence[str], pressed: Took, heard: Took) -> None:
    """Three seconds of 5 presses and 20 webhooks a second."""
    first, began = len(pressed.seconds), len(heard.seconds)

    async def press(number: int) -> bool:
        return await client.command("ack", incident=int(ids[(first + number) % len(ids)])) < 500

    async def webhook(number: int) -> bool:
        made = alert(f"w{began + number}", f"joined-{number % 50}", severity="warning")
        return (await client.post(body(made)))[0] == 202

    some = await asyncio.gather(at_rate(5, 15, press), at_rate(20, 60, webhook))
    for all_, took in zip((pressed, heard), some, strict=True):
        all_.seconds += took.seconds
        all_.bad += took.bad


async def _status(service: Service) -> list[dict[str, Any]]:
    while (said := await _asked(service, "inventory-status", {})) is None:
        await asyncio.sleep(0.5)
    sources: list[dict[str, Any]] = said["found"]["sources"]
    return sources


async def _asked(service: Service, name: str, args: dict[str, Any]) -> Any:
    """The answer of a verb; None where the service had no time for it."""
    try:
        return await asyncio.to_thread(service.ask, name, args)
    except urllib.error.HTTPError:
        return None


async def _parts(service: Service) -> list[dict[str, Any]]:
    return [part for one in await _status(service) for part in one["parts"]]


async def _known(service: Service, many: int) -> bool:
    parts = await _parts(service)
    told = bool(parts) and all(part["ok_at"] for part in parts)
    return told and sum(part["resources"] for part in parts) >= many


async def _again(service: Service) -> Figure:
    """The next look, which tells what changed: a hundredth."""
    first = {(p["part"], p["ok_at"]) for p in await _parts(service)}
    while True:
        parts = await _parts(service)
        if not first & {(p["part"], p["ok_at"]) for p in parts}:
            break
        await asyncio.sleep(1)
    took = max(part["took"] for part in parts)
    return Figure("the next look, a hundredth changed: the longest part", took, "s", most=30)


async def _searched(service: Service, many: int) -> Figure:
    took = Took()
    each = many // SOURCES // len(REGIONS)
    for number in range(60):
        words = (f"web-us-east-{number * 37 % each:06}", "us-east team3", "kind=server m5.large")
        asked = {"find": words[number % 3]}
        began = time.perf_counter()
        said = await _asked(service, "inventory", asked)
        took.seconds.append(time.perf_counter() - began)
        took.bad += said is None
    return Figure(f"a search among {many:,}: p95", took.ms(0.95), "ms", most=50, note=_words(took))


def child(pid: int) -> Process:
    """The worker, for its memory."""
    (found,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _Child(int(found))


class _Child(Process):
    def __init__(self, pid: int) -> None:
        super().__init__([], 0, Path(), "worker")
        self._pid = pid

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._pid
