"""A mail server that delivers nothing: it keeps every mail and shows them on a page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiosmtpd.smtp import SMTP

# The mail's own HTML is shown in a frame that runs nothing; its links open beside it.
_SANDBOX = 'sandbox="allow-popups allow-popups-to-escape-sandbox"'
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Mail ({count})</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<meta http-equiv="refresh" content="5"><style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 760px; padding: 16px;
  color: #14181f; background: #f5f6f8; }}
h1 {{ font-size: 17px; }} details {{ background: #fff; border: 1px solid #d9dde3; margin: 8px 0;
  border-radius: 8px; }} summary {{ padding: 10px 14px; cursor: pointer; }}
summary b {{ overflow-wrap: anywhere; }}
summary small {{ color: #56606e; display: block; }}
iframe {{ width: 100%; height: 460px; border: 0; border-top: 1px solid #d9dde3; }}
</style><h1>{count} mails, newest first</h1>{mails}"""


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    number: int
    to: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.message["Subject"] or "")

    def part(self, kind: str) -> str:
        """Its text (``plain``) or HTML (``html``)."""
        found = self.message.get_body((kind,))
        return str(found.get_content()) if found is not None else ""


class Mailroom:
    """An SMTP server and its page on 127.0.0.1."""

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self.mails: list[Mail] = []
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.example.eu", loop=loop), "127.0.0.1", 0
        )
        app = web.Application()
        app.router.add_get("/", self._list)
        app.router.add_get("/{number:\\d+}", self._show)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The page's address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def smtp_port(self) -> int:
        """Where mails are taken."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """aiosmtpd's name for: a mail has come."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        to = ", ".join(envelope.rcpt_tos)
        self.mails.append(Mail(len(self.mails) + 1, to, message))
        return "250 Kept"

    async def _list(self, request: web.Request) -> web.Response:
        shown = "".join(map(_entry, reversed(self.mails[-100:])))
        page = _PAGE.format(count=len(self.mails), mails=shown)
        return web.Response(text=page, content_type="text/html")

    async def _show(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        if not 1 <= number <= len(self.mails):
            raise web.HTTPNotFound
        mail = self.mails[number - 1]
        text = mail.part("html") or f"<pre>{escape(mail.part('plain'))}</pre>"
        safe = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox "
                "allow-popups allow-popups-to-escape-sandbox"}  # fmt: skip
        return web.Response(
            text=f'<base target="_blank">{text}', content_type="text/html", headers=safe
        )


def _entry(mail: Mail) -> str:
    head = f"<b>{escape(mail.subject)}</b><small>to {escape(mail.to)}</small>"
    frame = f'<iframe src="/{mail.number}" loading="lazy" {_SANDBOX} title="The mail"></iframe>'
    return f"<details><summary>{head}</summary>{frame}</details>"
