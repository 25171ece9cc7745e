"""Vercel: deployments are made, succeed, fail, are promoted; its alerts of errors and usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="vercel",
    title="Vercel",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://vercel.com/docs/webhooks/webhooks-api",
)

_RUNS = {"error": "failed", "succeeded": "succeeded", "ready": "succeeded", "promoted": "succeeded",
         "check-failed": "failed"}  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    return _sign.signed(request, _sign.secrets(secrets), "x-vercel-signature", algorithm="sha1")


def read(request: Request) -> Reading:
    """The one event of a body, and what went live as a change."""
    body = _read.fields(request)
    kind, payload = _read.first(body, "type"), _read.part(body, "payload")
    if not kind:
        raise Malformed("there is no type in it", "type")
    if not kind.startswith("deployment"):
        return Reading((_event(kind, payload),))
    return Reading(tuple(_deployment(kind, payload, body.get("createdAt"))))


def _deployment(kind: str, payload: dict[str, Any], at: Any) -> list[AlertReading]:
    deployment, meta = _read.part(payload, "deployment"), _read.part(payload, "deployment", "meta")
    name = _read.first(deployment, "name") or _read.first(payload, "name")
    project = _read.first(_read.part(payload, "project"), "id") or _read.first(payload, "projectId")
    target = _read.first(payload, "target") or "preview"
    said = kind.rpartition(".")[2]
    commit = _read.first(meta, "githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha")
    links = _read.part(payload, "links")
    run = _ci.run(
        _RUNS.get(said, said),
        project=name or project or "A project",
        job=f"deploy to {target}",
        what=(project or name, target),
        branch="" if target == "production" else _read.first(meta, "githubCommitRef"),
        labels={"commit": commit, "target": target, "event": kind},
        links=(("Source", _read.first(links, "deployment")),
               ("Site", f"https://{host}" if (host := _read.first(deployment, "url")) else None)),
        ends=at,
    )  # fmt: skip
    if run.status is not _read.RESOLVED or target != "production":
        return [run]
    key = f"deployment {_read.first(deployment, 'id')}"
    return [run, _ci.change(_ci.deployed(name, commit, target), key, resource=name, at=at)]


def _event(kind: str, payload: dict[str, Any]) -> AlertReading:
    """An alert of errors or usage, or what somebody changed."""
    alert = _read.part(payload, "alert") or payload
    title = _read.first(alert, "title", "name", "message", "type")
    place = _read.first(_read.part(payload, "project"), "name", "id") or _read.first(
        payload, "projectName", "projectId"
    )
    if not kind.startswith("alert"):
        what = f"Vercel: {kind.replace('.', ' ')}"
        return _ci.note(_read.on(what, place), "", resource=place, type=AlertType.CHANGE)
    said = kind.rpartition(".")[2]
    return _read.alert(
        _read.state(said),
        _read.first(alert, "id", "groupId") or f"{title} {place}".strip(),
        _read.on(title or "An alert of Vercel", place),
        type=AlertType.SERVICE,
        word=_read.first(alert, "severity", "level"),
        description=_read.first(alert, "description", "message"),
        resource=place,
        labels=_read.flat(alert, ("title", "description", "message")),
        links=(("Source", _read.first(_read.part(payload, "links"), "alert", "observability")),),
    )
