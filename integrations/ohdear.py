"""Oh Dear: checks of a site fail and recover; certificates, broken links, domains beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="ohdear",
    title="Oh Dear",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://ohdear.app/docs/integrations/webhooks/events",
)

_OVER = ("recovered", "fixed", "healthy", "succeeded", "resolved", "ok")
_NOTES = ("summary", "report", "changed", "test", "created", "updated", "imported", "maintenance",
          "stillunhealthy")  # fmt: skip
_MILD = ("expir", "expires", "soon", "brokenlinks", "mixedcontent", "performance", "lighthouse",
         "sitemap")  # fmt: skip
_KINDS = ("uptime", "certificate", "brokenlinks", "mixedcontent", "domain", "dns", "cron",
          "scheduledtask", "applicationhealth", "performance", "lighthouse", "sitemap", "ping",
          "tcpport", "port", "blocklist", "ai")  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    return _sign.signed(request, _sign.secrets(secrets), "ohdear-signature")


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    kind = _read.first(body, "type")
    site = _read.part(body, "site") or _read.part(body, "monitor")
    if not kind and not site:
        raise Malformed("there is no event in it", "type")
    return Reading((_alert(body, kind.removesuffix("Notification"), site),))


def _alert(body: dict[str, Any], kind: str, site: dict[str, Any]) -> AlertReading:
    plain = kind.casefold()
    run = _read.part(body, "run")
    payload = _read.part(run, "result_payload")
    check = next((each for each in _KINDS if plain.startswith(each)), plain)
    place = _read.first(site, "url", "sort_url")
    status = _status(plain)
    told = _read.first(payload, "error_message", "failure_reason", "message") or _read.first(
        body, "message", "title"
    )
    name = _read.first(site, "label", "sort_url") or place
    task = _read.first(_read.part(body, "cron_check"), "name") or _read.first(body, "task_name")
    words = _words(kind)
    return _read.alert(
        status,
        " ".join(part for part in (_read.first(site, "id") or place, check, task) if part),
        _title(name, task, words, status, told, check),
        type=AlertType.HEARTBEAT if check in ("cron", "scheduledtask") else AlertType.UPTIME,
        severity=Severity.WARNING if any(word in plain for word in _MILD) else None,
        description=told,
        resource=_uptime.host(place),
        labels={"event": kind, "check": check, "result": _read.first(run, "result")},
        links=(("Checked", place),
               ("Report", _read.first(run, "report_url"))),
        starts=run.get("started_at"),
        ends=run.get("ended_at") or body.get("date_time"),
    )  # fmt: skip


def _status(plain: str) -> AlertStatus:
    """The event's name ends with what happened."""
    if plain.endswith(_OVER):
        return _read.RESOLVED
    return _read.INFO if any(plain.endswith(word) for word in _NOTES) else _read.FIRING


def _title(
    name: str, task: str, words: str, status: AlertStatus, told: str, check: str
) -> str:  # fmt: skip
    what = f"{name}: {task}" if task else name
    if check == "uptime" and status is _read.RESOLVED:
        return f"{what} is up"
    reason = told or words
    return f"{what}: {reason}" if what else reason


def _words(kind: str) -> str:
    """``uptimeCheckFailed`` is ``uptime check failed``."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in kind[:80]).strip()
