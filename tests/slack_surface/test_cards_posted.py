"""Cards as people see them in Slack: loud or quiet, edited in place, in threads and as pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cards.model import Note, Sent, Span
from bot.slack import SlackSurface
from integrations.base import Misconfigured, Permanent, Transient
from tests.slack_surface.support import Clock, card, press, taken, words
from tests.support.slack import FakeSlack, Message, User

BUTTONS = "[Acknowledge] [Assign…] [Escalate] [Run…] [Resolve…]"


def posted(fake: FakeSlack) -> Message:
    return fake.channel("ops").messages[-1]


async def test_the_card_reads_as_it_should(fake: FakeSlack, surface: SlackSurface) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    message = posted(fake)
    assert sent == Sent(fake.channel("ops").id, message.ts, message.ts)
    assert message.visible_text.splitlines() == [
        ":red_circle: CRITICAL · #1842 Disk 94 % full on db-3",
        "New, nobody has it. Paging @Ana · next Omar at 02:14 UTC",
        f"{BUTTONS} [⋯ Note… | Snooze… | Give back | Why?]",
        "/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min",
        "postgres-main · team db · 3 alerts · since 02:09 UTC",
        "Runbook · Open in console",
    ]
    assert message.text == "🔴 #1842 Disk 94 % full on db-3 · paging @Ana · next Omar in 5 min"


async def test_head_and_buttons_stand_above_one_attachment_in_colour(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    message = posted(fake)
    assert [b["type"] for b in message.blocks] == ["rich_text", "actions"]
    assert len(message.blocks[0]["elements"]) == 2
    [fold] = message.attachments
    assert fold["color"] == "#E5304A"
    assert [b["type"] for b in fold["blocks"]] == ["rich_text", "context", "context"]


async def test_a_loud_card_mentions_who_is_asked_once(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert posted(fake).mentions == [ana.id]
    await surface.edit(sent, card())
    assert posted(fake).live == []
    assert "Paging Ana" in posted(fake).visible_text


async def test_a_quiet_card_mentions_nobody(fake: FakeSlack, surface: SlackSurface) -> None:
    await surface.post("#ops", replace(card(), quiet=True), nonce="v1", maybe_copy=False)
    assert posted(fake).live == []


async def test_a_person_without_an_account_is_named_and_not_called(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    line = (Span("Zoe", person="zoe", mention=True, own=False), Span(" is asked"))
    await surface.post(
        "#ops",
        replace(card(), state=replace(card().state, spans=line)),
        nonce="v",
        maybe_copy=False,
    )
    assert posted(fake).live == []
    assert "Zoe is asked" in posted(fake).visible_text


async def test_an_edit_changes_the_card_where_it_stands(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert await surface.edit(sent, taken()) == sent
    message = posted(fake)
    assert message.buttons == ["Note…", "Assign…", "Escalate", "Run…", "Resolve…"]
    assert message.attachments[0]["color"] == "#7A8797"
    assert message.text == "👤 #1842 Ana has it, nothing more to do"
    assert len(fake.channel("ops").messages) == 1


async def test_nothing_unfurls(fake: FakeSlack, surface: SlackSurface) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await surface.say(sent, words("https://wiki.example.eu/x"), nonce="s1", maybe_copy=False)
    for call in fake.calls:
        if call.method == "chat.postMessage":
            assert call.args["unfurl_links"] is False
            assert call.args["unfurl_media"] is False


async def test_a_lost_answer_is_said_to_be_uncertain_and_its_repeat_is_marked(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    fake.fault("chat.postMessage", "drop_after")
    with pytest.raises(Transient) as lost:
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert lost.value.uncertain
    await surface.post("#ops", card(), nonce="v1", maybe_copy=True)
    first, second = fake.channel("ops").messages
    assert "Sent once more" not in first.visible_text
    assert "Sent once more, because the answer to the first was lost." in second.visible_text


@pytest.mark.parametrize("method", ["say", "page"])
async def test_repeated_notes_and_pages_are_marked_too(
    fake: FakeSlack, surface: SlackSurface, ana: User, method: str
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    if method == "say":
        await surface.say(sent, words("Step 2"), nonce="s1", maybe_copy=True)
        [said] = fake.channel("ops").thread(sent.message)
    else:
        await surface.page(ana.id, card(), words("You"), nonce="p1", maybe_copy=True)
        [said] = fake.dm(ana).messages
    assert "Sent once more" in said.visible_text


async def test_a_channel_without_the_bot_says_how_to_invite_it(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    fake.add_channel("closed", bot_member=False)
    with pytest.raises(Misconfigured, match="not_in_channel of #closed: invite the bot"):
        await surface.post("#closed", card(), nonce="v1", maybe_copy=False)
    with pytest.raises(Misconfigured, match="channel_not_found of #nowhere"):
        await surface.post("#nowhere", card(), nonce="v1", maybe_copy=False)


async def test_a_card_somebody_deleted_is_posted_anew_and_calls_nobody(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    await fake.client().chat_delete(channel=sent.channel, ts=sent.message)
    moved = await surface.edit(sent, card())
    assert moved != sent
    assert posted(fake).ts == moved.message
    assert posted(fake).live == []


async def test_words_about_a_card_go_into_its_thread(
    fake: FakeSlack, surface: SlackSurface, clock: Clock
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    first = await surface.say(sent, words("Labels: env=prod"), nonce="s1", maybe_copy=False)
    clock.at += 1
    second = await surface.say(first, words("More"), nonce="s2", maybe_copy=False)
    assert first.thread == second.thread == sent.message
    replies = fake.channel("ops").thread(sent.message)
    assert [m.visible_text for m in replies] == ["Labels: env=prod", "More"]
    assert [m.ts for m in replies] == [first.message, second.message]
    assert fake.channel("ops").top() == [posted_card(fake)]


def posted_card(fake: FakeSlack) -> Message:
    return fake.channel("ops").messages[0]


async def test_the_next_person_is_called_in_the_thread_and_strangers_words_call_nobody(
    fake: FakeSlack, surface: SlackSurface, omar: User
) -> None:
    sent = await surface.post("#ops", replace(card(), quiet=True), nonce="v1", maybe_copy=False)
    who = Span("Omar", person="omar", mention=True, own=False)
    typed = Span(" you are next. <@U0PV000002> <!channel> @here *now*", own=False)
    why = press("why", "Why me?")
    note = Note(((who, typed),), ("omar",), quiet=False, actions=(why,))
    await surface.say(sent, note, nonce="s1", maybe_copy=False)
    [said] = fake.channel("ops").thread(sent.message)
    assert said.mentions == said.live == [omar.id]
    line = "@Omar you are next. <@U0PV000002> <!channel> @here *now*"
    assert said.visible_text == f"{line}\n[Why me?]"
    escaped = "@Omar you are next. &lt;@U0PV000002&gt; &lt;!channel&gt; @here *now*"
    assert said.text == escaped


async def test_a_page_is_the_card_and_why_it_comes(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    sent = await surface.page(
        ana.id, card(), words("You are paged for #1842."), nonce="p1", maybe_copy=False
    )
    [message] = fake.dm(ana).messages
    assert sent.channel == fake.dm(ana).id
    assert "You are paged for #1842." in message.visible_text
    assert message.buttons[0] == "Acknowledge"
    assert message.text.startswith("🔴 #1842")
    assert message.live == []


async def test_over_the_page_is_edited_in_silence(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    sent = await surface.page(ana.id, card(), words("You"), nonce="p1", maybe_copy=False)
    note = words("Omar has it, nothing more to do. Go back to sleep.")
    await surface.repage(sent, taken(), note)
    [message] = fake.dm(ana).messages
    assert "Go back to sleep." in message.visible_text
    assert len(message.edits) == 1


async def test_a_conversation_is_opened_once(
    fake: FakeSlack, surface: SlackSurface, ana: User, clock: Clock
) -> None:
    for n in range(2):
        await surface.page(ana.id, card(), words("You"), nonce=f"p{n}", maybe_copy=False)
    assert [c.method for c in fake.calls].count("conversations.open") == 1


async def test_without_a_way_to_a_person_the_page_says_so(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    ana.deleted = True
    with pytest.raises(Permanent, match="user_disabled"):
        await surface.page(ana.id, card(), words("You"), nonce="p1", maybe_copy=False)
    fake.scopes.discard("im:write")
    with pytest.raises(Misconfigured, match="scope im:write"):
        await surface.page(ana.id, card(), words("You"), nonce="p2", maybe_copy=False)
