"""What a card about something else than an incident is made of: how it is read and drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards.model import Card, Confirm, Note
from store.db import Tx
from store.model import Definitions, Instant

NOTHING = Note(())

Choices = tuple[tuple[str, str], ...]
"""(value, label) pairs."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when a card is drawn; ``to`` is the handle of its only reader, empty in a channel
    (``place``), ``threads`` says whether words beneath it can be read."""

    definitions: Definitions
    url: str
    now: Instant
    to: str = ""
    threads: bool = True
    place: str = ""

    def link(self, path: str = "") -> str:
        """An address in the console."""
        return f"{self.url.rstrip('/')}/{path.lstrip('/')}"


def _no_words(noun: Any, scene: Scene) -> Note:
    return NOTHING


def _no_question(noun: Any, scene: Scene, verb: str) -> Confirm | None:
    return None


def _nothing_given(noun: Any, scene: Scene, verb: str) -> Mapping[str, str]:
    return {}


def _no_choices(noun: Any, scene: Scene, verb: str) -> Mapping[str, Choices]:
    return {}


def _nothing_said(noun: Any, scene: Scene, content: dict[str, Any]) -> Note | None:
    return None


@dataclass(frozen=True, slots=True)
class About:
    """One kind of card. ``read`` gets the text after ``kind:`` and answers None where it is gone;
    ``note`` are words beneath the card in a direct message, ``said`` a message in its thread, and
    ``question`` is what is asked before a press of ``verb`` counts. ``gives`` are arguments that a
    press of ``verb`` means by what it is about, ``choices`` what its form can choose from.
    ``answer`` is the verb that answers it where there are no buttons, by a link or a key; ``loud``
    lets it wake people. With ``leaves`` the card is taken away once what it is about is gone."""

    read: Callable[[Tx, str], Any]
    card: Callable[[Any, Scene], Card]
    note: Callable[[Any, Scene], Note] = _no_words
    said: Callable[[Any, Scene, dict[str, Any]], Note | None] = _nothing_said
    question: Callable[[Any, Scene, str], Confirm | None] = _no_question
    gives: Callable[[Any, Scene, str], Mapping[str, str]] = _nothing_given
    choices: Callable[[Any, Scene, str], Mapping[str, Choices]] = _no_choices
    answer: str = ""
    loud: bool = False
    leaves: bool = False
