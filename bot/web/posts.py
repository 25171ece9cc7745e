"""What people send: a verb with its form, or a line in plain words."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from bot.cards.answers import nearest
from bot.web.acts import Acts
from bot.web.gate import Gate, form
from bot.web.listing import Listings
from bot.web.reply import Replies
from bot.web.saying import Said
from bot.web.session import Visit, local
from bot.web.wanted import from_words
from commands.registry import CATALOG
from commands.rules.filters import BadFilter

_LONGEST = 2_000
_MISSPELT = 5  # shorter words before a number are looked for: node 12


class Posts:
    """Every POST that acts; each goes through the door."""

    def __init__(self, acts: Acts, replies: Replies, listings: Listings) -> None:
        self._acts, self._replies, self._listings = acts, replies, listings

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses."""
        return [
            web.post("/do/{verb}", gate.signed(self.do)),
            web.post("/type", gate.signed(self.type)),
        ]

    async def do(self, request: web.Request, visit: Visit) -> web.Response:
        """Run a verb with what its form brought."""
        values = await form(request)
        said = await self._acts.do(request.match_info["verb"], values, visit)
        self._listings.stale()
        return await self._replies.send(request, visit, said, local(values.get("back", "/")))

    async def type(self, request: web.Request, visit: Visit) -> web.Response:
        """A line: an incident's number, a command, or words to filter by."""
        values = await form(request)
        text = values.get("text", "").strip()[:_LONGEST].lstrip(">").strip()
        number = values.get("incident", "")
        here = int(number) if number.isascii() and number.isdecimal() and len(number) < 16 else None
        said = await self._typed(text, values.get("key", ""), here, visit)
        self._listings.stale()
        return await self._replies.send(request, visit, said, local(values.get("back", "/")))

    async def _typed(self, text: str, key: str, here: int | None, visit: Visit) -> Said:
        bare = text.lstrip("#")
        if bare.isascii() and bare.isdecimal() and len(bare) < 16:
            return Said(go=f"/i/{bare}")
        word, _, rest = text.partition(" ")
        if word.casefold() == "list":
            return self._listed(rest, visit)
        if is_command(text):
            return await self._acts.typed(text, key, here, visit)
        return self._listed(text, visit)

    def _listed(self, text: str, visit: Visit) -> Said:
        """The list that words ask for has an address."""
        try:
            return Said(go=from_words(text, visit.now, visit.zone).url())
        except BadFilter:  # the list says what is wrong with it, beside the words
            return Said(go=f"/?{urlencode({'filter': text})}")


def is_command(text: str) -> bool:
    """It begins with a verb, or with a misspelt one before an incident's number."""
    first, *rest = text.split() or [""]
    word = first.casefold()
    if word in CATALOG:
        return True
    number = bool(rest) and rest[0].lstrip("#").isdecimal()
    return number and len(word) >= _MISSPELT and nearest(word) is not None
