"""A drawing becomes a PNG on any machine, within its limits, and once a minute."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest

from bot.cards.drawing import Drawing
from bot.pictures import rasterise
from bot.pictures.drawn import KEPT_FOR, MOST_PNG, MOST_SVG, SIGN, Pictures

EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">{}</svg>'
SAID = EMPTY.format('<text x="2" y="15" font-family="DejaVu Sans" font-size="12">34 % €</text>')
ABROAD = EMPTY.format('<text x="2" y="15" font-family="DejaVu Sans" font-size="12">a 東</text>')


def drawing(svg: str = SAID) -> Drawing:
    return Drawing(svg, "CPU", "CPU: 34 %")


class Drawer:
    """Counts what it draws, with a clock moved by hand."""

    def __init__(self, made: bytes = SIGN) -> None:
        self.made, self.drawn, self.now = made, 0, 1000.0

    async def __call__(self, svg: str) -> bytes:
        self.drawn += 1
        return self.made

    def pictures(self, patience: float = 60.0) -> Pictures:
        return Pictures(self, lambda: self.now, patience)


def test_words_are_drawn_by_the_font_that_comes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = rasterise.rasterised(EMPTY.format(""), 1.0)
    said = rasterise.rasterised(SAID, 1.0)
    assert said.startswith(SIGN)
    assert said != bare
    monkeypatch.setattr(rasterise, "FONT", Path("/nowhere/sans.ttf"))
    assert rasterise.rasterised(SAID, 1.0) == bare, "no font of the machine is looked for"


def test_a_name_with_other_letters_is_drawn_all_the_same() -> None:
    assert rasterise.rasterised(ABROAD, 1.0) != rasterise.rasterised(EMPTY.format(""), 1.0)


async def test_the_child_draws_twice_as_large_as_the_drawing_says() -> None:
    made = await Pictures().png(drawing())
    assert made is not None
    assert struct.unpack(">II", made[16:24]) == (120, 40)


async def test_a_drawing_that_is_none_makes_no_picture() -> None:
    assert await Pictures().png(drawing("<svg")) is None


async def test_the_same_drawing_is_drawn_once_a_minute() -> None:
    drawer = Drawer()
    pictures = drawer.pictures()
    both = await asyncio.gather(pictures.png(drawing()), pictures.png(drawing()))
    assert [*both] == [SIGN, SIGN]
    assert drawer.drawn == 1
    await pictures.png(drawing(ABROAD))
    assert drawer.drawn == 2
    drawer.now += KEPT_FOR
    await pictures.png(drawing())
    assert drawer.drawn == 3


async def test_what_takes_too_long_is_given_up() -> None:
    async def never(svg: str) -> bytes:
        await asyncio.Event().wait()
        return SIGN

    pictures = Pictures(never, patience=0.01)
    assert await pictures.png(drawing()) is None
    assert await pictures.png(drawing()) is None, "the next has its turn"


@pytest.mark.parametrize("made", [b"", b"GIF89a", SIGN + bytes(MOST_PNG)])
async def test_what_is_no_picture_or_too_large_is_none(made: bytes) -> None:
    assert await Drawer(made).pictures().png(drawing()) is None


async def test_a_drawing_that_is_too_large_is_not_drawn() -> None:
    drawer = Drawer()
    assert await drawer.pictures().png(drawing("x" * (MOST_SVG + 1))) is None
    assert drawer.drawn == 0


async def test_a_machine_that_starts_no_process_has_no_pictures() -> None:
    async def broken(svg: str) -> bytes:
        raise OSError("no more processes")

    assert await Pictures(broken).png(drawing()) is None
