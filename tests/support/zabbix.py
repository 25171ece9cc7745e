"""A stand-in of Zabbix's JSON-RPC as 6.0, 6.4 and 7.2 behave: where the token stands, which methods
and fields there are, who may close what; anything else it would not take is a violation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.pagers.server import Standin

TOKEN = "0f" * 32
_FIELDS = {
    "problem.get": {
        "output",
        "source",
        "object",
        "selectTags",
        "sortfield",
        "sortorder",
        "limit",
        "eventids",
        "selectAcknowledges",
    },
    "user.get": {"output", "userids"},
    "alert.get": {"output", "eventids", "filter", "countOutput"},
    "host.get": {"countOutput", "editable"},
    "trigger.get": {"output", "triggerids", "selectHosts", "expandComment"},
    "event.get": {"output", "eventids"},
    "event.acknowledge": {"eventids", "action", "message", "severity"},
}
_UNSEEN = "No permissions to referred object or it does not exist!"


@dataclass(slots=True)
class Event:
    """A problem; ``ended`` is the event that ended it, ``sent`` a message of it: where, status."""

    id: str
    name: str = "High error rate on web-1"
    clock: int = 1_795_313_000
    severity: str = "4"
    host: str = "web-1"
    tags: list[dict[str, str]] = field(default_factory=list)
    closable: bool = True
    acknowledged: str = "0"
    ended: str = "0"
    sent: tuple[str, str] | None = ("pixelview", "2")
    said: list[tuple[int, str]] = field(default_factory=list)
    updates: list[dict[str, str]] = field(default_factory=list)

    def by(self, user: str, action: int, message: str = "") -> None:
        """A user of Zabbix's frontend acknowledges, or takes that back."""
        self.acknowledged = "1" if action & 2 else "0" if action & 16 else self.acknowledged
        number = str(len(self.updates) + 1)
        self.updates.append({
            "acknowledgeid": number, "userid": str(_number(user)), "clock": "1795313050",
            "message": message, "action": str(action), "old_severity": "0", "new_severity": "0",
        })  # fmt: skip


def _number(user: str) -> int:
    return 10 + sum(user.encode()) % 1000


class Refused(Exception):
    """What the API answers with an error."""

    def __init__(self, data: str, code: int = -32602) -> None:
        super().__init__(data)
        self.code = code


