"""How what runs actions outside is asked from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from commands.automation.offers import Offer
from integrations.base import Runner
from store.clock import Instant
from store.executions import Execution
from store.model import Actor


@dataclass(frozen=True, slots=True)
class Standing:
    """How one runner stands: ``version`` "" until it answered, ``reached_at`` when it did last,
    ``actions`` how many it has for us, ``stream`` whether it tells by itself what changes,
    ``followed`` how many executions are followed, ``lag`` ms from an end there to its word here
    at the last one, ``error`` what went wrong last, "" while all is well."""

    name: str
    version: str = ""
    reached_at: Instant | None = None
    actions: int = 0
    stream: bool = False
    followed: int = 0
    lag: Instant = 0
    error: str = ""


class Automation(Protocol):
    """Raises the integration errors."""

    def runner(self, name: str) -> Runner | None:
        """One of the settings, by its name."""
        ...

    def status(self) -> Sequence[Standing]:
        """How each stands."""
        ...

    async def dry(
        self, offer: Offer, params: Mapping[str, Any], incident: int, actor: Actor
    ) -> str:
        """What an action would do, in words: a remote one is run with its parameter for that; one
        that posts shows what it would post."""
        ...

    async def output(self, execution: Execution) -> str:
        """What one that still runs printed so far, as people may read it; "" where it is not
        known."""
        ...
