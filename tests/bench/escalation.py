"""How late steps come: a hundred a second, ten thousand at once; a page in a storm of alerts."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.pace import Client, Took, alert, body
from tests.bench.service import Service
from tests.bench.stand_ins import StandIns, first_after

POLICY = """
policies:
  p: {steps: [{targets: [oncall], delay: 600}, {targets: [lead], delay: 600}]}
"""
STORM, STEADY, AT_ONCE = 100_000, 100, 10_000
LEAD_S = 8
"""Seconds between the start of the service and the first timer that is due."""


def measure(folder: Path, seconds: float, storm: int) -> Iterator[Figure]:
    """With a mail server beside the service; the steps wait in its database before it starts."""
    for name, stage in {"steady": _steady, "at once": _at_once}.items():
        here = folder / name.replace(" ", "-")
        here.mkdir()
        with StandIns() as around:
            yield from stage(here, around, seconds)
    here = folder / "storm"
    here.mkdir()
    with StandIns() as around, Service(here, _yaml(around)) as service:
        yield asyncio.run(_storm(service, around, storm))


def _yaml(around: StandIns) -> str:
    return around.yaml().replace("team: ops, channels", "team: ops, policy: p, channels") + POLICY


def _opened(folder: Path, around: StandIns, count: int) -> Service:
    """A service that is down, with so many incidents whose second step waits; one in ten is
    critical."""
    with Service(folder, _yaml(around)) as service:

        async def burst() -> None:
            client = Client(service.port, service.path, service.responder)
            for first in range(0, count, 50):
                alerts = [
                    alert(f"d-{n}", f"d-{n}", severity="error" if n % 10 else "critical")
                    for n in range(first, min(first + 50, count))
                ]
                assert (await client.post(body(*alerts)))[0] == 202
            await client.close()

        asyncio.run(burst())
        _until(lambda: _count(service, "SELECT count(*) FROM runs WHERE step = 0") >= count, 120)
        service.kill()
    return service


def _count(service: Service, sql: str) -> int:
    with closing(sqlite3.connect(service.database, timeout=30)) as db:
        return int(db.execute(sql).fetchone()[0])


def _until(look: Callable[[], bool], most: float) -> bool:
    end = time.monotonic() + most
    while not look() and time.monotonic() < end:
        time.sleep(0.2)
    return look()


def _due(service: Service, each_ms: float) -> int:
    """Make the waiting steps due one after another, from some seconds from now on; the first."""
    first = int((time.time() + LEAD_S) * 1000)
    with closing(sqlite3.connect(service.database, timeout=30)) as db, db:
        db.execute("UPDATE outbox SET state = 'dropped' WHERE state = 'pending'")
        rows = db.execute("SELECT id FROM timers WHERE kind = 'step' ORDER BY incident_id")
        ids = [row[0] for row in rows.fetchall()]
        due = [(first + int(n * each_ms), i) for n, i in enumerate(ids)]
        db.executemany("UPDATE timers SET due_at = ? WHERE id = ?", due)
    return first


def _fired(service: Service) -> list[tuple[int, int]]:
    """When each second step was reached, with its incident."""
    with closing(sqlite3.connect(service.database, timeout=30)) as db:
        return db.execute(
            "SELECT incident_id, min(started_at) FROM runs WHERE step = 1 GROUP BY incident_id"
        ).fetchall()


def _steady(folder: Path, around: StandIns, seconds: float) -> Iterator[Figure]:
    count = int(STEADY * seconds)
    service = _opened(folder, around, count)
    first = _due(service, 1000 / STEADY)
    service.start()
    with_end = LEAD_S + seconds + 30
    _until(lambda: len(_fired(service)) >= count, with_end)
    fired = sorted(_fired(service))
    service.stop()
    took = Took([(at - first) / 1000 - n / STEADY for n, (_, at) in enumerate(fired)])
    took.bad = count - len(fired)
    note = f"  {took.bad} never fired!" if took.bad else f"  median {took.ms(0.5):.0f} ms"
    yield Figure("lag of 100 timers due a second: p99", took.ms(0.99), "ms", most=250, note=note)


def _at_once(folder: Path, around: StandIns, seconds: float) -> Iterator[Figure]:
    service = _opened(folder, around, AT_ONCE)
    first = _due(service, 0)
    service.start()
    _until(lambda: len(_fired(service)) >= AT_ONCE, LEAD_S + 60)
    fired = _fired(service)
    service.stop()
    with closing(sqlite3.connect(service.database)) as db:
        urgent = {r[0] for r in db.execute("SELECT id FROM incidents WHERE severity = 'critical'")}
    late = AT_ONCE - len(fired)
    note = f"  {late} never fired!" if late else ""
    critical = max((at - first) / 1000 for i, at in fired if i in urgent)
    every = max((at - first) / 1000 for _, at in fired)
    yield Figure("10,000 timers due at once: the critical ones", critical, "s", most=2)
    yield Figure("10,000 timers due at once: all", every, "s", most=30, note=note)


async def _storm(service: Service, around: StandIns, storm: int) -> Figure:
    """A critical incident in the middle of a storm of warnings that fill groups of 500."""
    client = Client(service.port, service.path, service.responder)
    waiting = iter(range(0, storm, 20))
    begun = asyncio.Event()
    sent = 0

    async def pour() -> None:
        nonlocal sent
        for first in waiting:
            alerts = [
                alert(f"s-{n}", f"storm-{n // 500}", severity="warning")
                for n in range(first, first + 20)
            ]
            while (await client.post(body(*alerts)))[0] != 202:
                await asyncio.sleep(0.2)
            sent += 20
            if sent > storm // 3:
                begun.set()

    pouring = [asyncio.create_task(pour()) for _ in range(16)]
    await begun.wait()
    posted, left = time.time(), storm - sent
    while (await client.post(body(alert("urgent-x", "urgent-x"))))[0] != 202:
        await asyncio.sleep(0.05)
    said: float | None = None
    while said is None and time.time() - posted < 60:
        await asyncio.sleep(0.05)
        said = first_after(around.mails(), "urgent-x")
    await asyncio.gather(*pouring)
    await client.close()
    took = (said - posted) if said is not None else float("nan")
    note = f"  {left:,} of {storm:,} alerts still to come"
    return Figure("page to the mail server's call in a storm", took, "s", most=5, note=note)
