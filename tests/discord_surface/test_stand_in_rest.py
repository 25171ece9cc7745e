"""The stand-in's own strictness over REST: what Discord refuses it refuses, and it remembers what
a correct client never does. Requests are made by hand, as no client of ours would make them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import pytest

from tests.discord_surface.support import NOW, Clock
from tests.support.discord import FakeDiscord
from tests.support.discord.check_commands import check_commands
from tests.support.discord.errors import ApiError
from tests.support.discord.model import JSON

QUIET: JSON = {"allowed_mentions": {"parse": []}}
Answer = tuple[int, JSON, Mapping[str, str]]
Ask = Callable[..., Awaitable[Answer]]


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeDiscord]:
    """Complaints are looked at by each test."""
    async with FakeDiscord(clock=clock, invalid_limit=20) as one:
        one.add_user("Ana")
        one.add_user("Omar")
        one.add_channel("ops")
        yield one


@pytest.fixture
async def ask(fake: FakeDiscord) -> AsyncIterator[Ask]:
    """One request with the bot's token; status, body, headers."""
    async with aiohttp.ClientSession() as session:

        async def send(method: str, path: str, body: Any = None, token: str = "") -> Answer:
            headers = {"Authorization": f"Bot {token or fake.token}"}
            url = fake.api_base + path.format(ops=fake.channel("ops").id)
            async with session.request(method, url, json=body, headers=headers) as reply:
                text = await reply.text()
                return reply.status, await reply.json() if text else {}, reply.headers

        yield send


def button(label: str = "Go", custom_id: str = "go") -> JSON:
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id}


def row(*inside: JSON) -> JSON:
    return {"type": 1, "components": list(inside)}


def v2(*parts: JSON) -> JSON:
    return {"flags": 1 << 15, "components": list(parts)} | QUIET


SAID: JSON = {"content": "hello"} | QUIET
FIELDS = [{"name": "n", "value": "x" * 1024}] * 7
BAD_MESSAGES: dict[str, JSON] = {
    "words over 2,000": {"content": "x" * 2001},
    "nothing at all": {"content": ""},
    "six buttons in a row": {"components": [row(*(button(custom_id=str(n)) for n in range(6)))]},
    "six rows": {"components": [row(button(custom_id=str(n))) for n in range(6)]},
    "one custom_id twice": {"components": [row(button(), button())]},
    "a custom_id over 100": {"components": [row(button(custom_id="x" * 101))]},
    "a label over 80": {"components": [row(button("x" * 81))]},
    "a select beside a button": {
        "components": [row(button(), {"type": 3, "custom_id": "s", "options": [
            {"label": "a", "value": "a"}]})]
    },
    "a select of 26": {
        "components": [row({"type": 3, "custom_id": "s", "options": [
            {"label": str(n), "value": str(n)} for n in range(26)]})]
    },
    "a container without V2": {"components": [{"type": 17, "components": []}]},
    "an embed's title over 256": {"embeds": [{"title": "x" * 257}]},
    "embeds over 6,000": {"embeds": [{"fields": FIELDS}]},
    "eleven embeds": {"embeds": [{"title": "x"}] * 11},
    "a nonce over 25": {"content": "x", "nonce": "n" * 26},
    "enforce_nonce alone": {"content": "x", "enforce_nonce": True},
    "V2 with content": v2({"type": 10, "content": "x"}) | {"content": "x"},
    "V2 with embeds": v2({"type": 10, "content": "x"}) | {"embeds": [{"title": "x"}]},
    "41 components": v2(*({"type": 10, "content": "x"} for _ in range(41))),
    "V2 text over 4,000": v2(*({"type": 10, "content": "x" * 2001} for _ in range(2))),
    "a flag nobody may set": {"content": "x", "flags": 1 << 6},
    "a link that is none": {
        "components": [row({"type": 2, "style": 5, "label": "x", "url": "javascript:1"})]
    },
    "mentions of an unknown kind": {"content": "x", "allowed_mentions": {"parse": ["all"]}},
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_MESSAGES)
async def test_a_bad_message_is_refused_and_remembered(
    fake: FakeDiscord, ask: Ask, what: str
) -> None:
    status, body, _ = await ask("POST", "/channels/{ops}/messages", QUIET | BAD_MESSAGES[what])
    assert status == 400
    assert body["code"] in (50035, 50006)
    assert fake.channel("ops").messages == []
    assert len(fake.violations) == 1


