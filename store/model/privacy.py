"""The frozen noun of people's own data: a copy that was asked for, or an erasure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXPORT, ERASE = "export", "erase"


@dataclass(frozen=True, slots=True)
class Job:
    """One copy or erasure. ``kept`` is what it needs to go on, ``rows`` how many rows were
    gathered or rewritten."""

    id: int
    kind: str
    state: str
    by: str
    at: int
    done_at: int | None
    rows: int
    kept: Mapping[str, Any]

    @property
    def whom(self) -> str:
        """The handle, address or account it is about; empty once an erasure is done."""
        return str(self.kept.get("whom", ""))
