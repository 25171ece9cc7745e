"""An answer to a question: sentences for people, and the same as facts for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.context import Offer


@dataclass(frozen=True, slots=True)
class Told:
    """``lines`` are what people read; ``facts`` are JSON-like, with instants as the API names
    them (``at``, ``…_at``). ``ok`` is False where what was asked is not as it should be;
    ``offers`` are what can be done next."""

    lines: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    ok: bool = True
    offers: tuple[Offer, ...] = ()
