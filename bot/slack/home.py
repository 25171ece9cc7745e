"""The Home tab: each person's own page, drawn when they open it and kept fresh for a day."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.cards import words
from bot.cards.model import Account, Actions, Desk, Press, Span, Spans
from bot.cards.page import Entry, Page, Part
from bot.latest import Latest
from bot.slack import render
from bot.slack.api import Api, Refused
from bot.slack.escape import address, bare
from bot.slack.parts import plain
from bot.slack.spans import JSON, mrkdwn
from integrations.base import IntegrationError, Transient

log = logging.getLogger("pixelview.slack")

PUBLISH = "views.publish"
HOME = "home"
PATIENCE, LONGEST = 1.2, 20.0
DAY = 86_400.0
MOST_BLOCKS, MOST_TEXT, A_ROUND = 100, 2_900, 20


@dataclass(slots=True)
class Shown:
    """A Home as somebody has it: opened when, what it showed last, Slack's word for that state."""

    account: Account
    opened_at: float
    said: str = ""
    still: bool = False
    hash: str = ""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Homes:
    """Publishes Home tabs. ``now_s`` is the clock in seconds."""

    def __init__(
        self, desk: Desk, api: Api, now_s: Callable[[], float], *, patience: float = PATIENCE
    ) -> None:
        self._desk, self._api, self._now, self._patience = desk, api, now_s, patience
        self._open: Latest[str, Shown] = Latest(2_000)

    async def opened(self, account: Account, known: Any = None) -> None:
        """Somebody opened their Home; ``known`` is the view they have, where there is one."""
        before = self._open.get(account.id)
        shown = self._open[account.id] = before or Shown(account, self._now())
        shown.account, shown.opened_at = account, self._now()
        hash_ = str(known.get("hash") or "") if isinstance(known, dict) else ""
        if hash_ != shown.hash:
            shown.said, shown.hash = "", hash_
        await self._draw(shown, first=not hash_)

    async def fresh(self, account: Account) -> None:
        """What somebody did may have changed their Home."""
        if (shown := self._open.get(account.id)) is not None:
            await self._draw(shown)

    async def freshen(self) -> None:
        """Draw anew what was opened within a day and has changed, a few at a time."""
        drawn = 0
        for shown in self.recent():
            try:
                drawn += await self._draw(shown, looked=False)
            except Transient:
                return
            except IntegrationError as error:
                log.warning("the Home of %s was not shown: %s", shown.account.name, error)
            if drawn >= A_ROUND:
                return

    def recent(self) -> list[Shown]:
        """The Homes that were opened within a day, the latest first."""
        since = self._now() - DAY
        found = [s for s in self._open.values() if s.opened_at > since]
        return sorted(found, key=lambda s: -s.opened_at)

    async def _draw(self, shown: Shown, *, first: bool = False, looked: bool = True) -> bool:
        """Publish a Home where it is not so already; whether that was needed. ``looked`` says that
        its person is there."""
        async with shown.lock:
            work = asyncio.ensure_future(self._drawn(shown.account))
            try:
                if first and not (await asyncio.wait({work}, timeout=self._patience))[0]:
                    await self._publish(shown, _waiting())
                page = await work
            finally:
                work.cancel()
            if page is None:
                if shown.hash:
                    return False
                return await self._publish(shown, _broken())
            if page.still and shown.still and not looked:
                return False
            shown.still = page.still
            return await self._publish(shown, page)

    async def _drawn(self, account: Account) -> Page | None:
        """The desk's page; None where it is broken, or takes too long."""
        try:
            async with asyncio.timeout(LONGEST):
                return await self._desk.home(account)
        except Exception:
            log.exception("the desk failed on the Home of %s", account.name)
            return None

    async def _publish(self, shown: Shown, page: Page) -> bool:
        view = view_of(page)
        said = json.dumps(view)
        if said == shown.said:
            return False
        try:
            await self._send(shown, view)
        except Refused as error:
            # Somebody else drew it meanwhile (another process of ours): what is known now counts.
            if error.code != "hash_conflict":
                log.warning("the Home of %s was not shown: %s", shown.account.name, error)
                return True
            shown.hash = ""
            await self._send(shown, view)
        shown.said = said
        return True

    async def _send(self, shown: Shown, view: JSON) -> None:
        args: JSON = {"user_id": shown.account.id, "view": view}
        made = await self._api.call(PUBLISH, **args | ({"hash": shown.hash} if shown.hash else {}))
        shown.hash = str((made.get("view") or {}).get("hash") or "")


