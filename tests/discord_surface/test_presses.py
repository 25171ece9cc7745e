"""Presses, menus and forms: answered in time, quietly where the card says it, with words kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.cards.model import Account, Errors, Form, Input, Note, Private, Quietly, Sent
from bot.discord import DiscordSurface
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import ASSIGN, Clock, Desk, card, press, private, words
from tests.support.discord import FakeDiscord, Message, User


def people(fake: FakeDiscord) -> tuple[User, User]:
    ana, omar = (u for u in fake.state.users.values() if not u.bot)
    return ana, omar


async def shown(fake: FakeDiscord, surface: DiscordSurface) -> tuple[Message, Sent]:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    return fake.channel("ops").public[0], sent


async def test_a_press_reaches_the_desk_and_says_nothing(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    seen = await fake.press(ana, message, "Acknowledge")
    assert seen.kind == "deferred"
    account = Account("discord", str(fake.guild_id), str(ana.id), "Ana", groups=())
    assert seen.interaction is not None
    assert desk.calls == [("press", "cmd:ack:1842:7", account, str(seen.interaction.id))]
    assert fake.sees(ana, fake.channel("ops")) == [message]


async def test_the_late_presser_alone_is_told(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, omar = people(fake)
    message, _ = await shown(fake, surface)
    desk.answers["press"] = private("Ana already has #1842 (*really*).")
    seen = await fake.press(omar, message, "Acknowledge")
    assert seen.text == "Ana already has #1842 (*really*)."
    assert seen.message is not None and seen.message.ephemeral_to is omar
    assert len(fake.sees(ana, fake.channel("ops"))) == 1


async def test_the_menu_carries_the_same_tokens(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    await fake.choose(ana, message, "Why?")
    assert desk.named("press")[0][0] == "cmd:why:1842:7"


async def test_a_press_that_asks_counts_only_after_yes(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    asked = await fake.press(ana, message, "Escalate")
    assert asked.text == "Page Omar now?\nStep 2 of db-primary. It is 04:14 for Omar."
    assert asked.message is not None
    assert fake.buttons(asked.message) == ["Page Omar", "Not now"]
    assert desk.calls == []
    await fake.press(ana, asked.message, "Page Omar")
    assert [c[0] for c in desk.named("press")] == ["cmd:escalate:1842:7"]
    await fake.until(lambda: asked.message is not None and asked.message.is_deleted)


async def test_no_changes_nothing_and_goes_away(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    asked = (await fake.press(ana, message, "Escalate")).message
    assert asked is not None
    await fake.press(ana, asked, "Not now")
    await fake.until(lambda: asked.is_deleted)
    assert desk.calls == []


async def test_a_slow_desk_asks_in_the_words_of_the_card(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, await start(patience=0.01))
    desk.gate = asyncio.Event()
    asked = await fake.press(ana, message, "Escalate")
    assert asked.text == "Page Omar now?\nStep 2 of db-primary. It is 04:14 for Omar."
    desk.gate.set()


async def test_after_a_restart_the_catalog_still_asks(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    ana, _ = people(fake)
    first = await start()
    message, _ = await shown(fake, first)
    await first.stop()
    await start(patience=0.01)
    desk.gate = asyncio.Event()
    asked = await fake.press(ana, message, "Escalate")
    assert asked.text.startswith("Escalate #1842?")
    desk.gate.set()
    assert desk.calls == []


async def test_what_needs_no_question_is_not_asked(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    desk.questions.clear()
    assert (await fake.press(ana, message, "Escalate")).kind == "deferred"
    assert desk.named("press")[0][0] == "cmd:escalate:1842:7"


async def test_one_stumble_of_discords_fails_no_press(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    fake.fault("POST", "/interactions/*/*/callback", "503")
    assert (await fake.press(ana, message, "Acknowledge")).kind == "deferred"
    assert len(desk.named("press")) == 1


async def test_a_lost_answer_to_a_press_is_given_once(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    _, omar = people(fake)
    message, _ = await shown(fake, surface)
    desk.answers["press"] = private("Ana already has #1842.")
    fake.fault("POST", "/interactions/*/*/callback", "drop_after")
    assert (await fake.press(omar, message, "Acknowledge")).text == "Ana already has #1842."
    await fake.until(lambda: fake.violations)
    assert "40060" in fake.violations.pop()
    assert len(fake.sees(omar, fake.channel("ops"))) == 2


async def test_a_long_form_comes_in_two_parts_and_is_sent_as_one(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    names = ("what", "from", "to", "repeat", "behaviour", "note")
    inputs = tuple(Input(n, n.capitalize(), "text", n == "what") for n in names)
    desk.answers["press"] = Form("Maintenance", "cmd:assign:1842:7", inputs, "Save")
    first = await fake.press(ana, message, "Assign…")
    assert first.text == "Maintenance (1/2)"
    kept = await fake.submit(ana, first, {"what": "db-5", "to": "11:30"})
    assert kept.message is not None and kept.message.ephemeral_to is ana
    second = await fake.press(ana, kept.message, "Go on (2 of 2)")
    assert second.text == "Maintenance (2/2)"
    assert desk.named("submit") == []
    await fake.submit(ana, second, {"note": "disk swap"})
    [(token, values, *_)] = desk.named("submit")
    assert token == "cmd:assign:1842:7"
    wanted = {"what": "db-5", "from": "", "to": "11:30", "repeat": "", "behaviour": ""}
    assert values == wanted | {"note": "disk swap"}
    await fake.until(lambda: kept.message is not None and kept.message.is_deleted)


async def test_a_refusal_after_yes_stands_where_the_question_stood(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    asked = (await fake.press(ana, message, "Escalate")).message
    assert asked is not None
    desk.answers["press"] = private("Nobody is behind the next step.")
    seen = await fake.press(ana, asked, "Page Omar")
    assert seen.message is asked
    assert seen.text == "Nobody is behind the next step."
    assert fake.buttons(asked) == []


async def test_a_form_opens_and_comes_back(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    desk.answers["press"] = ASSIGN
    form = await fake.press(ana, message, "Assign…")
    assert (form.kind, form.text) == ("modal", "Assign #1842")
    done = await fake.submit(ana, form, {"Person or team": "Omar", "Note": "two\nlines"})
    assert done.kind == "deferred"
    [(token, values, *_)] = desk.named("submit")
    assert (token, values) == ("cmd:assign:1842:7", {"who": "omar", "note": "two\nlines"})


async def test_a_wrong_form_keeps_the_typed_words(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    desk.answers["press"] = ASSIGN
    desk.answers["submit"] = Errors({"who": "Omar is away until Monday."})
    form = await fake.press(ana, message, "Assign…")
    wrong = await fake.submit(ana, form, {"who": "omar", "note": "please"})
    assert wrong.text == "Omar is away until Monday."
    assert wrong.message is not None and wrong.message.ephemeral
    again = await fake.press(ana, wrong.message, "Open the form again")
    assert again.modal is not None
    person, note = (row["component"] for row in again.modal["components"])
    assert [o["value"] for o in person["options"] if o.get("default")] == ["omar"]
    assert note["value"] == "please"


async def test_a_slow_desk_is_waited_for_in_silence(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, await start(patience=0.01))
    desk.gate = asyncio.Event()
    desk.answers["press"] = private("Why: route db.")
    seen = await fake.press(ana, message, "Acknowledge")
    assert seen.kind == "deferred"
    desk.gate.set()
    assert (await seen.more()).text == "Why: route db."


async def test_a_form_that_comes_too_late_is_one_press_away(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, await start(patience=0.01))
    desk.gate = asyncio.Event()
    desk.answers["press"] = ASSIGN
    seen = await fake.press(ana, message, "Assign…")
    desk.gate.set()
    offer = (await seen.more()).message
    assert offer is not None and offer.ephemeral_to is ana
    assert (await fake.press(ana, offer, "Open “Assign #1842”")).kind == "modal"


@pytest.mark.parametrize("look", ["v2", "embed"])
async def test_a_copy_nobody_keeps_works_and_then_points_on(
    fake: FakeDiscord, start: Start, desk: Desk, clock: Clock, look: str
) -> None:
    ana, _ = people(fake)
    surface = await start(cards=look)
    copy, _ = await shown(fake, surface)
    kept = await surface.post("#ops", card(), nonce="v2", maybe_copy=True)
    desk.places[kept.message] = 1842
    clock.at += 300
    for message in (fake.channel("ops").public[1], copy):
        await fake.press(ana, message, "Acknowledge")
    assert len(desk.named("press")) == 2
    await fake.until(lambda: fake.buttons(copy) == [])
    said = "This copy is not kept up to date. Open it in the console"
    assert fake.visible_text(copy).startswith(said)
    assert "https://pv.example.eu/i/1842" in str(copy.components) + copy.content
    assert fake.buttons(fake.channel("ops").public[1])[0] == "Acknowledge"


async def test_a_card_whose_answer_is_still_on_its_way_is_left_alone(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    edits = len(message.edits)
    await fake.press(ana, message, "Acknowledge")
    assert len(message.edits) == edits


async def test_a_broken_desk_still_answers(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    desk.broken = True
    assert "fault of ours" in (await fake.press(ana, message, "Acknowledge")).text


async def test_a_private_card_has_buttons_and_stays_when_pressed(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    desk.answers["press"] = Private(words("Here it is."), card())
    seen = (await fake.choose(ana, message, "Why?")).message
    assert seen is not None and seen.is_v2 and seen.ephemeral and not seen.mentions
    assert "Here it is." in fake.visible_text(seen)
    desk.answers["press"] = Quietly()
    await fake.press(ana, seen, "Acknowledge")
    assert not seen.is_deleted


async def test_a_note_may_carry_buttons(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    message, _ = await shown(fake, surface)
    note = Note(words("Ana has it.").lines, actions=(press("assign", "Take over"),))
    desk.answers["press"] = Private(note)
    seen = (await fake.press(ana, message, "Acknowledge")).message
    assert seen is not None
    desk.answers["press"] = Quietly()
    await fake.press(ana, seen, "Take over")
    await fake.until(lambda: seen.is_deleted)


@pytest.mark.parametrize("look", ["v2", "embed"])
async def test_a_page_has_the_buttons_of_its_note_too(
    fake: FakeDiscord, start: Start, desk: Desk, look: str
) -> None:
    ana, _ = people(fake)
    surface = await start(cards=look)
    asks = (press("why", "Why me?"), press("ack", "I take it"))
    note = words("You are paged.", quiet=False, actions=asks)
    await surface.page(str(ana.id), card(), note, nonce="p1", maybe_copy=False)
    [message] = fake.dms(ana).public
    assert fake.buttons(message)[-1] == "Why me?"
    assert fake.buttons(message).count("Acknowledge") == 1
    desk.answers["press"] = private("You are on call.")
    assert (await fake.press(ana, message, "Why me?")).text == "You are on call."


async def test_a_page_in_a_dm_can_be_answered_there(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana, _ = people(fake)
    note = words("You are on call for db-primary.", quiet=False)
    sent = await surface.page(str(ana.id), card(), note, nonce="p1", maybe_copy=False)
    [message] = fake.dms(ana).public
    assert sent == Sent(str(fake.dms(ana).id), str(message.id))
    assert message.push.startswith("🔴 #1842 Disk 94 % full on db-3 · paging Ana")
    assert "You are on call for db-primary." in fake.visible_text(message)
    await fake.press(ana, message, "Acknowledge")
    assert desk.named("press")[0][1] == Account("discord", "", str(ana.id), "Ana")
    await surface.repage(sent, replace(card(), quiet=True), words("Ana has it, go back to sleep."))
    assert "go back to sleep" in fake.visible_text(message)
    assert fake.notified(ana) == [message]
