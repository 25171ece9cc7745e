"""A picture beside an answer, for its reader alone: it follows the words, and where it can't the
words stand as they are."""

# A file that was brought by files.completeUploadExternal without a channel belongs to the bot and
# is shared with nobody. An image block shows it to whoever sees that message and to no one else,
# which here is the one person who asked: sharing it with the channel would show it to everybody.

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable

from bot import pictures
from bot.cards import words
from bot.cards.drawing import Drawing
from bot.slack.api import Api, Refused
from bot.slack.parts import plain
from bot.slack.reply import EPHEMERAL, Ask
from bot.slack.spans import JSON
from integrations.base import IntegrationError

log = logging.getLogger("pixelview.slack")

URL_OF, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"
MOST_ALT, MOST_TITLE, MOST_AT_ONCE = 1_000, 150, 16
WAITS = (0.3, 0.7, 1.5, 3.0, 5.0)
"""Seconds. Slack looks through a file after it was brought, and refuses it until then."""
_KEPT, _TOO_LONG = 64, 20.0
_NOT_YET = "invalid_blocks"

Drawn = Callable[[Drawing], Awaitable[bytes | None]]
Pause = Callable[[float], Awaitable[None]]


class Pictures:
    """Shows drawings as pictures where the app may bring files (``may``)."""

    def __init__(
        self, api: Api, may: Callable[[], bool], *, drawn: Drawn = pictures.png,
        pause: Pause = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._api, self._may, self._drawn, self._pause = api, may, drawn, pause
        self._brought: dict[str, str] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    def show(self, ask: Ask, drawing: Drawing) -> None:
        """The picture below the words that were just said, seen by whoever asked alone; nothing
        waits for it."""
        if not ask.channel or len(self._under_way) >= MOST_AT_ONCE or not self._may():
            return
        task = asyncio.get_running_loop().create_task(self._quietly(ask, drawing))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def end(self) -> None:
        """What is under way is given up."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _quietly(self, ask: Ask, drawing: Drawing) -> None:
        try:
            async with asyncio.timeout(_TOO_LONG):
                await self._show(ask, drawing)
        except (IntegrationError, TimeoutError) as error:
            log.info("a picture was not shown beside its words: %s", str(error) or "too late")
        except Exception:
            log.exception("a picture for %s", ask.account.name)

    async def _show(self, ask: Ask, drawing: Drawing) -> None:
        png = await self._drawn(drawing)
        file = await self._bring(png, drawing) if png else ""
        if not file:
            return
        title = words.cut(words.clean(drawing.title), MOST_TITLE)
        body = {"text": title or "…", "blocks": [_image(file, title, drawing.alt)]}
        try:
            await self._beside(ask, body)
        except Refused as error:
            if error.code == _NOT_YET:
                self._brought = {k: v for k, v in self._brought.items() if v != file}
                raise
            # Where the bot is no member only what came with the command or the press leads there.
            await self._by_url(ask, body)

    async def _beside(self, ask: Ask, body: JSON) -> None:
        where: JSON = {"channel": ask.channel, "user": ask.account.id}
        where |= {"thread_ts": ask.thread} if ask.thread else {}
        for wait in (*WAITS, None):
            try:
                await self._api.call(EPHEMERAL, **where, **body)
                return
            except Refused as error:
                if error.code != _NOT_YET or wait is None:
                    raise
            await self._pause(wait)

    async def _by_url(self, ask: Ask, body: JSON) -> None:
        """Its address takes five messages, the words before among them, and says no why."""
        if not ask.response_url:
            return
        said = {"response_type": "ephemeral", "replace_original": False} | body
        said |= {"thread_ts": ask.thread} if ask.thread else {}
        for wait in WAITS[-2:]:
            await self._pause(wait)
            if await self._api.respond(ask.response_url, said):
                return

    async def _bring(self, png: bytes, drawing: Drawing) -> str:
        """The id of the file that is this picture, brought once; "" where Slack takes none."""
        name = hashlib.sha256(png).hexdigest()
        if name in self._brought:
            return self._brought[name]
        alt = words.cut(drawing.alt, MOST_ALT)
        place = await self._api.call(URL_OF, filename="trend.png", length=len(png), alt_txt=alt)
        file = str(place.get("file_id") or "")
        if not file or not await self._api.upload(str(place.get("upload_url") or ""), png):
            log.info("a picture was not taken by Slack")
            return ""
        title = words.cut(words.clean(drawing.title), MOST_TITLE)
        await self._api.call(COMPLETE, files=json.dumps([{"id": file, "title": title}]))
        self._brought = dict([*self._brought.items()][-_KEPT + 1 :]) | {name: file}
        return file


def _image(file: str, title: str, alt: str) -> JSON:
    return {
        "type": "image", "block_id": "trend", "title": plain(title or "…"),
        "slack_file": {"id": file}, "alt_text": words.cut(alt, MOST_ALT) or "…",
    }  # fmt: skip
