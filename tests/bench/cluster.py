"""``python -m tests.bench.cluster``: a cluster of many pods on loopback, in a process of its own.
It says its address; ``churn N`` on its input makes pods come, change and go N times a second."""

from __future__ import annotations

import asyncio
import sys
from itertools import count

from tests.support.kube import FakeKube, seeds

WORKLOADS, NODES, TICK = 100, 50, 0.1


def _pod(workload: int, number: int, generation: int, *, ready: bool = True) -> seeds.Thing:
    of = seeds.owner("ReplicaSet", f"app{workload}-7f3c")
    name = f"app{workload}-7f3c-{number}-{generation}"
    return seeds.pod(
        name, f"ns{workload % 10}", of=of, on=f"n{number % NODES}", ready=ready,
        labels={"app": f"app{workload}"},
    )  # fmt: skip


def _fill(kube: FakeKube, pods: int) -> None:
    kube.put(*(seeds.node(f"n{n}") for n in range(NODES)))
    each = pods // WORKLOADS
    for n in range(WORKLOADS):
        space = f"ns{n % 10}"
        kube.put(
            seeds.deployment(f"app{n}", space, want=each, have=each, labels={"app": f"app{n}"}),
            seeds.replicaset(f"app{n}-7f3c", f"app{n}", space),
            *(_pod(n, number, 0) for number in range(each)),
        )  # fmt: skip


async def _churn(kube: FakeKube, pods: int, rates: asyncio.Queue[float]) -> None:
    """A pod after the other is not ready, goes, and another comes: three events each."""
    each, rate, owed = pods // WORKLOADS, 0.0, 0.0
    ages: dict[tuple[int, int], int] = {}
    for turn in count():
        while not rate:
            rate, owed = await rates.get(), 0.0
        if not rates.empty():
            rate = rates.get_nowait()
            continue
        workload, number = turn % WORKLOADS, turn // WORKLOADS % each
        age = ages.get((workload, number), 0)
        kube.put(_pod(workload, number, age, ready=False))
        kube.drop(_pod(workload, number, age))
        ages[workload, number] = age + 1
        kube.put(_pod(workload, number, age + 1))
        owed += 3 / rate
        if owed >= TICK:
            await asyncio.sleep(owed)
            owed = 0.0


async def main(pods: int) -> None:
    """Until its input ends."""
    loop, rates = asyncio.get_running_loop(), asyncio.Queue[float]()
    async with FakeKube() as kube:
        _fill(kube, pods)
        churning = asyncio.create_task(_churn(kube, pods, rates))
        print(kube.url, flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            rates.put_nowait(float(line.split()[1]))
        churning.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
