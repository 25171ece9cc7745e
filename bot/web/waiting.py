"""What waits for a person's word, drawn with its buttons: for its own page and an incident's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bot.cards import words
from bot.cards.model import Card, Press
from bot.tokens import ASK, needs_form, read_arguments, read_token
from bot.web import render
from bot.web.ports import Doorway, Extras
from bot.web.render import Reader
from bot.web.session import Visit
from commands import rights
from commands.automation.automations import READ
from commands.automation.happened import KIND
from commands.automation.switching import ACT


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: with a form first, or at once."""

    verb: str
    label: str
    number: int
    form: bool
    primary: bool


class Waiting:
    """Finds and draws it for one reader."""

    def __init__(self, door: Doorway, base: str, extras: Extras) -> None:
        self._door, self._base, self._extras = door, base, extras

    async def every(self, visit: Visit, incident: int = 0) -> list[dict[str, Any]]:
        """All that waits for this person, what they asked for, what is suggested; about one
        incident where it is given."""
        return [each async for each in self._every(visit, incident)]

    async def _every(self, visit: Visit, incident: int) -> AsyncIterator[dict[str, Any]]:
        for kind, number, about in await self._numbers(visit):
            if not incident or about == incident:
                card = await self._card(kind, number, visit)
                if card is not None:
                    yield self._drawn(card, visit, about)

    async def _numbers(self, visit: Visit) -> list[tuple[str, int, int]]:
        mine = (await self._door.ask("approvals", {}, visit.actor)).facts["approvals"]
        asked = (await self._door.ask("inquiries", {}, visit.actor)).facts["inquiries"]
        found = [("approval", one["approval"], one["incident"] or 0) for one in mine]
        found += [("inquiry", one["inquiry"], one["incident"] or 0) for one in asked]
        known = self._door.definitions()
        if all(rights.may_somewhere(known, visit.actor, each) for each in (READ, ACT)):
            some = (await self._door.ask("suggestions", {}, visit.actor)).facts["suggested"]
            found += [(KIND, one["run"], one["incident"] or 0) for one in some]
        return found

    async def approval(self, number: int, visit: Visit) -> list[dict[str, Any]]:
        """One that needs a second person, for who may see it."""
        asked = await self._door.ask("approval-word", {"approval": number}, visit.actor)
        return await self._one("approval", number, visit, seen=asked.facts["seen"])

    async def inquiry(self, number: int, visit: Visit) -> list[dict[str, Any]]:
        """One question of a workflow, for who may see it."""
        asked = await self._door.ask("answer-form", {"inquiry": number}, visit.actor)
        return await self._one("inquiry", number, visit, seen=asked.facts["seen"])

    async def _one(
        self, kind: str, number: int, visit: Visit, *, seen: bool
    ) -> list[dict[str, Any]]:
        card = await self._card(kind, number, visit) if seen else None
        return [self._drawn(card, visit)] if card is not None else []

    async def _card(self, kind: str, number: int, visit: Visit) -> Card | None:
        read = self._extras.about
        return await read(kind, number, visit.actor.id) if read is not None else None

    def _drawn(self, card: Card, visit: Visit, incident: int = 0) -> dict[str, Any]:
        reader = Reader(visit.now, visit.zone, self._base)
        presses = (*card.actions.buttons, *card.actions.more)
        return {
            "title": words.clean(card.head.title), "html": render.whole(card, reader),
            "incident": incident, "deeds": [d for press in presses if (d := _deed(press))],
        }  # fmt: skip


def _deed(press: Press) -> Deed | None:
    """A button of a card, as a page draws it."""
    label = press.label.rstrip("…")
    if press.token.startswith(ASK):
        verb, args = read_arguments(press.token)
        number = int(str(args.get(verb.noun) or 0))
        return Deed(verb.name, label, number, True, press.primary)
    verb, number, _ = read_token(press.token)
    form = needs_form(verb) or press.label.endswith("…")
    return Deed(verb.name, label, number, form, press.primary)
