"""A measure over time as a drawing: a line with its lowest, highest and latest value in words."""

from __future__ import annotations

from markupsafe import Markup

from bot.cards import words
from bot.cards.curve import Points, curve
from commands.rules import inventory_words as said
from commands.words import bare_clock, day, is_far

WIDTH, HEIGHT, TOP = 320, 84, 8


def line(points: Points, unit: str, name: str, now: int, zone: str) -> Markup:
    """An SVG of one series; percentages stand on a scale of 0 to 100. The numbers are its words."""
    if not points:
        return Markup()
    path, area = curve(points, unit, WIDTH, HEIGHT, TOP)
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" '
        'preserveAspectRatio="none"><path class="chart-grid" d="M0 {} H{} M0 {} H{}"/>'
        '<path class="chart-area" d="{}"/><path class="chart-line" d="{}"/></svg>'
    ).format(
        WIDTH, HEIGHT, told(points, unit, name, now, zone), TOP, WIDTH, HEIGHT - 1, WIDTH, area,
        path,
    )  # fmt: skip


def told(points: Points, unit: str, name: str, now: int, zone: str) -> str:
    """The same in words: ``CPU: 34 % now, 12 to 61 % since 02:09``."""
    values = [value for _, value in points]
    latest, low, high = (
        said.measured(v, unit) for v in (values[-1], min(values), max(values))
    )  # fmt: skip
    return f"{words.clean(name)}: {latest}, {low} to {high} since {begun(points, now, zone)}"


def begun(points: Points, now: int, zone: str) -> str:
    """When a series begins, on the reader's clock."""
    at = points[0][0]
    return f"{day(at, zone)} {bare_clock(at, zone)}" if is_far(at, now) else bare_clock(at, zone)


def bar(part: float, whole: float) -> Markup:
    """How full something is; the words stand beside it."""
    share = min(1.0, max(0.0, part / whole)) if whole > 0 else 0.0
    mark = "critical" if share >= 0.95 else "warning" if share >= 0.85 else "fine"
    return Markup(
        '<svg class="meter {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="meter-all" width="100" height="6"/>'
        '<rect class="meter-part" width="{}" height="6"/></svg>'
    ).format(mark, round(share * 100, 1))


def share(part: float, whole: float) -> Markup:
    """How much of the largest something is, without a judgement."""
    width = round(100 * min(1.0, max(0.0, part / whole)), 1) if whole > 0 else 0.0
    return Markup(
        '<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="meter-part" width="{}" height="6"/></svg>'
    ).format(width)
