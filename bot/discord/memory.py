"""What the surface keeps in mind between two requests; all of it may be lost without harm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.cards import words
from bot.cards.model import Card, Confirm, Press
from bot.latest import Latest


@dataclass(slots=True)
class Memory:
    """Confirm questions by token, typed words by person and form, titles, edits and what stands
    above the fold by message, messages whose second half is not there yet by nonce, the message a
    form was opened on by person and form, interactions that came already, and whether Components
    V2 are refused here."""

    confirms: Latest[str, Confirm] = field(default_factory=lambda: Latest(2_000))
    typed: Latest[tuple[str, str], dict[str, str]] = field(default_factory=lambda: Latest(500))
    titles: Latest[str, str] = field(default_factory=lambda: Latest(5_000))
    edited: Latest[str, float] = field(default_factory=lambda: Latest(5_000))
    above: Latest[str, int] = field(default_factory=lambda: Latest(5_000))
    made_of: Latest[tuple[str, str], tuple[str, str]] = field(default_factory=lambda: Latest(500))
    asked: Latest[str, bool] = field(default_factory=lambda: Latest(2_000))
    v2_refused: bool = False
    half: Latest[str, str] = field(default_factory=lambda: Latest(5_000))

    def remember(self, card: Card, message: str = "") -> None:
        """A card that is shown: what its presses ask first, what its thread will be called."""
        self.questions((*card.actions.buttons, *card.actions.more))
        if message:
            self.titles[message] = f"{card.head.number}{words.title(card.head.title)}"

    def stands(self, card: Card, message: str) -> bool:
        """Whether the message shows this card already, but for what is below its buttons."""
        return self.above.get(message) == _above(card)

    def shown(self, card: Card, message: str) -> None:
        """The message shows this card now."""
        self.above[message] = _above(card)

    def questions(self, presses: Iterable[Press]) -> None:
        """What these presses ask first."""
        for press in presses:
            if press.confirm is not None:
                self.confirms[press.token] = press.confirm


def _above(card: Card) -> int:
    return hash((card.color, card.head, card.state, card.actions))
