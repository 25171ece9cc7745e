"""The service as a process with chats and a mail server beside it, and bursts to throw at it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.bench.pace import Client, alert, body
from tests.bench.service import Service

ALERTS, INCIDENTS, EACH, CHANNELS = 5_000, 100, 5, 20


@dataclass
class Burst:
    """Bodies of one burst still to be sent; which alerts were sent and got a 202 so far."""

    bodies: list[list[tuple[str, str]]]
    next: int = 0
    sent: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    accepted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    statuses: list[int] = field(default_factory=list)

    def take(self) -> list[tuple[str, str]] | None:
        """The next body: its alerts as (key, service)."""
        if self.next == len(self.bodies):
            return None
        self.next += 1
        for key, service in self.bodies[self.next - 1]:
            self.sent[service].add(key)
        return self.bodies[self.next - 1]

    def took(self, sent: list[tuple[str, str]], status: int) -> None:
        """Note what became of one body."""
        self.statuses.append(status)
        if status == 202:
            for key, service in sent:
                self.accepted[service].add(key)

    def reached(self, bodies: int) -> bool:
        """Whether that many bodies were answered."""
        return len(self.statuses) >= bodies


def burst(seed: int, alerts: int = ALERTS, incidents: int = INCIDENTS) -> Burst:
    """Alerts of a hundred services, five a body, shuffled."""
    made = [(f"k{n}", f"svc-{n % incidents}") for n in range(alerts)]
    Random(seed).shuffle(made)
    return Burst([made[n : n + EACH] for n in range(0, alerts, EACH)])


def channel_of(service: str) -> str:
    """The channel that a service's cards go to."""
    return f"c{int(service.removeprefix('svc-')) % CHANNELS}"


async def pour(client: Client, wanted: Burst, stop: asyncio.Event) -> None:
    """Send the rest of a burst over 16 connections until told to stop."""

    async def one_connection() -> None:
        while not stop.is_set() and (sent := wanted.take()) is not None:
            made = (alert(k, s, channel=channel_of(s)) for k, s in sent)
            status, _ = await client.post(body(*made))
            wanted.took(sent, status)

    await asyncio.gather(*(one_connection() for _ in range(16)))


async def eventually(
    what: str, look: Callable[[], Any], *, seconds: float = 60.0, every: float = 0.1
) -> Any:
    """What ``look`` gives as soon as it is true."""
    end = asyncio.get_running_loop().time() + seconds
    while not (found := look()):
        assert asyncio.get_running_loop().time() < end, f"{what} within {seconds:.0f} s"
        await asyncio.sleep(every)
    return found


def every_incident(service: Service) -> list[dict[str, Any]]:
    """All incidents by the API, page after page."""
    found: list[dict[str, Any]] = []
    path = "/api/incidents?status=all&limit=1000"
    while path:
        page = json.loads(service.get(path))
        found += page["incidents"]
        path = page["next"] or ""
    return found


def detail(service: Service, number: str) -> dict[str, Any]:
    """One incident with its alerts, timeline and pages."""
    found: dict[str, Any] = json.loads(service.get(f"/api/incidents/{number}"))
    return found
