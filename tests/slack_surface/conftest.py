"""A Slack on loopback, the real slack_bolt, and the surface between it and a recording desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot.settings import SlackSettings
from bot.slack import SlackSurface
from commands import registry
from tests.cards.support import CATALOG
from tests.slack_surface.support import NOW, Clock, Desk
from tests.support.slack import FakeSlack, User

Start = Callable[..., Awaitable[SlackSurface]]


@pytest.fixture(autouse=True)
def _catalog(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small catalog, except where the whole service runs."""
    if "service" not in request.fixturenames:
        monkeypatch.setattr(registry, "CATALOG", dict(CATALOG))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeSlack]:
    """Strict: what a correct client never does fails the test."""
    async with FakeSlack(clock=clock) as one:
        one.add_user("Ana Petrova", tz="Europe/Berlin")
        one.add_user("Omar Haddad", tz="Asia/Dubai")
        one.add_channel("ops")
        yield one
    assert one.violations == []


@pytest.fixture
def ana(fake: FakeSlack) -> User:
    return fake.user("ana")


@pytest.fixture
def omar(fake: FakeSlack) -> User:
    return fake.user("omar")


@pytest.fixture
async def start(fake: FakeSlack, desk: Desk, clock: Clock) -> AsyncIterator[Start]:
    """Starts a surface with these settings; stopped at the end."""
    made: list[SlackSurface] = []
    ids = {u.name: u.id for u in fake.workspace.users.values() if not u.is_bot}

    async def make(patience: float = 2.0, **settings: Any) -> SlackSurface:
        known: dict[str, Any] = {
            "bot_token": fake.bot_token, "base_url": fake.base_url, "app_token": fake.app_token,
        }  # fmt: skip
        surface = SlackSurface(
            SlackSettings(**(known | settings)), desk, ids.get, now_s=clock, patience=patience,
            pause=clock.pause, ping_s=2.0,
        )  # fmt: skip
        made.append(surface)
        fake.workspace.app_rests = lambda: all(s._hear.busy <= desk.at_gate for s in made)
        await surface.start()
        return surface

    yield make
    for surface in made:
        await surface.stop()


@pytest.fixture
async def surface(start: Start) -> SlackSurface:
    return await start()
