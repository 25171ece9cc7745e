"""What providers may ask of us over HTTP, and what they get for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from store.model import MINUTE
from store.tables import AUDIT
from tests.channels.phones import House, house


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[House]:
    """Twilio is configured, nothing else."""
    async with house(f"sqlite:///{tmp_path}/pixelview.db", tmp_path) as made:
        yield made


@pytest.fixture
async def client(night: House) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody out there."""
    async with httpx.AsyncClient(base_url=f"{night.front.url}/callback") as made:
        yield made


async def forged(night: House) -> int:
    """How many requests that nobody signed are on record."""
    denied = select(AUDIT.c.seq).where((AUDIT.c.verb == "callback") & (AUDIT.c.outcome == "denied"))
    return len(await night.world.app.reader.read(lambda tx: tx.conn.execute(denied).all()))


@pytest.mark.parametrize("name", ["nothing", "alertmanager", "pushover", "../twilio"])
async def test_only_what_is_configured_is_called_back(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.post(f"/{name}/x")).status_code == 404


async def test_a_body_of_another_kind_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/twilio/sms", json={"From": "+49"})
    assert answer.status_code == 415
    assert answer.json()["where"] == "content-type"


async def test_a_body_that_is_too_long_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/twilio/sms", data={"Body": "x" * (300 << 10)})
    assert answer.status_code == 413


async def test_a_flood_of_forgeries_is_one_row_a_minute(
    night: House, client: httpx.AsyncClient
) -> None:
    for _ in range(20):
        assert (await client.post("/twilio/sms", data={"From": "+49"})).status_code == 403
    assert await forged(night) == 1
    night.world.clock.at += MINUTE
    assert (await client.post("/twilio/sms", data={"From": "+49"})).status_code == 403
    assert await forged(night) == 2


async def test_a_report_about_a_page_of_nobody_is_taken_and_forgotten(night: House) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "30005"}
    await night.twilio.post(f"{night.twilio.hooks}/status?key=12345", form)
    assert night.twilio.statuses == [200]


async def test_a_busy_house_asks_to_come_back(
    night: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from commands.errors import Busy

    async def busy(*_: object, **__: object) -> None:
        raise Busy("The queue is full.", 3)

    await night.fires()
    monkeypatch.setattr(night.world.door, "system", busy)
    await night.ana.texts("1")
    assert night.twilio.statuses == [503]
