"""Typed words: slash commands, the bot's name, and what people write in threads and to the bot."""

from __future__ import annotations

import asyncio

from bot.cards.model import Account, Private, Sent
from bot.slack import SlackSurface
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import ASSIGN, Desk, card, private, words
from tests.support.slack import FakeSlack, User


async def carded(surface: SlackSurface, desk: Desk) -> Sent:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.places[sent.message] = 1842
    return sent


# commands


async def test_a_command_is_answered_to_its_person_alone(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers["typed"] = private("No command akc. Did you mean ack?")
    [told] = (await fake.command(ana, "ops", "/pv akc 1842")).ephemeral
    assert told.visible_text == "No command akc. Did you mean ack?"
    assert fake.visible_to(omar) == []
    [(text, account, key, incident)] = desk.named("typed")
    assert (text, incident) == ("akc 1842", None)
    assert account == Account("slack", fake.workspace.team_id, ana.id, "ana")
    assert key in fake.workspace.triggers


async def test_a_command_that_worked_leaves_nothing_behind(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    seen = await fake.command(ana, "ops", "/pv ack 1842")
    assert seen.acked and seen.messages == [] and not seen.body


async def test_a_command_works_where_the_bot_is_not(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    fake.add_channel("elsewhere", private=True, bot_member=False)
    desk.answers["typed"] = private("1 open is yours: #1842")
    [told] = (await fake.command(ana, "elsewhere", "/pv help")).ephemeral
    assert "#1842" in told.visible_text


async def test_a_command_may_open_a_form(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.answers["typed"] = ASSIGN
    form = (await fake.command(ana, "ops", "/pv assign 1842")).modal
    assert form is not None
    await fake.submit(ana, form, {"who": "omar"})
    assert desk.named("submit")[0][0] == "cmd:assign:1842:7"


async def test_people_picked_from_slacks_list_come_with_their_account(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    await fake.command(ana, "ops", "/pv assign 1842 @omar <now> & here")
    assert desk.named("typed")[0][0] == f"assign 1842 <@{omar.id}> <now> & here"


async def test_a_slow_command_says_that_it_is_at_work(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    await start(patience=0.01)
    desk.gate = asyncio.Event()
    desk.answers["typed"] = private("Nothing fits.")
    seen = await fake.command(ana, "ops", "/pv list", until=lambda: fake.visible_to(ana))
    [told] = seen.ephemeral
    assert told.visible_text == "Working on it…"
    desk.gate.set()
    await fake.wait_for(lambda: len(fake.visible_to(ana)) == 2)
    assert fake.visible_to(ana)[1].visible_text == "Nothing fits."


async def test_a_slow_command_that_worked_says_so(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    await start(patience=0.01)
    desk.gate = asyncio.Event()
    await fake.command(ana, "ops", "/pv ack 1842", until=lambda: fake.visible_to(ana))
    desk.gate.set()
    await fake.wait_for(lambda: len(fake.visible_to(ana)) == 2)
    assert fake.visible_to(ana)[1].visible_text == "Done. The card shows it."


async def test_a_form_that_comes_too_late_is_one_press_away(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    await start(patience=0.01)
    desk.gate = asyncio.Event()
    desk.answers["typed"] = ASSIGN
    await fake.command(ana, "ops", "/pv assign 1842", until=lambda: fake.visible_to(ana))
    desk.gate.set()
    await fake.wait_for(lambda: len(fake.visible_to(ana)) == 2)
    offer = fake.visible_to(ana)[1]
    desk.answers["press"] = ASSIGN
    assert (await fake.press(ana, offer, "Open “Assign #1842”")).modal is not None


async def test_a_card_as_an_answer_has_its_buttons(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.answers["typed"] = Private(words("It is quiet."), card())
    [told] = (await fake.command(ana, "ops", "/pv show 1842")).ephemeral
    assert told.buttons[0] == "Acknowledge"
    assert "It is quiet." in told.visible_text
    assert told.mentions == [] and told.live == []


# the bot's name


async def test_the_bot_is_spoken_to_in_a_channel(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, omar: User
) -> None:
    desk.answers["typed"] = private("Nothing fits.")
    seen = await fake.mention(ana, "ops", "list critical")
    assert [m.visible_text for m in seen.ephemeral] == ["Nothing fits."]
    assert [call[0] for call in desk.named("typed")] == ["list critical"]
    assert [m for m in fake.visible_to(omar) if m.ephemeral] == []


async def test_in_a_thread_the_number_may_be_left_out(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    desk.answers["typed"] = private("Because.")
    seen = await fake.mention(ana, "ops", "why", thread_ts=sent.message)
    text, _, _, incident = desk.named("typed")[0]
    assert (text, incident) == ("why", 1842)
    assert seen.ephemeral[0].thread_ts == sent.message
    assert desk.named("heard") == []


async def test_a_form_for_words_opens_from_a_button(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.answers["typed"] = desk.answers["press"] = ASSIGN
    [offer] = (await fake.mention(ana, "ops", "assign 1842")).ephemeral
    seen = await fake.press(ana, offer, "Open “Assign #1842”")
    assert seen.modal is not None
    assert offer.deleted


async def test_in_the_bots_own_conversation_its_name_makes_a_command(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    desk.answers["typed"] = private("Nothing fits.")
    seen = await fake.mention(ana, fake.dm(ana), "list")
    assert "Nothing fits." in seen.text
    assert desk.named("heard") == []


# words


async def test_words_in_a_thread_are_heard(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    await fake.say(ana, "ops", "not in a thread")
    said = (await fake.say(ana, "ops", "archive <full> & @omar knows", thread_ts=sent.message)).said
    assert said is not None
    await fake.wait_for(lambda: desk.named("heard"))
    account = Account("slack", fake.workspace.team_id, ana.id, "Ana")
    words = "archive <full> & @Omar knows"
    assert desk.named("heard") == [(1842, words, account, said.ts)]
    assert desk.words[0].channel == sent.channel
    assert desk.heard_in == [sent.message]


async def test_the_bots_own_words_are_not_heard(
    fake: FakeSlack, surface: SlackSurface, desk: Desk
) -> None:
    sent = await carded(surface, desk)
    await surface.say(sent, words("Labels: env=prod"), nonce="s1", maybe_copy=False)
    await surface.edit(sent, card())
    await fake.workspace.quiet()
    assert desk.named("heard") == []


async def test_words_to_the_bot_go_to_the_page_that_came_last(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    for number, incident in (("p1", 1), ("p2", 1842)):
        sent = await surface.page(ana.id, card(), words("You"), nonce=number, maybe_copy=False)
        desk.places[sent.message] = incident
    await fake.say(ana, fake.dm(ana), "looking")
    await fake.wait_for(lambda: desk.named("heard"))
    assert desk.named("heard")[0][:2] == (1842, "looking")


async def test_after_a_restart_the_last_page_is_found_in_the_conversation(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    first = await start()
    sent = await first.page(ana.id, card(), words("You"), nonce="p1", maybe_copy=False)
    desk.places[sent.message] = 1842
    await first.stop()
    await start()
    await fake.say(ana, fake.dm(ana), "looking")
    await fake.wait_for(lambda: desk.named("heard"))
    assert desk.named("heard")[0][:2] == (1842, "looking")


async def test_a_reply_to_an_older_page_is_about_that_one(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    old = await surface.page(ana.id, card(), words("You"), nonce="p1", maybe_copy=False)
    new = await surface.page(ana.id, card(), words("You"), nonce="p2", maybe_copy=False)
    desk.places |= {old.message: 1, new.message: 1842}
    await fake.say(ana, fake.dm(ana), "looking", thread_ts=old.message)
    await fake.wait_for(lambda: desk.named("heard"))
    assert desk.named("heard")[0][:2] == (1, "looking")
    assert desk.heard_in == [""]


async def test_each_kind_of_words_needs_its_own_scope(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    fake.scopes.difference_update({"groups:history", "im:history"})
    surface = await start()
    assert surface.threads and not surface.direct
    sent = await carded(surface, desk)
    await fake.say(ana, "ops", "hello", thread_ts=sent.message)
    await fake.wait_for(lambda: desk.named("heard"))
    assert surface.health()[1].endswith(
        "Words in private channels and direct messages stay there (feature threads): "
        "groups:history, im:history are not given"
    )


async def test_without_the_scope_words_stay_where_they_are(
    fake: FakeSlack, start: Start, desk: Desk, ana: User
) -> None:
    fake.scopes.discard("channels:history")
    surface = await start()
    assert not surface.threads and surface.direct
    sent = await carded(surface, desk)
    await fake.say(ana, "ops", "hello", thread_ts=sent.message)
    await fake.workspace.quiet()
    assert desk.named("heard") == []
    well, said = surface.health()
    assert well and "Words in threads stay there" in said


async def test_a_message_that_comes_twice_is_heard_once(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    await fake.say(ana, "ops", "once", thread_ts=sent.message)
    await fake.wait_for(lambda: desk.named("heard"))
    [envelope] = [e for e in fake.sockets.sent if "once" in str(e)]
    await fake.redeliver(envelope)
    await fake.workspace.quiet()
    assert len(desk.named("heard")) == 1
