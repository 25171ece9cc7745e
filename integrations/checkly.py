"""Checkly: people write the body themselves, mostly in the names of its default template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="checkly",
    title="Checkly",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://www.checklyhq.com/docs/integrations/alerts/webhooks/",
)

_NO_LABELS = ("event", "alert_title", "check_error_message", "started_at", "check_result_id",
              "response_time", "uuid", "tags")  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    _sign.signed(request, _sign.secrets(secrets), "x-checkly-signature")


def read(request: Request) -> Reading:
    """The one check of a body."""
    sent = _read.fields(request)
    body = _read.folded(sent)
    kind = _read.word(_read.first(body, "alerttype", "type", "status"))
    name = _read.first(body, "checkname", "name")
    heading = _read.first(body, "event", "alerttitle", "title", "message", "text")
    if not name and not heading and not _read.unexpanded(sent):
        raise Malformed("there is no check in it", "check_name")
    certificate = kind.endswith("ssl")
    status = _state(kind) if kind else _read.INFO if not name else _read.FIRING
    key = _read.first(body, "checkid", "id") or name
    days = _read.first(body, "ssldaysremaining")
    heartbeat = _read.first(body, "checktype").casefold() == "heartbeat"
    alert = _uptime.check(
        "",
        f"{key} certificate" if certificate else key,
        name or ("" if heading else _read.unexpanded(sent)),
        status=status,
        reason=f"the certificate expires in {days} days"
        if certificate and days
        else _read.first(body, "checkerrormessage", "error") or heading,
        place=_read.first(body, "sslcheckdomain", "url"),
        type=AlertType.HEARTBEAT if heartbeat else AlertType.UPTIME,
        word=_read.first(body, "severity", "priority"),
        severity=Severity.WARNING if certificate or kind.endswith("degraded") else None,
        labels={**_read.flat(sent, _NO_LABELS), "tags": ", ".join(_read.words(body.get("tags")))},
        links=(("Source", _read.first(body, "link", "resultlink")),),
    )
    return Reading((alert,))


def _state(kind: str) -> AlertStatus:
    """``ALERT_FAILURE``, ``ALERT_DEGRADED_REMAIN``, ``ALERT_DEGRADED_RECOVERY``, ``ALERT_SSL``."""
    if kind.endswith(("recovery", "recovered", "passing", "passed")):
        return _read.RESOLVED
    alarming = any(word in kind for word in ("fail", "degraded", "ssl", "remain"))
    return _read.FIRING if alarming else _read.state(kind.removeprefix("alert_"), _uptime.STATES)