class FakeZabbix(Standin):
    """``events`` by id; ``hidden`` are those the token's user has no right to."""

    def __init__(self, version: str = "6.0.14") -> None:
        super().__init__()
        self.version = version
        self.token = TOKEN
        self.events: dict[str, Event] = {}
        self.hidden: set[str] = set()
        self.methods: list[str] = []
        self.hosts, self.writable = 3, 3

    def routes(self) -> list[web.RouteDef]:
        """The frontend is below a folder, as packages install it."""
        return [web.post("/zabbix/api_jsonrpc.php", self._call)]

    @property
    def frontend(self) -> str:
        """What people call its address."""
        return f"{self.url}/zabbix"

    def put(self, *events: Event) -> None:
        """These problems are there."""
        self.events.update({each.id: each for each in events})

    def end(self, event: str, by: str = "900", at: int = 1_795_313_100) -> None:
        """A problem is over since an instant in seconds."""
        self.events[event].ended = by
        self.put(Event(by, clock=at, sent=None, ended="-"))

    async def _call(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json-rpc":
            self.against(f"Content-Type {request.content_type}")
            return web.Response(status=412)
        body = json.loads(await request.text())
        self.methods.append(body["method"])
        more = {"jsonrpc": "2.0", "id": body["id"]}
        try:
            return web.json_response({**more, "result": self._result(request, body)})
        except Refused as error:
            said = {"code": error.code, "message": "Application error.", "data": str(error)}
            return web.json_response({**more, "error": said})

    def _result(self, request: web.Request, body: Mapping[str, Any]) -> Any:
        method, params = body["method"], body["params"]
        header = request.headers.get("Authorization", "")
        if method == "apiinfo.version":
            if header or "auth" in body:
                self.against("the version is asked for without a token")
                raise Refused("must be called without authorization")
            return self.version
        self._authorized(header, body)
        if unknown := set(params) - _FIELDS.get(method, set()):
            self.against(f"{method}: {sorted(unknown)}")
            raise Refused(f"unexpected parameter {unknown}")
        return getattr(self, f"_{method.replace('.', '_')}")(params)

    def _authorized(self, header: str, body: Mapping[str, Any]) -> None:
        newest = tuple(map(int, self.version.split(".")[:2]))
        if newest >= (7, 2) and "auth" in body:
            self.against("auth in the body is gone since 7.2")
            raise Refused('Invalid parameter "/": unexpected parameter "auth".')
        said = header.removeprefix("Bearer ") if newest >= (6, 4) else body.get("auth")
        if said != self.token:
            raise Refused("Not authorized.")

    def _seen(self) -> dict[str, Event]:
        return {n: e for n, e in self.events.items() if n not in self.hidden}

    def _user_get(self, params: Mapping[str, Any]) -> list[dict[str, str]]:
        made = {
            str(_number(user)): user for user in ("Ana Petrova", "Omar Haddad", "Zoe Admin", "Zoe")
        }
        return [
            {
                "userid": number, "username": user.partition(" ")[0].lower(),
                "name": user.partition(" ")[0], "surname": user.partition(" ")[2],
            }
            for number, user in made.items()
            if number in params["userids"]
        ]  # fmt: skip

    def _problem_get(self, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = [e for e in self._seen().values() if e.ended == "0"]
        if "eventids" in params:
            return [
                {"eventid": e.id, "acknowledges": e.updates[::-1]}
                for e in found
                if e.id in params["eventids"]
            ]
        return [
            {
                "eventid": e.id, "objectid": f"t{e.id}", "clock": str(e.clock), "name": e.name,
                "severity": e.severity, "acknowledged": e.acknowledged, "tags": e.tags,
            }
            for e in sorted(found, key=lambda e: -int(e.id))[: params["limit"]]
        ]  # fmt: skip

    def _host_get(self, params: Mapping[str, Any]) -> str:
        return str(self.writable if params.get("editable") else self.hosts)

    def _alert_get(self, params: Mapping[str, Any]) -> Any:
        if params.get("countOutput"):
            to = params["filter"]["sendto"]
            return str(sum(1 for e in self._seen().values() if e.sent and e.sent[0] in to))
        to, states = params["filter"]["sendto"], params["filter"]["status"]
        return [
            {"eventid": n}
            for n, e in self._seen().items()
            if n in params["eventids"] and e.sent and e.sent[0] in to and e.sent[1] in states
        ]

    def _trigger_get(self, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "triggerid": f"t{n}", "url": "https://runbooks.example.org/{HOST.HOST}",
                "comments": "See the runbook.", "hosts": [{"host": e.host, "name": e.host}],
            }
            for n, e in self._seen().items()
            if f"t{n}" in params["triggerids"]
        ]  # fmt: skip

    def _event_get(self, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"eventid": n, "clock": str(e.clock), "r_eventid": e.ended}
            for n, e in self._seen().items()
            if n in params["eventids"]
        ]

    def _event_acknowledge(self, params: Mapping[str, Any]) -> dict[str, Any]:
        seen, action = self._seen(), params["action"]
        if not set(params["eventids"]) <= set(seen):
            raise Refused(_UNSEEN, -32500)
        if action & 4 and len(params["message"]) > 2048:
            self.against("a message over 2048 characters")
        if bool(action & 8) != ("severity" in params) or (action & 2 and action & 16):
            self.against(f"action {action} with {sorted(params)}")
        told = [seen[n] for n in params["eventids"]]
        if action & 1 and not all(e.closable for e in told):
            raise Refused("Cannot close problem: trigger does not allow manual closing.", -32500)
        for e in told:
            e.said.append((action, params.get("message", "")))
            e.by("PixelView", action, params.get("message", ""))
            e.severity = str(params["severity"]) if action & 8 else e.severity
            if action & 1 and e.ended == "0":
                self.end(e.id, by=str(900 + int(e.id)))
        return {"eventids": list(params["eventids"])}
