"""A source that kills the worker again and again is found, and left alone for a while."""

from __future__ import annotations

from bot.inventory.suspects import HELD, WELL, Suspects

ALL = ["a", "b", "c"]


class Night:
    def __init__(self) -> None:
        self.at = 0.0
        self.suspects = Suspects(lambda: self.at)

    def lives(self, seconds: float = WELL + 1) -> list[str]:
        """Who is asked after the worker lived for so long."""
        self.at += seconds
        if self.suspects.lives() or self.suspects.waits():
            pass
        return self.suspects.chosen(ALL)


def test_everybody_is_asked_while_deaths_are_rare() -> None:
    night = Night()
    for _ in range(9):
        assert night.suspects.chosen(ALL) == ALL
        night.suspects.died(ALL)
        for name in ALL:
            night.suspects.well(name)


def test_the_guilty_is_found_and_the_others_are_asked_again() -> None:
    night = Night()
    for _ in range(3):
        night.suspects.died(ALL)
    assert night.suspects.chosen(ALL) == ["a"]
    assert night.lives() == ["a", "b"]
    night.suspects.died(["a", "b"])
    assert night.suspects.held("b") and night.suspects.chosen(ALL) == ["a", "c"]
    assert night.lives() == ["a", "c"]
    night.at += HELD
    assert night.suspects.waits() and night.suspects.chosen(ALL) == ALL
    night.suspects.died(["b"])
    night.at += HELD + 1
    assert night.suspects.held("b"), "twice as long the second time"
    night.at += HELD
    assert night.lives(0) == ALL
    night.at += WELL
    assert night.suspects.lives() and not night.suspects.held("b")
    night.suspects.died(["b"])
    assert night.suspects.chosen(ALL) == ALL


def test_one_that_is_no_suspect_goes_on_whatever_happens() -> None:
    night = Night()
    for _ in range(3):
        night.suspects.died(["b"])
    assert night.suspects.chosen(ALL) == ALL, "the only suspect has its turn"
    night.suspects.died(["b"])
    assert night.suspects.chosen(ALL) == ["a", "c"]
