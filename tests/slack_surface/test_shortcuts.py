"""Shortcuts: a form filled in with somebody's words, and a line below them once it is done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.cards.model import Form, Input, Private
from bot.quote import Quote, as_incident, as_note
from bot.slack import SlackSurface
from bot.slack.features import REGISTRY
from bot.slack.shortcuts import SHORTCUTS, quote_of
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Desk, card, private, words
from tests.support.slack import FakeSlack, Message, User

DECLARE, INCIDENT, NOTE = "pv_declare", "pv_incident", "pv_note"
FORM = Form("Declare", "cmd:declare:0:0", (Input("text", "Text", "long", True),), submit="Declare")
DONE = Private(words("✅ #7 is open: Checkout is slow. Omar is paged."), done=True)


async def said(fake: FakeSlack, who: User, text: str, **more: Any) -> Message:
    message = (await fake.say(who, "ops", text, **more)).said
    assert message is not None
    return message


def asked(desk: Desk) -> tuple[str, dict[str, Any]]:
    [(verb, values, _)] = desk.named("ask")
    return verb, values


def test_every_shortcut_of_the_manifest_is_known() -> None:
    assert {s.callback for s in REGISTRY["shortcuts"].shortcuts} == SHORTCUTS.keys()


async def test_an_incident_can_be_declared_from_anywhere(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.answers["ask"] = FORM
    form = (await fake.use_shortcut(ana, DECLARE)).modal
    assert form is not None and form.title == "Declare an incident"
    assert asked(desk) == ("declare", {})
    desk.answers["submit"] = DONE
    seen = await fake.submit(ana, form, {"text": "Checkout is slow"})
    assert seen.modal is not None and "#7 is open" in seen.modal.visible_text
    assert seen.messages == []


async def test_a_message_becomes_an_incident_with_its_words_and_its_address(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers["ask"] = FORM
    message = await said(fake, omar, "Checkout is *slow*, @ana\nsince the deploy <b>")
    form = (await fake.use_shortcut(ana, INCIDENT, message)).modal
    assert form is not None
    verb, values = asked(desk)
    assert verb == "declare"
    first, second, source, address = values["text"].splitlines()
    assert (first, second) == ("Checkout is *slow*, @Ana", "since the deploy <b>")
    where = f"https://pixel.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    assert (source, address) == ("From a message by Omar in #ops", where)


async def test_what_came_of_it_stands_below_the_message(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers |= {"ask": FORM, "submit": DONE}
    message = await said(fake, omar, "Checkout is slow")
    form = (await fake.use_shortcut(ana, INCIDENT, message)).modal
    assert form is not None
    await fake.submit(ana, form, {"text": "Checkout is slow"})
    [told] = fake.channel("ops").thread(message.ts)
    assert told.visible_text == "✅ #7 is open: Checkout is slow. Omar is paged."
    assert told.mentions == [] and not told.ephemeral


async def test_where_the_bot_is_not_only_who_asked_is_told(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    away = fake.add_channel("random", bot_member=False)
    desk.answers |= {"ask": FORM, "submit": DONE}
    message = (await fake.say(omar, away, "Checkout is slow")).said
    assert message is not None
    form = (await fake.use_shortcut(ana, INCIDENT, message)).modal
    assert form is not None
    seen = await fake.submit(ana, form, {"text": "x"})
    assert [m.ephemeral_to for m in away.messages[1:]] == [ana.id]
    assert "#7 is open" in seen.text


async def test_a_no_is_told_to_nobody_else(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers |= {"ask": FORM, "submit": private("🚫 You can't declare.")}
    message = await said(fake, omar, "Checkout is slow")
    form = (await fake.use_shortcut(ana, INCIDENT, message)).modal
    assert form is not None
    seen = await fake.submit(ana, form, {"text": "x"})
    assert seen.modal is not None and "You can't" in seen.modal.visible_text
    assert fake.channel("ops").thread(message.ts) == []


async def test_a_card_is_an_incident_already(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.places[sent.message] = 1842
    desk.answers["ask"] = FORM
    [shown] = fake.channel("ops").messages
    seen = await fake.use_shortcut(ana, INCIDENT, shown)
    assert "That is #1842 already." in seen.text and seen.modal is None


async def test_what_another_bot_says_in_a_war_room_may_be_an_incident_of_its_own(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    [shown] = fake.channel("ops").messages
    desk.answers["ask"] = FORM

    async def room(surface: str, channel: str, message: str) -> int | None:
        return 1842 if channel == sent.channel else None

    desk.incident_at = room  # type: ignore[method-assign]
    form = (await fake.use_shortcut(ana, INCIDENT, shown)).modal
    assert form is not None and asked(desk)[0] == "declare"


async def test_a_message_goes_to_the_timeline_of_its_thread(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers["ask"] = FORM
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.places[sent.message] = 1842
    message = await said(fake, omar, "The archive target was full", thread_ts=sent.message)
    await fake.use_shortcut(ana, NOTE, message)
    verb, values = asked(desk)
    assert (verb, values["incident"]) == ("note", 1842)
    first, link = values["text"].splitlines()
    assert first.startswith("Omar in #ops, ") and first.endswith(": The archive target was full")
    assert f"thread_ts={sent.message}" in link


async def test_elsewhere_the_incident_is_chosen(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers["ask"] = FORM
    await fake.use_shortcut(ana, NOTE, await said(fake, omar, "hello"))
    assert "incident" not in asked(desk)[1]


async def test_while_the_desk_is_slow_the_form_waits_in_its_modal(
    fake: FakeSlack, start: Start, desk: Desk, ana: User, omar: User
) -> None:
    await start(patience=0.05)
    desk.gate, desk.answers["ask"] = asyncio.Event(), FORM
    message = await said(fake, omar, "Checkout is slow")
    seen = await fake.use_shortcut(ana, INCIDENT, message, until=lambda: fake.modal(ana))
    view = seen.modal
    assert view is not None and view.title == "Make an incident"
    assert "Working on it…" in view.visible_text
    desk.gate.set()
    await fake.wait_for(lambda: "Text" in view.visible_text)
    assert view.title == "Make an incident"


async def test_a_broken_desk_has_words(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.broken = True
    seen = await fake.use_shortcut(ana, DECLARE)
    assert "a fault of ours" in (seen.modal.visible_text if seen.modal else seen.text)


async def test_a_shortcut_nobody_knows_is_left_alone(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    fake.workspace.shortcuts["other"] = "Other"
    seen = await fake.use_shortcut(ana, "other")
    assert seen.acked and desk.calls == []


@pytest.mark.parametrize(
    ("message", "words_"),
    [
        ({"bot_id": "B1", "username": "Alertmanager", "attachments": [{"fallback": "Disk full"}]},
         "Disk full"),
        ({"bot_id": "B1", "bot_profile": {"name": "Alertmanager"}, "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "Disk full"}}]}, "Disk full"),
    ],
)  # fmt: skip
async def test_other_bots_say_it_in_their_own_ways(message: dict[str, Any], words_: str) -> None:
    async def name(account: str) -> str:
        return account

    quote = await quote_of({"message": message, "channel": {"name": "privategroup"}}, name)
    assert (quote.author, quote.words, quote.place) == (
        "Alertmanager", words_, "a private channel",
    )  # fmt: skip
    assert quote.url == "" and quote.at == 0


def test_a_long_message_is_an_incident_with_a_title() -> None:
    long = "word " * 200
    text = as_incident(Quote("Omar", long, "#ops", "https://x.slack.com/1", 0))
    title, rest, source, address = text.split("\n")
    assert len(title) <= 200 and rest.startswith("word word")
    assert (source, address) == ("From a message by Omar in #ops", "https://x.slack.com/1")
    assert len(as_incident(Quote("Omar", "x" * 9_000))) <= 3_000
    assert len(as_note(Quote("Omar", "x" * 9_000))) <= 3_000
    assert as_incident(Quote(words="Down")) == "Down"
    assert as_note(Quote(words="Down")) == "Somebody: Down"


async def test_a_no_from_anywhere_stands_in_a_modal(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.answers["ask"] = private("🚫 You can't declare.")
    seen = await fake.use_shortcut(ana, DECLARE)
    assert seen.modal is not None and "You can't declare." in seen.modal.visible_text
    assert seen.modal.title == "Declare an incident" and seen.messages == []


async def test_where_the_form_can_not_open_now_a_button_opens_it_with_its_words(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    filled_in = Form(
        "Declare", "cmd:declare:0:0", (Input("text", "Text", "long", True, initial="502 " * 99),),
        submit="Declare",
    )  # fmt: skip
    desk.answers["ask"] = filled_in
    fake.fault("views.open", "error", error="expired_trigger_id")
    message = await said(fake, omar, "Checkout is slow")
    [offer] = (await fake.use_shortcut(ana, INCIDENT, message)).ephemeral
    assert offer.buttons == ["Open “Make an incident”"]
    form = (await fake.press(ana, offer, "Open “Make an incident”")).modal
    assert form is not None and "502 502" in str(form.body)
    assert desk.named("press") == []


async def test_after_a_restart_that_button_opens_the_bare_form(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers |= {"ask": FORM, "press": FORM}
    fake.fault("views.open", "error", error="expired_trigger_id")
    message = await said(fake, omar, "Checkout is slow")
    [offer] = (await fake.use_shortcut(ana, INCIDENT, message)).ephemeral
    surface._memory.kept.clear()
    form = (await fake.press(ana, offer, "Open “Make an incident”")).modal
    assert form is not None and form.title == "Declare"
    assert [token for token, _, _ in desk.named("press")] == ["cmd:declare:0:0"]
