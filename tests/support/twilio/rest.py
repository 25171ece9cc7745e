"""The REST API of the stand-in: messages and calls of one account, with Twilio's own errors."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.pagers.server import Standin
from tests.support.twilio import checks


@dataclass
class Message:
    """One SMS; ``state`` is Twilio's."""

    sid: str
    to: str
    body: str
    callback: str = ""
    state: str = "queued"


@dataclass
class Call:
    """One call; ``heard`` is what was said so far."""

    sid: str
    to: str
    twiml: str
    callback: str = ""
    state: str = "queued"
    heard: list[str] = field(default_factory=list)


class Rest(Standin):
    """One account with its numbers."""

    def __init__(self, sid: str = "AC" + "0" * 32, token: str = "t" * 32) -> None:
        super().__init__()
        self.sid, self.token = sid, token
        self.numbers = {"+15005550006", "+15005550007"}
        self.services: set[str] = set()
        self.messages: list[Message] = []
        self.calls: list[Call] = []
        self.refused: dict[str, tuple[int, str]] = {}
        self.lose_answers = 0
        self.holding = False
        self._free = asyncio.Event()
        self._free.set()
        self._made = 0

    def routes(self) -> list[web.RouteDef]:
        """Those of the API that pages need."""
        base = "/2010-04-01/Accounts/{account}"
        return [
            web.post(f"{base}/Messages.json", self.create_message),
            web.post(f"{base}/Calls.json", self.create_call),
            web.post(f"{base}/Calls/{{call}}.json", self.change_call),
        ]

    def hold(self) -> None:
        """Take what comes and answer nothing until told to; ``holding`` is true then."""
        self._free.clear()

    def go_on(self) -> None:
        """Answer again."""
        self.holding = False
        self._free.set()

    async def _wait(self) -> None:
        if not self._free.is_set():
            self.holding = True
            await self._free.wait()

    def created(self, message: Message) -> None:
        """A message is on its way; a stand-in that is looked at may deliver it."""

    def refuse(self, number: str, code: int, words: str = "") -> None:
        """Messages and calls to a number are refused from now on."""
        self.refused[number] = (code, words or "refused")

    def _sid(self, kind: str) -> str:
        self._made += 1
        return f"{kind}{self._made:032x}"

    async def _form(self, request: web.Request, known: set[str]) -> dict[str, str] | web.Response:
        """The fields; an answer instead where Twilio would not look at them."""
        want = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {want}":
            return error(401, 20003, "Authenticate")
        if request.match_info["account"] != self.sid:
            return error(404, 20404, "The requested resource was not found")
        if request.content_type != "application/x-www-form-urlencoded":
            self.against(f"a body of {request.content_type}")
        found = await request.post()
        form = {name: str(value) for name, value in found.items()}
        for wrong in checks.strange(form, known):
            self.against(wrong)
        if len(found) != len(form):
            self.against("a field twice")
        return form

    async def create_message(self, request: web.Request) -> web.StreamResponse:
        """POST Messages."""
        form = await self._form(request, checks.MESSAGE)
        if isinstance(form, web.Response):
            return form
        for wrong in checks.against_the_house(form):
            self.against(wrong)
        wrong_code = checks.message(form) or self._numbers(form, 21606)
        if wrong_code:
            return error(400, *wrong_code)
        callback = form.get("StatusCallback", "")
        made = Message(self._sid("SM"), form["To"], form["Body"], callback)
        self.messages.append(made)
        await self._wait()
        self._lose(request)
        self.created(made)
        return _created({"sid": made.sid, "status": "queued", "error_code": None})

    async def create_call(self, request: web.Request) -> web.StreamResponse:
        """POST Calls."""
        form = await self._form(request, checks.CALL)
        if isinstance(form, web.Response):
            return form
        for wrong in checks.twiml(form.get("Twiml", "<Response/>")):
            self.against(wrong)
        wrong_code = checks.call(form) or self._numbers(form, 21210)
        if wrong_code:
            return error(400, *wrong_code)
        callback = form.get("StatusCallback", "")
        made = Call(self._sid("CA"), form["To"], form["Twiml"], callback, "ringing")
        self.calls.append(made)
        self._lose(request)
        return _created({"sid": made.sid, "status": "queued"})

    async def change_call(self, request: web.Request) -> web.StreamResponse:
        """POST a call: hang up."""
        form = await self._form(request, checks.UPDATE)
        if isinstance(form, web.Response):
            return form
        call = next((c for c in self.calls if c.sid == request.match_info["call"]), None)
        if call is None:
            return error(404, 20404, "The requested resource was not found")
        if form.get("Status") not in ("completed", "canceled"):
            return error(400, 20001, "Status is invalid")
        if call.state not in ("queued", "ringing", "in-progress"):
            return error(400, 21220, "Call is not in-progress. Cannot redirect.")
        if form["Status"] == "completed" or call.state != "in-progress":
            call.state = "ended by us"
        return web.json_response({"sid": call.sid, "status": form["Status"]})

    def _numbers(self, form: Mapping[str, str], unknown: int) -> tuple[int, str] | None:
        if "From" in form and form["From"] not in self.numbers:
            return unknown, f"The 'From' number {form['From']} is not yours."
        service = form.get("MessagingServiceSid")
        if service and service not in self.services:
            return 21701, "The Messaging Service does not exist."
        return self.refused.get(form["To"])

    def _lose(self, request: web.Request) -> None:
        """Taken, but the answer is lost."""
        if self.lose_answers:
            self.lose_answers -= 1
            assert request.transport is not None
            request.transport.abort()


def _created(body: dict[str, Any]) -> web.Response:
    return web.json_response(body, status=201)


def error(status: int, code: int, words: str) -> web.Response:
    """An error as Twilio words it."""
    info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": words, "more_info": info, "status": status}
    return web.json_response(body, status=status)
