"""The telephones of the stand-in as a page: what came by SMS, what rings, and answers to both."""

from __future__ import annotations

import asyncio
from html import escape
from xml.etree import ElementTree as ET

from aiohttp import web

from tests.support.twilio.fake import FakeTwilio, Phone
from tests.support.twilio.rest import Call, Message

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Phones ({count})</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<meta http-equiv="refresh" content="5"><style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 0; padding: 16px; color: #14181f;
  background: #f5f6f8; display: flex; gap: 16px; flex-wrap: wrap; align-items: flex-start; }}
section {{ background: #fff; border: 1px solid #d9dde3; border-radius: 18px; width: 300px;
  padding: 14px; }}
h1 {{ font-size: 15px; margin: 0 0 8px; }} h1 small {{ color: #56606e; font-weight: 400; }}
p {{ background: #e9ecf1; border-radius: 14px; padding: 8px 12px; margin: 6px 24px 6px 0;
  overflow-wrap: anywhere; }}
p.mine {{ background: #1f5fbf; color: #fff; margin: 6px 0 6px 24px; }}
p.call {{ background: #fdf3d6; margin-right: 0; }}
form {{ display: flex; gap: 6px; margin-top: 10px; }} input {{ flex: 1; min-width: 0; }}
input, button {{ font: inherit; padding: 6px 10px; border-radius: 8px; border: 1px solid #767f8c; }}
</style>{phones}"""


class Phones(FakeTwilio):
    """The stand-in with its page; ``owners`` are number → name."""

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self.port = port
        self.owners: dict[str, str] = {}
        self.said: list[tuple[str, str, str]] = []
        self._telling: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Those of the API and of the page."""
        return [*super().routes(), web.get("/", self.look), web.post("/act", self.act)]

    def created(self, message: Message) -> None:
        """Everything arrives at once here."""
        self.said.append((message.to, "", message.body))
        task = asyncio.get_running_loop().create_task(self.report(message, "delivered"))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def __aexit__(self, *why: object) -> None:
        await asyncio.gather(*self._telling, return_exceptions=True)
        await super().__aexit__(*why)

    async def look(self, request: web.Request) -> web.Response:
        """All telephones."""
        phones = "".join(self._phone(number) for number in self.owners)
        page = _PAGE.format(count=len(self.messages) + len(self.calls), phones=phones)
        return web.Response(text=page, content_type="text/html")

    async def act(self, request: web.Request) -> web.Response:
        """Somebody answers: by an SMS, or by a key on the call."""
        form = await request.post()
        phone = self.phone(str(form["number"]))
        if text := str(form.get("text", "")).strip():
            self.said.append((phone.number, "mine", text))
            for answer in await phone.texts(text[:160]):
                self.said.append((phone.number, "", answer))
        elif digit := str(form.get("digit", "")):
            self.said.append((phone.number, "mine", f"Pressed {digit}"))
            self.said.append((phone.number, "call", await phone.presses(digit)))
        raise web.HTTPSeeOther("/")

    def _phone(self, number: str) -> str:
        said = "".join(
            f'<p class="{kind}">{escape(text)}</p>' for to, kind, text in self.said if to == number
        )
        name = escape(self.owners[number])
        hidden = f'<input type="hidden" name="number" value="{number}">'
        reply = (
            f'<form method="post" action="/act">{hidden}'
            f'<input name="text" placeholder="1, 2, 3 …" aria-label="SMS of {name}">'
            "<button>Send</button></form>"
        )
        ringing = "".join(self._call(c, hidden) for c in self._live(number))
        return f"<section><h1>{name} <small>{number}</small></h1>{said}{ringing}{reply}</section>"

    def _live(self, number: str) -> list[Call]:
        mine = [c for c in self.calls if c.to == number][-1:]
        return [c for c in mine if c.state in ("ringing", "in-progress") and "<Gather" in c.twiml]

    def _call(self, call: Call, hidden: str) -> str:
        says = next(iter(ET.fromstring(call.twiml).iter("Say"))).text or ""
        keys = "".join(f'<button name="digit" value="{d}">{d}</button>' for d in "129")
        return (
            f'<p class="call">Rings: {escape(says)}</p>'
            f'<form method="post" action="/act">{hidden}{keys}</form>'
        )


__all__ = ["Phone", "Phones"]
