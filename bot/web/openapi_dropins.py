"""The addresses of other on-call tools, and of heartbeats, as OpenAPI has them."""

from __future__ import annotations

import re
from typing import Any

_PLACES = re.compile(r"\{(\w+)\}")
_REFUSED = {
    400: "The body can't be read.",
    401: "The key is missing, unknown, or not one for this.",
    404: "There is no such heartbeat.",
    422: "A field is missing.",
    429: "Busy: come again.",
    503: "Busy: Retry-After.",
}
_PAGERDUTY = ("400", "401", "429", "503")
_OPSGENIE = ("401", "422", "503")
_BEAT = ("401", "404", "503")

_PATHS: tuple[tuple[str, str, str, str, tuple[str, ...], bool], ...] = (
    ("post", "/v2/enqueue", ("An event as PagerDuty's Events API version 2 takes it;"
     " routing_key is an intake token."), "202 status, message, dedup_key.", _PAGERDUTY, True),
    ("post", "/v2/change/enqueue", "A change event of PagerDuty: it opens nothing.",
     "202 status, message.", _PAGERDUTY, True),
    ("post", "/generic/2010-04-15/create_event.json", ("An event as PagerDuty's Events API"
     " version 1 takes it; service_key is an intake token."),
     "200 status, message, incident_key.", ("400", "401", "503"), True),
    ("post", "/v2/alerts", "An alert as Opsgenie takes it; GenieKey is an intake token.",
     "202 result, took, requestId.", _OPSGENIE, True),
    ("post", "/v2/alerts/{alert}/{action}", ("Acknowledge, close, note … an alert, as Opsgenie"
     " takes it."), "202 result, took, requestId.", _OPSGENIE, True),
    ("delete", "/v2/alerts/{alert}", "End an alert, as Opsgenie does.",
     "202 result, took, requestId.", _OPSGENIE, False),
    ("get", "/v2/alerts/requests/{request}", "What became of a request, as Opsgenie says it.",
     "200 data, took, requestId.", ("401",), False),
    ("post", "/v2/heartbeats/{name}/ping", ("A heartbeat of this name was heard, as Opsgenie"
     " takes it; GET, PUT and PATCH do the same."), "202 result, took, requestId.", _BEAT, False),
    ("post", "/integrations/v1/{kind}/{token}", ("A webhook at the address that Grafana OnCall"
     " gave it."), "200 Ok.", ("400", "401", "503"), True),
    ("post", "/integrations/v1/{kind}/{token}/heartbeat", ("The heartbeat that is called as the"
     " token's source was heard, as Grafana OnCall takes it; GET does the same."), "200 Ok.",
     _BEAT, False),
    ("post", "/integrations/generic/20131114/alert/{token}", ("An alert as VictorOps' REST"
     " endpoint takes it."), "200 result, entity_id.", ("400", "401", "503"), True),
    ("post", "/integrations/generic/20131114/alert/{token}/{routing}", ("The same, with a routing"
     " key."), "200 result, entity_id.", ("400", "401", "503"), True),
    ("post", "/beat/{secret}", "A check was heard and is well; GET and HEAD do the same.",
     "200 OK.", ("404", "503"), False),
    ("post", "/beat/{secret}/{signal}", ("A check began (start), failed (fail) or ended with an"
     " exit code."), "200 OK.", ("400", "404", "503"), False),
)  # fmt: skip


def paths() -> dict[str, Any]:
    """Each with what it answers; the secret is part of the request, not of its header."""
    found: dict[str, Any] = {}
    for method, path, text, good, bad, body in _PATHS:
        code, _, said = good.partition(" ")
        operation: dict[str, Any] = {
            "operationId": _name(method, path),
            "summary": text,
            "security": [],
            "responses": {
                code: {"description": said},
                **{each: {"description": _REFUSED[int(each)]} for each in {*bad, "429"}},
            },
        }
        if places := _PLACES.findall(path):
            operation["parameters"] = [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in places
            ]
        if body:
            operation["requestBody"] = {"content": {"application/json": {"schema": {}}}}
        found.setdefault(path, {})[method] = operation
    return found


def _name(method: str, path: str) -> str:
    words = [word for word in re.split(r"[^A-Za-z0-9]+", path) if word]
    return "-".join(("dropin", method, *words))
