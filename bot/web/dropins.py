"""The addresses of other on-call tools, with their own answers: moving is a change of host name.

Everything goes the way of ``/in/…``: an intake token in place of the key, the same limits and the
same commit. A sender that was told to come again does so in its own tool's way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.web.hooks import Hooks, Keep, Refused, answer, is_large
from commands.door import Door
from commands.errors import CommandError
from integrations import _json, _read
from integrations.base import Malformed, Reading
from store import alerts
from store.access import Source
from store.model import Actor, AlertReading, AlertStatus

log = logging.getLogger("pixelview.dropins")

ONCALL = {
    "grafana_alerting": "grafana", "legacy_grafana_alerting": "grafana",
    "legacy_alertmanager": "alertmanager", "formatted_webhook": "webhook",
    "amazon_sns": "aws_sns", "stackdriver": "googlecloud", "sentry_platform": "sentry",
    "direct_paging": "webhook", "adaptive_grafana_alerting": "grafana",
}  # fmt: skip
"""Grafana OnCall's names of what has another one here."""

Say = Callable[[Refused], web.Response]


class Dropins:
    """PagerDuty's Events API, Opsgenie's Alert API, Grafana OnCall's and VictorOps' addresses."""

    def __init__(self, hooks: Hooks, door: Door) -> None:
        self._hooks, self._door = hooks, door

    def routes(self) -> list[web.RouteDef]:
        """Each with and without a slash at the end."""
        oncall = "/integrations/v1/{kind}/{token}"
        victorops = "/integrations/generic/20131114/alert/{token}"
        posts = (
            ("/v2/enqueue", self.pagerduty), ("/v2/change/enqueue", self.pagerduty),
            ("/generic/2010-04-15/create_event.json", self.pagerduty),
            ("/v2/alerts", self.opsgenie), ("/v2/alerts/{alert}/{action}", self.opsgenie),
            (oncall, self.oncall), (victorops, self.victorops),
            (victorops + "/{routing}", self.victorops),
        )  # fmt: skip
        return [
            *(web.post(path + end, handler) for path, handler in posts for end in ("", "/")),
            web.delete("/v2/alerts/{alert}", self.opsgenie),
            web.get("/v2/alerts/requests/{request}", self.processed),
        ]

    # PagerDuty

    async def pagerduty(self, request: web.Request) -> web.Response:
        """An event of version 2, a change, or an event of version 1."""
        first = request.path.startswith("/generic/")
        name = "service_key" if first else "routing_key"
        say = _pagerduty_says(name)
        try:
            body = await self._body(request)
            if not (key := await _field(body, name)):
                raise self._no(400, f"'{name}' is missing or blank", name)
            source = await self._source(request, key, "pagerduty_events", "pagerduty")
            path = "change" if "/change/" in request.path else ""
            read = await self._take(
                request, "pagerduty_events", source, body=body, path=path, keep=self._known
            )
        except Refused as error:
            return say(error)
        if path:
            return answer(202, {"status": "success", "message": "Change event processed"})
        known = "incident_key" if first else "dedup_key"
        done = {"status": "success", "message": "Event processed", known: read.alerts[0].key}
        return answer(200 if first else 202, done)

    # Opsgenie

    async def opsgenie(self, request: web.Request) -> web.Response:
        """An alert is created, or something is done to one."""
        began, alert = time.monotonic(), request.match_info.get("alert", "")
        action = request.match_info.get("action") or "delete"
        try:
            source = await self._genie(request)
            body = await self._body(request)
            path = f"{alert}/{action}" if alert else ""
            read = await self._take(
                request, "opsgenie_api", source, body=body, path=path, keep=self._known
            )
            if action == "notes" or (alert and read.alerts[0].description):
                await self._note(source, read)
        except Refused as error:
            return _opsgenie_says(error, began)
        done = {
            "result": "Request will be processed",
            "took": took(began),
            "requestId": read.alerts[0].key,
        }
        return answer(202, done)

    async def processed(self, request: web.Request) -> web.Response:
        """What became of a request: all of them are done by the time they are answered."""
        began = time.monotonic()
        try:
            await self._genie(request)
        except Refused as error:
            return _opsgenie_says(error, began)
        found = request.match_info["request"][:100]
        data = {"success": True, "isSuccess": True, "action": "Create", "status": "Created alert",
                "alertId": found, "alias": "", "integrationId": ""}  # fmt: skip
        return answer(200, {"data": data, "took": took(began), "requestId": str(uuid4())})

    async def _genie(self, request: web.Request) -> Source:
        header = request.headers.get("Authorization", "")
        key = header[8:].strip() if header[:8].lower() == "geniekey" else ""
        key = key or request.query.get("apiKey", "")
        return await self._source(request, key, "opsgenie_api", "opsgenie")

    async def _note(self, source: Source, read: Reading) -> None:
        """The words go to the incident the alert is in; an unknown alert has none."""
        reading = read.alerts[0]
        incident = await self._incident(source, reading)
        if incident is None or not reading.description:
            return
        who = reading.labels.get("user") or source.name
        actor = Actor("integration", f"source:{source.name}", who, "opsgenie", ("responder",))
        try:
            words = {"incident": incident, "text": reading.description[:2_000]}
            await self._door.do("note", words, actor)
        except CommandError as error:
            log.warning("a note of %s was not taken: %s", source.name, error)

    # Grafana OnCall, VictorOps

    async def oncall(self, request: web.Request) -> web.Response:
        """The address names the kind of sender; the token's own integration reads it."""
        kind = request.match_info["kind"]
        try:
            names = (ONCALL.get(kind, kind), "webhook")
            source = await self._source(request, request.match_info["token"], *names)
            await self._take(request, source.integration, source)
        except Refused as error:
            return _plainly(error)
        return web.Response(text="Ok.")

    async def victorops(self, request: web.Request) -> web.Response:
        """The routing key is a label of the alert."""
        routing = request.match_info.get("routing", "")[:200]
        try:
            source = await self._source(request, request.match_info["token"], "victorops")
            labels = {"routing_key": routing} if routing else {}
            read = await self._take(request, "victorops", source, labels=labels)
        except Refused as error:
            said = {"result": "failure", "messages": [error.error]}
            return answer(error.status, said, _later(error))
        entity = read.alerts[0].key if read.alerts else ""
        return answer(200, {"result": "success", "entity_id": entity})

    # the way in

    async def _body(self, request: web.Request) -> bytes:
        try:
            return await self._hooks.body(request)
        except Malformed as error:
            raise self._no(error.status, error.error, error.where) from None

    async def _source(self, request: web.Request, key: str, *names: str) -> Source:
        source = await self._hooks.source(request, key, *names) if key else None
        if source is None:
            raise self._no(401, "The key is missing, unknown, or not one for this.", "token")
        return source

    async def _take(
        self,
        request: web.Request,
        name: str,
        source: Source,
        *,
        body: bytes | None = None,
        path: str = "",
        labels: Mapping[str, str] | None = None,
        keep: Keep | None = None,
    ) -> Reading:
        receiver = self._hooks.receiver(name)
        if receiver is None:
            raise self._no(503, f"The integration {name} can't be used now.", "path", 60)
        try:
            _, read = await self._hooks.accept(
                request, receiver, source, body=body, path=path, labels=labels, keep=keep
            )
        except Refused:
            self._hooks.refused += 1
            raise
        return read

    async def _known(
        self, source: Source, found: tuple[AlertReading, ...]
    ) -> tuple[AlertReading, ...]:
        """Without those who acknowledge, or take that back, what nobody has heard of: it says no
        more than a key."""
        unheard = [
            one
            for one in found
            if (one.status is AlertStatus.ACKNOWLEDGED or one.unacknowledged)
            and await self._incident(source, one) is None
        ]
        return tuple(one for one in found if one not in unheard)

    async def _incident(self, source: Source, one: AlertReading) -> int | None:
        found: int | None = await self._door.reader.read(
            lambda tx: alerts.open_incident(tx, source.id, one.key)
        )
        return found

    def _no(self, status: int, error: str, where: str, later: int = 0) -> Refused:
        self._hooks.refused += 1
        return Refused(status, error, where, later)


