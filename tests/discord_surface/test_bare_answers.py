"""A Discord that says no more than it must: nothing relies on what an answer may leave out."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from bot.cards.model import Sent
from bot.discord import DiscordSurface
from tests.discord_surface.conftest import Start
from tests.discord_surface.support import Clock, Desk, card, taken, words
from tests.support.discord import FakeDiscord
from tests.support.discord.front import Front

KEPT = {
    "id", "type", "name", "guild_id", "parent_id", "channel_id", "content", "embeds", "components",
    "topic", "permission_overwrites", "allow", "deny", "threads", "items", "message", "errors",
    "code", "retry_after", "global", "thread_metadata", "locked", "user", "options", "description",
    "choices", "value", "author", "contexts",
}  # fmt: skip
WHOLE = ("/oauth2/applications/@me", "/users/@me")


def bare(said: Any) -> Any:
    """Only what is required, and something nobody knows."""
    if isinstance(said, list):
        return [bare(one) for one in said]
    if not isinstance(said, dict):
        return said
    return {k: bare(v) for k, v in said.items() if k in KEPT} | {"something_new": {"a": [1]}}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Front._answer

    def less(
        self: Front, method: str, path: str, body: Any, status: int, said: Any,
        headers: dict[str, str],
    ) -> web.Response:  # fmt: skip
        kept = {k: v for k, v in headers.items() if k in ("Retry-After", "Via")}
        shown = said if path in WHOLE else bare(said)
        if path == "/gateway/bot":
            status, shown = 404, {"message": "404: Not Found", "code": 0}
        return answer(self, method, path, body, status, shown, kept)

    monkeypatch.setattr(Front, "_answer", less)


async def test_cards_threads_pages_and_rooms_work_all_the_same(
    fake: FakeDiscord, start: Start, desk: Desk, clock: Clock
) -> None:
    surface: DiscordSurface = await start()
    assert surface.health() == (True, "Connected to Discord as PixelView")
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    said = await surface.say(sent, words("below"), nonce="s1", maybe_copy=False)
    await surface.edit(Sent(sent.channel, sent.message, said.thread), taken())
    ana = fake.user("Ana")
    await surface.page(str(ana.id), card(), words("You are paged"), nonce="p1", maybe_copy=False)
    await fake.press(ana, fake.channel("ops").public[0], "Acknowledge")
    assert len(desk.named("press")) == 1
    role = fake.add_role("oncall-db")
    await surface.keep_group("oncall-db", [str(ana.id)], [])
    assert role.id in ana.roles
    for private in (True, False):
        clock.at += 6  # without a word from Discord five requests go in five seconds
        room = await surface.make_room("inc-1842", private=private, topic="#1842 x", again=True)
        assert await surface.invite(room.channel, [str(ana.id)]) == []
        await surface.bookmark(room.channel, [("Card", "https://pv.example.eu/i/1842")])
        await surface.pin(await surface.tell(room.channel, words("x"), nonce=room.channel,
                                             maybe_copy=False))  # fmt: skip
        await surface.close_room(room.channel)
    clock.at += 6
    thread = await surface.make_thread(sent, "inc-1842-b")
    await surface.close_room(thread.channel)
    assert surface.troubles() == {}
