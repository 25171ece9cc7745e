"""Nothing is sent into a closed door: tiers, channels, 429s, lost answers, and what a no means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.cards.model import Sent
from bot.slack import SlackSurface
from bot.slack.api import MissingScope, Refused, refusal
from bot.slack.limits import POST, Budgets
from integrations.base import Misconfigured, Permanent, Transient
from tests.slack_surface.support import ASSIGN, Clock, Desk, card, taken, words
from tests.support.slack import FakeSlack, User


def calls_in(budgets: Budgets, clock: Clock, seconds: float, method: str, channel: str) -> int:
    """How many calls go out in that time where everything that may go goes at once."""
    end, count = clock.at + seconds, 0
    while clock.at < end:
        wait = budgets.wait(method, channel)
        if wait == 0:
            budgets.take(method, channel)
            count += 1
        else:
            clock.at += wait
    return count


@pytest.mark.parametrize(
    ("method", "a_minute"),
    [("chat.update", 50), ("views.open", 100), ("users.info", 100), ("unheard.of", 20)],
)
def test_no_minute_holds_more_than_the_tier(method: str, a_minute: int) -> None:
    clock = Clock()
    budgets = Budgets(clock)
    assert 0.9 * a_minute <= calls_in(budgets, clock, 60, method, "") <= a_minute
    assert calls_in(budgets, clock, 60, method, "") <= a_minute


def test_after_a_flood_the_next_edit_waits_for_a_slot_and_not_for_a_minute() -> None:
    clock = Clock()
    budgets = Budgets(clock)
    while budgets.wait("chat.update") == 0:
        budgets.take("chat.update")
    assert 0 < budgets.wait("chat.update") < 2


def test_a_channel_takes_a_short_burst_and_then_one_a_second() -> None:
    clock = Clock()
    budgets = Budgets(clock)
    assert calls_in(budgets, clock, 0.5, POST, "C1") == 2
    assert budgets.wait(POST, "C2") == 0
    assert calls_in(budgets, clock, 10, POST, "C1") in {9, 10, 11}


def test_a_429_holds_the_method_and_nothing_else() -> None:
    clock = Clock()
    budgets = Budgets(clock)
    budgets.hold("chat.update", 7)
    assert budgets.wait("chat.update", "C1") == pytest.approx(7)
    assert budgets.wait(POST, "C1") == 0
    clock.at += 7
    assert budgets.wait("chat.update") == 0


def test_after_a_429_one_call_goes_and_the_next_ones_slowly() -> None:
    clock = Clock()
    budgets = Budgets(clock)
    budgets.hold("chat.update", 30)
    clock.at += 30
    assert calls_in(budgets, clock, 1, "chat.update", "") == 1
    assert calls_in(budgets, clock, 60, "chat.update", "") <= 33


def test_a_name_and_its_id_share_one_limit() -> None:
    budgets = Budgets(Clock())
    for _ in range(3):
        budgets.take(POST, "#ops")
    budgets.same("#ops", "C1")
    assert budgets.wait(POST, "C1") > 0


def test_a_clock_that_jumps_back_stops_nothing_for_long() -> None:
    clock = Clock()
    budgets = Budgets(clock)
    for _ in range(2):
        budgets.take(POST, "C1")
    clock.at -= 3600
    assert budgets.wait(POST, "C1") <= 1.001


def test_a_place_that_is_offered_is_kept_for_the_call_and_not_for_long() -> None:
    clock = Clock()
    budgets = Budgets(clock)
    assert [budgets.offer(POST, "C1") > 0 for _ in range(4)] == [False, False, True, True]
    assert budgets.offer(POST, "C2") == 0
    assert budgets.come(POST, "C1") == 0
    budgets.take(POST, "C1")
    assert budgets.offer(POST, "C1") > 0
    clock.at += 2
    assert budgets.offer(POST, "C1") == 0


def test_places_are_kept_in_the_whole_workspace_too() -> None:
    clock = Clock()
    budgets = Budgets(clock)
    offered = sum(budgets.offer("chat.update", f"C{n}") == 0 for n in range(30))
    assert offered == 15
    assert budgets.wait("views.open") == 0


async def test_pages_to_one_person_are_offered_no_more_places_than_there_are(
    fake: FakeSlack, surface: SlackSurface, ana: User
) -> None:
    offered = [surface.budget("dm", "@ana") for _ in range(5)]
    assert [wait > 0 for wait in offered] == [False, False, True, True, True]
    for n in range(2):
        await surface.page(ana.id, card(), words("You"), nonce=f"p{n}", maybe_copy=False)
    assert len(fake.dm(ana).messages) == 2
    assert surface.budget("dm", "@ana") > 0


async def test_a_full_channel_is_not_knocked_at(
    fake: FakeSlack, surface: SlackSurface, clock: Clock
) -> None:
    assert surface.budget("post", "#ops") == 0
    sent = await surface.post("#ops", card(), nonce="v0", maybe_copy=False)
    await surface.say(sent, words("more"), nonce="s0", maybe_copy=False)
    assert 0 < surface.budget("post", "#ops") <= 1.001
    assert surface.budget("thread", sent.channel) == surface.budget("post", "#ops")
    before = len(fake.calls)
    with pytest.raises(Transient) as wait:
        await surface.post("#ops", card(), nonce="v3", maybe_copy=False)
    assert wait.value.retry_after == pytest.approx(surface.budget("post", "#ops"))
    assert not wait.value.uncertain
    assert len(fake.calls) == before
    clock.at += 1.01
    await surface.post("#ops", card(), nonce="v3", maybe_copy=False)


async def test_a_storm_is_spread_and_each_card_comes_once(
    fake: FakeSlack, surface: SlackSurface, clock: Clock
) -> None:
    async def all_of(work: Callable[[int], Awaitable[Any]]) -> None:
        """Everything at once, and what was refused again, once there may be room."""
        left = list(range(70))
        while left:
            said = await asyncio.gather(*map(work, left), return_exceptions=True)
            waits = [e.retry_after or 0 for e in said if isinstance(e, Transient)]
            left = [n for n, e in zip(left, said, strict=True) if isinstance(e, Transient)]
            clock.at += min(waits, default=0)

    sent: dict[int, Sent] = {}

    async def post(n: int) -> None:
        sent[n] = await surface.post("#ops", card(f"Host {n}"), nonce=f"v{n}", maybe_copy=False)

    await all_of(post)
    await all_of(lambda n: surface.edit(sent[n], taken()))
    messages = fake.channel("ops").messages
    assert len(messages) == 70
    assert all("Ana has it" in m.visible_text for m in messages)
    assert not [c for c in fake.calls if c.answer and c.answer.get("error") == "ratelimited"]


async def test_retry_after_is_honoured(
    fake: FakeSlack, surface: SlackSurface, clock: Clock
) -> None:
    fake.fault("chat.postMessage", "429", retry_after=17)
    with pytest.raises(Transient) as wait:
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert wait.value.retry_after == 17
    assert not wait.value.uncertain
    assert surface.budget("post", "#ops") == pytest.approx(17)
    assert surface.budget("edit", "#ops") == 0
    clock.at += 17
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)


@pytest.mark.parametrize(
    ("kind", "uncertain", "broken"),
    [("500html", True, True), ("503", False, True), ("drop_after", True, False)],
)
async def test_an_answer_that_says_nothing_is_uncertain_unless_it_never_came_to_slack(
    fake: FakeSlack, surface: SlackSurface, kind: Any, uncertain: bool, broken: bool
) -> None:
    fake.fault("chat.postMessage", kind)
    with pytest.raises(Transient) as lost:
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert (lost.value.uncertain, lost.value.broken) == (uncertain, broken)


async def test_a_post_is_never_repeated_behind_the_outbox(
    fake: FakeSlack, surface: SlackSurface
) -> None:
    fake.fault("chat.postMessage", "drop_before", times=5)
    with pytest.raises(Transient):
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert fake.faults.planned[0].hits == 1


async def test_a_slack_nobody_can_reach_got_nothing(fake: FakeSlack, surface: SlackSurface) -> None:
    await fake.stop()
    await surface._api.close()
    with pytest.raises(Transient) as away:
        await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    assert not away.value.uncertain


def told(error: str, **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": error, **more}


def test_each_no_is_what_it_is() -> None:
    for code in ("internal_error", "fatal_error"):
        unsure = refusal(POST, "C1", told(code))
        assert isinstance(unsure, Transient) and unsure.uncertain
    away = refusal(POST, "C1", told("service_unavailable"))
    assert isinstance(away, Transient) and not away.uncertain
    for code in ("invalid_auth", "token_revoked", "account_inactive"):
        wrong = refusal(POST, "C1", told(code))
        assert isinstance(wrong, Misconfigured) and wrong.setting == "slack.bot_token"
    scope = refusal(POST, "C1", told("missing_scope", needed="chat:write"))
    assert isinstance(scope, MissingScope) and "scope chat:write" in str(scope)
    place = refusal(POST, "#ops", told("is_archived"))
    assert isinstance(place, Misconfigured) and place.setting == "routes.channels"
    no = refusal("chat.update", "C1", told("msg_too_long"))
    assert isinstance(no, Permanent) and "msg_too_long" in str(no)


def test_slacks_own_words_are_passed_on() -> None:
    messages = {"messages": ["[ERROR] must be less than 76 characters [json-pointer:/blocks/1]"]}
    no = refusal(POST, "C1", told("invalid_blocks", response_metadata=messages))
    assert isinstance(no, Refused) and no.code == "invalid_blocks"
    assert "must be less than 76 characters" in str(no)


async def test_where_no_more_forms_may_open_a_button_offers_it(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    fake.fault("views.open", "429", retry_after=20)
    desk.answers["press"] = ASSIGN
    [offer] = (await fake.press(ana, fake.channel("ops").messages[0], "Assign…")).ephemeral
    assert offer.buttons == ["Open “Assign #1842”"]
