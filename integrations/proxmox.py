"""Proxmox VE, Backup Server and Mail Gateway: notifications of backups, replication, fencing."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="proxmox",
    title="Proxmox",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://pve.proxmox.com/wiki/Notifications",
)

_SEVERITIES = {"info": Severity.INFO, "notice": Severity.INFO, "warning": Severity.WARNING,
               "error": Severity.ERROR, "unknown": Severity.WARNING}  # fmt: skip
_JOBS = frozenset(("vzdump", "replication", "gc", "prune", "sync", "verify", "tape-backup",
                   "tape-load", "acme"))  # fmt: skip
"""What is done again and again: a run that went well ends the failure of the one before."""


def read(request: Request) -> Reading:
    """The one notification of a body, whose template people write themselves."""
    body = _read.fields(request)
    title = _read.first(body, "title", "subject", "text", "content")
    told = _read.first(body, "message", "body", "description")
    if not title and not told:
        raise Malformed("there is no title in it: send {{ title }} as title", "title")
    fields = _read.part(body, "fields") or _read.part(body, "metadata")
    return Reading((_alert(body, {**_read.flat(body), **_read.tags(fields)}, title, told),))


def _alert(body: dict[str, Any], found: dict[str, str], title: str, told: str) -> AlertReading:
    kind = _read.first(found, "type", "notification_type")
    place = _read.first(found, "hostname", "host", "node")
    job = _read.first(found, "job-id", "job_id", "datastore")
    word = _read.first(body, "severity", "priority", "level")
    parts = (place, kind, job)
    status = _status(word, kind, title)
    return _read.alert(
        status,
        " ".join(part for part in parts if part) if kind else f"{place} {title}".strip(),
        title or told.partition("\n")[0],
        type=AlertType.HOST,
        word=word,
        severity=_SEVERITIES.get(word.casefold()),
        description=told,
        resource=place,
        labels={name: said for name, said in found.items()
                if name not in ("title", "message", "subject", "body", "severity")},
        starts=body.get("timestamp"),
        ends=body.get("timestamp"),
    )  # fmt: skip


def _status(word: str, kind: str, title: str) -> AlertStatus:
    """It has severities and no states."""
    if word.casefold() in ("error", "warning", "critical"):
        return _read.FIRING
    if kind in _JOBS:
        return _read.RESOLVED
    plain = title.casefold()
    if not word and any(each in plain for each in ("fail", "error", "fence", "degraded")):
        return _read.FIRING
    return _read.INFO if word.casefold() != "unknown" else _read.FIRING
