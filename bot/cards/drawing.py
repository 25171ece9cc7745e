"""A drawing that goes with an answer: an SVG, and the same in words for who sees no pictures."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ALT = 1000


@dataclass(frozen=True, slots=True)
class Drawing:
    """``svg`` is complete in itself; ``alt`` holds the numbers, ``title`` says of what they are."""

    svg: str
    title: str
    alt: str
