"""MongoDB Atlas and Ops Manager: an alert opens, is acknowledged, and closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="mongodbatlas",
    title="MongoDB Atlas",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://www.mongodb.com/docs/atlas/tutorial/third-party-service-integrations/",
)

_STATES = {"open": _read.FIRING, "tracking": _read.INFO, "closed": _read.RESOLVED,
           "cancelled": _read.RESOLVED, "informational": _read.INFO}  # fmt: skip
_GRAVE = ("NO_PRIMARY", "HOST_DOWN", "PRIMARY_ELECTED", "DISK_FULL", "CLUSTER_MONGOS_IS_MISSING")
_HEADER = "x-mms-signature"
_NO_LABELS = ("humanReadable", "created", "updated", "resolved", "lastNotified", "status",
              "acknowledgedUntil")  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it, in base64 (SHA-1)."""
    return _sign.signed_base64(request, _sign.secrets(secrets), _HEADER, "sha1")


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    kind = _read.first(body, "eventTypeName", "typeName")
    if not kind and not _read.first(body, "humanReadable"):
        raise Malformed("there is no alert in it", "eventTypeName")
    return Reading((_alert(body, kind),))


def _alert(body: dict[str, Any], kind: str) -> AlertReading:
    metric, value = _read.first(body, "metricName"), _read.part(body, "currentValue")
    what = metric or kind
    place = _read.first(body, "hostnameAndPort", "replicaSetName", "clusterName", "userAlias")
    now = " ".join(part for part in (_read.first(value, "number"), _read.first(value, "units"))
                   if part and part != "RAW")  # fmt: skip
    title = what.replace("_", " ").capitalize() or "An alert of Atlas"
    return _read.alert(
        _status(body),
        _read.first(body, "id") or f"{_read.first(body, 'alertConfigId')} {place}",
        _read.on(f"{title} is {now}" if now else title, place),
        type=AlertType.METRIC if metric else AlertType.SERVICE,
        severity=Severity.CRITICAL if kind in _GRAVE else None,
        description=_read.first(body, "humanReadable"),
        resource=place,
        labels=_read.flat(body, _NO_LABELS),
        starts=body.get("created"),
        ends=body.get("resolved") or body.get("updated"),
    )


def _status(body: dict[str, Any]) -> AlertStatus:
    found = _read.state(_read.first(body, "status"), _STATES)
    taken = _read.first(body, "acknowledgingUsername", "acknowledgedUntil")
    return _read.ACKNOWLEDGED if found is _read.FIRING and taken else found
