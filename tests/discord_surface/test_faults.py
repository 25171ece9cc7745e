"""What goes wrong with Discord in a running service, with the real discord.py over a strict
stand-in: each ends in a clear state, and a clear word to those who can change it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from store.model import IncidentStatus
from tests.discord_surface.test_end_to_end import House, _catalog, build, house
from tests.support.discord import Message

__all__ = ["_catalog", "build", "house"]

pytestmark = pytest.mark.slow


def told(house: House, name: str, words: str) -> list[Message]:
    """What a person was told directly that has these words in it."""
    return [m for m in house.pages(name) if words in house.fake.visible_text(m)]


def well(house: House) -> bool:
    """Whether the service says that all is well with Discord."""
    return not [s for s in house.app.health.signs() if "iscord" in s.name and not s.ok]


async def another(house: House, name: str) -> int:
    """One more alert, of another service."""
    return await house.hears(labels={"service": name, "instance": name, "alertname": name})


async def test_a_slow_database_does_not_let_a_press_fail(house: House, tmp_path: Path) -> None:
    incident, card = await house.fires()
    surface = house.app.surfaces["discord"]
    surface._hear._listener._patience = 0.3  # type: ignore[attr-defined]
    ana, ops = house.person("Ana"), house.fake.channel("ops")
    blocker = sqlite3.connect(tmp_path / "pv.db", isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        press = await house.press("Ana", card, "Acknowledge")
        assert press.kind == "deferred"
        typed = asyncio.ensure_future(
            house.fake.command(ana, ops, "pv note", {"incident": str(incident), "text": "slow"})
        )
        choices = await house.fake.autocomplete(ana, ops, "pv resolve", "incident", "")
        assert [c["value"] for c in choices] == [str(incident)]
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    assert (await typed).kind in ("deferred", "message")
    await house.until(house.shows("Ana has it", card))
    assert house.fake.violations == []


async def test_what_discord_brings_twice_and_out_of_order_is_done_once(house: House) -> None:
    incident, card = await house.fires()
    await house.press("Ana", card, "Acknowledge")
    await house.until(house.shows("Ana has it", card))
    [session] = house.fake.sessions
    events = [e for e in session.events if e[1] == "INTERACTION_CREATE"]
    older = next(e for e in session.events if e[1] == "MESSAGE_CREATE")
    for event in (events[-1], older, events[-1]):
        house.fake.state.emit(event[1], event[2])
    assert (await house.press("Omar", card, "Note…")).kind == "modal"
    acks = [e for e in (await house.detail(incident)).timeline if e.actor == "ana"]
    assert len(acks) == 1
    found = (await house.detail(incident)).incident
    assert found.status is IncidentStatus.ACKNOWLEDGED and found.holder == "ana"


async def test_a_revoked_token_is_said_and_the_card_comes_when_it_works_again(
    house: House,
) -> None:
    await house.fires()
    good, house.fake.state.token = house.fake.state.token, "another"
    await another(house, "api")
    await house.until(lambda: not house.app.surfaces["discord"].health()[0])
    said = house.app.surfaces["discord"].health()[1]
    assert "does not accept the bot's token" in said
    await house.app.outbox.troubles.look()
    assert not well(house)
    house.fake.state.token = good
    house.app.surfaces["discord"]._life._refused = ""  # type: ignore[attr-defined]
    await house.app.outbox.troubles.look()
    await house.until(lambda: len([m for m in house.cards if m.is_v2]) == 2)
    assert well(house)


async def test_a_permission_that_is_taken_is_told_once_to_who_leads_there(house: House) -> None:
    await house.fires()
    ops = house.fake.channel("ops")
    ops.deny.add("send")
    first = await another(house, "api")
    words = "give PixelView View Channel, Send Messages"
    await house.until(lambda: told(house, "Omar", words))
    second = await another(house, "web")
    await house.until(lambda: len(house.pages("Ana")) >= 3)
    await asyncio.sleep(0.2)
    assert len(told(house, "Omar", words)) == 1 and len(told(house, "Ana", words)) == 1
    assert not well(house)
    kinds = [(e.kind, e.say) for e in (await house.detail(first)).timeline]
    assert ("send_failed", "Could not write to discord:#ops.") in kinds
    ops.deny.clear()
    third = await another(house, "queue")
    await house.until(lambda: len([m for m in house.cards if m.is_v2]) == 4)
    shown = " ".join(house.fake.visible_text(m) for m in house.cards)
    assert all(f"#{n} " in shown for n in (first, second, third))
    assert well(house)


async def test_a_channel_that_is_deleted_is_told_and_the_cards_come_to_the_new_one(
    house: House,
) -> None:
    incident, _ = await house.fires()
    await house.fake.remove_channel(house.fake.channel("ops"))
    page = house.pages("Ana")[-1]
    await house.press("Ana", page, "Acknowledge")
    await house.until(house.shows("You have it.", page))
    await house.until(lambda: told(house, "Omar", "There is no channel #ops"))
    assert not well(house)
    house.fake.add_channel("ops")
    other = await another(house, "api")
    await house.until(lambda: len([m for m in house.cards if m.is_v2]) == 2)
    shown = " ".join(house.fake.visible_text(m) for m in house.cards)
    assert f"#{incident} " in shown and f"#{other} " in shown and "Ana has it" in shown
    assert well(house)


async def test_a_bot_that_is_kicked_says_how_to_bring_it_back(house: House) -> None:
    await house.fires()
    house.fake.bot_kicked(house.fake.state.home)
    await house.until(lambda: "invite it" in house.app.surfaces["discord"].health()[1])
    await house.app.outbox.troubles.look()
    await another(house, "api")
    await house.until(lambda: house.app.outbox.meter.failed > 0)
    house.fake.bot_joins(house.fake.state.home)
    await house.until(lambda: "invite it" not in house.app.surfaces["discord"].health()[1])
    await house.app.outbox.troubles.look()
    await house.until(lambda: len([m for m in house.cards if m.is_v2]) == 2)


async def test_a_card_that_somebody_deleted_stands_there_again(house: House) -> None:
    _, card = await house.fires()
    await house.fake.delete(house.person("Omar"), card)
    page = house.pages("Ana")[-1]
    rung = len(house.fake.notified(house.person("Ana")))
    await house.press("Ana", page, "Acknowledge")
    await house.until(lambda: house.cards and house.shows("Ana has it")())
    assert house.shows("It was deleted here, so it stands here again.")()
    assert len(house.fake.notified(house.person("Ana"))) == rung
    thread = card.thread
    assert thread is not None
    [anew] = [m for m in house.cards if m.is_v2]
    assert (await house.press("Omar", anew, "Resolve…")).kind == "modal"


async def test_words_find_a_new_thread_where_somebody_deleted_it(house: House) -> None:
    _, card = await house.fires()
    thread = card.thread
    assert thread is not None
    await house.fake.remove_channel(thread)
    await house.press("Ana", card, "Acknowledge")
    await house.until(house.shows("Ana has it", card))
    form = await house.press("Ana", card, "Note…")
    await house.fake.submit(house.person("Ana"), form, {"text": "looking at it"})
    await house.until(lambda: card.thread is not None and card.thread is not thread)
    assert card.thread is not None
    await house.until(house.says("looking at it", card.thread))
