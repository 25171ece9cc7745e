"""What people write, edit and take away in threads on Discord, as the desk hears it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.cards.model import Account, Note, Sent
from bot.discord import DiscordSurface
from bot.discord.wording import text_of
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import Clock, Desk, words
from tests.discord_surface.test_words import ana, carded
from tests.support.discord import FakeDiscord
from tests.support.discord.model import Channel


async def reading(fake: FakeDiscord, start: Start) -> DiscordSurface:
    """A surface that may read words."""
    fake.state.enabled_intents.add("message_content")
    return await start(message_content=True)


async def threaded(fake: FakeDiscord, surface: DiscordSurface, desk: Desk) -> tuple[Sent, Channel]:
    """A card's first words, and its thread."""
    sent = await surface.say(await carded(surface, desk), words("Hi"), nonce="s1", maybe_copy=False)
    return sent, fake.state.channels[int(sent.thread)]


async def test_an_edit_is_followed(fake: FakeDiscord, start: Start, desk: Desk) -> None:
    surface = await reading(fake, start)
    _, thread = await threaded(fake, surface, desk)
    message = await fake.say(ana(fake), thread, "archve")
    await fake.edit(ana(fake), message, f"archive, {ana(fake).mention}")
    await fake.until(lambda: desk.named("edited"))
    account = Account("discord", str(fake.guild_id), str(ana(fake).id), "Ana")
    [(text, by, key)] = desk.named("edited")
    assert (by, key) == (account, str(message.id)) and text.startswith("archive, @")


async def test_a_deletion_is_followed(fake: FakeDiscord, start: Start, desk: Desk) -> None:
    surface = await reading(fake, start)
    _, thread = await threaded(fake, surface, desk)
    message = await fake.say(ana(fake), thread, "oops")
    await fake.until(lambda: desk.named("heard"))
    await fake.delete(ana(fake), message)
    await fake.until(lambda: desk.named("deleted"))
    assert desk.named("deleted") == [("discord", str(thread.id), str(message.id), None)]


