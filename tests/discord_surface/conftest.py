"""A Discord on loopback, the real discord.py, and the surface between it and a recording desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.util import find_spec
from typing import Any

import discord
import pytest

from bot.discord import DiscordSurface
from bot.settings import DiscordSettings
from commands import registry
from tests.cards.support import CATALOG
from tests.discord_surface.support import NOW, OPENAPI, Clock, Desk
from tests.support.discord import FakeDiscord, pointed_at

Start = Callable[..., Awaitable[DiscordSurface]]


@pytest.fixture(autouse=True)
def _catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CATALOG", dict(CATALOG))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeDiscord]:
    """Strict: what a correct client never does fails the test."""
    openapi = OPENAPI if OPENAPI.exists() and find_spec("jsonschema") else None
    async with FakeDiscord(clock=clock, openapi=openapi) as one:
        with pointed_at(one):
            one.add_user("Ana")
            one.add_user("Omar")
            one.add_channel("ops")
            yield one
    assert one.violations == []


@pytest.fixture
async def start(
    fake: FakeDiscord, desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Start]:
    """Starts a surface with these settings; stopped at the end."""
    made: list[DiscordSurface] = []
    ids = {u.username: str(u.id) for u in fake.state.users.values() if not u.bot}

    async def make(patience: float = 2.0, **settings: Any) -> DiscordSurface:
        known = {"bot_token": fake.token, "api_base": fake.api_base} | settings
        asked = DiscordSettings(gateway_url=fake.gateway_url, **known)
        surface = DiscordSurface(
            asked, desk, ids.get, now_s=clock, patience=patience, pause=clock.pause
        )
        made.append(surface)
        await surface.start()
        return surface

    monkeypatch.setattr(discord.utils, "setup_logging", lambda **_: None)
    yield make
    for surface in made:
        await surface.stop()


@pytest.fixture
async def surface(start: Start) -> DiscordSurface:
    return await start()
