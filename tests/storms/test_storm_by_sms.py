"""A storm on a telephone: one message that names its worst, and one key that takes all critical."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import storms
from tests.channels.phones import PEOPLE, House, house
from tests.storms.test_storm import Stormy
from tests.support.world import alert


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[House]:
    """Ana and Omar have telephones; their channel takes storm cards and critical ones only."""
    people = PEOPLE.replace(", {after: 2, via: voice}", "")
    async with house(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, people) as made:
        pad = Stormy()
        made.world.app.surfaces["slack"] = made.world.pad = pad
        yield made


async def storm(night: House, critical: int) -> None:
    readings = [
        alert(
            f"k{n}", severity="critical" if n < critical else "error", title="Checkout 5xx 31 %",
            labels={"service": f"s{n}", "host": f"web-{n}"},
        )
        for n in range(40)
    ]  # fmt: skip
    await night.world.hears(*readings)
    await night.world.advance(seconds=2)


async def test_many_pages_of_a_storm_are_one_message_and_one_key_takes_what_is_critical(
    night: House,
) -> None:
    await storm(night, 4)
    await night.world.advance(minutes=2)
    body = night.ana.inbox[-1]
    assert body.startswith("STORM 40 incidents, 4 CRIT. Worst 1 Checkout 5xx 31% web-0.")
    assert body.endswith("Reply 1=ack all critical 2=escalate")
    assert len(body) <= 160
    assert await night.ana.texts("1") == ["You have all 4 critical ones of the storm."]
    await night.world.settle()
    assert {(await night.world.incident(n)).holder for n in range(1, 5)} == {"ana"}
    assert (await night.world.incident(5)).holder is None
    [found] = await night.world.app.reader.read(storms.on)
    counts = await night.world.app.reader.read(lambda tx: storms.counts(tx, found))
    assert counts.nobody == {"error": 36}


async def test_a_number_still_means_that_incident_alone(night: House) -> None:
    await storm(night, 3)
    await night.world.advance(minutes=2)
    said = await night.ana.texts("ack 7")
    assert said[0].startswith("Ack 7 done.")
    assert (await night.world.incident(1)).holder is None
