"""A stand-in of ntfy: publishing as JSON, topics that need a token, and a thumb on a button."""

from __future__ import annotations

from typing import Any

import httpx
from aiohttp import web

from .server import Standin


class FakeNtfy(Standin):
    """``token`` may write; ``closed`` are topics nobody may write to."""

    def __init__(self) -> None:
        super().__init__()
        self.token = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"
        self.closed: set[str] = set()
        self.messages: list[dict[str, Any]] = []

    def routes(self) -> list[web.RouteDef]:
        """Publishing as JSON goes to the root."""
        return [web.post("/", self._publish)]

    async def _publish(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _refused(40101, 401, "unauthorized")
        body = await request.json()
        if body.get("topic") in self.closed:
            return _refused(40301, 403, "forbidden")
        if wrong := _mistake(body):
            self.against(wrong)
            return _refused(40009, 400, wrong)
        self.messages.append(body)
        name = f"ntfy{len(self.messages):08d}"
        return web.json_response(
            {"id": name, "time": 1, "event": "message", "topic": body["topic"]}
        )

    async def press(self, label: str, message: dict[str, Any] | None = None) -> int:
        """What the app on a phone does for a button: its request; the status of the answer."""
        shown = message or self.messages[-1]
        action = next(a for a in shown["actions"] if a["label"] == label)
        assert action["action"] == "http"
        async with httpx.AsyncClient(trust_env=False) as phone:
            answer = await phone.request(
                action.get("method", "POST"), action["url"], headers=action.get("headers"),
                content=action.get("body", ""),
            )  # fmt: skip
        return answer.status_code


def _mistake(body: dict[str, Any]) -> str:
    actions = body.get("actions", [])
    if len(actions) > 3 or any(not a.get("url") or not a.get("label") for a in actions):
        return "invalid request: actions invalid"
    if body.get("priority", 3) not in range(1, 6):
        return "invalid request: priority invalid"
    if len(str(body.get("message", "")).encode()) > 4096:
        return "attachment not allowed"
    return (
        ""
        if str(body.get("topic", "")).replace("-", "").replace("_", "").isalnum()
        else ("invalid request: topic invalid")
    )


def _refused(code: int, http: int, error: str) -> web.Response:
    body = {"code": code, "http": http, "error": error, "link": "https://ntfy.sh/docs/publish/"}
    return web.json_response(body, status=http)