async def test_a_good_message_is_taken_and_nobody_complains(fake: FakeDiscord, ask: Ask) -> None:
    status, body, headers = await ask("POST", "/channels/{ops}/messages", SAID)
    assert (status, body["content"]) == (200, "hello")
    assert headers["X-RateLimit-Limit"] == "5" and headers["X-RateLimit-Remaining"] == "4"
    assert fake.violations == []


async def test_who_says_nothing_of_mentions_is_complained_of(fake: FakeDiscord, ask: Ask) -> None:
    ana, _ = (u for u in fake.state.users.values() if not u.bot)
    made = await ask("POST", "/channels/{ops}/messages", {"content": f"@everyone {ana.mention}"})
    assert fake.notified(ana) != []
    assert "without allowed_mentions" in fake.violations[0]
    path = f"/channels/{{ops}}/messages/{made[1]['id']}"
    await ask("PATCH", path, {"content": f"now {ana.mention}"})
    assert fake.channel("ops").messages[0].edit_mentions == [ana]
    assert len(fake.violations) == 2


async def test_only_named_people_ring_and_components_ring_silently(
    fake: FakeDiscord, ask: Ask
) -> None:
    ana, omar = (u for u in fake.state.users.values() if not u.bot)
    words = f"{ana.mention} {omar.mention} @everyone"
    only = {"allowed_mentions": {"parse": [], "users": [str(ana.id)]}}
    await ask("POST", "/channels/{ops}/messages", {"content": words} | only)
    assert fake.channel("ops").public[0].mentions == [ana]
    card = v2({"type": 10, "content": ana.mention}) | only
    await ask("POST", "/channels/{ops}/messages", card)
    assert fake.channel("ops").public[1].push == ""
    await ask("POST", "/channels/{ops}/messages", {"content": words, "flags": 1 << 12} | only)
    assert fake.channel("ops").public[2] not in fake.notified(ana)


async def test_into_components_v2_is_one_way(fake: FakeDiscord, ask: Ask) -> None:
    _, made, _ = await ask("POST", "/channels/{ops}/messages", SAID)
    path = f"/channels/{{ops}}/messages/{made['id']}"
    card = v2({"type": 10, "content": "card"})
    assert (await ask("PATCH", path, card))[0] == 400
    assert (await ask("PATCH", path, card | {"content": None}))[0] == 200
    assert (await ask("PATCH", path, {"flags": 0, "content": "plain"} | QUIET))[0] == 400
    assert fake.channel("ops").messages[0].is_v2


async def test_the_same_nonce_gives_the_first_message_back(
    fake: FakeDiscord, ask: Ask, clock: Clock
) -> None:
    once = SAID | {"nonce": "i1842.c1", "enforce_nonce": True}
    first = (await ask("POST", "/channels/{ops}/messages", once))[1]["id"]
    assert (await ask("POST", "/channels/{ops}/messages", once))[1]["id"] == first
    clock.at += 301
    assert (await ask("POST", "/channels/{ops}/messages", once))[1]["id"] != first


async def test_a_full_bucket_says_how_long_and_who_comes_early_is_complained_of(
    fake: FakeDiscord, ask: Ask
) -> None:
    for _ in range(5):
        await ask("POST", "/channels/{ops}/messages", SAID)
    status, body, headers = await ask("POST", "/channels/{ops}/messages", SAID)
    assert status == 429
    assert 4 < body["retry_after"] <= 5 and body["global"] is False
    assert headers["X-RateLimit-Scope"] == "user" and headers["X-RateLimit-Remaining"] == "0"
    assert fake.violations == []
    for _ in range(6):
        await ask("POST", "/channels/{ops}/messages", SAID)
    assert "429 ignored" in fake.violations[0]


