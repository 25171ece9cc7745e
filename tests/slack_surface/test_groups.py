"""A user group holds whoever is on call; an empty one is disabled; what Slack refuses is said."""

from __future__ import annotations

import pytest

from bot.abilities import KeepsGroups
from bot.slack import SlackSurface
from bot.slack.groups import LIST, UPDATE
from integrations.base import Misconfigured, Permanent, Transient
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Clock
from tests.support.slack import FakeSlack, User


def asked(fake: FakeSlack, method: str) -> int:
    return [c.method for c in fake.calls].count(method)


async def test_a_group_holds_exactly_who_is_on_call(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User
) -> None:
    group = fake.add_group("@oncall-db", omar)
    assert isinstance(surface, KeepsGroups)
    await surface.keep_group("oncall-db", [ana.id], [])
    assert group.users == [ana.id] and group.enabled
    await surface.keep_group(group.id, [ana.id, omar.id], [])
    assert set(group.users) == {ana.id, omar.id}


async def test_nothing_is_changed_where_it_is_so_already(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    fake.add_group("@oncall-db", ana)
    await surface.keep_group("oncall-db", [ana.id], [])
    assert asked(fake, UPDATE) == 0


async def test_with_nobody_it_is_disabled_and_comes_back_with_the_next(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    group = fake.add_group("@oncall-db", ana)
    for _ in range(2):
        await surface.keep_group("oncall-db", [], [])
        assert not group.enabled
    await surface.keep_group("oncall-db", [ana.id], [])
    assert group.enabled and group.users == [ana.id]


async def test_groups_are_looked_up_once_a_minute(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User, clock: Clock
) -> None:
    group = fake.add_group("@oncall-db", ana)
    await surface.keep_group("oncall-db", [omar.id], [])
    await surface.keep_group("oncall-db", [ana.id], [])
    assert asked(fake, LIST) == 1
    group.users = [omar.id]  # somebody changed it by hand
    clock.at += 61
    await surface.keep_group("oncall-db", [ana.id], [])
    assert group.users == [ana.id] and asked(fake, LIST) == 2


async def test_a_group_that_is_not_there_is_named(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    with pytest.raises(Misconfigured, match="no user group @oncall-db"):
        await surface.keep_group("oncall-db", [ana.id], [])
    fake.add_group("@oncall-db")
    await surface.keep_group("oncall-db", [ana.id], [])


async def test_a_workspace_that_keeps_apps_out_says_what_to_change(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    fake.add_group("@oncall-db")
    fake.workspace.groups_open = False
    with pytest.raises(Misconfigured, match="permission_denied of @oncall-db: a workspace setting"):
        await surface.keep_group("oncall-db", [ana.id], [])


async def test_without_the_scope_it_says_which_one(
    fake: FakeSlack, start: Start, ana: User
) -> None:
    fake.add_group("@oncall-db")
    fake.scopes.discard("usergroups:read")
    surface = await start()
    with pytest.raises(Misconfigured, match="usergroups:read"):
        await surface.keep_group("oncall-db", [ana.id], [])


async def test_the_direct_conversation_is_tried_without_a_word(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User
) -> None:
    await surface.opens(ana.id)
    await surface.opens(ana.id)
    assert asked(fake, "conversations.open") == 2 and fake.dm(ana).messages == []
    omar.deleted = True
    with pytest.raises(Permanent, match="user_disabled"):
        await surface.opens(omar.id)


async def test_twenty_changes_a_minute_are_the_most(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User
) -> None:
    fake.add_group("@oncall-db")
    refused = []
    for n in range(30):
        try:
            await surface.keep_group("oncall-db", [(ana, omar)[n % 2].id], [])
        except Transient as error:
            refused.append(error)
    assert refused and asked(fake, UPDATE) <= 20
