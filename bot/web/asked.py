"""What waits for a person's word: what a second person must agree to, what a workflow asks."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.cards import words
from bot.cards.model import Card, Press
from bot.tokens import ASK, needs_form, read_arguments, read_token
from bot.web import render
from bot.web.frame import Frames
from bot.web.gate import Gate
from bot.web.ports import Doorway, Extras
from bot.web.render import Reader
from bot.web.session import Visit, fresh_key

HERE = "asked"
_FORMS = ("approve",)


@dataclass(frozen=True, slots=True)
class Deed:
    """One button: with a form first, or at once."""

    verb: str
    label: str
    number: int
    form: bool
    primary: bool


class AskedPages:
    """Their addresses."""

    def __init__(self, door: Doorway, frames: Frames, base: str, extras: Extras) -> None:
        self._door, self._frames = door, frames
        self._base, self._extras = base, extras

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """For who is signed in."""
        return [
            web.get(f"/{HERE}", gate.signed(self.every)),
            web.get(r"/a/{number:\d{1,15}}", gate.signed(self.approval)),
            web.get(r"/q/{number:\d{1,15}}", gate.signed(self.inquiry)),
        ]

    async def every(self, request: web.Request, visit: Visit) -> web.Response:
        """All that waits for this person's word, and what they asked for."""
        mine = (await self._door.ask("approvals", {}, visit.actor)).facts["approvals"]
        asked = (await self._door.ask("inquiries", {}, visit.actor)).facts["inquiries"]
        cards = [await self._approval(one["approval"], visit) for one in mine]
        cards += [await self._inquiry(one["inquiry"], visit) for one in asked]
        return await self._page(request, visit, [card for card in cards if card is not None])

    async def approval(self, request: web.Request, visit: Visit) -> web.Response:
        """One that needs a second person."""
        card = await self._approval(int(request.match_info["number"]), visit)
        return await self._page(request, visit, [card] if card else [], one=True)

    async def inquiry(self, request: web.Request, visit: Visit) -> web.Response:
        """One question of a workflow."""
        card = await self._inquiry(int(request.match_info["number"]), visit)
        return await self._page(request, visit, [card] if card else [], one=True)

    async def _approval(self, number: int, visit: Visit) -> Card | None:
        asked = await self._door.ask("approval-word", {"approval": number}, visit.actor)
        return await self._card("approval", number, visit) if asked.facts["seen"] else None

    async def _inquiry(self, number: int, visit: Visit) -> Card | None:
        asked = await self._door.ask("answer-form", {"inquiry": number}, visit.actor)
        return await self._card("inquiry", number, visit) if asked.facts["seen"] else None

    async def _card(self, kind: str, number: int, visit: Visit) -> Card | None:
        read = self._extras.about
        return await read(kind, number, visit.actor.id) if read is not None else None

    async def _page(
        self, request: web.Request, visit: Visit, cards: list[Card], *, one: bool = False
    ) -> web.Response:
        reader = Reader(visit.now, visit.zone, self._base)
        drawn = [
            {"title": words.clean(card.head.title), "html": render.whole(card, reader),
             "deeds": [d for press in (*card.actions.buttons, *card.actions.more)
                       if (d := _deed(press))]}
            for card in cards
        ]  # fmt: skip
        return await self._frames.page(
            request, visit, "asked.html", here=HERE, cards=drawn, one=one, key=fresh_key(),
            back=request.path_qs, status=404 if one and not drawn else 200,
        )  # fmt: skip


def _deed(press: Press) -> Deed | None:
    """A button of a card, as this page draws it."""
    label = press.label.rstrip("…")
    if press.token.startswith(ASK):
        verb, args = read_arguments(press.token)
        number = int(str(args.get(verb.noun) or 0))
        return Deed(verb.name, label, number, True, press.primary)
    verb, number, _ = read_token(press.token)
    form = needs_form(verb) or verb.name in _FORMS
    return Deed(verb.name, label, number, form, press.primary)
