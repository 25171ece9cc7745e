"""Words in the threads and rooms of incidents: heard in order, followed when they are edited or
taken away; never those of a bot, which may be a bridge as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.cards.model import Account, Desk, Heard
from bot.slack.people import People
from bot.slack.wording import files_of, text_of
from bot.turns import Turns

Body = Mapping[str, Any]

LATE = 86_400.0
"""Slack brings an event again for a day: so long the edit of words that never came counts as the
words."""
CHANGED, DELETED, REMAINS = "message_changed", "message_deleted", "tombstone"
# A message without a subtype is what somebody wrote; these two are words as well.
_WORDS = {"", "thread_broadcast", "file_share"}
_KINDS = {"D": "im", "G": "group"}


class ThreadWords:
    """``incident_of`` finds whose thread a message stands in, ``commanded`` says that words are a
    command to the bot."""

    def __init__(
        self, desk: Desk, people: People, surface: str,
        incident_of: Callable[[Body], Awaitable[int | None]],
        commanded: Callable[[str], str | None],
    ) -> None:  # fmt: skip
        self._desk, self._people, self._surface = desk, people, surface
        self._incident_of, self._commanded = incident_of, commanded
        self._turns = Turns()
        self.kinds: frozenset[str] = frozenset()
        """The kinds of channels whose words may be heard: channel, group, im."""

    async def message(self, event: Body, team: str) -> None:
        """A message that somebody wrote."""
        if self.hears(event):
            async with self._turns.turn(_where(event)):
                await self._noted(event, team)

    async def changed(self, event: Body, team: str) -> None:
        """A message reads otherwise now, or only its previews do."""
        inner, before = event.get("message") or {}, event.get("previous_message") or {}
        message = {**inner, "channel": event.get("channel"),
                   "channel_type": event.get("channel_type")}  # fmt: skip
        if not self.hears(message):
            return
        async with self._turns.turn(_where(message)):
            if str(inner.get("subtype") or "") == REMAINS:
                await self._gone(message, before)
            elif self._is_of_a_person(message):
                await self._edited(message, team, _late(event, inner))

    async def deleted(self, event: Body) -> None:
        """A message was taken away; by whom is not told."""
        before = event.get("previous_message") or {}
        ts = str(event.get("deleted_ts") or before.get("ts") or "")
        message = {**before, "ts": ts, "channel": event.get("channel"),
                   "channel_type": event.get("channel_type")}  # fmt: skip
        if ts and self.hears(message):
            async with self._turns.turn(_where(message)):
                await self._gone(message, before)

    def hears(self, event: Body) -> bool:
        """Whether words there may be heard."""
        return kind_of(event) in self.kinds

    async def _noted(self, event: Body, team: str) -> None:
        incident = await self._incident_of(event)
        if not incident:
            return
        heard = await self._heard(event)
        if heard.text or heard.files:
            await self._desk.heard(incident, heard, await self._account(event, team))

    async def _edited(self, message: Body, team: str, late: float) -> None:
        heard = await self._heard(message)
        if await self._desk.edited(heard, await self._account(message, team)):
            return
        # Its own event did not come yet, or never will.
        written = message.get("edited") and late < LATE
        if written and self._commanded(str(message.get("text") or "")) is None:
            await self._noted(message, team)

    async def _gone(self, message: Body, before: Body) -> None:
        channel, ts = str(message.get("channel") or ""), str(message.get("ts") or "")
        if before.get("bot_id") or self._is_mine(before):
            return
        if await self._desk.deleted(self._surface, channel, ts):
            return
        incident = await self._incident_of(message) if before.get("user") else None
        if incident:
            await self._desk.deleted(self._surface, channel, ts, incident)

    async def _heard(self, event: Body) -> Heard:
        direct = kind_of(event) == "im"
        channel, ts = str(event.get("channel") or ""), str(event.get("ts") or "")
        thread = "" if direct else str(event.get("thread_ts") or "")
        return Heard(
            channel, ts, await text_of(event, self._people.name), thread, files_of(event),
            reply_to=thread if thread != ts else "", direct=direct,
        )  # fmt: skip

    async def _account(self, event: Body, team: str) -> Account:
        user = str(event.get("user") or "")
        name = await self._people.name(user)
        return Account(self._surface, str(event.get("team") or team), user, name)

    def _is_of_a_person(self, event: Body) -> bool:
        return is_words(event) and not self._is_mine(event)

    def _is_mine(self, event: Body) -> bool:
        me = self._people.me
        return me is not None and event.get("user") == me.user


def is_words(event: Body) -> bool:
    """Something a person wrote: no bot, no edit, no joining."""
    human = event.get("user") and not event.get("bot_id")
    return bool(human) and str(event.get("subtype") or "") in _WORDS


def kind_of(event: Body) -> str:
    """The kind of channel a message stands in: channel, group, im or mpim."""
    said = str(event.get("channel_type") or "")
    return said or _KINDS.get(str(event.get("channel") or "")[:1], "channel")


def _where(event: Body) -> tuple[str, str]:
    return str(event.get("channel") or ""), str(event.get("thread_ts") or "")


def _late(event: Body, inner: Body) -> float:
    """Seconds between the words and their edit."""
    try:
        return float(event.get("event_ts") or event.get("ts") or 0) - float(inner.get("ts") or 0)
    except (TypeError, ValueError):
        return LATE
