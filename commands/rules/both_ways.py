"""What a system that runs actions is told of our incidents, which of its executions are told here,
and which failures there open an incident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from commands.rules.conditions import Match

OPENED, ACKNOWLEDGED, ESCALATED, RESOLVED, REOPENED, NOTED, RAN = EVENTS = (
    "opened", "acknowledged", "escalated", "resolved", "reopened", "noted", "ran",
)  # fmt: skip
KINDS = {
    "opened": OPENED, "ack": ACKNOWLEDGED, "escalate": ESCALATED, "step": ESCALATED,
    "resolve": RESOLVED, "reopen": REOPENED, "note": NOTED, "action": RAN, "action_failed": RAN,
}  # fmt: skip
"""A line of the timeline → what others are told of it."""
LONGEST_TEXT, LONGEST_VALUE, MOST_LABELS, MOST_TAGS = 2_000, 500, 60, 50


@dataclass(frozen=True, slots=True)
class RunnerRules:
    """What the settings say of one system beside its actions. ``events`` are those it is told of
    incidents that fit ``match``; ``opens`` are globs of actions whose failure opens an incident,
    whoever started them; ``pack`` is where workflows that are made here are kept."""

    events: frozenset[str] = frozenset()
    match: Match = field(default_factory=dict)
    opens: tuple[str, ...] = ()
    pack: str = "pixelview"

    def opens_for(self, ref: str) -> bool:
        """Whether a failure of this action opens an incident."""
        return any(fnmatchcase(ref, glob) for glob in self.opens)


def labels_of(labels: Mapping[str, Any]) -> dict[str, str]:
    """So many labels, each so long, as others are told them."""
    return {
        str(name)[:LONGEST_VALUE]: str(value)[:LONGEST_VALUE]
        for name, value in sorted(labels.items())[:MOST_LABELS]
    }


def listening(rules: Mapping[str, RunnerRules]) -> frozenset[str]:
    """The kinds of lines of which anybody is told."""
    wanted = {event for one in rules.values() for event in one.events}
    return frozenset(kind for kind, event in KINDS.items() if event in wanted)
