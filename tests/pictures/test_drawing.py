"""What is drawn of an answer, and the same in words."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bot.cards import trends
from bot.cards.curve import curve
from bot.cards.drawing import MOST_ALT
from bot.web import chart
from commands.inventory.sheet import Trend
from commands.inventory.shown import Measured
from commands.inventory.spending import Bill
from commands.told import Told
from store.model import DAY

NOW = 1_795_313_460_000
HOSTILE = 'db</text><image href="file:///etc/passwd"/>&amp;\x07'


def trend(metric: str = "cpu", unit: str = "%", values: tuple[float, ...] = (12, 61, 34)) -> Trend:
    start = NOW - len(values) * 300_000
    return Trend(metric, unit, tuple((start + i * 300_000, v) for i, v in enumerate(values)))


def answer(*shown: Trend, name: str = "db-3") -> Measured:
    return Measured((), {}, True, (), name, shown, NOW, "Europe/Berlin")


def texts(svg: str) -> list[str]:
    """The words in a drawing, which has to be well formed."""
    return [e.text or "" for e in ET.fromstring(svg).iter() if e.tag.endswith("}text")]


def test_each_measure_is_a_curve_with_its_numbers() -> None:
    drawing = trends.drawing(answer(trend(), trend("queue_depth", "", (0, 3, 5))))
    assert drawing is not None
    written = texts(drawing.svg)
    assert written[0] == drawing.title == "db-3 · last 24 h"
    assert {"CPU", "34 %", "12 % to 61 %", "queue depth", "5", "0 to 5"} <= set(written)
    assert "CPU: 34 %, 12 % to 61 % since 02:56" in drawing.alt
    assert "queue depth: 5, 0 to 5 since" in drawing.alt


def test_the_curve_is_the_one_of_the_console() -> None:
    one = trend(values=tuple(range(400)))
    on_page = chart.line(one.points, "%", "CPU", NOW, "UTC")
    line, area = curve(one.points, "%", chart.WIDTH, chart.HEIGHT, chart.TOP)
    assert f'class="chart-line" d="{line}"' in on_page
    assert f'class="chart-area" d="{area}"' in on_page


def test_a_name_of_a_stranger_draws_nothing() -> None:
    drawing = trends.drawing(answer(trend("</text><script/>"), name=HOSTILE))
    assert drawing is not None
    tags = {e.tag.rpartition("}")[2] for e in ET.fromstring(drawing.svg).iter()}
    assert tags == {"svg", "rect", "text", "g", "path"}


def test_one_point_is_no_trend() -> None:
    assert trends.drawing(answer(trend(values=(12,)))) is None
    assert trends.drawing(answer()) is None
    assert trends.drawing(Told(("nothing",))) is None


def test_words_of_many_measures_stay_within_what_chats_take() -> None:
    drawing = trends.drawing(answer(*(trend("m" * 200, "B/s") for _ in range(40))))
    assert drawing is not None
    assert len(drawing.alt) <= MOST_ALT


def test_each_currency_of_a_bill_is_a_curve_of_its_own() -> None:
    first = NOW // DAY - 2
    days = {"EUR": {first: 10.0, first + 1: 20.0}, "USD": {first: 1.0, first + 1: 2.5}}
    drawing = trends.drawing(Bill((), days=days, first=first, last=first + 1))
    assert drawing is not None
    assert {"30 € in 2 days", "20 € on the last", "10 € to 20 €", "3.50 $ in 2 days"} <= set(
        texts(drawing.svg)
    )
    assert trends.drawing(Bill(("nothing is known",))) is None


def test_a_day_without_a_bill_costs_nothing() -> None:
    days = {"EUR": {20_000: 10.0, 20_002: 20.0}}
    drawing = trends.drawing(Bill((), days=days, first=20_000, last=20_002))
    assert drawing is not None
    assert "0 € to 20 €" in texts(drawing.svg)
