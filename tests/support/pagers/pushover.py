"""A stand-in of Pushover: messages with its limits, receipts, and somebody who presses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from .server import Standin


@dataclass
class Message:
    """What a device shows. ``receipt`` is there for an emergency."""

    user: str
    device: str
    title: str
    text: str
    priority: int
    url: str
    receipt: str = ""
    by: str = ""
    expired: bool = False
    cancelled: bool = False


class FakePushover(Standin):
    """``token`` is the application's, ``users`` the keys that exist."""

    def __init__(self) -> None:
        super().__init__()
        self.token = "a" + "T" * 29
        self.users: set[str] = set()
        self.messages: list[Message] = []
        self.looks = 0

    def add_user(self, letter: str) -> str:
        """A user's key."""
        key = "u" + letter * 29
        self.users.add(key)
        return key

    def press(self, message: Message | None = None) -> None:
        """The user acknowledges on the device."""
        shown = message or self.messages[-1]
        shown.by = shown.user

    def routes(self) -> list[web.RouteDef]:
        """The parts of the API that pages need."""
        return [
            web.post("/1/messages.json", self._message),
            web.get("/1/receipts/{receipt}.json", self._receipt),
            web.post("/1/receipts/{receipt}/cancel.json", self._cancel),
        ]

    async def _message(self, request: web.Request) -> web.Response:
        form = {k: str(v) for k, v in (await request.post()).items()}
        wrong = self._mistakes(form)
        if wrong:
            self.against("; ".join(wrong.values()))
            body = {"status": 0, "request": "r", "errors": list(wrong.values())}
            return web.json_response({**body, **dict.fromkeys(wrong, "invalid")}, status=400)
        priority = int(form.get("priority", "0"))
        receipt = f"r{len(self.messages):029d}" if priority == 2 else ""
        self.messages.append(
            Message(form["user"], form.get("device", ""), form.get("title", ""), form["message"],
                    priority, form.get("url", ""), receipt)
        )  # fmt: skip
        more = {"receipt": receipt} if receipt else {}
        return web.json_response({"status": 1, "request": "5042853c", **more})

    def _mistakes(self, form: dict[str, str]) -> dict[str, str]:
        wrong: dict[str, str] = {}
        if form.get("token") != self.token:
            wrong["token"] = "application token is invalid"
        if form.get("user") not in self.users:
            wrong["user"] = "user identifier is invalid"
        if not form.get("message") or len(form["message"]) > 1024:
            wrong["message"] = "message cannot be blank"
        if len(form.get("title", "")) > 250 or len(form.get("url", "")) > 512:
            wrong["title"] = "title or url is too long"
        if form.get("priority") == "2":
            if not int(form.get("retry", "0")) >= 30:
                wrong["retry"] = "retry must be at least 30 seconds for emergency-priority"
            if not 0 < int(form.get("expire", "0")) <= 10_800:
                wrong["expire"] = "expire must be supplied with priority=2"
        return wrong

    async def _receipt(self, request: web.Request) -> web.Response:
        self.looks += 1
        found = self._known(request, request.query.get("token", ""))
        if found is None:
            return web.json_response(
                {"receipt": "not found", "errors": ["receipt not found"], "status": 0}, status=404
            )
        body: dict[str, Any] = {
            "status": 1,
            "acknowledged": int(bool(found.by)),
            "acknowledged_by": found.by,
            "expired": int(found.expired or found.cancelled),
            "called_back": 0,
        }
        return web.json_response(body)

    async def _cancel(self, request: web.Request) -> web.Response:
        form = await request.post()
        found = self._known(request, str(form.get("token", "")))
        if found is None:
            return web.json_response({"status": 0, "errors": ["receipt not found"]}, status=404)
        found.cancelled = True
        return web.json_response({"status": 1, "request": "r"})

    def _known(self, request: web.Request, token: str) -> Message | None:
        if token != self.token:
            return None
        receipt = request.match_info["receipt"]
        return next((m for m in self.messages if m.receipt == receipt), None)
