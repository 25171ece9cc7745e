"""Escalation policies as they are put together from other tools' rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.imports.base import Imported, Written

MOST_PASSES = 5


@dataclass(slots=True)
class Drafted:
    """A policy in the making: steps with their targets, and minutes of waiting between them."""

    found: Imported
    what: str
    steps: list[Written] = field(default_factory=list)
    repeat: int = 0
    _waited: int = 0

    def wait(self, minutes: int) -> None:
        """So long nothing happens after the last step."""
        minutes = max(minutes, 0)
        if self.steps:
            self.steps[-1]["delay"] = min(self.steps[-1]["delay"] + minutes, 9000)
        elif minutes:
            self._waited += minutes

    def step(self, targets: Iterable[Any], **more: Any) -> None:
        """Another step at once; ``wait`` says when the next one comes."""
        listed = list(targets)
        if listed:
            kept = {k: v for k, v in more.items() if v not in (None, False, "acknowledged")}
            self.steps.append({"targets": listed, "delay": 0, **kept})

    def passes(self, more: int) -> None:
        """So many further passes, of which there may be five."""
        self.repeat = min(max(more, 0), MOST_PASSES)
        if more > MOST_PASSES:
            self.found.approximated(self.what, f"repeats {MOST_PASSES} times, not {more}")

    def finish(self) -> Written | None:
        """The policy, or None where it asks nobody."""
        if not self.steps:
            self.found.left_out(self.what, "no step of it asks anybody")
            return None
        if self._waited:
            why = f"waits {self._waited} min before its first step; here that step comes at once"
            self.found.approximated(self.what, why)
        written: Written = {"steps": self.steps}
        if self.repeat:
            written["repeat"] = self.repeat
            if self.steps[-1]["delay"] == 0:
                self.steps[-1]["delay"] = 5
                self.found.approximated(
                    self.what, "waits 5 min after its last step before it begins again"
                )
        return written
