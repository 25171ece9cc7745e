"""Whether somebody is there, as far as Slack tells; it never stands in the way."""

from __future__ import annotations

from bot.abilities import Absence, TellsPresence
from bot.slack import SlackSurface
from bot.slack.presence import DND, PRESENCE
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Clock
from tests.support.slack import FakeSlack, User


def asked(fake: FakeSlack, method: str) -> int:
    return [c.method for c in fake.calls].count(method)


async def test_do_not_disturb_says_until_when(
    fake: FakeSlack, surface: SlackSurface, ana: User, clock: Clock
) -> None:
    assert isinstance(surface, TellsPresence)
    ana.dnd = (clock.at - 60, clock.at + 3600)
    found = await surface.available(ana.id)
    assert found == Absence("do not disturb", int(clock.at + 3600) * 1000, quiet=True)


async def test_do_not_disturb_that_comes_later_is_none(
    fake: FakeSlack, surface: SlackSurface, ana: User, clock: Clock
) -> None:
    ana.dnd = (clock.at + 60, clock.at + 3600)
    assert await surface.available(ana.id) is None


async def test_a_huddle_and_being_away(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User
) -> None:
    ana.huddle, omar.active = True, False
    assert await surface.available(ana.id) == Absence("in a huddle")
    assert await surface.available(omar.id) == Absence("away")


async def test_it_is_asked_once_a_minute(
    fake: FakeSlack, surface: SlackSurface, ana: User, clock: Clock
) -> None:
    for _ in range(3):
        assert await surface.available(ana.id) is None
    assert asked(fake, DND) == asked(fake, PRESENCE) == 1
    ana.active = False
    clock.at += 61
    assert await surface.available(ana.id) == Absence("away")


async def test_without_the_scope_the_rest_is_told(
    fake: FakeSlack, start: Start, ana: User, clock: Clock
) -> None:
    fake.scopes.discard("dnd:read")
    surface = await start()
    ana.active, ana.dnd = False, (clock.at - 60, clock.at + 3600)
    assert await surface.available(ana.id) == Absence("away")
    clock.at += 61
    await surface.available(ana.id)
    assert asked(fake, DND) == 1


async def test_a_slack_that_does_not_answer_says_nothing(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    fake.fault(DND, "503")
    fake.fault(PRESENCE, "429")
    assert await surface.available(ana.id) is None
