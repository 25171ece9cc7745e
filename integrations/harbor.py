"""Harbor: images are scanned, pushed, replicated; quotas run out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="harbor",
    title="Harbor",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://goharbor.io/docs/latest/working-with-projects/project-configuration/"
    "configure-webhooks/",
)

_CLOUD_EVENTS = {
    "harbor.scan.completed": "SCANNING_COMPLETED", "harbor.scan.failed": "SCANNING_FAILED",
    "harbor.scan.stopped": "SCANNING_STOPPED", "harbor.quota.exceeded": "QUOTA_EXCEED",
    "harbor.quota.warned": "QUOTA_WARNING", "harbor.replication.status.changed": "REPLICATION",
    "harbor.tag_retention.finished": "TAG_RETENTION", "harbor.artifact.pushed": "PUSH_ARTIFACT",
    "harbor.artifact.pulled": "PULL_ARTIFACT", "harbor.artifact.deleted": "DELETE_ARTIFACT",
}  # fmt: skip
_CLEAN = frozenset(("none", "negligible", "unknown", "low", ""))
_SEVERITIES = {"none": Severity.INFO, "unknown": Severity.INFO}


SECRET_IS_SENT = True


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless the header holds the policy's secret, where one is set."""
    _sign.shared(request, _sign.secrets(secrets), "authorization")


def read(request: Request) -> Reading:
    """The one event of a body, in Harbor's own form or as a CloudEvent."""
    body = _read.fields(request)
    kind = _read.first(body, "type")
    kind = _CLOUD_EVENTS.get(kind, kind).upper()
    found = _read.part(body, "event_data") or _read.part(body, "data")
    if not kind and not found:
        raise Malformed("there is no event in it", "type")
    return Reading((_event(body, kind, found),))


def _event(body: dict[str, Any], kind: str, found: dict[str, Any]) -> AlertReading:
    repository = _read.part(found, "repository")
    artifacts = _read.parts(found.get("resources"))
    artifact = artifacts[0] if artifacts else {}
    place = _read.first(repository, "repo_full_name", "name")
    tag = _read.first(artifact, "tag") or _read.first(artifact, "digest")[:19]
    image = f"{place}:{tag}" if place and tag else place or _read.first(artifact, "resource_url")
    labels = {"event": kind, "project": _read.first(repository, "namespace"), "tag": tag,
              "operator": _read.first(body, "operator")}  # fmt: skip
    link = _read.first(artifact, "resource_url")
    links = (("Image", link if "://" in link else ""),)
    at = body.get("occur_at") or body.get("time")
    if kind.startswith(("SCANNING", "SCAN_")):
        return _scan(kind, image, place, artifact, labels, links, at)
    details = _read.first(_read.part(found, "custom_attributes"), "Details")
    if kind.startswith("QUOTA"):
        return _read.alert(
            _read.FIRING, f"quota {labels['project'] or place}",
            f"Quota of {labels['project'] or place or 'a project'} "
            f"{'is nearly used up' if kind.endswith('WARNING') else 'is exceeded'}",
            type=AlertType.SERVICE,
            severity=Severity.WARNING if kind.endswith("WARNING") else Severity.ERROR,
            description=details, resource=place, labels=labels, starts=at,
        )  # fmt: skip
    if kind == "REPLICATION":
        return _replication(_read.part(found, "replication"), image, place, labels, at)
    what = kind.replace("_", " ").capitalize()
    make = _ci.change if kind.startswith(("PUSH", "DELETE", "UPLOAD")) else _ci.note
    return make(f"{what}: {image}" if image else what, f"{kind} {image}".strip(),
                resource=place, links=links)  # fmt: skip


def _scan(
    kind: str,
    image: str,
    place: str,
    artifact: dict[str, Any],
    labels: dict[str, str],
    links: tuple[tuple[str, str], ...],
    at: Any,
) -> AlertReading:
    """What a scan found: a hole that is worth a patch fires; a clean one ends it."""
    overview = next(iter(_read.parts(list(_read.part(artifact, "scan_overview").values()))), {})
    word = _read.first(overview, "severity")
    counts = _read.tags(_read.part(overview, "summary", "summary"))
    total = _read.first(_read.part(overview, "summary"), "total")
    said = _read.first(overview, "scan_status")
    status, title = _outcome(kind, word, said, image, total)
    return _read.alert(
        status,
        f"scan {image}",
        title,
        type=AlertType.SECURITY,
        word=word,
        severity=_SEVERITIES.get(word.casefold()),
        description=", ".join(f"{name}: {count}" for name, count in counts.items()),
        resource=place,
        labels={**labels, "scanner": _read.first(_read.part(overview, "scanner"), "name")},
        links=links,
        starts=at,
        ends=at,
    )


def _outcome(kind: str, word: str, said: str, image: str, total: str) -> tuple[AlertStatus, str]:
    if "FAILED" in kind or said == "Error":
        return _read.FIRING, f"Scan of {image} failed"
    if "STOPPED" in kind:
        return _read.INFO, f"Scan of {image} was stopped"
    if word.casefold() in _CLEAN:
        return _read.RESOLVED, f"Scan of {image} found nothing grave"
    many = f"{total} vulnerabilities" if total not in ("", "1") else "a vulnerability"
    return _read.FIRING, f"Scan of {image} found {many}, {word}"


def _replication(
    found: dict[str, Any], image: str, place: str, labels: dict[str, str], at: Any
) -> AlertReading:
    said = _read.first(found, "job_status", "status")
    target = _read.part(found, "dest_resource")
    where = _read.first(target, "endpoint", "registry_name")
    thing = image or "/".join(
        part for part in (_read.first(target, "namespace"), _read.first(found, "artifact_type"))
        if part
    )  # fmt: skip
    return _ci.run(
        said,
        project=place or thing,
        job=f"Replication to {where}" if where else "Replication",
        what=("replication", thing, where, _read.first(found, "policy_name")),
        labels=labels,
        starts=at,
        ends=at,
    )
