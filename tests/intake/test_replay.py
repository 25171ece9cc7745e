"""What a real Alertmanager sent, in order of time, over HTTP: only its last words count."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot.web.server import application, serve
from store import access
from store.alerts import from_row, of_incident
from store.db import Tx
from store.incidents import get
from store.model import Alert, Incident, IncidentStatus
from store.tables import ALERTS, INCIDENTS
from tests.integrations.corpus import SHARED
from tests.support.engines import AGAIN, migrated_url
from tests.support.world import ObedientClock, World

CAPTURES = SHARED / "captures" / "alertmanager"


@dataclass(frozen=True)
class Said:
    """One captured request. What its receiver answered then does not matter: we take them all."""

    at: int
    name: str
    method: str
    body: str


def captured() -> list[Said]:
    """All requests in order of time; skips, saying so, where there are none."""
    files = sorted(CAPTURES.glob("*.json"))
    if not files:
        pytest.skip("the captures of a real Alertmanager are not beside this checkout")
    found = []
    for file in files:
        one = json.loads(file.read_text(encoding="utf-8"))
        at = int(datetime.fromisoformat(one["received_at"]).timestamp() * 1000)
        found.append(Said(at, file.name, one["method"], one["body"]))
    return sorted(found, key=lambda said: said.at)


class LastWords:
    """What the captures say in the end of each alert, by the rules of Alertmanager alone.

    A fingerprint fires from the first firing with a start later than the last one resolved, and is
    resolved by a resolve of that start or a later one; what is absent says nothing.
    """

    def __init__(self) -> None:
        self.firing: dict[str, str] = {}
        self.over: dict[str, str] = {}
        self.labels: dict[str, dict[str, str]] = {}

    def hear(self, alert: dict[str, Any]) -> None:
        """One alert of one request."""
        key, start = alert["fingerprint"], alert["startsAt"]
        if alert["status"] == "firing":
            if start > self.over.get(key, "") and start >= self.firing.get(key, ""):
                self.firing[key] = start
                self.labels[key] = alert["labels"]
        elif key in self.labels and start >= self.firing.get(key, ""):
            self.over[key] = max(start, self.over.get(key, ""))
            self.firing.pop(key, None)


@pytest.fixture(params=AGAIN)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView whose clock stands where the captures begin."""
    first = captured()[0].at
    made = await World.build(
        migrated_url(request.param, tmp_path), tmp_path, clock=ObedientClock(first)
    )
    yield made
    await made.end()


@pytest.fixture
async def posts(world: World) -> AsyncIterator[Any]:
    """Sends a captured request to the service; the status it answers."""
    app = application(world.app.hooks.routes(), world.app.settings.intake.max_body)
    runner, port = await serve(app, "127.0.0.1", 0)
    source = await world.source("alertmanager")
    token = await world.door.system(
        lambda ctx: access.create_token(ctx.tx, ctx.now, "rig", source_id=source.id)
    )
    url = f"http://127.0.0.1:{port}/in/alertmanager/{token}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:

        async def send(said: Said) -> int:
            headers = {"Content-Type": "application/json"}
            async with http.request(
                said.method, url, data=said.body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                return answer.status

        yield send
    await runner.cleanup()


async def test_the_last_words_of_a_real_alertmanager_are_what_is_left(
    world: World, posts: Any
) -> None:
    due = LastWords()
    for said in captured():
        await world.advance(seconds=(said.at - world.clock.at) / 1000)
        answered = await posts(said)
        if said.method != "POST":
            assert answered == 405, said.name
            continue
        assert answered == 202, said.name
        await world.settle()
        for alert in json.loads(said.body)["alerts"]:
            due.hear(alert)
        assert await world.app.reader.read(firing) == set(due.firing), said.name

    stored = await everything(world)
    assert {alert.key for alert, _ in stored} == set(due.labels)
    for _, incident in stored:
        is_open = incident.status is not IncidentStatus.RESOLVED
        mates = [a for a, i in stored if i.id == incident.id]
        assert is_open == any(mate.status == "firing" for mate in mates)
        assert incident.alerts_firing == sum(mate.status == "firing" for mate in mates)
        assert incident.alerts_total == len(mates)
    where = {key: [i.id for a, i in stored if a.key == key] for key in due.firing}
    for key in due.firing:
        homes = [i for a, i in stored if a.key == key and a.status == "firing"]
        assert len(homes) == 1, where[key]
        assert homes[0].status is not IncidentStatus.RESOLVED
    assert due.over and len(due.labels) > 40


def firing(tx: Tx) -> set[str]:
    """The keys of all alerts that fire."""
    rows = tx.conn.execute(select(ALERTS).where(ALERTS.c.status == "firing"))
    return {from_row(tx, row).key for row in rows}


async def everything(world: World) -> list[tuple[Alert, Incident]]:
    """Each alert with its incident."""

    def read(tx: Tx) -> list[tuple[Alert, Incident]]:
        found = []
        for row in tx.conn.execute(select(INCIDENTS.c.id).order_by(INCIDENTS.c.id)):
            incident = get(tx, row.id)
            assert incident is not None
            found += [(alert, incident) for alert in of_incident(tx, row.id)]
        return found

    stored: list[tuple[Alert, Incident]] = await world.app.reader.read(read)
    return stored
