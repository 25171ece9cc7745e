"""The incidents a page needs: read once for all consoles, and again as soon as one changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.web.ports import Doorway
from bot.web.session import Visit
from commands.rules.filters import of_incident
from store.model import Incident, Listing, Severity

MOST = 1_000
_KEPT = 50
_LOOKED_AT = 2_000
_DEAR = 0.05


@dataclass
class Found:
    """Open incidents that fit some filters; ``counts`` says which values there are, how often;
    ``fitting`` remembers how many are in which saved view.

    Not ``whole``: there are more than are read. Then these are the newest, and every critical.
    """

    incidents: tuple[Incident, ...]
    whole: bool = True
    fitting: dict[tuple[str, int, str], int | None] = field(default_factory=dict)
    _counts: dict[str, Counter[str]] = field(default_factory=dict)

    def counts(self, name: str) -> Counter[str]:
        """Value → how many of the youngest incidents have it."""
        if name not in self._counts:
            read = _READ[name]
            seen: Counter[str] = Counter()
            for i in self.incidents[:_LOOKED_AT]:
                seen.update(read(i))
            self._counts[name] = seen
        return self._counts[name]


def _labels(i: Incident) -> list[str]:
    return [f"{k}={v}" for k, v in i.labels.items() if k not in {"service", "team"}]


_READ: dict[str, Callable[[Incident], list[str]]] = {
    "severity": lambda i: [str(i.severity)],
    "team": lambda i: [i.team] if i.team else [],
    "service": lambda i: [i.service] if i.service else [],
    "source": lambda i: [i.source],
    "type": lambda i: [str(i.type)],
    "host": lambda i: [v for v in of_incident(i)("host") if v],
    "tag": lambda i: list(i.tags),
    "label": _labels,
}


@dataclass(frozen=True, slots=True)
class _Kept:
    newest: int
    good_until: float
    found: Found


class Listings:
    """Reads lists through the door. ``newest`` tells the newest change there is; without it
    nothing is kept. A list that was dear to read may be shown for a few times as long again, so
    that reading lists never takes more than a part of the time there is."""

    def __init__(self, door: Doorway, newest: Callable[[], Awaitable[int]] | None) -> None:
        self.door, self._newest = door, newest
        self._hidden = getattr(door, "hidden_from", None)
        self._kept: dict[tuple[object, ...], _Kept] = {}

    async def newest(self) -> int | None:
        """The newest change there is, where that is known."""
        return await self._newest() if self._newest is not None else None

    def stale(self) -> None:
        """Something changed."""
        if self._kept:
            now = asyncio.get_running_loop().time()
            self._kept = {k: v for k, v in self._kept.items() if v.good_until > now}

    async def open(self, visit: Visit, args: Mapping[str, str] | None = None) -> Found:
        """Every open incident that fits, newest first; of very many see ``Found``."""
        given = dict(args or {})
        if self._newest is None:
            return await self._read(visit, given)
        loop = asyncio.get_running_loop()
        mine = given.get("who") == "me" or "filter" in given
        minute = visit.now // 60_000 if "filter" in given else 0
        me = visit.actor.id if mine else ""
        hidden = await self._hidden(visit.actor) if self._hidden is not None else ()
        roles = visit.actor.roles, visit.actor.grants
        key = (*roles, hidden, me, minute, *sorted(given.items()))
        newest = await self._newest()
        kept = self._kept.get(key)
        if kept is not None and (kept.newest == newest or loop.time() < kept.good_until):
            return kept.found
        began = loop.time()
        found = await self._read(visit, given)
        took = loop.time() - began
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        until = loop.time() + 4 * took if took > _DEAR else 0.0
        self._kept[key] = _Kept(newest, until, found)
        return found

    async def _read(self, visit: Visit, args: Mapping[str, str]) -> Found:
        newest = await self.page(visit, args, MOST, "")
        if newest.next is None:
            return Found(newest.incidents)
        worst = str(Severity.CRITICAL)
        if worst not in args.get("severity", worst):
            return Found(newest.incidents, whole=False)
        urgent = await self.page(visit, {**args, "severity": worst}, MOST, "")
        both = {i.id: i for i in (*newest.incidents, *urgent.incidents)}
        return Found(tuple(both[n] for n in sorted(both, reverse=True)), whole=False)

    async def page(self, visit: Visit, args: Mapping[str, str], limit: int, cursor: str) -> Listing:
        """One page of any list."""
        asked = {**args, "limit": limit, "cursor": cursor}
        found: Listing = await self.door.ask("list", asked, visit.actor)
        return found
