"""The way of a line through its measures, the same on a page and in a picture."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 160
"""So many points at most are drawn: more can't be told apart."""
Points = Sequence[tuple[int, float]]
"""(instant, value), in order."""


def curve(points: Points, unit: str, wide: int, tall: int, top: int) -> tuple[str, str]:
    """The line and the area below it as SVG paths, in a box that wide and tall, ``top`` of it
    free. Percentages stand on a scale of 0 to 100, all else from zero up."""
    some = thinned(points)
    low, high = scale([value for _, value in some], unit)
    first, last = some[0][0], some[-1][0]
    span, height = max(last - first, 1), max(high - low, 1e-9)
    xy = [
        (round((at - first) / span * wide, 1),
         round(top + (tall - top - 2) * (1 - (value - low) / height), 1))
        for at, value in some
    ]  # fmt: skip
    line = " ".join(f"{'L' if i else 'M'}{x} {y}" for i, (x, y) in enumerate(xy))
    return line, f"{line} L{xy[-1][0]} {tall} L{xy[0][0]} {tall} Z"


def scale(values: Sequence[float], unit: str) -> tuple[float, float]:
    """What stands at the bottom, and what at the top."""
    if unit == "%":
        return 0.0, max(100.0, *values)
    return min(0.0, *values), max(*values, 1e-9) if len(values) > 1 else max(values[0], 1e-9)


def thinned(points: Points) -> Points:
    """Not more than can be seen: of each stretch its latest point."""
    if len(points) <= MOST:
        return points
    step = len(points) / MOST
    return [points[min(len(points) - 1, int((i + 1) * step) - 1)] for i in range(MOST)]
