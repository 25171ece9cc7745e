"""Who an account is: e-mail addresses that Slack confirms, of our own workspace alone."""

from __future__ import annotations

import pytest

from bot.slack import SlackSurface
from integrations.base import Transient
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Clock
from tests.support.slack import FakeSlack, User


def asked(fake: FakeSlack, method: str) -> int:
    return [c.method for c in fake.calls].count(method)


async def test_an_address_is_found_both_ways_and_asked_once(
    fake: FakeSlack, surface: SlackSurface, ana: User, clock: Clock
) -> None:
    for _ in range(2):
        assert await surface.email(ana.id) == "ana@example.eu"
        assert await surface.account_by_email("Ana@Example.eu") == ana.id
    assert asked(fake, "users.info") == asked(fake, "users.lookupByEmail") == 1
    clock.at += 601
    assert await surface.email(ana.id) == "ana@example.eu"
    assert asked(fake, "users.info") == 2


async def test_nobody_has_no_account_and_no_address(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    assert await surface.account_by_email("zoe@example.eu") is None
    assert await surface.account_by_email("zoe@example.eu") is None
    assert asked(fake, "users.lookupByEmail") == 1
    assert await surface.email("U0NOBODY") is None


@pytest.mark.parametrize("scope", ["users:read.email", "users:read"])
async def test_without_the_scope_nobody_is_matched_and_it_is_said(
    fake: FakeSlack, start: Start, ana: User, scope: str
) -> None:
    fake.scopes.discard(scope)
    surface = await start()
    assert await surface.email(ana.id) is None
    if scope == "users:read.email":
        assert await surface.account_by_email("ana@example.eu") is None
    assert "People are not matched by e-mail" in surface.health()[1]


async def test_an_address_another_company_gave_is_not_believed(
    fake: FakeSlack, surface: SlackSurface, ana: User, omar: User
) -> None:
    ana.team_id = "T0ELSEWHERE"
    omar.email_confirmed = False
    assert await surface.email(ana.id) is None
    assert await surface.account_by_email("ana@example.eu") is None
    assert await surface.email(omar.id) is None


@pytest.mark.parametrize(
    "told",
    [{"guest": "multi"}, {"guest": "single"}, {"is_bot": True}, {"deleted": True},
     {"team_id": "T0ELSEWHERE"}, {"email_confirmed": False}],
)  # fmt: skip
async def test_guests_bots_those_who_left_and_strangers_are_nobody_by_mail(
    surface: SlackSurface, ana: User, told: dict[str, object]
) -> None:
    for name, value in told.items():
        setattr(ana, name, value)
    assert await surface.email(ana.id) is None


async def test_a_slack_that_does_not_answer_is_not_remembered_as_a_no(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    fake.fault("users.info", "503")
    fake.fault("users.lookupByEmail", "503")
    assert await surface.email(ana.id) is None
    assert await surface.email(ana.id) == "ana@example.eu"
    with pytest.raises(Transient):
        await surface.account_by_email("ana@example.eu")
    assert await surface.account_by_email("ana@example.eu") == ana.id