def _pagerduty_says(key: str) -> Say:
    """PagerDuty's words for no. Version 2 says 429 where it has too much to do."""

    def say(error: Refused) -> web.Response:
        if error.where == "token":
            return answer(error.status, _invalid(f"'{key}' is unknown, or not one for this"))
        if error.status in (429, 503):
            busy = {"status": "throttle exceeded", "message": error.error, "errors": [error.error]}
            return answer(429 if key == "routing_key" else error.status, busy, _later(error))
        return answer(error.status, _invalid(error.error))

    return say


def _invalid(error: str) -> dict[str, Any]:
    return {"status": "invalid event", "message": "Event object is invalid", "errors": [error]}


def _opsgenie_says(error: Refused, began: float) -> web.Response:
    said: dict[str, Any] = {"message": error.error, "took": took(began), "requestId": str(uuid4())}
    if error.status == 422 or error.where == "message":
        said["errors"] = {error.where: error.error}
    return answer(422 if error.where == "message" else error.status, said, _later(error))


def _plainly(error: Refused) -> web.Response:
    return web.Response(text=error.error, status=error.status, headers=_later(error))


def _later(error: Refused) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after)} if error.retry_after else {}


def took(began: float) -> float:
    """Seconds since then, as Opsgenie says them."""
    return round(time.monotonic() - began, 3)


async def _field(body: bytes, name: str) -> str:
    """A field of a JSON body; "" where it has none, Refused where it is no JSON."""
    try:
        found = await asyncio.to_thread(_json.parse, body) if is_large(body) else _json.parse(body)
    except Malformed as error:
        raise Refused(400, error.error, error.where) from None
    return _read.first(found, name) if isinstance(found, dict) else ""
