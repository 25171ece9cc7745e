"""Railway: deployments of a service, and its alerts, in the form of before 2025 and today's."""

from __future__ import annotations

from typing import Any

from integrations import _ci, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="railway",
    title="Railway",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.railway.com/guides/webhooks",
)

_RUNS = {"success": "succeeded", "deployed": "succeeded", "completed": "succeeded",
         "crashed": "crashed", "failed": "failed", "oom_killed": "crashed"}  # fmt: skip


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    kind = _read.first(body, "type")
    if not kind:
        raise Malformed("there is no type in it", "type")
    what, _, said = kind.partition(".")
    if what.casefold() not in ("deploy", "deployment"):
        return Reading((_other(kind, body),))
    return Reading((_deployment(body, said or _read.first(body, "status")),))


def _named(body: dict[str, Any], name: str) -> dict[str, Any]:
    return _read.part(body, "resource", name) or _read.part(body, name)


def _deployment(body: dict[str, Any], said: str) -> AlertReading:
    project, service = _named(body, "project"), _named(body, "service")
    environment = _read.first(_named(body, "environment"), "name")
    name = _read.first(service, "name") or _read.first(project, "name")
    details = _read.part(body, "details") or _read.part(body, "deployment", "meta")
    word = _read.word(said)
    return _ci.run(
        _RUNS.get(word, word),
        project=name or "A service",
        branch=environment,
        what=(_read.first(service, "id") or _read.first(project, "id") or name,),
        description=_read.first(details, "commitMessage"),
        labels={
            "project": _read.first(project, "name"),
            "environment": environment,
            "commit": _read.first(details, "commitHash"),
            "branch": _read.first(details, "branch"),
            "actor": _read.first(details, "commitAuthor"),
        },
        ends=body.get("timestamp"),
    )


def _other(kind: str, body: dict[str, Any]) -> AlertReading:
    """``VolumeAlert.triggered``, ``Monitor.resolved``, and whatever else has a type."""
    what, _, said = kind.partition(".")
    names = ("service", "volume", "project", "environment")
    place = next((found for each in names if (found := _read.first(_named(body, each), "name"))),
                 "")  # fmt: skip
    details = _read.part(body, "details")
    status = _read.state(said) if "alert" in what.casefold() or what == "Monitor" else _read.INFO
    return _read.alert(
        status,
        f"{what} {_read.first(details, 'id', 'monitorId', 'alertId') or place}".strip(),
        _read.on(_read.first(details, "title", "name", "message") or kind.replace(".", " "), place),
        type=AlertType.SERVICE,
        word=_read.first(body, "severity"),
        description=_read.first(details, "message", "description"),
        resource=place,
        labels=_read.flat(details, ("title", "message", "description")),
        ends=body.get("timestamp"),
    )
