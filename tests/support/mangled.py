"""JSON with something in it missing, null, of another kind, or a word that nobody knows."""

from __future__ import annotations

import random
from typing import Any

_OTHERS: tuple[Any, ...] = (
    None, "", "a-new-word", 0, -1, 1e300, True, [], {}, [None], [1, "x"], {"x": None}, "NaN",
    "2026-13-45T99:00:00Z", "x" * 3000, "\x00\ud800", "//", "/subscriptions/", 10**30,
)  # fmt: skip


def mangled(value: Any, dice: random.Random, chance: float = 0.08) -> Any:
    """The same with a few of its parts taken out or put otherwise; the outermost stays."""
    if isinstance(value, dict):
        return {
            name: _other(each, dice, chance)
            for name, each in value.items()
            if dice.random() > chance / 2
        }
    if isinstance(value, list):
        return [_other(each, dice, chance) for each in value if dice.random() > chance / 2]
    return value


def _other(value: Any, dice: random.Random, chance: float) -> Any:
    return dice.choice(_OTHERS) if dice.random() < chance else mangled(value, dice, chance)
