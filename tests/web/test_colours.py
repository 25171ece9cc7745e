"""Every colour of text can be read on everything it stands on, in both themes."""

from __future__ import annotations

import re

import pytest

from bot.web.look import HERE

CSS = (HERE / "static" / "base.css").read_text()
TEXTS = ("text", "muted", "critical", "error", "warning", "info", "has", "resolved", "off")
GROUNDS = ("page", "panel", "raised")


def palette(dark: bool) -> dict[str, str]:
    """The colours of a theme; the dark one says only what differs."""
    light, _, rest = CSS.partition("@media (prefers-color-scheme: dark)")
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light))
    night = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", rest.split("}", 1)[0]))
    assert set(night) == set(found)
    return {**found, **night} if dark else found


def contrast(one: str, other: str) -> float:
    """By the formula of WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_reaches_4_5_and_what_is_pressed_3(dark: bool) -> None:
    colours = palette(dark)
    for ground in GROUNDS:
        for text in TEXTS:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for edge in ("control", "primary"):
            assert contrast(colours[edge], colours[ground]) >= 3, (edge, ground)
    for text in ("text", "muted", "critical", "error", "warning", "info", "resolved"):
        assert contrast(colours[text], colours["here"]) >= 4.5, text
    for face in ("primary", "primary-hover"):
        assert contrast(colours["on-primary"], colours[face]) >= 4.5
    assert contrast(colours["page"], colours["warning"]) >= 4.5  # the bar that says not live
    assert contrast(colours["page"], colours["text"]) >= 4.5  # the line that says done


def test_initials_can_be_read_on_every_hue() -> None:
    hues = re.findall(r"\.hue\d \{ background: (#[0-9a-f]{6})", CSS)
    assert len(hues) == 6
    assert all(contrast("#ffffff", hue) >= 4.5 for hue in hues)


def test_no_text_is_smaller_than_12_pixels_but_keys_and_initials() -> None:
    for name in ("base.css", "parts.css", "pages.css"):
        for rule in re.findall(r"([^{}]+)\{([^{}]*)\}", (HERE / "static" / name).read_text()):
            for size in re.findall(r"font-size: ([\d.]+)px", rule[1]):
                small = any(word in rule[0] for word in ("kbd", ".who"))
                assert float(size) >= 12 or small, rule[0]
