"""What was run before an incident was over, for the line that remembers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fixed:
    """An action that was run, went well, and after which an incident was over. ``by`` is the id of
    who ran it, ``automation`` what did it by itself."""

    action: str
    by: str = ""
    automation: str = ""
