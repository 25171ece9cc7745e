"""``make bench``: measures, and prints each figure beside its target."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.wrk import missing

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from tests.bench import (
        automation,
        cards,
        churn,
        escalation,
        inventory,
        latency,
        read,
        rota,
        size,
        throughput,
    )

PARTS = (
    "oncall", "read", "throughput", "latency", "cards", "escalation", "memory", "growth",
    "inventory", "churn", "automation",
)  # fmt: skip
STORM = 5_000, 600
"""Incidents, in so many seconds."""
Stage = Callable[[Path], Iterator[Figure]]


def main() -> None:
    """Read the arguments, run the stages, sum up."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter runs, under three minutes")
    parser.add_argument(
        "--million", action="store_true", help="a million alerts stored, not 100,000"
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="some parts only")
    args = parser.parse_args()
    # Told to end it ends what it started too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began, load = time.monotonic(), os.getloadavg()[0]
    print(f"PixelView's benchmark on {os.cpu_count()} processors, load before it {load:.1f}\n")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="pixelview-bench-") as folder:
        for name, stage in _stages(args.quick, args.million).items():
            if args.only and name not in args.only:
                continue
            if name in ("throughput", "growth") and missing():
                print(f"{name}: wrk is not installed (Debian: apt install wrk), left out\n")
                continue
            print(f"{name}", flush=True)
            here = Path(folder) / name
            here.mkdir()
            for figure in stage(here):
                print(figure, flush=True)
                figures.append(figure)
            print()
    aims = [f for f in figures if f.least is not None or f.most is not None]
    short = [f for f in aims if f.short]
    minutes = (time.monotonic() - began) / 60
    print(f"{len(aims) - len(short)} of {len(aims)} targets met in {minutes:.1f} min")
    for figure in short:
        print(f"  short: {figure.what}")


def _stages(quick: bool, million: bool) -> dict[str, Stage]:
    rounds, seconds = (3, 2.0) if quick else (5, 4.0)
    many = size.MANY if million else 20_000 if quick else 100_000
    return {
        "oncall": lambda here: rota.measure(here, rounds),
        "read": lambda here: read.measure(here, rounds),
        "throughput": lambda here: throughput.measure(here, rounds, seconds),
        "latency": lambda here: latency.measure(here, 8 if quick else 20),
        "cards": lambda here: cards.measure(here, *((10, (500, 60)) if quick else (40, STORM))),
        "escalation": lambda here: escalation.measure(
            here, 10 if quick else 20, 20_000 if quick else escalation.STORM
        ),
        "memory": size.memory,
        "growth": lambda here: size.growth(here, many, 1 if quick else 3, seconds),
        "inventory": lambda here: inventory.measure(here, 20_000 if quick else 100_000),
        "churn": lambda here: churn.measure(here, 8 if quick else 16),
        "automation": automation.measure,
    }


if __name__ == "__main__":
    main()
