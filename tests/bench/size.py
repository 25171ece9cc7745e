"""What growth costs: memory with many open incidents, processor with many alerts stored."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import wrk
from tests.bench.figures import Figure
from tests.bench.fill import fill
from tests.bench.service import Service
from tests.bench.stand_ins import StandIns

OPEN, FEW, MANY = 10_000, 1_000, 1_000_000


def memory(folder: Path) -> Iterator[Figure]:
    """PSS with 10,000 open incidents, both chats connected, after the list was read and a load."""
    with StandIns() as around:
        service = Service(folder, around.yaml())
        service.start()
        service.stop()
        fill(service.database, service.key, OPEN, resolved=False)
        with service:
            end = time.monotonic() + 30
            while not around.connected() and time.monotonic() < end:
                time.sleep(0.1)
            note = "" if around.connected() else "  the chats did not connect!"
            page = json.loads(service.get("/api/incidents?limit=1000"))
            assert len(page["incidents"]) == 1000
            if not wrk.missing():
                wrk.run(service.port, service.path, "join", "m-", 2, folder)
            time.sleep(3)
            yield Figure(
                f"memory with {OPEN:,} open incidents", service.pss(), "MiB", most=150, note=note
            )
            yield Figure(f"start with {OPEN:,} open incidents", service.took, "s", most=3)


def growth(folder: Path, many: int, rounds: int, seconds: float) -> Iterator[Figure]:
    """Processor time an alert with a thousand and with a million alerts stored, interleaved."""
    found: dict[int, list[float]] = {FEW: [], many: []}
    services: dict[int, Service] = {}
    with StandIns() as around:
        for count in found:
            here = folder / str(count)
            here.mkdir()
            services[count] = service = Service(here, around.yaml())
            service.start()
            service.stop()
            began = time.monotonic()
            fill(service.database, service.key, count)
            print(f"    filled {count:,} alerts in {time.monotonic() - began:.0f} s", flush=True)
        for round_ in range(rounds):
            for count, service in services.items():
                with service:
                    found[count].append(_cpu(service, f"g{round_}-", seconds, folder))
    small, large = (min(found[count]) for count in found)
    yield Figure(f"CPU an alert with {FEW:,} alerts stored", small, "ms")
    yield Figure(f"CPU an alert with {many:,} alerts stored", large, "ms")
    yield Figure("    times as much", large / small, "", most=1.5)


def _cpu(service: Service, start: str, seconds: float, folder: Path) -> float:
    wrk.run(service.port, service.path, "own", f"w{start}", 1, folder)
    before = service.cpu()
    load = wrk.run(service.port, service.path, "own", start, seconds, folder)
    return (service.cpu() - before) / load.requests * 1000
