"""Open-loop load: requests leave on time whatever becomes of the ones before them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

HEAD = (
    '{"version":"4","status":"firing","receiver":"pixelview","groupLabels":{},"commonLabels":{},'
    '"commonAnnotations":{},"externalURL":"http://alertmanager.example.eu:9093","alerts":['
)


def alert(key: str, service: str, *, severity: str = "critical", **labels: str) -> str:
    """One alert as Alertmanager sends it."""
    more = "".join(f',"{name}":"{value}"' for name, value in labels.items())
    return (
        f'{{"status":"firing","labels":{{"alertname":"DiskAlmostFull","severity":"{severity}",'
        f'"service":"{service}","instance":"{key}","team":"ops","env":"prod"{more}}},'
        f'"annotations":{{"summary":"Disk 94 % full on {key}","description":"94.2 % of 2.0 TB",'
        f'"runbook_url":"https://wiki.example.eu/rb/disk"}},"startsAt":"2026-01-10T03:09:08Z",'
        f'"endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus.example.eu:9090/g",'
        f'"fingerprint":"{key}"}}'
    )


def body(*alerts: str) -> bytes:
    """One webhook's body."""
    return (HEAD + ",".join(alerts) + "]}").encode()


@dataclass(slots=True)
class Took:
    """What came of a stream: seconds from when each was due to its answer, and bad answers."""

    seconds: list[float] = field(default_factory=list)
    bad: int = 0

    def ms(self, share: float) -> float:
        """A percentile in milliseconds."""
        if not self.seconds:
            return float("nan")
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] * 1000


Ask = Callable[[int], Awaitable[bool]]


async def at_rate(rate: float, count: int, ask: Ask) -> Took:
    """Call ``ask(i)`` ``rate`` times a second; it says whether its answer was good."""
    took, began = Took(), time.perf_counter()

    async def one(number: int, due: float) -> None:
        good = await ask(number)
        took.seconds.append(time.perf_counter() - due)
        took.bad += not good

    tasks = []
    for number in range(count):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    return took


class Client:
    """Speaks to one service."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._path, self._token = path, token
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256))

    async def close(self) -> None:
        """End every connection."""
        await self._session.close()

    async def post(self, sent: bytes) -> tuple[int, Any]:
        """One webhook: status and answer; 0 where there was none."""
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(
                self._base + self._path, data=sent, headers=headers
            ) as answer:
                return answer.status, await answer.json(content_type=None)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return 0, None

    async def command(self, name: str, **args: Any) -> int:
        """A press, as a token's; its status."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.post(
            f"{self._base}/api/commands/{name}", json=args, headers=headers
        ) as answer:
            await answer.read()
            return answer.status

    async def get(self, path: str) -> Any:
        """Something of the API."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.get(self._base + path, headers=headers) as answer:
            return await answer.json(content_type=None)


async def open_incidents(client: Client, count: int, name: str) -> list[str]:
    """Open that many incidents, twenty alerts a body; their ids."""
    made: list[str] = []
    for first in range(0, count, 20):
        alerts = [
            alert(f"{name}-{n}", f"{name}-{n}", severity="info")
            for n in range(first, min(first + 20, count))
        ]
        status, answer = await client.post(body(*alerts))
        assert status == 202, (status, answer)
        made += answer["incidents"]
    return made


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile in milliseconds."""
    took = Took(list(values))
    return took.ms(0.5), took.ms(0.99)
