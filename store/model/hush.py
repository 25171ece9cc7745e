"""What hides an incident, as it is kept with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hush:
    """The silence that hides an incident: its number, the handle of who made it, and why."""

    id: int
    by: str = ""
    text: str = ""