async def quietly(work: Any) -> None:
    """A Home that could not be drawn is drawn the next time."""
    try:
        await work
    except IntegrationError as error:
        log.warning("a Home was not shown: %s", error)


# ---- as blocks ---------------------------------------------------------------------------------


def view_of(page: Page) -> JSON:
    """A page as the view of a Home tab."""
    blocks = [*_top(page)]
    for number, part in enumerate(page.parts):
        blocks += _part(part, number)
    if page.last:
        blocks.append(_small(page.last, "last"))
    return {
        "type": HOME, "callback_id": HOME, "private_metadata": json.dumps({HOME: "1"}),
        "blocks": blocks[:MOST_BLOCKS] or [_section([(Span("Nothing here yet."),)], "none")],
    }  # fmt: skip


def _top(page: Page) -> Iterator[JSON]:
    if page.lead:
        yield _section(page.lead, "lead")
    yield from render.actions(Actions(page.actions), f"{HOME}.actions")


def _part(part: Part, number: int) -> list[JSON]:
    """A title, then each line; lines without a button stand together."""
    title = plain(words.cut(words.clean(part.title), 150))
    blocks: list[JSON] = [{"type": "header", "block_id": f"part.{number}", "text": title}]
    together: list[Spans] = []

    def close() -> None:
        if together:
            blocks.append(_section(together, f"lines.{number}.{len(blocks)}"))
            together.clear()

    for entry in part.entries:
        if entry.presses:
            close()
            blocks.append(_beside(entry, f"line.{number}.{len(blocks)}"))
        else:
            together.append(entry.spans)
    close()
    return blocks


def _section(lines: Iterable[Spans], block_id: str) -> JSON:
    """Lines as one block; those that don't fit are left out."""
    said = ""
    for line in map(_line, lines):
        longer = f"{said}\n{line}" if said else line
        if len(longer) > MOST_TEXT:
            break
        said = longer
    text = {"type": "mrkdwn", "text": said or " ", "verbatim": True}
    return {"type": "section", "block_id": block_id, "text": text, "expand": True}


def _beside(entry: Entry, block_id: str) -> JSON:
    """A line with its button or its menu at its end."""
    out = _section([entry.spans], block_id)
    [row] = render.actions(_row(entry.presses), block_id)
    return out | {"accessory": row["elements"][0]}


def _row(presses: tuple[Press, ...]) -> Actions:
    return Actions(presses) if len(presses) == 1 else Actions((), presses)


def _small(spans: Spans, block_id: str) -> JSON:
    text = {"type": "mrkdwn", "text": _line(spans), "verbatim": True}
    return {"type": "context", "block_id": block_id, "elements": [text]}


def _line(spans: Spans) -> str:
    return "".join(map(_said, spans))


def _said(span: Span) -> str:
    """One span as mrkdwn; of a stranger's words only what can't come alive there."""
    if span.url:
        where, label = address(span.url), " ".join(bare(span.text).split())
        said = f"<{where.replace('&', '&amp;')}|{label or 'Link'}>" if where else label
    else:
        said = mrkdwn(span) if span.own else bare(span.text)
    return _bold(said, span.bold)


def _bold(text: str, bold: bool) -> str:
    """Slack takes a star for one only beside the words."""
    bare = text.strip()
    return text.replace(bare, f"*{bare}*", 1) if bold and bare else text


def _waiting() -> Page:
    return Page(((Span("Working on it…"),),))


def _broken() -> Page:
    return Page(((Span("This can't be shown right now. Open it again in a minute."),),))