async def test_more_than_fifty_a_second_is_too_much_for_everything(
    fake: FakeDiscord, ask: Ask
) -> None:
    for n in range(10):
        fake.add_channel(f"c{n}")
    said = []
    for channel in fake.channels:
        said += [await ask("POST", f"/channels/{channel.id}/messages", SAID) for _ in range(5)]
    refused = [(body, headers) for status, body, headers in said if status == 429]
    assert len(refused) == 5
    assert refused[0][0]["global"] is True and refused[0][1]["X-RateLimit-Global"] == "true"


async def test_a_wrong_token_is_401_and_too_many_of_them_are_a_ban(
    fake: FakeDiscord, ask: Ask
) -> None:
    for _ in range(20):
        assert (await ask("GET", "/users/@me", token="wrong"))[0] == 401
    async with aiohttp.ClientSession() as session, session.get(fake.api_base + "/users/@me") as no:
        assert no.status == 429
        assert "banned" in await no.text()


async def test_an_old_message_is_edited_rarely(fake: FakeDiscord, ask: Ask, clock: Clock) -> None:
    _, made, _ = await ask("POST", "/channels/{ops}/messages", SAID)
    path = f"/channels/{{ops}}/messages/{made['id']}"
    clock.at = NOW + 3601
    assert (await ask("PATCH", path, SAID))[0] == 200
    status, body, _ = await ask("PATCH", path, SAID)
    assert (status, body["code"]) == (429, 30046)


async def test_threads_are_begun_once_and_locked_ones_stay_shut(
    fake: FakeDiscord, ask: Ask
) -> None:
    _, made, _ = await ask("POST", "/channels/{ops}/messages", SAID)
    path = f"/channels/{{ops}}/messages/{made['id']}/threads"
    _, thread, _ = await ask("POST", path, {"name": "t"})
    assert thread["id"] == made["id"]
    assert (await ask("POST", path, {"name": "t"}))[1]["code"] == 160004
    branch = fake.state.channels[int(thread["id"])]
    branch.archived = branch.locked = True
    said = await ask("POST", f"/channels/{branch.id}/messages", SAID)
    assert said[1]["code"] == 50083
    assert (await ask("POST", path, {"name": "x" * 101}))[0] == 400


@pytest.mark.parametrize(("deny", "code"), [("view", 50001), ("send", 50013)])
async def test_a_closed_channel_is_closed(
    fake: FakeDiscord, ask: Ask, deny: str, code: int
) -> None:
    fake.channel("ops").deny.add(deny)
    status, body, _ = await ask("POST", "/channels/{ops}/messages", SAID)
    assert (status, body["code"]) == (403, code)


async def test_an_unknown_road_is_a_complaint(fake: FakeDiscord, ask: Ask) -> None:
    assert (await ask("GET", "/nowhere"))[0] == 404
    assert "no such route" in fake.violations[0]


def subs(many: int) -> list[JSON]:
    return [{"type": 1, "name": f"v{n}", "description": "x" * 100} for n in range(many)]


def command(*options: JSON) -> JSON:
    return {"type": 1, "name": "pv", "description": "Incidents", "options": list(options)}


TEXT: JSON = {"type": 3, "name": "text", "description": "x"}
WORDS = [{"name": "n" * 100, "value": "v" * 100} for _ in range(25)]
BAD_COMMANDS = {
    "26 subcommands": command(*subs(26)),
    "a capital letter": command({"type": 1, "name": "Ack", "description": "x"}),
    "a description over 100": command({"type": 1, "name": "ack", "description": "x" * 101}),
    "no description": command({"type": 1, "name": "ack", "description": ""}),
    "required after optional": command(TEXT, TEXT | {"name": "who", "required": True}),
    "two options of one name": command(TEXT, TEXT),
    "choices and suggestions": command(TEXT | {"choices": WORDS[:1], "autocomplete": True}),
    "26 choices": command(TEXT | {"choices": [*WORDS, WORDS[0]]}),
    "more than 8,000 characters": command(TEXT | {"choices": WORDS},
                                          TEXT | {"name": "other", "choices": WORDS}),
    "a subcommand beside an option": command(TEXT, *subs(1)),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_COMMANDS)
def test_a_bad_command_is_refused(what: str) -> None:
    with pytest.raises(ApiError) as refused:
        check_commands([BAD_COMMANDS[what]])
    assert refused.value.code == 50035


def test_25_subcommands_fit() -> None:
    check_commands([command(*subs(25))])
