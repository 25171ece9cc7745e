"""What Slack refuses: shortened, posted anew, told, and seen to work again."""

from __future__ import annotations

import pytest

from bot.abilities import Gone, TellsTroubles
from bot.slack import SlackSurface
from integrations.base import Misconfigured
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Clock, card, taken, words
from tests.support.slack import FakeSlack, User


@pytest.mark.parametrize("code", ["msg_too_long", "msg_blocks_too_long"])
async def test_a_card_that_slack_finds_too_long_is_shown_without_its_fold(
    fake: FakeSlack, surface: SlackSurface, code: str
) -> None:
    fake.fault("chat.postMessage", "error", error=code)
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    [message] = fake.channel("ops").messages
    assert message.attachments == [] and "Disk 94 % full" in message.visible_text
    assert "Acknowledge" in message.buttons
    fake.fault("chat.update", "error", error=code)
    assert await surface.edit(sent, taken()) == sent
    assert "Ana has it" in message.visible_text and message.attachments == []


async def test_words_below_a_card_that_was_deleted_say_that_it_is_gone(
    fake: FakeSlack, surface: SlackSurface, clock: Clock
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.take_away(fake.channel("ops").messages[0])
    with pytest.raises(Gone):
        await surface.say(sent, words("x"), nonce="s1", maybe_copy=False)
    clock.at += 5
    assert (await surface.edit(sent, taken())).message != sent.message, "posted anew"


async def test_an_archived_channel_says_what_to_do_for_a_post_and_for_an_edit(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    sent = await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.archive("ops")
    for work in (
        surface.post("#ops", card(), nonce="v2", maybe_copy=False), surface.edit(sent, taken()),
    ):  # fmt: skip
        with pytest.raises(Misconfigured, match="unarchive it or name another") as error:
            await work
        assert error.value.setting == "routes.channels"


async def test_a_token_that_slack_says_is_revoked_is_known_at_once(
    fake: FakeSlack, start: Start
) -> None:
    fake.subscriptions.update({"tokens_revoked", "app_uninstalled"})
    surface = await start()
    tells: object = surface
    assert isinstance(tells, TellsTroubles)
    assert surface.troubles() == {}
    await fake.revoke()
    await fake.wait_for(lambda: not surface.health()[0])
    assert "install it again" in surface.troubles()["bot_token"]
    fake.install_again()
    await fake.wait_for(lambda: surface.health()[0])
    assert surface.troubles() == {}


async def test_tokens_of_somebody_else_are_not_ours(fake: FakeSlack, start: Start) -> None:
    fake.subscriptions.add("tokens_revoked")
    surface = await start()
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U0OTHER"], "bot": []},
             "event_ts": "1.0"}  # fmt: skip
    assert (await fake.delivery.event(event)).problem is None
    await fake.workspace.quiet()
    assert surface.health()[0] and surface.troubles() == {}


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "ekm_access_denied"])
async def test_a_token_that_is_refused_in_the_middle_of_it_is_asked_for_until_it_works(
    fake: FakeSlack, surface: SlackSurface, code: str
) -> None:
    fake.workspace.token_refused = code
    with pytest.raises(Misconfigured, match=code):
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert not surface.health()[0] and code in surface.health()[1]
    assert [*surface.troubles()] == ["bot_token"]
    fake.install_again()
    await fake.wait_for(lambda: surface.health()[0])


async def test_a_token_that_is_wrong_at_the_start_may_be_put_right(
    fake: FakeSlack, start: Start
) -> None:
    fake.workspace.token_refused = "account_inactive"
    with pytest.raises(Misconfigured):
        await start()
    fake.install_again()
    await fake.wait_for(lambda: fake.connections == 2)


async def test_a_scope_that_is_wanted_and_missing_is_a_trouble_of_its_feature(
    fake: FakeSlack, start: Start, ana: User
) -> None:
    fake.scopes.discard("usergroups:write")
    surface = await start(features=("usergroups", "threads"))
    assert surface.health()[0], "everything else works"
    assert [*surface.troubles()] == ["usergroups"]
    assert "usergroups:write is not granted" in surface.health()[1]
    fake.scopes.add("usergroups:write")
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert surface.troubles() == {}, "each answer names the scopes"
