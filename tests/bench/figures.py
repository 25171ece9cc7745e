"""Figures beside their targets, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. ``least`` and ``most`` are targets; ``spread`` is the noise seen."""

    what: str
    value: float
    unit: str = ""
    least: float | None = None
    most: float | None = None
    spread: tuple[float, float] | None = None
    note: str = ""

    @property
    def short(self) -> bool:
        """Whether it misses its target."""
        too_low = self.least is not None and self.value < self.least
        return too_low or (self.most is not None and not self.value <= self.most)

    def __str__(self) -> str:
        noise = f"({_number(self.spread[0])}–{_number(self.spread[1])})" if self.spread else ""
        verdict = "short" if self.short else "ok"
        if self.least is not None:
            target = f"≥ {_number(self.least)}"
        elif self.most is not None:
            target = f"≤ {_number(self.most)}"
        else:
            target, verdict = "", ""
        value = f"{_number(self.value)} {self.unit}".strip()
        line = f"  {self.what:<58} {value:>14} {noise:<20} {target:>10} {verdict:<6}{self.note}"
        return line.rstrip()


def of_runs(
    what: str,
    runs: list[float],
    unit: str = "",
    *,
    least: float | None = None,
    most: float | None = None,
    note: str = "",
) -> Figure:
    """The median of several runs with the lowest and highest."""
    return Figure(what, median(runs), unit, least, most, (min(runs), max(runs)), note)


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
