"""What people write, edit and take away in threads on Slack, as the desk hears it."""

from __future__ import annotations

import asyncio

import pytest

from bot.cards.model import Account
from bot.once import Never
from bot.slack import SlackSurface
from bot.slack.events import Events
from bot.slack.wording import files_of, text_of
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Clock, Desk, card, words
from tests.slack_surface.test_words import carded
from tests.support.slack import FakeSlack, Message, User
from tests.support.slack.payloads import changed_event, deleted_event, message_event, message_json


async def written(fake: FakeSlack, desk: Desk, ana: User, thread: str, text: str) -> Message:
    """Somebody's words in a thread, once they are heard."""
    before = len(desk.words)
    said = (await fake.say(ana, "ops", text, thread_ts=thread)).said
    assert said is not None
    await fake.wait_for(lambda: len(desk.words) > before)
    return said


async def test_an_edit_is_followed(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    said = await written(fake, desk, ana, sent.message, "archve")
    await fake.edit(ana, said, "archive was full, @omar knows")
    await fake.wait_for(lambda: desk.named("edited"))
    account = Account("slack", fake.workspace.team_id, ana.id, "Ana")
    assert desk.named("edited") == [("archive was full, @Omar knows", account, said.ts)]


async def test_a_deletion_is_followed(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    said = await written(fake, desk, ana, sent.message, "oops")
    await fake.delete(ana, said)
    await fake.wait_for(lambda: desk.named("deleted"))
    assert desk.named("deleted") == [("slack", sent.channel, said.ts, None)]


async def test_words_whose_own_event_never_came_are_heard_by_their_edit(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    fake.workspace.subscriptions.clear()
    said = (await fake.say(ana, "ops", "one", thread_ts=sent.message)).said
    assert said is not None
    fake.workspace.subscriptions.add("message.channels")
    await fake.edit(ana, said, "two")
    await fake.wait_for(lambda: desk.named("heard"))
    assert [call[1] for call in desk.named("heard")] == ["two"]


async def test_a_very_old_message_that_is_edited_is_no_news(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    fake.workspace.subscriptions.clear()
    said = (await fake.say(ana, "ops", "one", thread_ts=sent.message)).said
    assert said is not None
    fake.workspace.subscriptions.add("message.channels")
    said.ts = f"{float(said.ts) - 2 * 86_400:.6f}"
    await fake.edit(ana, said, "two")
    await fake.wait_for(lambda: desk.named("edited"))
    assert desk.named("heard") == []


async def test_a_deletion_that_comes_first_is_remembered(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    ws = fake.workspace
    ws.subscriptions.clear()
    said = (await fake.say(ana, "ops", "one", thread_ts=sent.message)).said
    assert said is not None
    ws.subscriptions.add("message.channels")
    await fake.tell(said, deleted_event(ws, said))
    await fake.wait_for(lambda: len(desk.named("deleted")) == 2)
    assert desk.named("deleted")[1] == ("slack", sent.channel, said.ts, 1842)


async def test_previews_of_links_are_no_edit_of_words_nobody_heard(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    ws = fake.workspace
    ws.subscriptions.clear()
    said = (await fake.say(ana, "ops", "https://a.eu", thread_ts=sent.message)).said
    assert said is not None
    ws.subscriptions.add("message.channels")
    await fake.tell(said, changed_event(ws, said, message_json(ws, said)))
    await fake.wait_for(lambda: desk.named("edited"))
    assert desk.named("heard") == []


async def test_what_bots_write_edit_and_take_away_is_nobodys_words(
    fake: FakeSlack, surface: SlackSurface, desk: Desk
) -> None:
    """Its own messages, and those of another bot, which may be a second bridge."""
    sent = await carded(surface, desk)
    said = await surface.say(sent, words("Omar: hi"), nonce="s1", maybe_copy=False)
    assert await surface.resay(said, words("Omar: hello")) == said
    assert await surface.unsay(said)
    ws = fake.workspace
    event = {**message_event(ws, fake.channel("ops").top()[0]), "thread_ts": sent.message}
    other = {**event, "user": "U0OTHER", "bot_id": "B0OTHER", "text": "a loop", "ts": "1.5"}
    await fake.delivery.event(other)
    await fake.delivery.event({
        **changed_event(ws, fake.channel("ops").top()[0], {}), "message": other,
    })  # fmt: skip
    await ws.quiet()
    assert desk.calls == []


async def test_words_are_heard_in_the_order_they_were_written(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where more has to be looked up for the first than for the second."""
    sent = await carded(surface, desk)
    gate, asked = asyncio.Event(), surface._people.name

    async def slow(account: str) -> str:
        if not desk.words and not gate.is_set():
            await gate.wait()
        return await asked(account)

    monkeypatch.setattr(surface._people, "name", slow)
    for n in range(3):
        await fake.say(ana, "ops", str(n), thread_ts=sent.message, until=lambda: True)
    gate.set()
    await fake.wait_for(lambda: len(desk.words) == 3)
    assert [w.text for w in desk.words] == ["0", "1", "2"]


async def test_files_are_named_with_slacks_own_page_of_them(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    await fake.say(ana, "ops", "", thread_ts=sent.message, files=["graph.png"])
    await fake.wait_for(lambda: desk.words)
    [(name, where)] = desk.words[0].files
    assert name == "graph.png" and where.startswith("https://") and where.endswith("/graph.png")


# saying it again


async def test_words_are_edited_where_they_stand_and_ping_nobody(
    fake: FakeSlack, surface: SlackSurface, desk: Desk
) -> None:
    sent = await carded(surface, desk)
    said = await surface.say(sent, words("Omar: hi"), nonce="s1", maybe_copy=False)
    await surface.resay(said, words("Omar: hello <!channel> <@U0PV000002>"))
    [message] = fake.channel("ops").thread(sent.message)
    assert message.visible_text == "Omar: hello <!channel> <@U0PV000002>"
    assert message.mentions == [] and message.live == []


async def test_words_a_person_took_away_stay_away(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    sent = await carded(surface, desk)
    said = await surface.say(sent, words("Omar: hi"), nonce="s1", maybe_copy=False)
    [message] = fake.channel("ops").thread(sent.message)
    await fake.delete(ana, message)
    assert await surface.resay(said, words("Omar: hello")) is None
    assert await surface.unsay(said)
    assert fake.channel("ops").thread(sent.message) == []


async def test_words_a_workspace_has_closed_for_edits_are_said_anew(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, clock: Clock
) -> None:
    sent = await carded(surface, desk)
    said = await surface.say(sent, words("Omar: hi"), nonce="s1", maybe_copy=False)
    clock.at += 10
    fake.fault("chat.update", "error", error="edit_window_closed")
    new = await surface.resay(said, words("Omar: hello"))
    assert new is not None and new.message != said.message
    assert fake.channel("ops").thread(sent.message)[-1].visible_text == "Omar: hello"


async def test_a_workspace_that_keeps_every_message_says_so(
    fake: FakeSlack, surface: SlackSurface, desk: Desk
) -> None:
    sent = await carded(surface, desk)
    said = await surface.say(sent, words("Omar: hi"), nonce="s1", maybe_copy=False)
    fake.fault("chat.delete", "error", error="compliance_exports_prevent_deletion")
    assert not await surface.unsay(said)


# as plain words


async def _name(account: str) -> str:
    return {"U1": "Ana", "U2": "a <b> & c"}.get(account, account)


@pytest.mark.parametrize(
    ("wire", "plain"),
    [
        ("hi <@U1> and <@U9|zoe>", "hi @Ana and @zoe"),
        ("<@U2>", "@a <b> & c"),
        ("see <#C1|ops> and <#C2>", "see #ops and #C2"),
        ("<!here> <!channel> <!everyone|x>", "@here @channel @everyone"),
        ("<!subteam^S1|@oncall-db> <!subteam^S2>", "@oncall-db @group"),
        ("at <!date^1795313340^{time}|03:09 CET>", "at 03:09 CET"),
        ("<https://a.eu/x?a=1&amp;b=2>", "https://a.eu/x?a=1&b=2"),
        ("<https://a.eu/x|the runbook>", "the runbook (https://a.eu/x)"),
        ("<http://a.eu|a.eu> <mailto:x@a.eu|x@a.eu>", "http://a.eu x@a.eu"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;", "1 < 2 && 3 > 2 &lt;"),
        (":+1::skin-tone-3: :eyes: :our_own_one: 10:20:30", "👍 👀 :our_own_one: 10:20:30"),
        (":broom: :tada::broom: :our-own: a:broom:b", "🧹 🎉🧹 :our-own: a:broom:b"),
        (":flag-de: :man-shrugging: :large_green_circle:", "🇩🇪 🤷‍♂️ 🟢"),
        ("```\nif a &lt; b:\n    x\n```", "```\nif a < b:\n    x\n```"),
        ("*bold* _it_ `code` ~gone~", "*bold* _it_ `code` ~gone~"),
    ],
)
async def test_slacks_marks_become_plain_words(wire: str, plain: str) -> None:
    assert await text_of({"text": wire}, _name) == plain


async def test_slack_tells_the_signs_of_emoji_in_the_blocks() -> None:
    emoji = {"type": "emoji", "name": "llama", "unicode": "1f999"}
    odd = {"type": "emoji", "name": "odd", "unicode": "zz-1"}
    section = {"type": "rich_text_section", "elements": [emoji, odd, {"type": "emoji"}]}
    blocks = [{"type": "rich_text", "elements": [section]}]
    event = {"text": ":llama: :odd:", "blocks": blocks}
    assert await text_of(event, _name) == "🦙 :odd:"


async def test_what_was_passed_on_without_a_word_is_read() -> None:
    event = {"text": "", "attachments": [{"text": "disk is full", "is_share": True}, "odd"]}
    assert await text_of(event, _name) == "disk is full"


def test_files_that_are_gone_are_not_named() -> None:
    gone = {"id": "F1", "mode": "tombstone"}
    assert files_of({"files": [gone, {"name": "a &amp; b.txt"}, "odd"]}) == (("a & b.txt", ""),)


# whether they are heard


async def test_scopes_that_are_given_or_taken_meanwhile_count_from_the_next_answer(
    fake: FakeSlack, start: Start, desk: Desk
) -> None:
    fake.scopes.discard("channels:history")
    surface = await start()
    heard = [surface.threads]
    fake.scopes.add("channels:history")
    sent = await carded(surface, desk)
    heard.append(surface.threads)
    fake.scopes.discard("channels:history")
    await surface.edit(sent, card())
    assert [*heard, surface.threads] == [False, True, False]


async def test_what_a_bot_wrote_costs_nothing() -> None:
    heard: list[object] = []

    async def hears(body: object) -> None:
        heard.append(body)

    class Counted(Never):
        asked = 0

        async def done(self, key: str) -> bool:
            Counted.asked += 1
            return False

    events = Events(hears, Counted(), lambda event: None)
    mine = {"type": "message", "bot_id": "B1", "thread_ts": "1.1", "channel": "C1"}
    edit = {"type": "message", "subtype": "message_changed", "channel": "C1", "message": mine}
    for n, event in enumerate((mine, edit)):
        await events({"event_id": f"Ev{n}", "event": event})
    assert heard == [] and Counted.asked == 0
    await events({"event_id": "Ev9", "event": {**mine, "bot_id": "", "user": "U1"}})
    assert len(heard) == 1 and Counted.asked == 1
