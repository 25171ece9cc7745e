"""One mail from its bytes to the disk, wherever it came from."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping
from typing import Any

import integrations
from bot.inbox.recipients import READER
from bot.web.hooks import Hooks
from bot.web.unread import Unread
from commands import mails
from commands.door import SYSTEM, Door
from commands.intake import Accepted
from commands.mails import Letter, Spot
from integrations.base import Malformed, Misconfigured, Reading, Receiver, Request
from integrations.email import mime
from store import audit
from store.access import Source
from store.clock import DAY
from store.writer import Lane

log = logging.getLogger("pixelview.mail")

OFF_LOOP_BYTES = 16 << 10
_NUMBER = re.compile(r"<([^<>\s]{3,300})>")
_PARENTS = 20


class Taker:
    """Reads mails by the settings of their source, and takes in what they say."""

    def __init__(
        self, door: Door, hooks: Hooks, source_settings: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._door, self._hooks, self._settings = door, hooks, source_settings
        self._unread = Unread(door)

    async def take(self, source: Source, raw: bytes, spot: Spot | None = None) -> Accepted | None:
        """The alerts are on disk when this returns; None for a mail that was taken before.

        Malformed (it is in the quarantine then), Misconfigured, Busy.
        """
        asked = Request(
            raw, "message/rfc822", received_at=self._door.clock.now(),
            settings={**source.settings, **self._settings.get(source.name, {})},
        )  # fmt: skip
        letter, read = await self._read(source, asked)

        def run(ctx: Any) -> Accepted | None:
            self._door.guard(ctx.tx)
            done = mails.take(ctx, source, read.alerts, letter, spot)
            if done is not None:
                detail = {
                    "requests": 1, "alerts": len(read.alerts), "sources": [source.name],
                    "incidents": sorted(ctx.touched), "by": "mail",
                }  # fmt: skip
                audit.append(
                    ctx.tx, self._door.writer_name, ctx.now, SYSTEM, "intake", "ok", None, detail
                )
            return done

        done = await self._door.system(run, lane=Lane.INTAKE)
        self._hooks.heard[source.name] = self._door.clock.now()
        self._hooks.accepted += done.accepted if done is not None else 0
        return done

    async def pass_over(self, spot: Spot) -> None:
        """The mail at this place can't be read and is not tried again."""
        await self._door.system(lambda ctx: mails.passed_over(ctx, spot))

    async def _read(self, source: Source, asked: Request) -> tuple[Letter, Reading]:
        receiver = integrations.load(READER)
        assert isinstance(receiver, Receiver)
        try:
            if len(asked.body) > OFF_LOOP_BYTES:
                return await asyncio.to_thread(_both, receiver, asked)
            return _both(receiver, asked)
        except (Malformed, Misconfigured) as error:
            self._hooks.refused += 1
            await self._unread.keep(source, READER, asked, error)
            raise
        except Exception:
            log.exception("a mail for %s can't be read", source.name)
            fault = Malformed("A fault of ours while it was read; it is in the log.", "mail", 422)
            await self._unread.keep(source, READER, asked, fault)
            raise fault from None


def _both(receiver: Receiver, asked: Request) -> tuple[Letter, Reading]:
    read = receiver.read(asked)
    return letter_of(asked.body, asked.received_at), read


def letter_of(raw: bytes, now: int) -> Letter:
    """What tells this mail from others. Without a Message-ID its time does, where it has a clock;
    a device with neither may say the same twice and mean it."""
    mail = mime.parse(raw)
    numbers = _NUMBER.findall(mail.header("message-id"))
    number = numbers[0] if numbers else ""
    references = _NUMBER.findall(mail.header("references"))
    parents = [*_NUMBER.findall(mail.header("in-reply-to")), *reversed(references)]
    sent = mail.sent()
    if not number and (sent is None or abs(sent - now) > 2 * DAY):
        return Letter(parents=tuple(parents[:_PARENTS]))
    parts = (number, mail.header("date"), mail.subject, mail.sender, mail.text, mail.html)
    digest = hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()
    return Letter(digest, number, tuple(dict.fromkeys(parents[:_PARENTS])))
