"""How long it takes until a press is on every card, and what becomes of a storm on both chats."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.pace import Client, Took, alert, at_rate, body
from tests.bench.service import Service
from tests.bench.stand_ins import StandIns

CHANNELS = 3
A_MINUTE = 20
"""Edits a workspace can expect in a minute."""
NEW = 5.0
MOST, WORST = 2_000, 5_000
"""Until an ack is on every card, in ms: the median and the 99th percentile."""


def measure(folder: Path, acks: int, storm: tuple[int, int]) -> Iterator[Figure]:
    """Acks at twenty a minute; then a storm of so many incidents in so many seconds."""
    with StandIns(CHANNELS) as around, Service(folder, around.yaml()) as service:
        _wait(around, 30)
        yield from asyncio.run(_acks(service, around, acks))
        yield from asyncio.run(_storm(service, around, *storm))


def _wait(around: StandIns, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not around.connected() and time.monotonic() < end:
        time.sleep(0.05)


async def _acks(service: Service, around: StandIns, count: int) -> list[Figure]:
    """From the press to Slack's and Discord's edit of the card, twenty a minute."""
    client = Client(service.port, service.path, service.responder)
    ids: dict[int, str] = {}
    for number in range(count):
        name = f"acked-{number}-x"
        made = alert(name, name, severity="error", channel=f"c{number % CHANNELS}")
        _, answer = await client.post(body(made))
        ids[number] = str(answer["incidents"][0])
        await asyncio.sleep(2.0)
    await asyncio.sleep(10)
    pressed: dict[int, float] = {}

    async def press(number: int) -> bool:
        pressed[number] = time.time()
        return await client.command("ack", incident=int(ids[number])) == 200

    await at_rate(A_MINUTE / 60, count, press)
    await asyncio.sleep(6)
    await client.close()
    figures = []
    for surface in ("slack", "discord"):
        took = Took()
        edits = _edits(around, surface)
        for number, at in pressed.items():
            name = f"acked-{number}-x"
            said = [when for when, words in edits if when >= at and name in words]
            took.bad += not said
            took.seconds.append((said[0] if said else at + 60) - at)
        note = f"  {took.bad} without!" if took.bad else ""
        what = f"ack to {surface.title()}'s edit, {A_MINUTE}/min"
        figures += [
            Figure(f"{what}: median", took.ms(0.5), "ms", most=MOST, note=note),
            Figure(f"{what}: p99", took.ms(0.99), "ms", most=WORST),
        ]
    return figures


def _edits(around: StandIns, surface: str) -> list[tuple[float, str]]:
    if surface == "slack":
        return [
            (c.at, json.dumps(c.args, ensure_ascii=False))
            for c in around.slack.calls
            if c.method == "chat.update"
        ]
    return [
        (r.at, json.dumps(r.body, ensure_ascii=False))
        for r in around.discord.requests
        if r.method == "PATCH"
    ]


async def _storm(service: Service, around: StandIns, count: int, seconds: int) -> list[Figure]:
    """One in twenty critical: until each of these is named, and how often a limit was passed."""
    client = Client(service.port, service.path, service.responder)
    fell: dict[str, float] = {}

    async def webhook(number: int) -> bool:
        critical = number % 20 == 7
        name = f"storm-{number}-x"
        if critical:
            fell[name] = time.time()
        severity = "critical" if critical else "warning"
        made = alert(name, name, severity=severity, channel=f"c{number % CHANNELS}")
        return (await client.post(body(made)))[0] == 202

    sent = await at_rate(count / seconds, count, webhook)
    await asyncio.sleep(NEW + 1)
    await client.close()
    figures = [Figure(f"storm of {count} in {seconds} s: webhooks refused", sent.bad, most=0)]
    for surface in ("slack", "discord"):
        took, said = Took(), [*around.cards(surface), *_edits(around, surface)]
        said.sort(key=lambda pair: pair[0])
        for name, at in fell.items():
            first = next((when for when, words in said if when >= at and name in words), None)
            took.bad += first is None
            took.seconds.append((first if first is not None else at + 60) - at)
        note = f"  {took.bad} never!" if took.bad else f"  median {took.ms(0.5):.0f} ms"
        what = f"critical shown in {surface.title()} in the storm: worst"
        figures.append(Figure(what, took.ms(1.0), "ms", most=NEW * 1000, note=note))
    over = around.slack.rates.refused + around.discord.limits.refusals
    wrong = len(around.slack.violations) + len(around.discord.state.violations) + over
    return [*figures, Figure("limits passed and rules broken in it", wrong, most=0)]
