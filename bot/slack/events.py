"""Each event once, however often Slack brings it, and after a restart too; and what events tell of
the app itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from bot.latest import Latest
from bot.once import Once
from bot.turns import Turns

Body = Mapping[str, Any]

APP = frozenset({"app_uninstalled", "tokens_revoked"})
_CHANGED = ("message", "previous_message")


class Events:
    """Passes on what is new. ``app`` hears that the app itself was changed."""

    def __init__(
        self, heard: Callable[[Body], Awaitable[None]], once: Once, app: Callable[[Body], None]
    ) -> None:
        self._heard, self._once, self._app = heard, once, app
        self._begun: Latest[str, bool] = Latest(10_000)
        self.busy = 0
        """How many events are not done yet."""
        self._rests = asyncio.Event()
        self._turns = Turns()

    async def __call__(self, body: Body) -> None:
        """One event: what is still being done, or was done before, is not begun again."""
        event, key = body.get("event") or {}, key_of(body)
        if key in self._begun or by_bot(event):
            return
        self._begun[key] = True
        self.busy += 1
        self._rests.clear()
        try:
            await self._do(body, event, key)
        finally:
            self.busy -= 1
            if not self.busy:
                self._rests.set()

    async def rest(self) -> None:
        """Let what is under way end, for a second."""
        if self.busy:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rests.wait(), 1.0)

    async def _do(self, body: Body, event: Body, key: str) -> None:
        if event.get("type") in APP:
            self._app(event)
            return
        # What was written in one thread is heard in that order, whatever has to be looked up first.
        async with self._turns.turn(place_of(event) or key):
            await self._new(body, key)

    async def _new(self, body: Body, key: str) -> None:
        lasting = lasts(body.get("event") or {})
        if lasting and await self._once.done(key):
            return
        await self._heard(body)
        if lasting:
            await self._once.keep(key)


def key_of(body: Body) -> str:
    """What tells an event from all others."""
    if found := body.get("event_id"):
        return str(found)
    event = body.get("event") or {}
    parts = (body.get("team_id"), event.get("type"), event.get("channel"), event.get("event_ts"))
    return ":".join(str(part or "") for part in parts)


def by_bot(event: Body) -> bool:
    """Whether a bot wrote it, mostly this one: each edit of a card comes back as an event."""
    inner = [event.get(name) or {} for name in _CHANGED]
    return any(part.get("bot_id") for part in (event, *inner))


def place_of(event: Body) -> tuple[str, str] | None:
    """The thread that an event about a message is of; None for other events."""
    if event.get("type") != "message":
        return None
    inner = [event.get(name) or {} for name in _CHANGED]
    threads = (str(part.get("thread_ts") or "") for part in (event, *inner))
    return str(event.get("channel") or ""), next(filter(None, threads), "")


def lasts(event: Body) -> bool:
    """Whether doing it twice would be seen: words in a thread, to the bot or in a direct message.
    Of all other words in channels, which may be many, nothing is done."""
    if event.get("type") != "message":
        return event.get("type") == "app_mention"
    inner = (event.get(name) or {} for name in _CHANGED)
    threads = (part.get("thread_ts") for part in (event, *inner))
    return event.get("channel_type") == "im" or any(threads)
