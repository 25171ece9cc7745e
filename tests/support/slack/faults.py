"""What may go wrong between an app and Slack, on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["429", "500html", "503", "drop_before", "drop_after", "slow", "hang", "error"]

__all__ = ["Fault", "Faults", "Kind"]


@dataclass(eq=False)
class Fault:
    """One planned failure; ``hits`` counts how often it struck, ``release`` opens a gate."""

    method: str
    kind: Kind
    times: int
    retry_after: int = 30
    seconds: float = 0.0
    error: str = "internal_error"
    channel: str | None = None
    hits: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let everything go that hangs here, and whatever comes later."""
        self.gate.set()

    def matches(self, method: str, channel: str) -> bool:
        """True while this fault still has hits left for such a call."""
        wanted = self.method in ("*", method) and self.channel in (None, channel)
        return wanted and self.hits < self.times and not self.gate.is_set()


class Faults:
    """The planned failures, in the order they were planned."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.planned: list[Fault] = []

    def plan(self, fault: Fault) -> Fault:
        """Add one."""
        self.planned.append(fault)
        return fault

    def strike(self, method: str, channel: str) -> Fault | None:
        """The fault that hits this call, if any; counts it."""
        for fault in self.planned:
            if fault.matches(method, channel):
                fault.hits += 1
                return fault
        return None

    async def hold(self, fault: Fault) -> None:
        """Wait at a gate: until released, or for ``slow`` until the clock has moved on."""
        end = self.clock() + fault.seconds
        while not fault.gate.is_set() and (fault.kind == "hang" or self.clock() < end):
            try:
                await asyncio.wait_for(fault.gate.wait(), 0.01)
            except TimeoutError:
                continue

    def clear(self) -> None:
        """Forget everything planned and let go of what hangs."""
        for fault in self.planned:
            fault.release()
        self.planned.clear()
