"""FireHydrant: an incident is opened and passes its milestones until it is resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="firehydrant",
    title="FireHydrant",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.firehydrant.com/docs/webhooks",
)

_STATES = {
    "started": _read.FIRING, "detected": _read.FIRING, "investigating": _read.ACKNOWLEDGED,
    "acknowledged": _read.ACKNOWLEDGED, "identified": _read.ACKNOWLEDGED,
    "mitigated": _read.ACKNOWLEDGED, "resolved": _read.RESOLVED, "closed": _read.RESOLVED,
    "postmortem_started": _read.RESOLVED, "postmortem_completed": _read.RESOLVED,
    "retrospective_started": _read.RESOLVED, "retrospective_completed": _read.RESOLVED,
    "archived": _read.RESOLVED, "scheduled": _read.INFO, "in_progress": _read.INFO,
}  # fmt: skip
_NO_LABELS = ("name", "summary", "description", "started_at", "created_at", "current_milestone",
              "id", "customer_impact_summary")  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    _sign.signed(request, _sign.secrets(secrets), "fh-signature")


def read(request: Request) -> Reading:
    """The one incident of a body; what is no incident is a note."""
    body = _read.fields(request)
    event, held = _read.part(body, "event"), _read.part(body, "data")
    kind = _read.first(event, "resource_type")
    incident = _read.part(held, "incident") or _read.part(body, "incident") or held
    name = _read.first(incident, "name", "summary")
    if not name:
        if not kind:
            raise Malformed("there is no incident in it", "data.incident")
        note = f"FireHydrant: {kind} {_read.first(event, 'operation')}".strip()
        return Reading((_read.alert(_read.INFO, "", note, type=AlertType.CUSTOM),))
    is_incident = not kind or _read.word(kind) == "incident"
    said = _read.first(incident, "current_milestone", "milestone", "status")
    services = [_read.first(each, "name") for each in _read.parts(incident.get("services"))]
    alert = _read.alert(
        _read.state(said, _STATES) if is_incident else _read.INFO,
        _read.first(incident, "id", "number"),
        name,
        type=AlertType.CUSTOM,
        word=_read.first(_read.part(incident, "severity"), "slug") or _read.first(
            incident, "severity", "priority"
        ),
        description=_read.first(incident, "description", "customer_impact_summary", "summary"),
        resource=next(iter(services), ""),
        labels={**_read.flat(incident, _NO_LABELS), "services": ", ".join(filter(None, services)),
                "event": f"{kind} {_read.first(event, 'operation')}".strip()},
        links=(("Source", _read.first(incident, "incident_url", "url")),),
        starts=incident.get("started_at") or incident.get("created_at"),
        ends=incident.get("resolved_at"),
    )  # fmt: skip
    return Reading((alert,))
