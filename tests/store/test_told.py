"""Subscriptions, updates, digests and what is published: kept and found on both engines."""

from __future__ import annotations

from dataclasses import replace

from store import outbox, posting, stakeholders, status
from store.db import Tx
from store.model.stakeholder import UPDATE, Subject, Subscription, Told
from store.model.status import OUTAGE, Post
from store.tables import OUTBOX
from tests.store.conftest import Base

NOW = 1_795_313_340_000
ONE = Subscription(0, Subject("service", "Checkout"), "mail:Boss@example.org", NOW, opened=True)


async def test_a_subscription_is_kept_once_and_found_whatever_its_case(base: Base) -> None:
    def work(tx: Tx) -> None:
        first = stakeholders.put(tx, replace(ONE, confirmed=False))
        again = stakeholders.put(tx, replace(ONE, who="mail:boss@example.org", confirmed=False))
        assert first.id == again.id
        wanted = [Subject("service", "checkout"), Subject("team", "db")]
        assert stakeholders.to(tx, wanted) == []
        assert stakeholders.begins(tx) == []
        assert stakeholders.confirm(tx, first.id)
        (found,) = stakeholders.to(tx, wanted)
        assert (found.address, found.opened, found.confirmed) == ("boss@example.org", True, True)
        assert [s.id for s in stakeholders.begins(tx)] == [first.id]
        stakeholders.forget(tx, NOW + 1)
        assert len(stakeholders.every(tx)) == 1, "what was confirmed is kept"
        stakeholders.remove(tx, [first.id])
        assert not stakeholders.confirm(tx, first.id)

    await base.do(work)


async def test_an_incident_is_followed_until_its_end_was_told(base: Base) -> None:
    def work(tx: Tx) -> None:
        for _ in range(2):
            stakeholders.follow(tx, 7)
        assert (stakeholders.followed(tx), stakeholders.last_told(tx, 7)) == ([7], None)
        number = stakeholders.keep(tx, Told(0, 7, NOW, UPDATE, "Slow", parts=("Checkout",)))
        stakeholders.sent(tx, [number], NOW)
        stakeholders.went_out(tx, 7, NOW)
        (told,) = stakeholders.updates(tx, 7)
        assert (told.sent_at, told.text, told.parts) == (NOW, "Slow", ("Checkout",))
        stakeholders.ended(tx, 7)
        assert stakeholders.followed(tx) == []
        assert stakeholders.lately_over(tx, NOW) == [7]
        assert stakeholders.lately_over(tx, NOW + 1) == []

    await base.do(work)


async def test_a_post_changes_and_keeps_when_it_was_published(base: Base) -> None:
    def work(tx: Tx) -> None:
        post = Post(7, NOW, "Slow", components=("Checkout",), by="ana")
        status.put(tx, post)
        status.put(tx, replace(post, at=NOW + 5, impact=OUTAGE, hidden=True))
        assert status.get(tx, 7) == replace(post, impact=OUTAGE, hidden=True)
        status.say(tx, 7, NOW, "investigating", "First")
        status.say(tx, 7, NOW + 1, "identified", "Second")
        assert [line.text for line in status.lines(tx, [7, 8])[7]] == ["Second", "First"]
        assert [p.incident for p in status.some(tx, [7, 8])] == [7]

    await base.do(work)


async def test_the_cards_of_a_channel_are_found_at_once(base: Base) -> None:
    def work(tx: Tx) -> None:
        rows = [outbox.view_row(tx, NOW, n, place, 10) for n in (1, 2) for place in _PLACES[:n]]
        tx.insert(OUTBOX, rows)
        assert posting.shown_at(tx, _PLACES[0], range(1, 1_200)) == {1, 2}
        assert posting.shown_at(tx, _PLACES[1], [1, 2]) == {2}
        number = posting.keep(tx, NOW, _PLACES[0], {"new": 3})
        assert posting.get(tx, number) == (_PLACES[0], NOW, {"new": 3})
        posting.forget(tx, NOW + 1)
        assert posting.get(tx, number) is None

    await base.do(work)


_PLACES = ("slack:#a", "slack:#b")
