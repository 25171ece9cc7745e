"""How long people and monitors wait: for answers under mixed load, cards, pages, a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.pace import Client, Took, alert, at_rate, body, open_incidents
from tests.bench.service import Service
from tests.bench.stand_ins import StandIns, first_after

CHANNELS = 20


def measure(folder: Path, seconds: float) -> Iterator[Figure]:
    """With Slack, Discord and a mail server beside the service."""
    for name, stages in {"chat": (_cards, _pages), "mixed": (_answers,)}.items():
        here = folder / name
        here.mkdir()
        with StandIns(CHANNELS) as around, Service(here, around.yaml()) as service:
            _wait(around.connected, 30)
            for stage in stages:
                yield from asyncio.run(stage(service, around, seconds))
            if name == "mixed":
                yield from _restart(service, around)


def _wait(look: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not look() and time.monotonic() < end:
        time.sleep(0.05)
    return look()


async def _until_mailed(around: StandIns, most: float) -> None:
    """Until everybody who is paged by mail has theirs, or time is up."""
    end, before = time.monotonic() + most, -1
    while time.monotonic() < end and len(around.mails()) != before:
        before = len(around.mails())
        await asyncio.sleep(2)


async def _answers(service: Service, around: StandIns, seconds: float) -> list[Figure]:
    """202s at 200 webhooks a second, one in twenty its own incident, beside 50 presses a second."""
    client = Client(service.port, service.path, service.responder)
    count = int(50 * seconds)
    ids = await open_incidents(client, count, "pressed")
    await _until_mailed(around, 60)

    async def webhook(number: int) -> bool:
        name = f"own-{number}" if number % 20 == 0 else f"joined-{number % 50}"
        status, _ = await client.post(body(alert(f"w{number}", name, severity="warning")))
        return status == 202

    async def press(number: int) -> bool:
        return await client.command("ack", incident=int(ids[number])) == 200

    heard, pressed = await asyncio.gather(
        at_rate(200, int(200 * seconds), webhook), at_rate(50, count, press)
    )
    await client.close()
    return [
        _figure("202 at 200 webhooks/s beside 50 presses/s", heard, 50),
        _figure("press at 50/s beside 200 webhooks/s", pressed, 150),
    ]


def _figure(what: str, took: Took, most: float) -> Figure:
    note = f"  {took.bad} bad answers!" if took.bad else f"  median {took.ms(0.5):.1f} ms"
    return Figure(f"{what}: p99", took.ms(0.99), "ms", most=most, note=note)


async def _cards(service: Service, around: StandIns, seconds: float) -> list[Figure]:
    """POST to the chat's API call at 2/s over 20 channels, two new incidents a second."""
    client = Client(service.port, service.path, service.responder)
    posted: dict[str, float] = {}

    async def webhook(number: int) -> bool:
        name = f"card-{number}-x"
        posted[name] = time.time()
        made = alert(name, name, severity="warning", channel=f"c{number % CHANNELS}")
        return (await client.post(body(made)))[0] == 202

    await at_rate(2, int(2 * seconds * 2), webhook)
    await asyncio.sleep(5)
    await client.close()
    found = []
    for surface in ("slack", "discord"):
        took = Took()
        cards = around.cards(surface)
        for name, at in posted.items():
            said = first_after(cards, name)
            took.bad += said is None
            took.seconds.append((said if said is not None else at + 5) - at)
        found.append(_figure(f"POST to {surface.title()}'s call, 2/s, 20 channels", took, 100))
    return found


async def _pages(service: Service, around: StandIns, seconds: float) -> list[Figure]:
    """POST to the provider's call for the page of a new critical incident, at 5/s."""
    client = Client(service.port, service.path, service.responder)
    posted: dict[str, float] = {}

    async def webhook(number: int) -> bool:
        name = f"page-{number}-x"
        posted[name] = time.time()
        made = alert(name, name, channel=f"c{number % CHANNELS}")
        return (await client.post(body(made)))[0] == 202

    await at_rate(5, int(5 * seconds), webhook)
    await asyncio.sleep(5)
    await client.close()
    took, mails = Took(), around.mails()
    for name, at in posted.items():
        said = first_after(mails, name)
        took.bad += said is None
        took.seconds.append((said if said is not None else at + 5) - at)
    return [_figure("POST to the mail server's call for a page, 5/s", took, 500)]


def _restart(service: Service, around: StandIns) -> Iterator[Figure]:
    """Killed with pages due: from the start of the process to the first of them."""
    before = len(around.mails())

    async def burst() -> None:
        client = Client(service.port, service.path, service.responder)
        await open_incidents(client, 400, "due")
        await client.close()

    asyncio.run(burst())
    service.kill()
    time.sleep(0.5)
    before, began = len(around.mails()), time.monotonic()
    service.start()
    came = _wait(lambda: len(around.mails()) > before, 20)
    took = time.monotonic() - began if came else float("nan")
    yield Figure("first due page after kill -9 and start", took, "s", most=5)
