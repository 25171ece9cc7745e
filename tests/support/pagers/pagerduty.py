"""A stand-in of PagerDuty: the Events API v2 with its own words for what is wrong, the users of the
REST API, and signed webhooks v3."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .server import Standin

SEVERITIES = ("critical", "error", "warning", "info")


@dataclass
class Alert:
    """What PagerDuty holds under one routing key and dedup key."""

    key: str
    routing: str
    state: str
    event: dict[str, Any]
    log: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Posted:
    """One webhook as it goes out: its body and headers."""

    body: bytes
    headers: dict[str, str]


class FakePagerDuty(Standin):
    """Knows its integration keys and users; ``alerts`` by dedup key."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: set[str] = set()
        self.users: dict[str, tuple[str, str]] = {}
        self.token = "u+ReadOnlyToken12345"
        self.secrets = ["s" * 32]
        self.alerts: dict[tuple[str, str], Alert] = {}
        self.events: list[dict[str, Any]] = []
        self._told = 0

    def add_service(self, letter: str) -> str:
        """A service with an Events API v2 integration; its key."""
        key = (letter * 32)[:32]
        self.keys.add(key)
        return key

    def add_user(self, id: str, name: str, email: str) -> None:
        """A user who can answer."""
        self.users[id] = (name, email)

    def alert(self, key: str, routing: str | None = None) -> Alert:
        """The one alert of that dedup key."""
        found = [a for (r, k), a in self.alerts.items() if k == key and routing in (None, r)]
        assert len(found) == 1, f"{len(found)} alerts {key} of {sorted(self.alerts)}"
        return found[0]

    def routes(self) -> list[web.RouteDef]:
        """Both APIs under one address."""
        return [
            web.post("/v2/enqueue", self._enqueue),
            web.get("/users/{id}", self._user),
        ]

    async def _enqueue(self, request: web.Request) -> web.Response:
        try:
            event = await request.json()
        except ValueError:
            return self._invalid("Body is not valid JSON")
        wrong = _mistakes(event)
        if event.get("routing_key") not in self.keys and not wrong:
            wrong = ["Invalid routing key"]
        if wrong:
            return self._invalid(*wrong)
        self.events.append(event)
        key = self._apply(event)
        return web.json_response(
            {"status": "success", "message": "Event processed", "dedup_key": key}, status=202
        )

    def _apply(self, event: dict[str, Any]) -> str:
        key, routing, action = event["dedup_key"], event["routing_key"], event["event_action"]
        found = self.alerts.get((routing, key))
        if action == "trigger" and (found is None or found.state == "resolved"):
            self.alerts[routing, key] = Alert(key, routing, "triggered", event, ["trigger"])
        elif found is not None and found.state != "resolved":  # what is over drops the rest
            found.log.append(action)
            found.state = {"acknowledge": "acknowledged", "resolve": "resolved"}.get(
                action, found.state
            )
        return str(key)

    def _invalid(self, *errors: str) -> web.Response:
        self.against("; ".join(errors))
        body = {
            "status": "invalid event",
            "message": "Event object is invalid",
            "errors": list(errors),
        }
        return web.json_response(body, status=400)

    async def _user(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Token token={self.token}":
            return web.json_response({"error": {"message": "Unauthorized"}}, status=401)
        user = request.match_info["id"]
        if user not in self.users:
            return web.json_response({"error": {"message": "Not Found", "code": 2100}}, status=404)
        name, email = self.users[user]
        return web.json_response({"user": {"id": user, "name": name, "email": email}})

    def tells(
        self, what: str, key: str, by: str | None = None, *, secret: str | None = None,
        agent: dict[str, Any] | None = None, id: str | None = None,
    ) -> Posted:  # fmt: skip
        """A signed webhook v3: ``what`` is acknowledged, resolved …, ``by`` a user's id."""
        self._told += 1
        event = {
            "id": id or f"01E{self._told:023d}",
            "event_type": f"incident.{what}",
            "resource_type": "incident",
            "occurred_at": "2026-11-22T02:12:00.000Z",
            "agent": agent or (self._agent(by) if by else None),
            "client": None,
            "data": {
                "id": "PQ1K5C8",
                "type": "incident",
                "html_url": "https://acme.pagerduty.com/incidents/PQ1K5C8",
                "status": what,
                "incident_key": key,
                "title": "Disk 94 % full on db-3",
                "service": {"id": "PA2P440", "summary": "db", "type": "service_reference"},
                "assignees": [],
                "urgency": "high",
            },
        }
        body = json.dumps({"event": event}).encode()
        signed = [
            "v1=" + hmac.new(each.encode(), body, hashlib.sha256).hexdigest()
            for each in ([secret] if secret else self.secrets)
        ]
        headers = {
            "Content-Type": "application/json",
            "X-PagerDuty-Signature": ",".join(signed),
            "X-Webhook-Id": f"hook-{event['id']}",
        }
        return Posted(body, headers)

    def _agent(self, by: str) -> dict[str, Any]:
        name = self.users[by][0] if by in self.users else "Somebody Else"
        url = f"https://acme.pagerduty.com/users/{by}"
        return {"id": by, "type": "user_reference", "summary": name, "html_url": url}


def _mistakes(event: Any) -> list[str]:
    """What PagerDuty would say of the event."""
    if not isinstance(event, dict):
        return ["Event is not an object"]
    wrong = []
    if len(str(event.get("routing_key", ""))) != 32:
        wrong.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
        wrong.append("'event_action' is invalid")
    if not 0 < len(str(event.get("dedup_key", ""))) <= 255:
        wrong.append("'dedup_key' is missing or too long")
    if event.get("event_action") == "trigger":
        payload = event.get("payload") or {}
        wrong += [
            f"'payload.{name}' is missing or blank"
            for name in ("summary", "source", "severity")
            if not payload.get(name)
        ]
        if payload.get("severity") not in SEVERITIES:
            wrong.append("'payload.severity' is invalid (must be one of the following: critical, "
                         "warning, error or info)")  # fmt: skip
        if len(str(payload.get("summary", ""))) > 1024:
            wrong.append("'payload.summary' is too long")
        wrong += ["'links' is invalid" for link in event.get("links", ()) if not link.get("href")]
    return wrong
