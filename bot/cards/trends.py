"""Trends as a drawing for chats: the curves of the console, with their numbers written beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from bot.cards import words
from bot.cards.curve import Points, curve
from bot.cards.drawing import MOST_ALT, Drawing
from commands.inventory.shown import Measured
from commands.inventory.spending import Bill
from commands.rules.cost import money
from commands.rules.inventory_words import measured
from commands.told import Told
from commands.words import bare_clock, day, is_far
from store.model import DAY

WIDTH, GAP, HEAD = 660, 16, 46
_TALL, _TALL_ALONE = 118, 190
_SVG = "http://www.w3.org/2000/svg"
_BACK, _PANEL, _GRID = "#1b1f27", "#232833", "#39404d"
_TEXT, _SMALL, _LINE = "#eef0f4", "#a9b1bf", "#5aa2ff"


@dataclass(frozen=True, slots=True)
class Panel:
    """One curve: its ``name`` and latest value above, below from when and to when, and its lowest
    and highest."""

    name: str
    now: str
    low: str
    high: str
    points: Points
    unit: str
    begins: str
    ends: str

    @property
    def told(self) -> str:
        """``CPU: 34 %, 12 % to 61 % since 02:09``."""
        return f"{self.name}: {self.now}, {self.low} to {self.high} since {self.begins}"


def drawing(found: Told) -> Drawing | None:
    """The picture that goes with an answer, None where nothing in it can be seen better."""
    if isinstance(found, Measured):
        panels = [*_measures(found)]
        title = f"{words.cut(words.clean(found.name), 60)} · last 24 h"
    elif isinstance(found, Bill):
        panels = [*_costs(found)]
        title = "Cost by day"
    else:
        return None
    if not panels:
        return None
    alt = words.cut(f"{title}. {'; '.join(panel.told for panel in panels)}", MOST_ALT)
    return Drawing(_svg(title, panels), title, alt)


def _measures(found: Measured) -> Iterator[Panel]:
    for trend in found.trends:
        if len(trend.points) < 2:
            continue
        first, last = trend.points[0][0], trend.points[-1][0]
        values = [value for _, value in trend.points]
        low, high = (measured(v, trend.unit) for v in (min(values), max(values)))
        yield Panel(
            words.cut(words.clean(trend.name), 30), trend.said, low, high, trend.points, trend.unit,
            _when(first, found), _when(last, found),
        )  # fmt: skip


def _when(at: int, found: Measured) -> str:
    clock = bare_clock(at, found.zone)
    return f"{day(at, found.zone)} {clock}" if is_far(at, found.now) else clock


def _costs(found: Bill) -> Iterator[Panel]:
    """Each currency by itself: they are not added up."""
    for currency, days in list((found.days or {}).items())[:4]:
        points = [(n * DAY, days.get(n, 0.0)) for n in range(found.first, found.last + 1)]
        if len(points) < 2:
            continue
        values = [value for _, value in points]
        low, high = money(min(values), currency), money(max(values), currency)
        yield Panel(
            f"{money(sum(values), currency)} in {len(points)} days",
            f"{money(values[-1], currency)} on the last", low, high, points, currency,
            day(points[0][0], "UTC"), day(points[-1][0], "UTC"),
        )  # fmt: skip


# the drawing


def _svg(title: str, panels: Sequence[Panel]) -> str:
    alone = len(panels) == 1
    wide = WIDTH - 2 * GAP if alone else (WIDTH - 3 * GAP) // 2
    tall = _TALL_ALONE if alone else _TALL
    rows = -(-len(panels) // (1 if alone else 2))
    height = HEAD + rows * (tall + GAP)
    parts = [
        f'<svg xmlns="{_SVG}" width="{WIDTH}" height="{height}" font-family="DejaVu Sans">',
        f'<rect width="{WIDTH}" height="{height}" fill="{_BACK}"/>',
        _text(GAP, 29, title, 15),
    ]
    for i, panel in enumerate(panels):
        x, y = GAP + (i % 2) * (wide + GAP), HEAD + (i // 2) * (tall + GAP)
        parts += _panel(panel, x, y, wide, tall)
    return "".join([*parts, "</svg>"])


def _panel(panel: Panel, x: int, y: int, wide: int, tall: int) -> Iterator[str]:
    room = wide - 24
    box = tall - 54
    line, area = curve(panel.points, panel.unit, room, box, 6)
    yield f'<g transform="translate({x} {y})">'
    yield f'<rect width="{wide}" height="{tall}" rx="8" fill="{_PANEL}"/>'
    yield _text(12, 21, panel.name, 13)
    yield _text(wide - 12, 21, panel.now, 13, end=True)
    yield '<g transform="translate(12 30)">'
    yield f'<path d="M0 6 H{room} M0 {box - 1} H{room}" stroke="{_GRID}" fill="none"/>'
    yield f'<path d="{area}" fill="{_LINE}" fill-opacity=".16"/>'
    yield f'<path d="{line}" fill="none" stroke="{_LINE}" stroke-width="1.8" {_ROUND}/></g>'
    below = tall - 8
    yield _text(12, below, panel.begins, 10.5, _SMALL)
    yield _text(wide / 2, below, f"{panel.low} to {panel.high}", 10.5, _SMALL, middle=True)
    yield _text(wide - 12, below, panel.ends, 10.5, _SMALL, end=True)
    yield "</g>"


_ROUND = 'stroke-linejoin="round"'


def _text(
    x: float, y: float, said: str, size: float, fill: str = _TEXT, *, end: bool = False,
    middle: bool = False,
) -> str:  # fmt: skip
    anchor = "end" if end else "middle" if middle else "start"
    bare = escape("".join(c for c in said if c.isprintable() or c == " "))
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" '
        f'text-anchor="{anchor}">{bare}</text>'
    )
