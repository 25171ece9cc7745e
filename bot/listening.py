"""Sees whether chats hear what people write, so that the words below cards say what is true."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot.cards.model import Surface
from commands import listening
from commands.door import Door


class Listening:
    """Remembers what each chat said last; nothing is done while that stays the same."""

    def __init__(self, door: Door, surfaces: Mapping[str, Surface]) -> None:
        self._door, self._surfaces = door, surfaces
        self._known: dict[str, bool] = {}

    async def look(self) -> None:
        """Ask the chats that are connected."""
        for name, surface in [*self._surfaces.items()]:
            hears = surface.threads
            if self._known.get(name) == hears or not surface.health()[0]:
                continue
            await self._door.system(partial(listening.heard, surface=name, hears=hears))
            self._known[name] = hears
