"""Where something is asked: one account in one region, for one part; what is refused there is left
out and noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from integrations.aws.calls import Calls
from integrations.aws.errors import Refused, Unknown
from integrations.aws.settings import Source
from integrations.base import Permanent, Transient
from store.model import HOUR, MINUTE, Instant

AGAIN = HOUR
"""After so long a refused call is tried once more; one that was not answered well after less."""
SOON = 20 * MINUTE
_OF_ALL = frozenset({"compute-optimizer", "pricing", "support", "ce", "health"})
"""Services that an account has in all regions, or in none."""


@dataclass(slots=True)
class Account:
    """An account that can be asked."""

    id: str
    name: str = ""
    partition: str = "aws"
    regions: tuple[str, ...] = ()
    home: str = "us-east-1"
    """The region by which the partition's global services are asked."""


@dataclass(slots=True)
class Thing:
    """What the metrics and tags of a resource are asked by."""

    key: str
    kind: str
    dimension: str
    type: str = ""


@dataclass(slots=True)
class Memory:
    """What the parts of one source tell each other; nothing that may not be lost."""

    refused: dict[tuple[str, str, str], tuple[Instant, str]] = field(default_factory=dict)
    things: dict[tuple[str, str, str], dict[str, Thing]] = field(default_factory=dict)
    types: dict[str, tuple[int, int]] = field(default_factory=dict)
    prices: dict[tuple[str, str], float | None] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)
    regions: dict[str, frozenset[str]] = field(default_factory=dict)
    """The regions that the SDK knows each service to be in."""

    def has(self, service: str, region: str) -> bool:
        """Whether a service is in a region, as far as the SDK knows both."""
        known = self.regions.get(service, frozenset())
        return not known or region in known or region not in self.regions.get("ec2", frozenset())


@dataclass(slots=True)
class Place:
    """What a part's reader is given. ``state`` is kept from one sync of the part to the next, over
    restarts; what stands in ``worked`` there was answered once, so that its refusal now is no
    reason to believe that nothing is there."""

    source: Source
    account: Account
    region: str
    calls: Calls
    memory: Memory
    now: Instant
    state: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def key(self, *path: str) -> str:
        """A key for what has no ARN."""
        return ":".join(("aws", self.account.id, *path))

    def arn(self, service: str, rest: str) -> str:
        """The ARN of something here."""
        return f"arn:{self.account.partition}:{service}:{self.region}:{self.account.id}:{rest}"

    def zone(self, name: str) -> str:
        """The key of an availability zone, or of the region where none is named."""
        return self.key(name or self.region)

    def at(self, region: str) -> Place:
        """The same, in another region."""
        return Place(self.source, self.account, region, self.calls, self.memory, self.now,
                     self.state, self.notes)  # fmt: skip

    def things(self, area: str) -> dict[str, Thing]:
        """What an area of this place has for others to ask by."""
        return self.memory.things.setdefault((self.account.id, self.region, area), {})

    async def ask(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """One answer; an empty one where it is refused."""
        if self._known_refused(service, operation):
            return {}
        try:
            answer = await self.calls.ask(
                self.account.id, self.region, service, operation, params
            )  # fmt: skip
        except (Refused, Unknown) as error:
            self._left_out(service, operation, error)
            return {}
        self._answered(service, operation)
        return answer

    async def maybe(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """As ``ask``, of one thing among many: what it refuses of one (it may be just gone) is
        empty too."""
        try:
            return await self.ask(service, operation, **params)
        except Permanent:
            return {}

    async def pages(
        self, service: str, operation: str, **params: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """All pages of an answer; none where it is refused."""
        if self._known_refused(service, operation):
            return
        try:
            async for page in self.calls.pages(
                self.account.id, self.region, service, operation, params
            ):
                self._answered(service, operation)
                yield page
        except (Refused, Unknown) as error:
            self._left_out(service, operation, error)

    async def items(
        self, service: str, operation: str, name: str, **params: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """What is listed under a name, over all pages."""
        async for page in self.pages(service, operation, **params):
            for each in page.get(name) or ():
                if isinstance(each, dict):
                    yield each

    def note(self, text: str) -> None:
        """Something to be read beside the part's state."""
        if text not in self.notes:
            self.notes.append(text)

    def _worked(self, service: str, operation: str) -> str:
        return f"{self.region}/{service}:{operation}"

    def _refusal(self, service: str, operation: str) -> tuple[str, str, str]:
        region = "" if service in _OF_ALL else self.region
        return (self.account.id, region, f"{service}:{operation}")

    def refuses(self, service: str, operation: str) -> bool:
        """Whether a call was left out here lately."""
        return self.now < self.memory.refused.get(self._refusal(service, operation), (0, ""))[0]

    def _answered(self, service: str, operation: str) -> None:
        worked = self.state.setdefault("worked", [])
        if (name := self._worked(service, operation)) not in worked:
            worked.append(name)

    def _known_refused(self, service: str, operation: str) -> bool:
        if not self.memory.has(service, self.region):
            return True
        until, why = self.memory.refused.get(self._refusal(service, operation), (0, ""))
        if self.now >= until or self._worked(service, operation) in self.state.get("worked", ()):
            return False
        self.note(why)
        return True

    def _left_out(self, service: str, operation: str, error: Permanent | Transient) -> None:
        if self._worked(service, operation) in self.state.get("worked", ()):
            raise error
        again = AGAIN if isinstance(error, Refused) else SOON
        self.memory.refused[self._refusal(service, operation)] = (self.now + again, str(error))
        self.note(str(error))
