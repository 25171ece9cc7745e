"""What the surface keeps in mind between two requests; all of it may be lost without harm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from bot.cards.model import Card, Confirm, Form, Press
from bot.latest import Latest

KEPT = "kept."
_COUNT = count(1)


@dataclass(slots=True)
class Memory:
    """Questions by token, forms by person and token, events that were heard, the last page by
    conversation."""

    confirms: Latest[str, Confirm] = field(default_factory=lambda: Latest(20_000))
    forms: Latest[tuple[str, str], Form] = field(default_factory=lambda: Latest(500))
    heard: Latest[str, bool] = field(default_factory=lambda: Latest(10_000))
    paged: Latest[str, str] = field(default_factory=lambda: Latest(5_000))
    kept: Latest[tuple[str, str], Form] = field(default_factory=lambda: Latest(200))

    def keep(self, account: str, form: Form) -> str:
        """A token that opens a form as it is: one's words in it may be longer than any token."""
        token = f"{KEPT}{next(_COUNT)}|{getattr(form, 'again', '') or form.token}"
        self.kept[account, token] = form
        return token

    def kept_form(self, account: str, token: str) -> Form | None:
        """The form such a token stands for, once."""
        return self.kept.pop((account, token), None)

    def remember(self, card: Card) -> None:
        """A card that is shown: what the entries of its menu ask first."""
        self.questions((*card.actions.buttons, *card.actions.more))

    def questions(self, presses: Iterable[Press]) -> None:
        """What these presses ask first."""
        for press in presses:
            if press.confirm is not None:
                self.confirms[press.token] = press.confirm

    def first_time(self, event: str) -> bool:
        """Whether this event was not heard before: Slack repeats what was not acked in time."""
        if event in self.heard:
            return False
        self.heard[event] = True
        return True
