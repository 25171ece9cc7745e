"""How fast bodies are read: one alert by each integration, a mebibyte of anything, and how long
the service's loop waits while one is."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from integrations.base import Malformed, Misconfigured, Receiver, Request
from tests.bench.figures import Figure, of_runs
from tests.bench.service import Service
from tests.integrations import heavy
from tests.integrations.corpus import PAYLOADS, of
from tests.integrations.test_every_reader import bodies, receivers

LEAST_MEDIAN, LEAST = 5_000, 1_000
MOST_MS, STALL_MS = 100.0, 20.0
SLOWEST = 5
YAML = """
people: {ana: {name: Ana Petrova, roles: [admin]}}
routes: [{name: all}]
"""


def measure(folder: Path, rounds: int) -> Iterator[Figure]:
    """All three."""
    found = receivers()
    yield from _speeds(found, rounds)
    yield from _mebibytes(found)
    yield from _waits(folder, rounds)


# ---- one alert ---------------------------------------------------------------------------------


def _speeds(found: Mapping[str, Receiver], rounds: int) -> Iterator[Figure]:
    """Bodies a second on one processor. Those of the collection, where it lies beside the
    checkout, and those of our own tests: the smallest that holds one alert."""
    if not PAYLOADS.exists():
        print("  the collection of webhook bodies is not beside this checkout: our own only")
    smallest = {name: _smallest(name, reader) for name, reader in found.items()}
    asked = {name: request for name, request in smallest.items() if request is not None}
    rates = {name: _rate(found[name], request, rounds) for name, request in asked.items()}
    ranked = sorted(rates, key=lambda name: median(rates[name]))
    every = [median(runs) for runs in rates.values()]
    note = f" of {len(rates)} integrations; no body here for {len(found) - len(rates)}"
    yield Figure("one alert read, median integration", median(every), "/s", LEAST_MEDIAN, note=note)
    for name in ranked[:SLOWEST]:
        what = f"one alert read by {name}, {len(asked[name].body)} bytes"
        yield of_runs(what, rates[name], "/s", least=LEAST)


def _smallest(name: str, reader: Receiver) -> Request | None:
    own = [
        Request(json.dumps(body).encode(), "application/json", received_at=1)
        for tool, body in bodies()
        if tool == name and not isinstance(body, bytes)
    ]
    real = [sample.request for sample in of(name)] if PAYLOADS.exists() else []
    alone = [each for each in (*real, *own) if _alerts(reader, each) == 1]
    return min(alone, key=lambda each: len(each.body), default=None)


def _alerts(reader: Receiver, request: Request) -> int:
    try:
        return len(reader.read(request).alerts)
    except (Malformed, Misconfigured):
        return 0


def _rate(reader: Receiver, request: Request, rounds: int) -> list[float]:
    count, runs = 100, []
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(count):
            reader.read(request)
        runs.append(count / (time.process_time() - began))
    return runs


# ---- a mebibyte --------------------------------------------------------------------------------


def _mebibytes(found: Mapping[str, Receiver]) -> Iterator[Figure]:
    """The slowest of all readers, body by body; of each the faster of two, for the machine's."""
    for name, request in heavy.all_of_them().items():
        slowest, took = "", 0.0
        for reader_name, reader in found.items():
            mine = _ms(reader, request)
            if mine > took:
                mine = min(mine, _ms(reader, request))
            if mine > took:
                slowest, took = reader_name, mine
        yield Figure(f"1 MiB: {name}", took, "ms", most=MOST_MS, note=f" ({slowest})")


def _ms(reader: Receiver, request: Request) -> float:
    began = time.process_time()
    _alerts(reader, request)
    return (time.process_time() - began) * 1000


# ---- the loop ----------------------------------------------------------------------------------


def _waits(folder: Path, rounds: int) -> Iterator[Figure]:
    """The longest that a small question waits while a mebibyte is taken in: for the loop, and for
    whoever holds the interpreter. Of several runs the best one: the machine has other work."""
    with Service(folder, YAML) as service:
        path = f"/in/webhook/{service.token('bench-webhook', '--intake', 'webhook')}"
        idle = [_wait(service.port, lambda: time.sleep(0.2)) for _ in range(rounds)]
        yield Figure("a small question waits, idle", min(idle), "ms", spread=(min(idle), max(idle)))
        for name, request in heavy.all_of_them().items():
            post = _posting(service.port, path, request)
            runs = [_wait(service.port, post) for _ in range(rounds)]
            spread = (min(runs), max(runs))
            what = f"a small question waits: {name}"
            yield Figure(what, min(runs), "ms", most=STALL_MS, spread=spread)


def _posting(port: int, path: str, request: Request) -> Callable[[], None]:
    def post() -> None:
        there = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Content-Type": request.content_type}
        there.request("POST", path, request.body, headers)
        there.getresponse().read()
        there.close()

    return post


def _wait(port: int, meanwhile: Callable[[], Any]) -> float:
    """The longest answer to a ping, in ms, until it is done."""
    there = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    _ping(there)
    work = threading.Thread(target=meanwhile)
    work.start()
    worst = _ping(there)
    while work.is_alive():
        worst = max(worst, _ping(there))
    work.join()
    there.close()
    return worst * 1000


def _ping(there: http.client.HTTPConnection) -> float:
    began = time.perf_counter()
    there.request("GET", "/healthz")
    there.getresponse().read()
    return time.perf_counter() - began
