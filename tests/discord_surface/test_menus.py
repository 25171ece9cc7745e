"""The entries of a message's own menu, and answers that come twice or too late."""

from __future__ import annotations

import asyncio

import pytest

from bot.cards.model import Form, Input, Note, Private, Span
from bot.discord import DiscordSurface
from commands import registry
from tests.cards.support import verb
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import Clock, Desk, card, private
from tests.support.discord import FakeDiscord, Message

INCIDENT, NOTE = "Make an incident of this", "Add to the timeline"
DECLARE = Form(
    "Declare", "cmd:declare:0:0", (Input("text", "What", "long", True),), submit="Declare"
)


@pytest.fixture(autouse=True)
def _verbs(_catalog: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("declare", "note"):
        monkeypatch.setitem(registry.CATALOG, name, verb(name, f"It does {name}."))


async def written(fake: FakeDiscord) -> Message:
    omar = fake.user("Omar")
    text = f"checkout is slow <@{fake.user('Ana').id}>\nsince <https://x.example/a>"
    return await fake.say(omar, fake.channel("ops"), text)


async def test_a_message_becomes_an_incident_and_is_told_so(
    fake: FakeDiscord, desk: Desk, surface: DiscordSurface
) -> None:
    desk.answers["ask"] = DECLARE
    message = await written(fake)
    seen = await fake.menu(fake.user("Ana"), message, INCIDENT)
    [[verb_name, values, account]] = desk.named("ask")
    assert (verb_name, account.name) == ("declare", "Ana")
    first, second, source, address = values["text"].split("\n")
    assert first == "checkout is slow @Ana" and second == "since https://x.example/a"
    where = f"{fake.guild_id}/{message.channel.id}/{message.id}"
    assert source == "From a message by Omar in #ops"
    assert address == f"https://discord.com/channels/{where}"
    assert seen.kind == "modal"
    desk.answers["submit"] = Private(Note(((Span("Incident #7 is declared."),),)), done=True)
    await fake.submit(fake.user("Ana"), seen, {"What": "checkout is slow"})
    await fake.until(lambda: fake.channel("ops").public[-1] is not message)
    told = fake.channel("ops").public[-1]
    assert told.reference is not None and told.reference["message_id"] == str(message.id)
    assert fake.visible_text(told) == "Incident #7 is declared." and told.silent
    assert not told.mentions


async def test_what_is_an_incident_already_is_none_once_more(
    fake: FakeDiscord, desk: Desk, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.places[sent.message] = 1842
    desk.answers["ask"] = DECLARE
    seen = await fake.menu(fake.user("Ana"), fake.state.messages[int(sent.message)], INCIDENT)
    assert seen.text == "That is #1842 already." and seen.message and seen.message.ephemeral
    assert seen.modal is None


async def test_words_in_a_thread_go_to_the_timeline_of_its_incident(
    fake: FakeDiscord, desk: Desk, surface: DiscordSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    said = await surface.say(sent, Note(((Span("x"),),)), nonce="s1", maybe_copy=False)
    desk.places[said.thread] = 1842
    desk.answers["ask"] = DECLARE
    thread = fake.state.channels[int(said.thread)]
    message = await fake.say(fake.user("Omar"), thread, "archive target was full")
    await fake.menu(fake.user("Ana"), message, NOTE)
    [[verb_name, values, _]] = desk.named("ask")
    assert (verb_name, values["incident"]) == ("note", 1842)
    assert values["text"].startswith("Omar in #")
    assert "archive target was full" in values["text"]


async def test_what_is_brought_twice_is_done_once(
    fake: FakeDiscord, desk: Desk, surface: DiscordSurface
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.press(fake.user("Ana"), fake.channel("ops").public[0], "Acknowledge")
    event = next(e for e in reversed(fake.sessions[0].events) if e[1] == "INTERACTION_CREATE")
    fake.state.emit("INTERACTION_CREATE", event[2])
    await fake.press(fake.user("Omar"), fake.channel("ops").public[0], "Acknowledge")
    assert len(desk.named("press")) == 2


async def test_words_that_come_too_late_go_to_the_person_directly(
    fake: FakeDiscord, desk: Desk, surface: DiscordSurface, clock: Clock
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.answers["press"] = private("Omar has it already.")
    desk.gate = asyncio.Event()
    press = asyncio.ensure_future(
        fake.press(fake.user("Ana"), fake.channel("ops").public[0], "Acknowledge")
    )
    await fake.until(lambda: desk.named("press"))
    clock.at += 4
    desk.gate.set()
    seen = await press
    assert seen.kind == "failed"
    direct = fake.dms(fake.user("Ana"))
    await fake.until(lambda: direct.public)
    assert fake.visible_text(direct.public[0]) == "Omar has it already." and direct.public[0].silent
    fake.violations.clear()


async def test_entries_stand_beside_the_slash_commands(fake: FakeDiscord, start: Start) -> None:
    await start()
    names = [(c["type"], c["name"]) for c in fake.state.commands[None]]
    assert names == [(1, "pv"), (3, INCIDENT), (3, NOTE)]
    puts = sum(r.method == "PUT" for r in fake.requests)
    await start()
    assert sum(r.method == "PUT" for r in fake.requests) == puts
