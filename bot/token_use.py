"""Writes down when tokens were last used, and keeps at hand what there is to see to of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from commands import token_watch
from commands.door import Door
from commands.errors import Busy
from commands.people import Identity
from store import tokens

log = logging.getLogger("pixelview.tokens")

EACH = 20.0
"""Seconds between two looks: a request writes nothing itself."""


class TokenUse:
    """Looks at tokens and linked accounts once in a while."""

    def __init__(
        self, door: Door, identity: Identity, *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._door, self._identity, self._pause = door, identity, pause
        self._task: asyncio.Task[None] | None = None
        self._signs: list[tuple[str, str]] = []

    def start(self) -> None:
        """Look from now on."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="pixelview-tokens")

    async def stop(self) -> None:
        """Look no more; what was used meanwhile is written down."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self._identity.keep_uses()
        except Busy as error:
            log.warning("when tokens were last used was not kept: %s", error)

    def signs(self) -> list[tuple[str, bool, str]]:
        """Lines of the Health box: tokens that end soon, or are used in vain."""
        return [(name, False, words) for name, words in self._signs]

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("looking at tokens")
            await self._pause(EACH)

    async def look(self) -> None:
        """Once."""
        await self._identity.keep_uses()
        await self._identity.look_again()
        found = await self._door.reader.read(tokens.every)
        warn = self._door.rules.tokens.warn
        self._signs = token_watch.signs(found, self._door.clock.now(), warn)
