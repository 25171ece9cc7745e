"""A running PixelView to post webhooks at, and a look at what it stored."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from bot.app import App, prepare
from bot.settings import parse
from store import access
from store.db import Tx
from store.tables import ALERTS, INCIDENTS, OUTBOX, TIMELINE, TIMERS
from tests.support.world import YAML, ObedientClock

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answered:
    """What came back: never followed, read whole."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.text)


class Station:
    """The real App on a loopback port, one intake token for each integration."""

    def __init__(self, app: App, clock: ObedientClock, port: int, http: aiohttp.ClientSession):
        self.app, self.clock, self.http = app, clock, http
        self.url = f"http://127.0.0.1:{port}"
        self.tokens: dict[str, str] = {}

    @classmethod
    async def build(cls, url: str, keys: Path, yaml: str = YAML) -> Station:
        """Start it on an empty database."""
        settings = parse(yaml, "test.yaml").model_copy(
            update={"database": url, "key_file": str(keys / "pixelview.key")}
        )
        clock = ObedientClock()
        app = App(settings, await prepare(settings), clock)
        port = await app.start("127.0.0.1", 0)
        connector = aiohttp.TCPConnector(force_close=True)
        return cls(app, clock, port, aiohttp.ClientSession(connector=connector))

    async def end(self) -> None:
        """Stop everything."""
        await self.http.close()
        self.app.ticker.wake = _sleep_on  # type: ignore[method-assign]
        await self.app.stop()

    async def token(self, integration: str, source: str = "") -> str:
        """The secret of a source of this integration."""
        name = source or integration
        if name not in self.tokens:

            def make(ctx: Any) -> str:
                found = access.source(ctx.tx, ctx.now, name, integration)
                return access.create_token(ctx.tx, ctx.now, name, source_id=found.id)

            self.tokens[name] = await self.app.door.system(make)
        return self.tokens[name]

    async def post(
        self,
        integration: str,
        body: bytes | str | Any,
        *,
        content_type: str | None = JSON,
        headers: Mapping[str, str] | None = None,
        source: str = "",
    ) -> Answered:
        """Post a webhook with the source's token in the path."""
        token = await self.token(integration, source)
        return await self.ask(
            "POST", f"/in/{integration}/{token}", body, content_type=content_type, headers=headers
        )

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | Any = b"",
        *,
        content_type: str | None = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Any request, exactly as given."""
        sent = body if isinstance(body, (bytes, str)) else json.dumps(body)
        typed = {"Content-Type": content_type} if content_type is not None else {}
        async with self.http.request(
            method,
            self.url + path,
            data=io.BytesIO(sent.encode() if isinstance(sent, str) else sent),
            headers={**typed, **(headers or {})},
            skip_auto_headers=("Content-Type",),
            allow_redirects=False,
        ) as response:
            text = (await response.read()).decode()
            return Answered(response.status, dict(response.headers), text)

    async def stored(self) -> dict[str, int]:
        """How many rows there are of all that a webhook may leave; that one could not be read is
        told, and is none of them."""

        def count(tx: Tx) -> dict[str, int]:
            tables = (ALERTS, INCIDENTS, TIMELINE, TIMERS, OUTBOX)
            found = {
                table.name: tx.conn.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables
            }
            told = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.about.like("unread:%"))
            found[OUTBOX.name] -= tx.conn.execute(told).scalar_one()
            return found

        found: dict[str, int] = await self.app.reader.read(count)
        return found


def _sleep_on() -> None:
    """What was just stored would wake the ticker once more while it is being stopped."""


def firing(name: str = "Down", **labels: str) -> dict[str, Any]:
    """One alert as Alertmanager writes it."""
    return {
        "status": "firing",
        "labels": {"alertname": name, "severity": "critical", "team": "db", **labels},
        "annotations": {"summary": f"{name} it is"},
        "startsAt": "2026-11-22T02:08:00.000Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph",
    }


def group(*alerts: Mapping[str, Any]) -> dict[str, Any]:
    """A body of Alertmanager with these alerts."""
    return {
        "version": "4",
        "status": "firing",
        "receiver": "pixelview",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
    }
