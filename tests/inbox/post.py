"""A running PixelView that takes mail, and plain ways to send it some."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiosmtplib

from bot.app import App
from store.model import Incident
from tests.intake.support import Station
from tests.support.world import YAML

LISTENS = YAML + 'intake: {mail: {listen: "127.0.0.1:0"}}\n'


async def station(url: str, keys: Path, yaml: str = LISTENS) -> Station:
    """The service with a listener, unless the settings say otherwise."""
    return await Station.build(url, keys, yaml)


async def send(
    app: App, to: str | list[str], raw: bytes, *, sender: str = "mon@example.eu", **more: Any
) -> str:
    """Send a mail as any client would; the answer to the mail itself."""
    smtp = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=app.mail.listener.port, start_tls=False, timeout=20, **more
    )
    async with smtp:
        _, said = await smtp.sendmail(sender, to, raw)
    return said


async def incidents(app: App) -> list[Incident]:
    """All incidents, by number."""
    from store import incidents as rows

    def look(tx: Any) -> list[Incident]:
        from sqlalchemy import select

        from store.tables import INCIDENTS

        numbers = tx.conn.execute(select(INCIDENTS.c.id).order_by(INCIDENTS.c.id)).scalars()
        found = [rows.get(tx, number) for number in numbers]
        return [each for each in found if each is not None]

    return await app.reader.read(look)


async def until(look: Any, what: str, seconds: float = 30.0) -> Any:
    """What an awaitable gives once it is true."""
    end = asyncio.get_running_loop().time() + seconds
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < end, f"{what} within {seconds:.0f} s"
        await asyncio.sleep(0.02)
    return found
