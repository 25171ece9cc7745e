"""A desk that answers what it is told to and writes down what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.cards.model import Account, Answer, Confirm, Heard, Quietly
from bot.cards.page import Page


@dataclass
class StubDesk:
    """Answers what it is told to and keeps every call."""

    answers: dict[str, Answer] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    suggestions: list[tuple[str, str]] = field(default_factory=list)
    questions: dict[str, Confirm] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    broken: bool = False
    at_gate: int = 0
    heard_in: list[str] = field(default_factory=list)
    words: list[Heard] = field(default_factory=list)
    page: Page = field(default_factory=lambda: Page(()))

    async def _said(self, name: str, *call: Any) -> Answer:
        self.calls.append((name, *call))
        if self.gate is not None:
            self.at_gate += 1
            try:
                await self.gate.wait()
            finally:
                self.at_gate -= 1
        if self.broken:
            raise RuntimeError("the desk broke")
        return self.answers.get(name, Quietly())

    async def press(self, token: str, account: Account, key: str) -> Answer:
        return await self._said("press", token, account, key)

    async def submit(
        self, token: str, values: Mapping[str, Any], account: Account, key: str
    ) -> Answer:
        return await self._said("submit", token, dict(values), account, key)

    async def changed(self, token: str, values: Mapping[str, Any], account: Account) -> Answer:
        return await self._said("changed", token, dict(values), account, "")

    async def typed(
        self, text: str, account: Account, key: str, incident: int | None = None
    ) -> Answer:
        return await self._said("typed", text, account, key, incident)

    async def call(
        self,
        verb: str,
        values: Mapping[str, Any],
        account: Account,
        key: str,
        incident: int | None = None,
    ) -> Answer:
        return await self._said("call", verb, dict(values), account, key, incident)

    async def ask(self, verb: str, values: Mapping[str, Any], account: Account) -> Answer:
        return await self._said("ask", verb, dict(values), account)

    async def home(self, account: Account) -> Page:
        await self._said("home", account)
        return self.page

    async def suggest(
        self, verb: str, name: str, text: str, account: Account
    ) -> list[tuple[str, str]]:
        self.calls.append(("suggest", verb, name, text, account))
        return self.suggestions

    async def heard(self, incident: int, heard: Heard, account: Account) -> None:
        self.calls.append(("heard", incident, heard.text, account, heard.message))
        self.heard_in.append(heard.thread)
        self.words.append(heard)

    async def edited(self, heard: Heard, account: Account) -> bool:
        self.calls.append(("edited", heard.text, account, heard.message))
        return heard.message in {known.message for known in self.words}

    async def deleted(
        self, surface: str, channel: str, message: str, incident: int | None = None
    ) -> bool:
        self.calls.append(("deleted", surface, channel, message, incident))
        return message in {known.message for known in self.words}

    async def incident_at(self, surface: str, channel: str, message: str) -> int | None:
        return self.places.get(message)

    async def keeps(self, surface: str, message: str) -> bool:
        return message in self.places

    def named(self, name: str) -> list[tuple[Any, ...]]:
        """The calls of that name, without it."""
        return [call[1:] for call in self.calls if call[0] == name]
