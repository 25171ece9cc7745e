"""HCP Terraform and Terraform Enterprise: runs of a workspace, and what its assessments find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="terraform",
    title="HCP Terraform",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/notifications",
)

_RUNS = {
    "errored": "failed", "policy_soft_failed": "failed", "applied": "succeeded",
    "planned_and_finished": "succeeded", "planned_and_saved": "planned",
    "completed": "", "policy_checked": "planned",
}  # fmt: skip
_FOUND = {
    "drifted": ("drift", _read.FIRING), "check_failure": ("checks", _read.FIRING),
    "failed": ("assessment", _read.FIRING), "no_drift": ("drift", _read.RESOLVED),
    "auto_destroy_reminder": ("auto-destroy", _read.INFO),
    "auto_destroy_results": ("auto-destroy", _read.INFO),
}  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the token of the notification, where one is set."""
    return _sign.signed(request, _sign.secrets(secrets), "x-tfe-notification-signature",
                        algorithm="sha512")  # fmt: skip


def read(request: Request) -> Reading:
    """What each notification of a body says."""
    body = _read.fields(request)
    told = _read.parts(body.get("notifications"))
    if not told:
        raise Malformed("there are no notifications in it", "notifications")
    return Reading(tuple(_notifications(body, told)))


def _notifications(body: dict[str, Any], told: list[dict[str, Any]]) -> Iterator[AlertReading]:
    for each in told:
        trigger = _read.first(each, "trigger")
        kind, _, what = trigger.partition(":")
        if kind == "verification" or not _workspace(body):
            yield _ci.note(_read.first(each, "message") or "Terraform: a test", "")
        elif kind in ("assessment", "workspace"):
            yield _assessed(body, each, what)
        else:
            yield _run(body, each, what)


def _workspace(body: Mapping[str, Any]) -> str:
    return _read.first(body, "workspace_name", "workspace_id")


def _run(body: dict[str, Any], told: dict[str, Any], what: str) -> AlertReading:
    status = _read.first(told, "run_status") or what
    said = _RUNS.get(status) or _RUNS.get(what) or status
    return _ci.run(
        said,
        project=_workspace(body),
        job="run",
        what=(_read.first(body, "workspace_id") or _workspace(body), "run"),
        description=_read.first(told, "message"),
        labels={
            "organization": _read.first(body, "organization_name"),
            "message": _read.first(body, "run_message"),
            "by": _read.first(told, "run_updated_by") or _read.first(body, "run_created_by"),
            "status": status,
        },
        links=(("Source", _read.first(body, "run_url")),),
        starts=body.get("run_created_at"),
        ends=told.get("run_updated_at"),
    )


def _assessed(body: dict[str, Any], told: dict[str, Any], what: str) -> AlertReading:
    thing, status = _FOUND.get(what, ("assessment", _read.INFO))
    details = _read.part(body, "details") or body
    return _ci.run(
        what,
        project=_workspace(body),
        job=thing,
        what=(_read.first(body, "workspace_id") or _workspace(body), thing),
        status=status,
        title=f"{_workspace(body)}: {_read.first(told, 'message') or what.replace('_', ' ')}",
        labels={"organization": _read.first(body, "organization_name"), **_read.flat(told)},
        links=(("Source", _read.first(details, "url", "workspace_url", "run_url")),),
    )
