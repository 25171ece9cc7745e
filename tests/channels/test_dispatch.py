"""Pages and their pagers: limits are waited for, one that hangs hinders no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.outbox import AT_ONE_PAGER
from integrations.base import Misconfigured
from tests.channels.phones import PEOPLE, House, house
from tests.support.world import alert

EVERY = PEOPLE.replace("    rules: [{after: 0, via: sms}, {after: 2, via: voice}]\n", "")


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[House]:
    """Ana by SMS and then by telephone."""
    async with house(f"sqlite:///{tmp_path}/pixelview.db", tmp_path) as made:
        yield made


async def test_without_rules_every_contact_is_used_at_once(tmp_path: Path) -> None:
    async with house(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, EVERY) as night:
        await night.fires()
        assert night.world.paged() == ["U0ANA", "ana"]
        assert len(night.ana.inbox) == 1 and night.ana.call.state == "ringing"


async def test_a_provider_that_asks_to_wait_is_waited_for(night: House) -> None:
    for _ in range(5):
        limit = {"code": 20429, "message": "Too Many Requests"}
        night.twilio.answer_next(429, limit, {"Retry-After": "3"})
    incident = await night.fires()
    assert night.ana.inbox == []
    await night.world.advance(seconds=20)
    assert len(night.ana.inbox) == 1  # five times later is no refusal
    assert "page_failed" not in await night.world.history(incident)


async def test_a_page_by_a_pager_that_is_not_connected_fails_and_says_why(night: House) -> None:
    pagers = night.world.app.pagers
    pagers._connected.clear()
    pagers._broken = {
        c: Misconfigured("no such account", "twilio.account_sid") for c in ("sms", "voice")
    }
    incident = await night.fires()
    told = (await night.world.detail(incident)).timeline
    assert "no such account" in {e.why for e in told if e.kind == "page_failed"}
    assert pagers.problems["sms"] == "no such account"


async def test_one_pager_that_hangs_keeps_no_other_page_back(tmp_path: Path) -> None:
    people = PEOPLE.replace(
        "rules: [{after: 0, via: sms}, {after: 2, via: voice}]",
        "rules: [{after: 0, via: sms}, {after: 0, via: slack}]",
    )
    async with house(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, people) as night:
        night.twilio.hold()
        many = AT_ONE_PAGER + 5
        alerts = [alert(f"k{n}", labels={"service": f"s{n}"}) for n in range(many)]
        await night.world.door.intake(await night.world.source(), tuple(alerts))
        async with asyncio.timeout(20):
            while not night.world.pad.pages:
                await night.world.app.ticker.tick()
                await night.world.app.outbox.pump()
                await asyncio.sleep(0.01)
        held = [p for _, p in night.world.app.outbox._busy if p.startswith("sms:")]
        assert len(held) <= AT_ONE_PAGER
        night.twilio.go_on()
        await night.world.settle()


async def test_who_is_gone_is_not_paged_and_the_policy_goes_on(night: House) -> None:
    from dataclasses import replace

    from store import definitions

    door = night.world.door
    known = door.definitions()
    incident = await night.fires()
    less = replace(known, people={h: p for h, p in known.people.items() if h != "ana"})
    await door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "test", less))
    await door.reload()
    await night.world.advance(minutes=2)
    assert night.twilio.calls == []
    await night.world.advance(minutes=3)
    assert len(night.omar.inbox) == 1
    seen = await door.ask("show", {"incident": incident}, night.world.actor("omar"))
    assert seen.incident.asking == ("omar",)


def everything_in(folder: Path) -> bytes:
    """The database as it lies on the disk."""
    return b"".join(file.read_bytes() for file in folder.glob("pixelview.db*"))


async def test_no_telephone_number_can_be_read_in_the_database(
    night: House, tmp_path: Path
) -> None:
    incident = await night.fires()
    await night.world.advance(minutes=2)
    await night.twilio.report(night.ana.message, "undelivered", 30005)
    await night.ana.texts("1")
    await night.twilio.phone("+33612345678").texts("1")
    assert (await night.world.incident(incident)).holder == "ana"
    kept = everything_in(tmp_path)
    assert b"ana" in kept  # handles may be read
    for number in (night.ana.number, night.omar.number, "+33612345678"):
        assert number.encode() not in kept
