"""Events that Slack brings again: done once, while the first is at work and after a restart."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.slack.events import Events, key_of, lasts


class Remembered:
    """Keeps what was done, as a store would."""

    def __init__(self) -> None:
        self.kept: set[str] = set()

    async def done(self, key: str) -> bool:
        return key in self.kept

    async def keep(self, key: str) -> None:
        self.kept.add(key)


class Ears:
    """Counts; waits at a gate."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.app: list[str] = []
        self.gate: asyncio.Event | None = None

    async def __call__(self, body: Any) -> None:
        self.heard.append(str(body.get("event_id")))
        if self.gate is not None:
            await self.gate.wait()

    def of_the_app(self, event: Any) -> None:
        self.app.append(event["type"])


def words(event_id: str, **more: Any) -> dict[str, Any]:
    """Words in a thread."""
    event = {"type": "message", "channel": "C1", "ts": "2.0", "thread_ts": "1.0", "user": "U1"}
    return {"type": "event_callback", "event_id": event_id, "team_id": "T1",
            "event": event | more}  # fmt: skip


async def test_a_repeat_is_not_begun_while_the_first_is_at_work() -> None:
    ears, once = Ears(), Remembered()
    ears.gate = asyncio.Event()
    events = Events(ears, once, ears.of_the_app)
    first = asyncio.ensure_future(events(words("Ev1")))
    await asyncio.sleep(0)
    await events(words("Ev1"))
    assert once.kept == set(), "not before it is done"
    ears.gate.set()
    await first
    await events(words("Ev1"))
    assert ears.heard == ["Ev1"] and once.kept == {"Ev1"}


async def test_a_repeat_after_a_restart_is_not_begun() -> None:
    ears, once = Ears(), Remembered()
    await Events(ears, once, ears.of_the_app)(words("Ev1"))
    again = Events(ears, once, ears.of_the_app)
    await again(words("Ev1"))
    await again(words("Ev2"))
    assert ears.heard == ["Ev1", "Ev2"]


async def test_what_a_crash_ended_is_done_when_it_comes_again() -> None:
    ears, once = Ears(), Remembered()
    ears.gate = asyncio.Event()
    cut = asyncio.ensure_future(Events(ears, once, ears.of_the_app)(words("Ev1")))
    await asyncio.sleep(0)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    ears.gate = None
    await Events(ears, once, ears.of_the_app)(words("Ev1"))
    assert ears.heard == ["Ev1", "Ev1"] and once.kept == {"Ev1"}


async def test_events_out_of_order_are_all_heard() -> None:
    ears, once = Ears(), Remembered()
    events = Events(ears, once, ears.of_the_app)
    for event_id, ts in (("Ev3", "3.0"), ("Ev1", "1.5"), ("Ev3", "3.0"), ("Ev2", "2.0")):
        await events(words(event_id, ts=ts))
    assert ears.heard == ["Ev3", "Ev1", "Ev2"]


async def test_what_is_told_of_the_app_itself_is_not_taken_for_words() -> None:
    ears, once = Ears(), Remembered()
    events = Events(ears, once, ears.of_the_app)
    await events({"event_id": "Ev1", "event": {"type": "tokens_revoked"}})
    await events({"event_id": "Ev2", "event": {"type": "app_uninstalled"}})
    await events({"event_id": "Ev3", "event": {"type": "of_tomorrow"}})
    assert ears.app == ["tokens_revoked", "app_uninstalled"]
    assert ears.heard == ["Ev3"] and once.kept == set()


def test_only_what_would_be_seen_twice_is_kept() -> None:
    assert lasts({"type": "app_mention"})
    assert lasts({"type": "message", "thread_ts": "1.0"})
    assert lasts({"type": "message", "channel_type": "im"})
    assert lasts({"type": "message", "subtype": "message_changed", "message": {"thread_ts": "1"}})
    assert not lasts({"type": "message", "channel_type": "channel"})
    assert not lasts({"type": "app_home_opened"})


def test_an_event_without_an_id_is_known_by_what_it_is() -> None:
    bare = words("x")
    del bare["event_id"]
    bare["event"]["event_ts"] = "2.0"
    assert key_of(bare) == "T1:message:C1:2.0"
    assert key_of({}) == ":::"
