"""Thousands of pods that come and go: whether a press or a page waits for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.bench.figures import Figure
from tests.bench.inventory import child
from tests.bench.pace import Client, Took, alert, at_rate, body, open_incidents
from tests.bench.service import PEOPLE, ROOT, Service

PODS, RATE = 5_000, 200
_MAIL = "mail: {host: 127.0.0.1, port: %d, tls: none}\n"
_SOURCE = """
inventory:
  sources:
    big: {kind: kubernetes, api_server: "%s", token: admin, metrics_every: 0}
"""


class _Inbox:
    """When the first mail about each service came."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd calls this for each mail."""
        words = envelope.content.decode("utf-8", "replace")
        at = words.find("page-")
        self.came.setdefault(words[at : at + 9], time.perf_counter())
        return "250 OK"


def measure(folder: Path, seconds: int) -> Iterator[Figure]:
    """``seconds`` without churn and as many with it."""
    words = [sys.executable, "-m", "tests.bench.cluster", str(PODS)]
    with subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as cluster:
        try:
            assert cluster.stdout is not None
            yield from asyncio.run(_measured(folder, cluster, cluster.stdout.readline(), seconds))
        finally:
            cluster.terminate()


async def _measured(
    folder: Path, cluster: subprocess.Popen[str], url: str, seconds: int
) -> list[Figure]:
    inbox, loop = _Inbox(), asyncio.get_running_loop()
    smtp = await loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0)
    yaml = PEOPLE % {"ana": "", "omar": ""} + _MAIL % smtp.sockets[0].getsockname()[1]
    service = await asyncio.to_thread(Service, folder, yaml + _SOURCE % url.strip())
    await asyncio.to_thread(service.start)
    client = Client(service.port, service.path, service.responder)
    try:
        while await _resources(service) < PODS:
            await asyncio.sleep(0.5)
        ids = await open_incidents(client, 300, "pressed")
        await asyncio.sleep(3)
        still = await _stage(client, inbox, ids, seconds, "a")
        worker, pid = child(service.pid), service.pid
        _tell(cluster, RATE)
        await asyncio.sleep(2)
        cpu = service.cpu(), worker.cpu()
        churned = await _stage(client, inbox, ids, seconds, "b")
        used = [100 * (b - a) / seconds
                for a, b in zip(cpu, (service.cpu(), worker.cpu()), strict=True)]  # fmt: skip
        _tell(cluster, 0)
        assert service.pid == pid and worker.pid == child(pid).pid, "something died"
        return [
            *_lines("without churn", still),
            *_lines(f"{PODS:,} pods, {RATE} events a second", churned),
            Figure("service meanwhile", used[0], "% of a processor",
                   note=f"  {service.pss():.0f} MiB"),
            Figure("worker meanwhile", used[1], "% of a processor",
                   note=f"  {worker.pss():.0f} MiB"),
        ]  # fmt: skip
    finally:
        await client.close()
        await asyncio.to_thread(service.stop)
        smtp.close()


def _tell(cluster: subprocess.Popen[str], rate: int) -> None:
    assert cluster.stdin is not None
    cluster.stdin.write(f"churn {rate}\n")
    cluster.stdin.flush()


async def _resources(service: Service) -> int:
    said = await asyncio.to_thread(service.ask, "inventory-status", {})
    return sum(one["resources"] for one in said["found"]["sources"])


async def _stage(
    client: Client, inbox: _Inbox, ids: list[str], seconds: int, name: str
) -> tuple[Took, Took]:
    """Five presses a second, and a page every other second: from the webhook to the mail server."""
    pages, half = Took(), len(ids) // 2
    mine = ids[:half] if name == "a" else ids[half:]

    async def press(number: int) -> bool:
        return await client.command("ack", incident=int(mine[number % half])) < 500

    async def page(number: int) -> bool:
        service, began = f"page-{name}{number:03}", time.perf_counter()
        status, _ = await client.post(body(alert(service, service)))
        until = began + 20
        while service not in inbox.came and time.perf_counter() < until:
            await asyncio.sleep(0.01)
        pages.seconds.append(inbox.came.get(service, until) - began)
        return status == 202 and service in inbox.came

    pressed, asked = await asyncio.gather(
        at_rate(5, 5 * seconds, press), at_rate(0.5, seconds // 2, page)
    )
    pages.bad = asked.bad
    return pressed, pages


def _lines(when: str, some: tuple[Took, Took]) -> Iterator[Figure]:
    target = 300.0 if "churn" not in when else None
    for what, took in zip(("press", "page to the mail server"), some, strict=True):
        bad = f"  {took.bad} bad!" if took.bad else ""
        note = f"  median {took.ms(0.5):.0f} ms, of {len(took.seconds)}{bad}"
        most = None if target is None else target if what == "press" else 1_000.0
        yield Figure(f"{what}, {when}: p95", took.ms(0.95), "ms", most=most, note=note)
