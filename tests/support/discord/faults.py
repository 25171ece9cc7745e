"""Things that go wrong on purpose: a refusal, a crash, a lost answer, a hang, an outage."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

KINDS = ("403", "429", "500", "502", "503", "drop_before", "drop_after", "hang")


@dataclass(eq=False)
class Fault:
    """One planned failure; `hits` counts how often it struck, `release()` ends a hang."""

    method: str
    pattern: str
    kind: str
    times: int
    retry_after: float = 0.05
    hits: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, method: str, path: str) -> bool:
        """Whether it is this request's turn; `*` in the pattern stands for one path segment."""
        if self.times <= 0 or self.method not in (method, "*"):
            return False
        parts = ("[^/]+" if p == "*" else re.escape(p) for p in self.pattern.split("/"))
        return self.pattern == "*" or bool(re.fullmatch("/".join(parts), path))

    def release(self) -> None:
        """Lets hanging requests go on, and ends the fault."""
        self.times = 0
        self.released.set()


class Faults:
    """The planned failures, in the order they were planned."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.outage = ""

    def plan(self, fault: Fault) -> Fault:
        """Adds a failure."""
        if fault.kind not in KINDS:
            raise ValueError(f"no fault {fault.kind}; there are {', '.join(KINDS)}")
        self.planned.append(fault)
        return fault

    def strike(self, method: str, path: str) -> Fault | None:
        """The failure this request meets, if any."""
        for fault in self.planned:
            if fault.matches(method, path):
                fault.times -= 1
                fault.hits += 1
                return fault
        return None

    def clear(self) -> None:
        """Forgets every planned failure and lets go what hangs."""
        for fault in self.planned:
            fault.release()
        self.planned.clear()
