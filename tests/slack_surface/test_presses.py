"""Presses, menus and forms: acked at once, quiet where the card says it, with words kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.cards.model import Account, Card, Confirm, Errors, Form, Input, Note, Private, Sent, Span
from bot.slack import SlackSurface
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import (
    ASSIGN,
    GIVE_BACK,
    Clock,
    Desk,
    card,
    press,
    private,
    taken,
    words,
)
from tests.support.slack import FakeSlack, Message, User


async def shown(fake: FakeSlack, surface: SlackSurface) -> tuple[Message, Sent]:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    return fake.channel("ops").messages[0], sent


async def test_a_press_reaches_the_desk_and_says_nothing(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    seen = await fake.press(ana, message, "Acknowledge")
    assert seen.acked and seen.messages == [] and seen.modal is None
    [(token, account, key)] = desk.named("press")
    assert token == "cmd:ack:1842:7"
    assert account == Account("slack", fake.workspace.team_id, ana.id, "ana")
    assert key in fake.workspace.triggers


async def test_every_press_has_a_key_of_its_own(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    message, _ = await shown(fake, surface)
    await asyncio.gather(
        fake.press(ana, message, "Acknowledge"), fake.press(omar, message, "Acknowledge")
    )
    assert len({key for _, _, key in desk.named("press")}) == 2


async def test_the_late_presser_alone_is_told(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.answers["press"] = private("Ana already has #1842 (*really* <!channel>).")
    seen = await fake.press(omar, message, "Acknowledge")
    [told] = seen.ephemeral
    assert told.visible_text == "Ana already has #1842 (*really* <!channel>)."
    assert told.live == []
    assert [m for m in fake.visible_to(ana) if m.ephemeral] == []


async def test_where_the_response_url_is_gone_it_is_said_another_way(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.gate = asyncio.Event()
    desk.answers["press"] = private("Why: route db.")
    pressed = asyncio.ensure_future(fake.press(ana, message, "Acknowledge"))
    await fake.wait_for(lambda: desk.calls)
    fake.workspace.hooks.clear()
    desk.gate.set()
    await pressed
    await fake.wait_for(lambda: [m for m in fake.visible_to(ana) if m.ephemeral])
    assert "chat.postEphemeral" in [c.method for c in fake.calls]


async def test_an_answer_in_a_thread_stays_in_the_thread(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, sent = await shown(fake, surface)
    note = words("You are next.", actions=(press("why", "Why me?"),))
    await surface.say(sent, note, nonce="s1", maybe_copy=False)
    [said] = fake.channel("ops").thread(sent.message)
    desk.answers["press"] = private("Because you lead db.")
    [told] = (await fake.press(ana, said, "Why me?")).ephemeral
    assert told.thread_ts == message.ts


async def test_an_answer_to_a_card_with_a_thread_stands_beside_the_card(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, sent = await shown(fake, surface)
    await surface.say(sent, words("Labels"), nonce="s1", maybe_copy=False)
    desk.answers["press"] = private("Omar already has it.")
    [told] = (await fake.press(ana, message, "Acknowledge")).ephemeral
    assert told.thread_ts is None


async def test_the_menu_carries_the_same_tokens(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    await fake.choose(ana, message, "Why?")
    assert desk.named("press")[0][0] == "cmd:why:1842:7"


async def test_a_long_menu_is_a_select(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    more = tuple(press(f"verb{n}", f"Verb {n}") for n in range(7))
    long: Card = replace(card(), actions=replace(card().actions, more=more))
    await surface.post("#ops", long, nonce="v1", maybe_copy=False)
    message = fake.channel("ops").messages[0]
    assert message.blocks[1]["elements"][-1]["type"] == "static_select"
    await fake.choose(ana, message, "Verb 6")
    assert desk.named("press")[0][0] == "cmd:verb6:1842:7"


async def test_a_press_that_asks_counts_only_after_yes(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    asked = await fake.press(ana, message, "Escalate", confirm=False)
    assert asked.asked is not None
    assert asked.asked["title"]["text"] == "Page Omar now?"
    assert asked.asked["text"]["text"] == "Step 2 of db-primary. It is 04:14 for Omar."
    assert (asked.asked["confirm"]["text"], asked.asked["deny"]["text"]) == ("Page Omar", "Not now")
    assert desk.calls == []
    await fake.press(ana, message, "Escalate")
    assert [c[0] for c in desk.named("press")] == ["cmd:escalate:1842:7"]


async def test_a_menu_entry_that_asks_does_so_in_a_modal(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    now = Confirm("Give back #1842?", "Paging goes on now. It is 03:20 for Omar.", yes="Give back")
    desk.questions["cmd:unack:1842:7"] = now
    modal = (await fake.choose(ana, message, "Give back")).modal
    assert modal is not None
    assert "It is 03:20 for Omar." in modal.visible_text
    assert desk.calls == []
    done = await fake.submit(ana, modal)
    assert done.modal is None
    assert desk.named("press")[0][0] == "cmd:unack:1842:7"


async def test_with_a_broken_desk_the_cards_own_question_stands(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.broken = True
    modal = (await fake.choose(ana, message, "Give back")).modal
    assert modal is not None and GIVE_BACK.text in modal.visible_text
    told = await fake.submit(ana, modal)
    assert told.modal is not None
    assert "a fault of ours" in told.modal.visible_text


async def test_no_changes_nothing(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.questions["cmd:unack:1842:7"] = GIVE_BACK
    modal = (await fake.choose(ana, message, "Give back")).modal
    assert modal is not None
    await fake.close(ana, modal)
    assert desk.calls == []


async def test_a_form_opens_at_once_and_comes_back(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.answers["press"] = ASSIGN
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None and form.title == "Assign #1842"
    done = await fake.submit(ana, form, {"Person or team": "Omar", "Note": "two\nlines"})
    assert done.modal is None and done.messages == []
    [(token, values, *_)] = desk.named("submit")
    assert (token, values) == ("cmd:assign:1842:7", {"who": "omar", "note": "two\nlines"})


async def test_a_wrong_form_says_it_at_the_field_and_keeps_the_words(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.answers["press"] = ASSIGN
    desk.answers["submit"] = Errors({"who": "Omar is away until Monday.", "odd": "And it rains."})
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    wrong = await fake.submit(ana, form, {"who": "omar", "note": "please"})
    assert wrong.errors == {"who": "Omar is away until Monday. And it rains."}
    assert form.open and form.typed["note"]["value"]["value"] == "please"


async def test_errors_of_no_field_are_said_in_the_modal(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.answers["press"] = ASSIGN
    desk.answers["submit"] = Errors({"incident": "There is no incident #1842."})
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    told = (await fake.submit(ana, form, {"who": "omar"})).modal
    assert told is not None and "There is no incident #1842." in told.visible_text


async def test_a_refused_form_says_why_where_the_form_was(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.answers["press"] = ASSIGN
    desk.answers["submit"] = private("🚫 You can't assign. It needs the permission assign.")
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    told = (await fake.submit(ana, form, {"who": "omar"})).modal
    assert told is not None
    assert "You can't assign" in told.visible_text
    assert told.body.get("submit") is None


async def test_a_form_may_be_followed_by_another(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.answers["press"] = ASSIGN
    desk.answers["submit"] = Form("Resolve #1842", "cmd:resolve:1842:7", (), submit="Resolve")
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    following = (await fake.submit(ana, form, {"who": "omar"})).modal
    assert following is not None and following.title == "Resolve #1842"


async def test_a_slow_desk_is_waited_for_in_silence(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, await start(patience=0.01))
    desk.gate = asyncio.Event()
    desk.answers["press"] = private("Ana already has it.")
    seen = await fake.press(ana, message, "Acknowledge")
    assert seen.acked and seen.messages == [] and seen.modal is None
    desk.gate.set()
    await fake.wait_for(lambda: [m for m in fake.visible_to(ana) if m.ephemeral])


async def test_a_form_that_is_not_ready_opens_and_is_filled_later(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, await start(patience=0.01))
    desk.gate = asyncio.Event()
    desk.answers["press"] = ASSIGN
    waiting = (await fake.press(ana, message, "Assign…", until=lambda: fake.modal(ana))).modal
    assert waiting is not None and "Working on it…" in waiting.visible_text
    desk.gate.set()
    await fake.wait_for(lambda: waiting.updates)
    assert waiting.title == "Assign #1842"
    assert desk.named("press")
    await fake.submit(ana, waiting, {"who": "omar"})
    assert desk.named("submit")[0][1] == {"who": "omar", "note": ""}


async def test_a_late_refusal_stands_in_the_modal_that_waited(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, await start(patience=0.01))
    desk.gate = asyncio.Event()
    desk.answers["press"] = private("I don't know you yet, so nothing changed.")
    waiting = (await fake.press(ana, message, "Resolve…", until=lambda: fake.modal(ana))).modal
    assert waiting is not None
    desk.gate.set()
    await fake.wait_for(lambda: waiting.updates)
    assert "I don't know you yet" in waiting.visible_text


async def test_a_closed_waiting_modal_loses_no_answer(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, await start(patience=0.01))
    desk.gate = asyncio.Event()
    desk.answers["press"] = ASSIGN
    waiting = (await fake.press(ana, message, "Assign…", until=lambda: fake.modal(ana))).modal
    assert waiting is not None
    await fake.close(ana, waiting)
    desk.gate.set()
    await fake.wait_for(lambda: [m for m in fake.visible_to(ana) if m.ephemeral])
    [offer] = [m for m in fake.visible_to(ana) if m.ephemeral]
    assert offer.buttons == ["Open “Assign #1842”"]


async def test_a_slow_submission_is_answered_in_the_modal(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, await start(patience=0.2))
    desk.answers["press"] = ASSIGN
    desk.answers["submit"] = Errors({"who": "Omar is away until Monday."})
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    desk.gate = asyncio.Event()
    waiting = (await fake.submit(ana, form, {"who": "omar", "note": "please"})).modal
    assert waiting is not None and "Working on it…" in waiting.visible_text
    before = waiting.updates
    desk.gate.set()
    await fake.wait_for(lambda: waiting.updates > before)
    assert "Omar is away until Monday." in waiting.visible_text
    note = next(b for b in waiting.blocks if b["block_id"] == "note")
    assert note["element"]["initial_value"] == "please"


async def test_a_slow_success_says_that_it_is_done(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, await start(patience=0.2))
    desk.answers["press"] = ASSIGN
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    desk.gate = asyncio.Event()
    await fake.submit(ana, form, {"who": "omar"})
    before = form.updates
    desk.gate.set()
    await fake.wait_for(lambda: form.updates > before)
    assert "Done. The card shows it." in form.visible_text


async def test_a_passing_note_goes_once_it_is_answered(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    offer = Note(((Span("Did you mean ack?"),),), actions=(press("ack", "/pv ack 1842"),))
    desk.answers["press"] = Private(offer)
    [note] = (await fake.press(ana, message, "Acknowledge")).ephemeral
    desk.answers.clear()
    await fake.press(ana, note, "/pv ack 1842")
    assert note.deleted


async def test_a_passing_note_takes_the_new_words(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    offer = Note(((Span("Did you mean ack?"),),), actions=(press("ack", "/pv ack 1842"),))
    desk.answers["press"] = Private(offer)
    [note] = (await fake.press(ana, message, "Acknowledge")).ephemeral
    desk.answers["press"] = private("Omar already has it.")
    await fake.press(ana, note, "/pv ack 1842")
    assert note.visible_text == "Omar already has it."


async def test_a_card_only_one_sees_stays_when_it_is_pressed(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.answers["typed"] = Private(card=card())
    [private_card] = (await fake.command(ana, "ops", "/pv show 1842")).ephemeral
    await fake.press(ana, private_card, "Acknowledge")
    assert not private_card.deleted
    assert desk.named("press")[0][0] == "cmd:ack:1842:7"


async def test_a_press_on_an_old_card_says_which_card_it_was(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, sent = await shown(fake, surface)
    await surface.edit(sent, taken())
    await fake.press(ana, message, "Acknowledge", version=0)
    assert desk.named("press")[0][0] == "cmd:ack:1842:7"


async def test_a_copy_nobody_keeps_works_and_then_points_on(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, clock: Clock, ana: User
) -> None:
    copy, _ = await shown(fake, surface)
    kept = await surface.post("#ops", card(), nonce="v1", maybe_copy=True)
    desk.places[kept.message] = 1842
    clock.at += 300
    for message in (fake.channel("ops").messages[1], copy):
        await fake.press(ana, message, "Acknowledge")
    assert len(desk.named("press")) == 2
    words_now = "This copy is not kept up to date. Open it in the console"
    assert copy.visible_text == words_now
    assert copy.attachments == []
    assert fake.channel("ops").messages[1].buttons[0] == "Acknowledge"


async def test_a_card_whose_answer_is_still_on_its_way_is_left_alone(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    await fake.press(ana, message, "Acknowledge")
    assert message.edits == []


async def test_a_broken_desk_is_a_fault_of_ours_and_said(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    desk.broken = True
    [told] = (await fake.press(ana, message, "Acknowledge")).ephemeral
    assert "a fault of ours" in told.visible_text


async def test_hundreds_of_people_are_searched_while_somebody_types(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    message, _ = await shown(fake, surface)
    many = tuple((f"p{n}", f"Person {n}") for n in range(150))
    who = Input("who", "Person or team", "person_or_team", True, many)
    desk.answers["press"] = Form("Assign #1842", "cmd:assign:1842:7", (who,), submit="Assign")
    desk.suggestions = [("p149", "Person 149")]
    form = (await fake.press(ana, message, "Assign…")).modal
    assert form is not None
    found = await fake.suggest(ana, form, "who", "149")
    assert [o["text"]["text"] for o in found] == ["Person 149"]
    assert desk.named("suggest")[0][:3] == ("assign", "who", "149")
    await fake.submit(ana, form, {"who": found[0]})
    assert desk.named("submit")[0][1] == {"who": "p149"}
