"""Two hundred executions at once: none is lost, what that holds, and how long it takes from their
end until the result is written down for cards and console."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.pace import Client, Took, at_rate
from tests.bench.service import PEOPLE, Process, Service, free_port
from tests.support.stackstorm.server import KEY

MANY = 200
MIB, WITHIN = 100, 2_000
YAML = """
stackstorm:
  st2: {{url: "http://127.0.0.1:{port}", api_key: {key}}}
"""


def measure(folder: Path) -> Iterator[Figure]:
    """All begin within seconds, run for a while, and end in the same instant."""
    port = free_port()
    words = [sys.executable, "-m", "tests.bench.st2", str(port)]
    yaml = PEOPLE % {"ana": "", "omar": ""} + YAML.format(port=port, key=KEY)
    with Process(words, port, folder, "stackstorm") as st2, Service(folder, yaml) as service:
        yield from asyncio.run(_measured(service, st2))


async def _measured(service: Service, st2: Process) -> list[Figure]:
    admin = service.token("bench-admin", "--role", "admin")
    client = Client(service.port, service.path, admin)
    await _known(service)
    bare, cpu = service.pss(), service.cpu()

    async def run(number: int) -> bool:
        given = {"action": "st2:pg.rotate_wal", "params": f"host=db-{number}"}
        return await client.command("run", **given) == 200

    began = time.monotonic()
    asked = await at_rate(40, MANY, run)
    peak = bare
    while _states(service).get("running", 0) < MANY and time.monotonic() < began + 60:
        await asyncio.sleep(0.2)
        peak = max(peak, service.pss())
    started = time.monotonic() - began
    for _ in range(20):
        await asyncio.sleep(0.5)
        peak = max(peak, service.pss())
    took, known = Took(), 0
    os.kill(st2.pid, signal.SIGUSR1)
    ended = time.monotonic()
    while known < MANY and time.monotonic() < ended + 60:
        await asyncio.sleep(0.02)
        now = _states(service).get("done", 0)
        took.seconds += [time.monotonic() - ended] * (now - known)
        known = now
        peak = max(peak, service.pss()) if known == MANY else peak
    texts = await _texts(service, ended)
    await client.close()
    used = service.cpu() - cpu
    await asyncio.sleep(3)
    peak = max(peak, service.pss())
    note = f"  median {took.ms(0.5):.0f} ms; {used:.1f} s of processor in all"
    return [
        Figure(f"{MANY} executions: not taken, or lost", MANY - known + asked.bad, most=0),
        Figure(f"{MANY} executions: all begun after", started, "s"),
        Figure(f"{MANY} end at once: last result", took.ms(1.0), "ms", most=WITHIN, note=note),
        Figure(f"{MANY} end at once: last of what they printed", texts * 1000, "ms"),
        Figure(f"{MANY} executions: memory", peak - bare, "MiB", most=MIB, note=f"  of {bare:.0f}"),
    ]


async def _known(service: Service) -> None:
    """Wait until the actions are there."""
    for _ in range(200):
        [one] = service.ask("stackstorm", {})["found"]["systems"]
        if one["actions"] and one["stream"]:
            return
        await asyncio.sleep(0.1)


async def _texts(service: Service, since: float) -> float:
    """Seconds until all that each printed is kept."""
    while time.monotonic() < since + 60:
        with sqlite3.connect(f"file:{service.database}?mode=ro", uri=True) as db:
            [(kept,)] = db.execute("select count(*) from execution_outputs").fetchall()
        if kept >= MANY:
            break
        await asyncio.sleep(0.05)
    return time.monotonic() - since


def _states(service: Service) -> dict[str, int]:
    with sqlite3.connect(f"file:{service.database}?mode=ro", uri=True) as db:
        return dict(db.execute("select state, count(*) from executions group by state").fetchall())