async def test_many_that_are_taken_away_at_once_are_all_followed(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await reading(fake, start)
    _, thread = await threaded(fake, surface, desk)
    said = [await fake.say(ana(fake), thread, str(n)) for n in range(3)]
    await fake.until(lambda: len(desk.words) == 3)
    assert [w.text for w in desk.words] == ["0", "1", "2"]
    await fake.delete_many(thread, said)
    await fake.until(lambda: len(desk.named("deleted")) == 3)
    assert [call[2] for call in desk.named("deleted")] == [str(m.id) for m in said]


async def test_what_bots_write_edit_and_take_away_is_nobodys_words(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await reading(fake, start)
    sent, thread = await threaded(fake, surface, desk)
    other = fake.add_user("Bridge")
    other.bot = True
    message = await fake.say(other, thread, "a loop")
    await fake.edit(other, message, "a loop again")
    assert await surface.resay(sent, words("Hello")) == sent
    await fake.say(ana(fake), thread, "a person")
    await fake.until(lambda: desk.named("heard"))
    assert [call[0] for call in desk.calls] == ["heard"]


async def test_a_reply_to_the_card_in_the_channel_is_about_it(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await reading(fake, start)
    sent = await carded(surface, desk)
    card = fake.state.messages[int(sent.message)]
    await fake.say(ana(fake), fake.channel("ops"), "on it", to=card)
    await fake.until(lambda: desk.named("heard"))
    assert desk.words[0].thread == sent.message


async def test_files_are_named_with_the_address_of_the_message(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await reading(fake, start)
    _, thread = await threaded(fake, surface, desk)
    message = await fake.say(ana(fake), thread, "", files=("graph.png",))
    await fake.until(lambda: desk.named("heard"))
    where = f"https://discord.com/channels/{fake.guild_id}/{thread.id}/{message.id}"
    assert desk.words[0].files == (("graph.png", where),)


async def test_a_reply_names_the_message_it_answers(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await reading(fake, start)
    _, thread = await threaded(fake, surface, desk)
    first = await fake.say(ana(fake), thread, "full?")
    await fake.say(ana(fake), thread, "yes", to=first)
    await fake.until(lambda: len(desk.words) == 2)
    assert [w.reply_to for w in desk.words] == ["", str(first.id)]


# saying it again


async def test_words_are_edited_where_they_stand_and_ping_nobody(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    sent, thread = await threaded(fake, surface, desk)
    await surface.resay(sent, words("Omar: hello @everyone <@1>"))
    message = thread.public[-1]
    assert fake.visible_text(message) == "Omar: hello @everyone <@1>"
    assert message.highlights == [] and not message.mention_everyone


async def test_short_words_of_a_long_message_are_edited_too(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    """A long one is a text display, and no message comes out of that again."""
    long = Note((words("*" * 700).lines[0],) * 2)
    sent = await surface.say(await carded(surface, desk), long, nonce="s1", maybe_copy=False)
    message = fake.state.messages[int(sent.message)]
    assert message.is_v2
    await surface.resay(sent, words("short"))
    assert fake.visible_text(message) == "short"
    await surface.resay(sent, long)
    assert message.is_v2


async def test_words_a_person_took_away_stay_away(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk
) -> None:
    sent, thread = await threaded(fake, surface, desk)
    await fake.delete(ana(fake), thread.public[-1])
    assert await surface.resay(sent, words("back")) is None
    assert await surface.unsay(sent)


async def test_words_are_taken_away(fake: FakeDiscord, surface: DiscordSurface, desk: Desk) -> None:
    sent, thread = await threaded(fake, surface, desk)
    assert await surface.unsay(sent)
    assert [m for m in thread.public if m.type == 0] == []


async def test_a_sleeping_thread_is_woken_for_an_edit_and_sleeps_again(
    fake: FakeDiscord, surface: DiscordSurface, desk: Desk, clock: Clock
) -> None:
    sent, thread = await threaded(fake, surface, desk)
    clock.at += 8 * 86_400
    assert fake.state.archived(thread)
    await surface.resay(sent, words("late"))
    assert fake.visible_text(thread.public[-1]) == "late"
    assert fake.state.archived(thread)


# as plain words


def wrote(content: str, **more: Any) -> Any:
    """A message as far as its words are read."""
    guild = SimpleNamespace(
        get_role=lambda n: SimpleNamespace(name="oncall") if n == 5 else None,
        get_channel_or_thread=lambda n: SimpleNamespace(name="ops") if n == 7 else None,
    )
    ana = SimpleNamespace(id=1, display_name="Ana")
    base = {"content": content, "mentions": [ana], "guild": guild}
    return SimpleNamespace(**{**base, **more})


@pytest.mark.parametrize(
    ("wire", "plain"),
    [
        ("<@1> <@!1> <@2>", "@Ana @Ana @somebody"),
        ("<@&5> <@&6>", "@oncall @a role"),
        ("<#7> <#8>", "#ops #a channel"),
        ("<:parrot:123> <a:wave:4>", ":parrot: :wave:"),
        ("<t:1795313340:R>", "Sun 22 Nov 02:09 UTC"),
        ("</pv ack:99>", "/pv ack"),
        ("see <https://a.eu/x>", "see https://a.eu/x"),
        ("a < b and c > d", "a < b and c > d"),
        ("```py\nx = 1\n```", "```py\nx = 1\n```"),
    ],
)
def test_discords_marks_become_plain_words(wire: str, plain: str) -> None:
    assert text_of(wrote(wire)) == plain


def test_in_a_direct_message_there_is_no_server_to_ask() -> None:
    assert text_of(wrote("<@&5> <#7>", guild=None)) == "@a role #a channel"


def test_what_was_passed_on_without_a_word_is_read() -> None:
    passed = wrote("", message_snapshots=[SimpleNamespace(content="disk is full")])
    assert text_of(passed) == "disk is full"


# whether they are heard


async def test_the_right_to_read_words_may_come_and_go_meanwhile(
    fake: FakeDiscord, start: Start, desk: Desk
) -> None:
    surface = await start(message_content=True)
    assert not surface.threads
    fake.state.enabled_intents.add("message_content")
    await surface._life.look_at_intents()
    await fake.until(lambda: surface.threads and surface.health()[0])
    _, thread = await threaded(fake, surface, desk)
    await fake.say(ana(fake), thread, "now you hear me")
    await fake.until(lambda: desk.named("heard"))
    fake.state.enabled_intents.discard("message_content")
    await surface._life.look_at_intents()
    await fake.until(lambda: not surface.threads and surface.health()[0])
