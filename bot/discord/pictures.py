"""A picture beside an answer on Discord: added to the words once they stand, by the interaction's
own token, so that it is seen by whoever sees them and needs no permission."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot import pictures
from bot.cards import words
from bot.cards.drawing import Drawing
from bot.discord.render import ALT, EPHEMERAL, GALLERY, JSON, NOBODY, V2
from bot.discord.reply import EDIT, FOLLOW_UP, Ask
from bot.discord.rest import Rest
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.discord")

NAME = "trend.png"
MOST_AT_ONCE, _TOO_LONG = 16, 20.0

Drawn = Callable[[Drawing], Awaitable[bytes | None]]


class Pictures:
    """Shows drawings as pictures."""

    def __init__(self, rest: Rest, *, drawn: Drawn = pictures.png) -> None:
        self._rest, self._drawn = rest, drawn
        self._under_way: set[asyncio.Task[None]] = set()

    def show(self, ask: Ask, drawing: Drawing, said: JSON, *, original: bool) -> None:
        """The picture below the words ``said``; nothing waits for it. ``original`` says that they
        are the interaction's own answer: where they followed it, so does the picture, for whoever
        asked alone."""
        if len(self._under_way) >= MOST_AT_ONCE:
            return
        work = self._quietly(ask, drawing, said if original else None)
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def end(self) -> None:
        """What is under way is given up."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _quietly(self, ask: Ask, drawing: Drawing, said: JSON | None) -> None:
        try:
            async with asyncio.timeout(_TOO_LONG):
                if png := await self._drawn(drawing):
                    await self._show(ask, png, drawing.alt, said)
        except (IntegrationError, TimeoutError) as error:
            log.info("a picture was not shown beside its words: %s", str(error) or "too late")
        except Exception:
            log.exception("a picture for %s", ask.account.name)

    async def _show(self, ask: Ask, png: bytes, alt: str, said: JSON | None) -> None:
        ids = {"application": ask.application, "token": ask.token}
        about = words.cut(words.clean(alt), ALT) or "…"
        body: JSON = {
            "attachments": [{"id": "0", "filename": NAME, "description": about}],
            "allowed_mentions": dict(NOBODY),
        }  # fmt: skip
        if said is None:
            await self._rest.bring(FOLLOW_UP, body | {"flags": EPHEMERAL}, png, **ids)
            return
        if int(said.get("flags") or 0) & V2:
            # In a message of components a file shows only where one of them names it.
            item = {"media": {"url": f"attachment://{NAME}"}, "description": about}
            gallery = {"type": GALLERY, "items": [item]}
            body |= {"flags": V2, "components": [*said["components"], gallery]}
        await self._rest.bring(EDIT, body, png, **ids)
