"""Render: events of a service. Builds, deploys and jobs end well or not; servers fail and are back;
what was deployed is a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="render",
    title="Render",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://render.com/docs/webhooks",
)

_ENDED = {"build_ended": "build", "deploy_ended": "deploy", "pre_deploy_ended": "pre-deploy",
          "cron_job_run_ended": "cron job", "job_run_ended": "job",
          "image_pull_failed": "image pull", "pipeline_minutes_exhausted": "build",
          "initial_deploy_hook_ended": "deploy hook",
          "zero_downtime_redeploy_ended": "redeploy"}  # fmt: skip
_STATES = {"1": "canceled", "2": "failed", "3": "succeeded", "nonzero_exit": "failed",
           "update_failed": "failed", "build_failed": "failed"}  # fmt: skip
_DOWN = ("failed", "unavailable", "unhealthy", "crashed", "exceeded", "error", "exhausted",
         "failure", "stale")  # fmt: skip
_UP = ("available", "healthy", "restored", "recovered", "backup_completed", "upgrade_succeeded")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed as standardwebhooks.com has it, where a secret is set."""
    return _sign.standard(request, _sign.secrets(secrets))


def read(request: Request) -> Reading:
    """The one event of a body, and where a deploy went through the change."""
    body = _read.fields(request)
    kind, data = _read.word(_read.first(body, "type")), _read.part(body, "data")
    if not kind:
        raise Malformed("there is no type in it", "type")
    service = _read.first(data, "serviceName", "name") or _read.first(data, "serviceId")
    if kind in _ENDED:
        return Reading(tuple(_run(kind, data, service, body.get("timestamp"))))
    return Reading((_event(kind, data, service),))


def _run(kind: str, data: dict[str, Any], service: str, at: Any) -> list[AlertReading]:
    said = _read.first(data, "status") or ("failed" if kind not in _ENDED or "ended" not in kind
                                           else "ended")  # fmt: skip
    said = _STATES.get(_read.word(said), said)
    job = _ENDED[kind]
    run = _ci.run(
        said,
        project=service,
        job=job,
        what=(_read.first(data, "serviceId") or service, job),
        description=_read.first(_read.part(data, "details"), "reason", "message"),
        labels=_read.flat(data, ("status",)),
        links=(("Source", _dashboard(data)),),
        ends=at,
    )
    if job != "deploy" or run.status is not _read.RESOLVED:
        return [run]
    key = f"deploy {_read.first(data, 'id', 'deployId')}"
    change = _ci.change(_ci.deployed(service, "", ""), key, resource=service, at=at)
    return [run, change]


def _event(kind: str, data: dict[str, Any], service: str) -> AlertReading:
    """``server_failed`` and ``server_available`` are of one server."""
    status, last = _status(kind), kind.rpartition("_")[2]
    stem = kind.removesuffix(f"_{last}").removesuffix("_hardware")
    stem = kind if status is _read.INFO else stem
    what = kind.replace("_", " ")
    return _read.alert(
        status,
        f"{_read.first(data, 'serviceId') or service} {stem}",
        f"{service}: {what}" if service else what,
        type=AlertType.SERVICE,
        severity=Severity.INFO if status is _read.INFO else None,
        description=_read.first(_read.part(data, "details"), "reason", "message"),
        resource=service,
        labels={**_read.flat(data), "event": kind, "state": last},
        links=(("Source", _dashboard(data)),),
    )


def _status(kind: str) -> AlertStatus:
    if kind.endswith(_DOWN):
        return _read.FIRING
    return _read.RESOLVED if kind.endswith(_UP) else _read.INFO


def _dashboard(data: dict[str, Any]) -> str | None:
    own = _read.first(data, "serviceId")
    known = own.startswith("srv-") and own[4:].isalnum()
    return f"https://dashboard.render.com/web/{own}" if known else None
