"""Slash commands, suggestions, and words in threads and direct messages."""

from __future__ import annotations

import pytest

from bot.cards.model import Account, Note, Private, Sent, Span
from bot.discord import DiscordSurface
from integrations.base import Permanent
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import ASSIGN, NOW, Clock, Desk, card, private, words
from tests.support.discord import FakeDiscord, User


def ana(fake: FakeDiscord) -> User:
    return next(u for u in fake.state.users.values() if u.username == "ana")


async def carded(surface: DiscordSurface, desk: Desk) -> Sent:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.places[sent.message] = 1842
    return sent


async def test_a_command_is_called_with_its_values(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    desk.answers["call"] = private("Assigned.")
    values = {"incident": "1842", "who": "omar"}
    seen = await fake.command(ana(fake), fake.channel("ops"), "pv assign", values)
    assert seen.text == "Assigned."
    assert seen.message is not None and seen.message.ephemeral
    [(verb, given, account, key, incident)] = desk.named("call")
    assert (verb, given, incident) == ("assign", values, None)
    assert account == Account("discord", str(fake.guild_id), str(ana(fake).id), "Ana", groups=())
    assert seen.interaction is not None and key == str(seen.interaction.id)


async def test_a_command_that_worked_leaves_nothing_behind(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    channel = fake.channel("ops")
    await fake.command(ana(fake), channel, "pv ack", {"incident": "1842"})
    await fake.until(lambda: channel.deleted and not channel.messages)


async def test_a_command_may_open_a_form(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    desk.answers["call"] = ASSIGN
    form = await fake.command(ana(fake), fake.channel("ops"), "pv assign", {"who": "omar"})
    assert form.kind == "modal"
    desk.answers["submit"] = private("Done.")
    assert (await fake.submit(ana(fake), form, {"who": "ana"})).text == "Done."


async def test_in_a_thread_the_number_may_be_left_out(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    sent = await surface.say(await carded(surface, desk), words("Hi"), nonce="s1", maybe_copy=False)
    desk.answers["call"] = private("Because.")
    thread = fake.state.channels[int(sent.thread)]
    await fake.command(ana(fake), thread, "pv why")
    assert desk.named("call")[0][4] == 1842


async def test_suggestions_come_while_typing(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    desk.suggestions = [("omar", "Omar Haddad")] * 30
    found = await fake.autocomplete(ana(fake), fake.channel("ops"), "pv assign", "who", "om")
    assert found[0] == {"name": "Omar Haddad", "value": "omar"}
    assert len(found) == 25
    assert desk.named("suggest")[0][:3] == ("assign", "who", "om")


async def test_several_numbers_are_completed_one_after_the_other(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    desk.suggestions = [("1845", "#1845 Replica lag")]
    found = await fake.autocomplete(ana(fake), fake.channel("ops"), "pv ack", "incident", "1842 18")
    assert found == [{"name": "1842 #1845 Replica lag", "value": "1842 1845"}]
    assert desk.named("suggest")[0][:3] == ("ack", "incident", "18")


async def test_the_thread_is_begun_with_the_first_words(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    at = await carded(surface, desk)
    first = await surface.say(at, words("Labels: env=prod"), nonce="s1", maybe_copy=False)
    assert first.thread == at.message
    thread = fake.state.channels[int(first.thread)]
    assert thread.name == "#1842 Disk 94 % full on db-3"
    second = await surface.say(
        Sent(at.channel, at.message, first.thread), words("More"), nonce="s2", maybe_copy=False
    )
    assert [str(m.id) for m in thread.public] == [first.message, second.message]
    assert all(m.silent for m in thread.public)


async def test_a_thread_that_exists_is_used(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    at = await carded(surface, desk)
    await surface.say(at, words("One"), nonce="s1", maybe_copy=False)
    again = await surface.say(at, words("Two"), nonce="s2", maybe_copy=False)
    assert again.thread == at.message


@pytest.mark.parametrize("look", ["v2", "embed"])
async def test_after_a_restart_the_thread_has_its_name_from_the_card(
    fake: FakeDiscord, start: Start, desk: Desk, look: str
) -> None:
    at = await carded(await start(cards=look), desk)
    said = await (await start()).say(at, words("One"), nonce="s1", maybe_copy=False)
    assert fake.state.channels[int(said.thread)].name == "#1842 Disk 94 % full on db-3"


async def test_a_sleeping_thread_wakes_up(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    at = await carded(surface, desk)
    first = await surface.say(at, words("One"), nonce="s1", maybe_copy=False)
    thread = fake.state.channels[int(first.thread)]
    thread.archived = thread.locked = True
    await surface.say(first, words("Two"), nonce="s2", maybe_copy=False)
    assert [m.content for m in thread.public] == ["One", "Two"]


async def test_the_next_person_is_mentioned_once_and_nobody_else(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    at = await carded(surface, desk)
    who = Span("Ana", person="ana", mention=True, own=False)
    typed = Span(" you are next. <@111111111111111112> @everyone", own=False)
    note = Note(((who, typed),), ("ana",), quiet=False)
    said = await surface.say(at, note, nonce="s1", maybe_copy=False)
    message = fake.state.messages[int(said.message)]
    assert message.mentions == [ana(fake)]
    assert message.push.startswith("@Ana you are next.")
    assert fake.visible_text(message) == "@Ana you are next. <@111111111111111112> @everyone"


async def test_a_person_closed_to_bots_is_a_permanent_no(
    fake: FakeDiscord, surface: DiscordSurface
) -> None:
    ana(fake).dms_open = False
    with pytest.raises(Permanent, match="50007"):
        await surface.page(str(ana(fake).id), card(), words("Hi"), nonce="p1", maybe_copy=False)


async def test_words_in_a_thread_are_heard_where_they_may_be_read(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    fake.state.enabled_intents.add("message_content")
    surface = await start(message_content=True)
    assert surface.threads
    sent = await surface.say(await carded(surface, desk), words("Hi"), nonce="s1", maybe_copy=False)
    thread = fake.state.channels[int(sent.thread)]
    await fake.say(ana(fake), fake.channel("ops"), "not in a thread")
    message = await fake.say(ana(fake), thread, "archive was full, <@222> knows")
    await fake.until(lambda: desk.named("heard"))
    account = Account("discord", str(fake.guild_id), str(ana(fake).id), "Ana")
    said = (1842, "archive was full, @somebody knows", account, str(message.id))
    assert desk.named("heard") == [said]


async def test_words_in_a_dm_go_to_the_page_that_came_last(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    fake.state.enabled_intents.add("message_content")
    surface = await start(message_content=True)
    for number, incident in (("p1", 1), ("p2", 1842)):
        sent = await surface.page(
            str(ana(fake).id), card(), words("You"), nonce=number, maybe_copy=False
        )
        desk.places[sent.message] = incident
    await fake.dm(ana(fake), "looking")
    await fake.until(lambda: desk.named("heard"))
    assert desk.named("heard")[0][:2] == (1842, "looking")


async def test_without_the_intent_words_stay_where_they_are(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await start(message_content=True)
    assert not surface.threads
    well, said = surface.health()
    assert well and "Message Content Intent is off" in said


async def test_the_bot_is_spoken_to_and_answers_in_private(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    desk.answers["typed"] = private("No command akc. Did you mean ack?")
    await fake.say(ana(fake), fake.channel("ops"), f"{fake.bot.mention} akc 1842")
    await fake.until(lambda: fake.dms(ana(fake)).public)
    assert desk.named("typed")[0][0] == "akc 1842"
    assert fake.visible_text(fake.dms(ana(fake)).public[0]) == "No command akc. Did you mean ack?"
    assert len(fake.channel("ops").public) == 1


async def test_a_person_closed_to_bots_is_told_where_they_wrote(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    ana(fake).dms_open = False
    desk.answers["typed"] = private("Nothing fits.")
    await fake.say(ana(fake), fake.channel("ops"), f"{fake.bot.mention} list")
    await fake.until(lambda: len(fake.channel("ops").public) == 2)
    said = fake.channel("ops").public[1]
    assert said.silent and "allow direct messages" in said.content


async def test_a_form_for_typed_words_opens_from_a_button(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    desk.answers["typed"] = desk.answers["press"] = ASSIGN
    await fake.say(ana(fake), fake.channel("ops"), f"{fake.bot.mention} assign 1842")
    await fake.until(lambda: fake.dms(ana(fake)).public)
    [offer] = fake.dms(ana(fake)).public
    assert (await fake.press(ana(fake), offer, "Open “Assign #1842”")).kind == "modal"


async def test_a_card_as_an_answer_to_typed_words_comes_by_dm(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk, clock: Clock
) -> None:
    desk.answers["typed"] = Private(card=card())
    await fake.say(ana(fake), fake.channel("ops"), f"{fake.bot.mention} show 1842")
    await fake.until(lambda: fake.dms(ana(fake)).public)
    assert fake.dms(ana(fake)).public[0].is_v2
    assert clock.at == NOW
