"""What an alert was found to be about, of what is known of the infrastructure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    """``ids`` are resources. ``said`` tells how they were found, or why none was, and what the
    alert has from them. ``fell`` is how the resource is lost to what hangs on it (``down``), empty
    where the alert says no such thing; ``title`` then says what is lost with it. ``carries`` says
    that other things may hang on it."""

    ids: tuple[int, ...] = ()
    said: str = ""
    fell: str = ""
    title: str = ""
    carries: bool = False
