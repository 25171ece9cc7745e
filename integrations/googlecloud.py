"""Google Cloud Monitoring: one incident a body, posted by a webhook channel or by Pub/Sub push."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from integrations import _json, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="googlecloud",
    title="Google Cloud Monitoring",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://cloud.google.com/monitoring/support/notification-options#webhooks",
)

_PLACES = ("instance_name", "instance_id", "pod_name", "container_name", "node_name",
           "cluster_name", "database_id", "service_name", "function_name", "bucket_name",
           "url_map_name", "backend_target_name", "queue_id", "topic_id", "subscription_id",
           "host", "job", "project_id")  # fmt: skip


def read(request: Request) -> Reading:
    """The incident, whichever way it came."""
    body = _unpacked(_read.fields(request))
    incident = _read.part(body, "incident") or body
    if not any(name in incident for name in ("incident_id", "policy_name", "condition_name")):
        raise Malformed("there is no incident in it", "incident")
    return Reading((_alert(incident, test=_read.first(body, "version") == "test"),))


def _unpacked(body: dict[str, Any]) -> dict[str, Any]:
    """Pub/Sub puts the body as base64 into ``message.data``."""
    packed = _read.part(body, "message").get("data")
    if not isinstance(packed, str):
        return body
    try:
        plain = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64", "message.data") from None
    return _read.an_object(_json.parse(plain), "message.data")


def _alert(incident: dict[str, Any], *, test: bool) -> AlertReading:
    resource = _read.part(incident, "resource")
    labels = _read.tags(resource.get("labels"))
    metric = _read.part(incident, "metric")
    policy, condition = (
        _read.first(incident, "policy_name"),
        _read.first(incident, "condition_name"),
    )
    place = _place(incident, labels)
    documentation = incident.get("documentation")
    notes = _read.part(incident, "documentation")
    user = _read.tags(incident.get("policy_user_labels"))
    summary = _read.first(incident, "summary")
    links = [(_read.first(one, "displayName") or "Link", _read.first(one, "url"))
             for one in _read.parts(notes.get("links"), 5)]  # fmt: skip
    return _read.alert(
        _read.INFO if test else _read.state(_read.first(incident, "state")),
        _read.first(incident, "incident_id") or f"{policy} {condition} {place}",
        _read.on(_read.first(notes, "subject") or policy or condition or summary, place)
        or "An incident without a policy",
        type=AlertType.UPTIME if "uptime" in _read.first(metric, "type") else AlertType.CLOUD,
        word=_read.raw(incident, "severity") or _read.first(user, "severity"),
        description="\n".join(
            each for each in (summary, _read.first(notes, "content"), _read.text(documentation))
            if each
        ),
        resource=place,
        labels={
            **_read.flat(incident, ("summary", "documentation", "started_at", "ended_at", "state",
                                    "observed_value")),
            "metric": _read.first(metric, "type"),
            "resource_type": _read.first(resource, "type"),
            **_read.tags(_read.part(metric, "labels")),
            **labels,
            **user,
        },
        links=(("Source", _read.first(incident, "url")), *links),
        starts=incident.get("started_at"),
        ends=incident.get("ended_at"),
    )  # fmt: skip


def _place(incident: dict[str, Any], labels: dict[str, str]) -> str:
    """``resource_name`` may be ``my-project Cloud SQL …``; the label says less and is exact."""
    named = _read.first(incident, "resource_display_name", "resource_name")
    return named or _read.first(labels, *_PLACES) or _read.first(incident, "resource_id")
