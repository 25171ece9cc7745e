"""The stand-in itself: it refuses what Slack refuses, so that a test that passes means much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack_surface.support import Clock
from tests.support.slack import Channel, FakeSlack, User
from tests.support.slack.checks import Problems, check_attachments, check_blocks, check_view

JSON = dict[str, Any]


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def button(**more: Any) -> JSON:
    return {"type": "button", "text": plain("Go"), "action_id": "go", "value": "v"} | more


def row(*elements: JSON) -> JSON:
    return {"type": "actions", "elements": list(elements)}


def option(n: int, text: str = "") -> JSON:
    return {"text": plain(text or f"Option {n}"), "value": str(n)}


def section(text: str) -> JSON:
    return {"type": "section", "text": plain(text)}


def many(n: int) -> list[JSON]:
    return [option(i) for i in range(n)]


def overflow(n: int) -> JSON:
    return {"type": "overflow", "action_id": "more", "options": many(n)}


def rich(*elements: JSON) -> JSON:
    inner = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "elements": [inner]}


CONFIRM = {"title": plain("Sure?"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
GOOD: list[Any] = [
    [section("x" * 3_000)],
    [row(*[button(action_id=f"a{n}") for n in range(25)])],
    [row(button(accessibility_label="x" * 75, confirm=CONFIRM, style="primary"))],
    [row(overflow(2)), row(overflow(5))],
    [row({"type": "static_select", "action_id": "s", "placeholder": plain("p" * 150),
          "options": many(100)})],
    [rich({"type": "text", "text": "a"}, {"type": "user", "user_id": "U123"},
          {"type": "date", "timestamp": 1, "format": "{time}", "fallback": "x"},
          {"type": "link", "url": "https://x.example", "text": "x"})],
    [{"type": "context", "elements": [plain(str(n)) for n in range(10)]}],
    [{"type": "divider"}] * 50,
]  # fmt: skip
BAD: list[Any] = [
    [section("x" * 3_001)],
    [section("")],
    [row(*[button(action_id=f"a{n}") for n in range(26)])],
    [row(button(text=plain("x" * 76)))],
    [row(button(text={"type": "mrkdwn", "text": "x"}))],
    [row(button(value="x" * 2_001))],
    [row(button(accessibility_label="x" * 76))],
    [row(button(style="green"))],
    [row(button(action_id="x" * 256))],
    [row(button(), button())],
    [row(button(colour="red"))],
    [row(button(confirm=CONFIRM | {"title": plain("x" * 101)}))],
    [row(button(confirm=CONFIRM | {"text": plain("x" * 301)}))],
    [row(button(confirm=CONFIRM | {"deny": plain("x" * 31)}))],
    [row(overflow(1))],
    [row(overflow(6))],
    [row({"type": "static_select", "action_id": "s", "options": many(101)})],
    [row({"type": "static_select", "action_id": "s", "options": [option(1), option(1)]})],
    [row({"type": "static_select", "action_id": "s", "options": [option(1, "x" * 76)]})],
    [rich({"type": "text", "text": ""})],
    [rich({"type": "user", "user_id": "ana"})],
    [rich({"type": "emoji", "name": "🔴"})],
    [rich({"type": "link", "url": "javascript:x"})],
    [rich({"type": "text", "text": "x", "color": "red"})],
    [{"type": "context", "elements": [plain(str(n)) for n in range(11)]}],
    [{"type": "divider"}] * 51,
    [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}],
    [{"type": "embed"}],
    "blocks",
]  # fmt: skip


def problems_of(blocks: Any) -> list[str]:
    found = Problems()
    check_blocks(blocks, "/blocks", found, most=50)
    return found.found


@pytest.mark.parametrize("blocks", GOOD)
def test_what_slack_takes_is_taken(blocks: Any) -> None:
    assert problems_of(blocks) == []


@pytest.mark.parametrize("blocks", BAD)
def test_what_slack_refuses_is_refused(blocks: Any) -> None:
    assert problems_of(blocks)


def view(**more: Any) -> JSON:
    element = {"type": "plain_text_input", "action_id": "v"}
    field = {"type": "input", "block_id": "b", "label": plain("Label"), "element": element}
    known = {"type": "modal", "title": plain("Title"), "submit": plain("Go"), "blocks": [field]}
    return {k: v for k, v in (known | more).items() if v is not None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": plain("x" * 25)}, {"submit": plain("x" * 25)}, {"close": plain("x" * 25)},
        {"title": None}, {"submit": None}, {"private_metadata": "x" * 3_001},
        {"callback_id": "x" * 256}, {"blocks": []}, {"blocks": [{"type": "divider"}] * 101},
        {"type": "home"}, {"colour": "red"}, {"blocks": [{"type": "markdown", "text": "x"}]},
    ],
)  # fmt: skip
def test_modals_have_limits_too(wrong: JSON) -> None:
    def found(body: JSON) -> list[str]:
        problems = Problems()
        check_view(body, "modal", problems)
        return problems.found

    assert found(view()) == []
    assert found(view(**wrong))


def test_an_attachment_holds_blocks_or_old_fields() -> None:
    def found(attachment: JSON) -> list[str]:
        problems = Problems()
        check_attachments([attachment], problems)
        return problems.found

    assert found({"color": "#E5304A", "fallback": "x", "blocks": [section("x")]}) == []
    assert found({"blocks": [section("x")], "text": "x"})
    assert found({"blocks": [{"type": "divider"}] * 21})
    assert found({"color": "#fff"})


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(clock=clock) as one:
        one.add_user("Ana Petrova", id="U0ANA")
        one.add_channel("ops", id="C0OPS")
        yield one


@pytest.fixture
async def bot(slack: FakeSlack) -> AsyncWebClient:
    return slack.client(retry_handlers=[])


@pytest.fixture
def ops(slack: FakeSlack) -> Channel:
    return slack.channel("ops")


@pytest.fixture
def who(slack: FakeSlack) -> User:
    return slack.user("ana")


async def refused(work: Any) -> str:
    with pytest.raises(SlackApiError) as error:
        await work
    return str(error.value.response["error"])


async def test_tokens_and_scopes_are_checked(slack: FakeSlack, bot: AsyncWebClient) -> None:
    wrong = AsyncWebClient("xoxb-wrong", base_url=slack.base_url)
    assert await refused(wrong.auth_test()) == "invalid_auth"
    app = AsyncWebClient(slack.app_token, base_url=slack.base_url)
    assert await refused(app.auth_test()) == "not_allowed_token_type"
    slack.scopes.discard("chat:write")
    assert await refused(bot.chat_postMessage(channel="C0OPS", text="x")) == "missing_scope"
    said = await bot.auth_test()
    assert "commands" in said.headers["x-oauth-scopes"]
    assert await refused(bot.api_call("chat.shout")) == "unknown_method"


async def test_posts_are_refused_where_slack_would(slack: FakeSlack, bot: AsyncWebClient) -> None:
    slack.add_channel("closed", bot_member=False, id="C0CLOSED")
    slack.add_channel("secret", private=True, bot_member=False, id="C0SECRET")
    slack.add_channel("old", id="C0OLD").archived = True
    post = bot.chat_postMessage
    assert await refused(post(channel="C0CLOSED", text="x")) == "not_in_channel"
    assert await refused(post(channel="C0SECRET", text="x")) == "channel_not_found"
    assert await refused(post(channel="C0OLD", text="x")) == "is_archived"
    empty = bot.api_call("chat.postMessage", json={"channel": "#ops", "text": " "})
    assert await refused(empty) == "no_text"
    assert (
        await refused(post(channel="#ops", text="x", thread_ts="1.000000")) == "invalid_thread_ts"
    )
    gone = "1795313400.000100"
    assert await refused(post(channel="#ops", text="x", thread_ts=gone)) == "thread_not_found"
    assert await refused(post(channel="#ops", text="x", blocks=BAD[0])) == "invalid_blocks"
    assert len(slack.violations) == 2


async def test_updates_are_refused_where_slack_would(
    slack: FakeSlack, bot: AsyncWebClient, ops: Channel, who: User
) -> None:
    sent = await bot.chat_postMessage(channel="C0OPS", text="x")
    ts = str(sent["ts"])
    long = bot.chat_update(channel="C0OPS", ts=ts, text="x" * 4_001)
    assert await refused(long) == "msg_too_long"
    wrong = bot.chat_update(channel="C0OPS", ts="1795313400.000100", text="x")
    assert await refused(wrong) == "message_not_found"
    said = (await slack.say(who, "ops", "mine")).said
    assert said is not None
    mine = bot.chat_update(channel="C0OPS", ts=said.ts, text="x")
    assert await refused(mine) == "cant_update_message"
    await bot.chat_update(channel="C0OPS", ts=ts, text="new <!channel>")
    assert ops.messages[0].mentions == []
    assert ops.messages[0].live == ["!channel"]


async def test_what_calls_people_is_noticed(
    slack: FakeSlack, bot: AsyncWebClient, ops: Channel
) -> None:
    post = bot.chat_postMessage
    await post(channel="C0OPS", text="<@U0ANA> and <!here>")
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "<!channel> &lt;@U0ANA&gt;"}}]
    await post(channel="C0OPS", text="<@U0ANA>", blocks=blocks)
    await post(channel="C0OPS", text="x", blocks=[rich({"type": "text", "text": "<@U0ANA>"})])
    assert [m.mentions for m in ops.messages] == [["U0ANA", "!here"], ["!channel"], []]


async def test_links_that_may_unfurl_and_dates_no_client_shows_are_violations(
    slack: FakeSlack, bot: AsyncWebClient
) -> None:
    await bot.chat_postMessage(channel="C0OPS", text="https://x.example")
    await bot.chat_postMessage(channel="C0OPS", text="<!date^soon^{time}|x>")
    assert ["leaves unfurl_links" in v or "is not a date" in v for v in slack.violations] == [
        True, True,
    ]  # fmt: skip


async def test_a_channel_takes_a_burst_and_then_says_when(
    slack: FakeSlack, bot: AsyncWebClient, clock: Clock
) -> None:
    for n in range(5):
        await bot.chat_postMessage(channel="#ops" if n % 2 else "C0OPS", text="x")
    with pytest.raises(SlackApiError) as full:
        await bot.chat_postMessage(channel="C0OPS", text="x")
    assert full.value.response.status_code == 429
    assert full.value.response.headers["Retry-After"] == "1"
    assert slack.violations == []
    await refused(bot.chat_postMessage(channel="C0OPS", text="x"))
    assert "before its Retry-After had passed" in slack.violations[0]
    clock.at += 2
    await bot.chat_postMessage(channel="C0OPS", text="x")


async def test_edits_have_fifty_a_minute(
    slack: FakeSlack, bot: AsyncWebClient, clock: Clock
) -> None:
    sent = await bot.chat_postMessage(channel="C0OPS", text="x")
    for _ in range(50):
        await bot.chat_update(channel="C0OPS", ts=sent["ts"], text="y")
    again = bot.chat_update(channel="C0OPS", ts=str(sent["ts"]), text="y")
    assert await refused(again) == "ratelimited"
    clock.at += 60
    await bot.chat_update(channel="C0OPS", ts=sent["ts"], text="y")


async def test_a_trigger_opens_one_modal_within_three_seconds(
    slack: FakeSlack, bot: AsyncWebClient, who: User, clock: Clock
) -> None:
    trigger = slack.workspace.new_trigger(who.id)
    await bot.views_open(trigger_id=trigger, view=view())
    assert slack.modal(who) is not None
    assert await refused(bot.views_open(trigger_id=trigger, view=view())) == "exchanged_trigger_id"
    late = slack.workspace.new_trigger(who.id)
    clock.at += 3.1
    assert await refused(bot.views_open(trigger_id=late, view=view())) == "expired_trigger_id"
    assert await refused(bot.views_open(trigger_id="x", view=view())) == "invalid_trigger_id"
    assert len(slack.violations) == 3


async def test_a_response_url_works_five_times_in_half_an_hour(
    slack: FakeSlack, ops: Channel, who: User, clock: Clock
) -> None:
    url = f"{slack.url}/hooks/commands/{slack.workspace.new_hook(ops.id, who.id, None)}"
    async with aiohttp.ClientSession() as session:

        async def say(to: str) -> int:
            async with session.post(to, json={"text": "x"}) as answer:
                return answer.status

        assert [await say(url) for _ in range(6)] == [200] * 5 + [404]
        old = f"{slack.url}/hooks/commands/{slack.workspace.new_hook(ops.id, who.id, None)}"
        clock.at += 1_801
        assert await say(old) == 404
        assert await say(f"{slack.url}/hooks/commands/T1/1/x") == 404
    assert [m.ephemeral_to for m in ops.messages] == [who.id] * 5
    assert len(slack.violations) == 2


async def test_an_ack_that_does_not_come_is_a_violation_and_an_event_comes_again(
    slack: FakeSlack, who: User
) -> None:
    slack.delivery.patience = 0.05
    api = AsyncWebClient(slack.app_token, base_url=slack.base_url)
    address = (await api.apps_connections_open(app_token=slack.app_token))["url"]
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        said = asyncio.ensure_future(slack.say(who, "ops", "hello"))
        first, second = await socket.receive_json(), await socket.receive_json()
        await said
        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await slack.wait_for(lambda: second["envelope_id"] in slack.sockets.acked)
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await socket.send_json({"envelope_id": "never"})
        await slack.wait_for(lambda: len(slack.violations) == 3)
    late, twice, never = slack.violations
    assert "was not answered within 3 s" in late
    assert "acked twice" in twice and "never sent" in never
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(address)


@pytest.mark.parametrize("kind", ["500html", "503", "drop_before", "drop_after"])
async def test_faults_come_as_planned_and_then_no_more(
    slack: FakeSlack, bot: AsyncWebClient, ops: Channel, kind: Any
) -> None:
    slack.fault("chat.postMessage", kind)
    with pytest.raises((SlackApiError, aiohttp.ClientError)):
        await bot.chat_postMessage(channel="C0OPS", text="x")
    assert len(ops.messages) == (kind == "drop_after")
    await bot.chat_postMessage(channel="C0OPS", text="x")


async def test_nobody_presses_what_they_can_not_see(
    slack: FakeSlack, bot: AsyncWebClient, who: User
) -> None:
    secret = slack.add_channel("secret", private=True)
    secret.members.discard(who.id)
    await bot.chat_postMessage(channel=secret.id, text="x", blocks=[row(button())])
    with pytest.raises(LookupError, match="not in that channel"):
        await slack.press(who, secret.messages[0], "Go")


async def test_a_form_lets_through_only_what_its_controls_allow(
    slack: FakeSlack, bot: AsyncWebClient, who: User
) -> None:
    await bot.views_open(trigger_id=slack.workspace.new_trigger(who.id), view=view())
    form = slack.modal(who)
    assert form is not None
    assert (await slack.submit(who, form)).errors == {"b": "Please complete this required field."}
    assert "Must be at most" in (await slack.submit(who, form, {"b": "x" * 3_001})).errors["b"]
    with pytest.raises(LookupError, match="no field"):
        await slack.submit(who, form, {"nothing": "x"})
