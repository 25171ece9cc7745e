"""How many alerts a second, beside a handler that does nothing under the same load."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import wrk
from tests.bench.figures import Figure, of_runs
from tests.bench.service import Bare, Service
from tests.bench.stand_ins import StandIns

KINDS = {
    "own": ("every alert opens its own incident", 1, 0.15, None),
    "join": ("every alert joins an incident", 1, 0.25, None),
    "twenty": ("twenty alerts a body, own incidents", 20, None, 6000.0),
}
CPU = 0.4


def measure(folder: Path, rounds: int, seconds: float) -> Iterator[Figure]:
    """Short interleaved runs of each kind: bare handler, service, bare handler, …"""
    for kind, (what, alerts, ratio, rate) in KINDS.items():
        here = folder / kind
        here.mkdir()
        with Bare(here) as bare, StandIns() as around, Service(here, around.yaml()) as service:
            wrk.run(service.port, service.path, kind, "warm-", 1, here)
            runs = [_pair(bare, service, kind, f"r{n}-", seconds, here) for n in range(rounds)]
        bad = sum(r.load.bad for r in runs)
        note = f"  {bad} bad answers!" if bad else ""
        rates = [r.load.per_second * alerts for r in runs]
        if ratio is not None:
            yield of_runs(f"{what}: ratio", [r.ratio for r in runs], least=ratio, note=note)
        yield of_runs(f"{what}: alerts a second", rates, "/s", least=rate, note=note)
        most = CPU if alerts == 1 else None
        yield of_runs(f"{what}: server CPU a webhook", [r.cpu for r in runs], "ms", most=most)
        yield of_runs(f"{what}: p99 at full load", [r.load.p99 for r in runs], "ms")
        yield of_runs("    the bare handler: requests a second", [r.bare for r in runs], "/s")


class _Run:
    def __init__(self, load: wrk.Load, bare: float, cpu: float) -> None:
        self.load, self.bare, self.cpu = load, bare, cpu

    @property
    def ratio(self) -> float:
        """The service's requests to the bare handler's."""
        return self.load.per_second / self.bare


def _pair(
    bare: Bare, service: Service, kind: str, start: str, seconds: float, folder: Path
) -> _Run:
    beside = wrk.run(bare.port, "/in/alertmanager", kind, start, seconds, folder)
    before = service.cpu()
    load = wrk.run(service.port, service.path, kind, start, seconds, folder)
    cpu = (service.cpu() - before) / max(load.requests, 1) * 1000
    time.sleep(0.3)
    return _Run(load, beside.per_second, cpu)
