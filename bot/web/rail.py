"""The views of the rail: those everybody needs, those that were saved, what is open in them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards import words
from bot.web.listing import Found, Listings
from bot.web.now import Board, place
from bot.web.session import Visit
from bot.web.wanted import Wanted, from_words
from commands.rules import lists
from commands.rules.filters import BadFilter
from store.model import Definitions, Incident

_KEPT = 200


@dataclass(frozen=True, slots=True)
class Saved:
    """A view in the rail, with its count. ``name`` is that of one that people saved, ``owner`` and
    ``share`` say whose it is, to people and to commands; ``first``: Now begins with it."""

    title: str
    url: str
    total: str
    here: bool
    name: str = ""
    owner: str = ""
    first: bool = False
    share: str = ""


@dataclass(frozen=True, slots=True)
class _View:
    name: str
    words: str
    owner: str
    share: str
    first: bool
    wanted: Wanted


class Rail:
    """Reads saved views through the door, and again once something changed."""

    def __init__(self, listings: Listings) -> None:
        self._listings = listings
        self._kept: dict[str, tuple[object, list[_View]]] = {}

    async def views(
        self, visit: Visit, everything: Found, board: Board, wanted: Wanted | None
    ) -> list[Saved]:
        """Mine, Nobody has it, one for each team, then what was saved."""
        fixed = standing(everything, board, visit.actor.id, wanted)
        saved = await self._saved(visit)
        counts = await self._counts(visit, everything, board.known, saved)
        plus = "" if everything.whole else "+"
        return [
            *fixed,
            *(
                Saved(
                    words.cut(words.clean(v.name), 40),
                    v.wanted.url(),
                    f"{counts[v.words]}{plus}" if v.words in counts else "",
                    bool(wanted and wanted.same(v.wanted)),
                    v.name,
                    v.owner,
                    v.first,
                    v.share,
                )
                for v in saved
            ),
        ]

    async def first(self, visit: Visit) -> Wanted | None:
        """The list somebody's Now begins with."""
        found = await self._saved(visit)
        return next((v.wanted for v in found if v.first), None)

    async def names(self, visit: Visit) -> list[str]:
        """The names of the views somebody sees."""
        return list(dict.fromkeys(v.name for v in await self._saved(visit)))

    async def _saved(self, visit: Visit) -> list[_View]:
        newest = await self._listings.newest()
        kept = self._kept.get(visit.actor.id)
        if kept is not None and newest is not None and kept[0] == (newest, visit.now // 60_000):
            return kept[1]
        told = await self._listings.door.ask("views", {"bare": True}, visit.actor)
        found = [v for each in told.facts["views"] if (v := _view(each, visit))]
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[visit.actor.id] = ((newest, visit.now // 60_000), found)
        return found

    async def _counts(
        self, visit: Visit, everything: Found, known: Definitions, saved: Sequence[_View]
    ) -> dict[str, int]:
        """Words of a view → how many fit; each is counted once until something changes."""
        me, minute = visit.actor.id, visit.now // 60_000
        kept = everything.fitting
        missing = {v.words for v in saved if (me, minute, v.words) not in kept}
        if missing:
            found = await asyncio.to_thread(
                _count, everything.incidents, missing, known, visit.now, visit.zone, me
            )
            kept.update({(me, minute, text): total for text, total in found.items()})
        return {v.words: n for v in saved if (n := kept.get((me, minute, v.words))) is not None}


def _view(facts: dict[str, object], visit: Visit) -> _View | None:
    """A view as an address; None where its words can't be read any more."""
    text, team = str(facts["words"]), facts["team"]
    mine = facts["owner"] == visit.actor.id
    owner = "yours" if mine else f"team {team}" if team else "everybody"
    share = "me" if mine else f"team:{team}" if team else "everybody"
    try:
        wanted = from_words(text, visit.now, visit.zone)
    except BadFilter:
        return None
    return _View(str(facts["name"]), text, owner, share, bool(facts["first"]), wanted)


def _count(
    found: Sequence[Incident], texts: set[str], known: Definitions, now: int, zone: str, me: str
) -> dict[str, int | None]:
    """How many fit; None for a view of what is over, which is not counted."""
    return {text: _fit(found, text, known, now, zone, me) for text in texts}


def _fit(
    found: Sequence[Incident], text: str, known: Definitions, now: int, zone: str, me: str
) -> int | None:
    asked = lists.by_handle(lists.read(text, now, zone), known)
    if not lists.is_open(asked):
        return None
    return sum(lists.fits(asked, i, me) for i in found)


def standing(everything: Found, board: Board, me: str, wanted: Wanted | None) -> list[Saved]:
    """Mine, Nobody has it, and one for each team that has something open."""
    found, more = everything.incidents, "" if everything.whole else "+"
    mine = sum(1 for i in found if me in {i.holder, i.assignee})
    nobody = sum(1 for i in found if place(i) == "nobody")
    views = [("Mine", {"who": "me"}, mine), ("Nobody has it", {"who": "nobody"}, nobody)]
    per_team = Counter(i.team for i in found if i.team)
    teams = sorted(set(per_team) | set(board.teams))
    views += [(f"Team {words.clean(t)}", {"team": t}, per_team[t]) for t in teams]
    return [
        Saved(title, w.url(), f"{total}{more}", bool(wanted and wanted.same(w)))
        for title, v, total in views
        for w in [Wanted(v)]
    ]
