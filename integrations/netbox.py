"""NetBox: an object was created, changed or deleted; a job of it ended. What changed, no alert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request

MANIFEST = Manifest(
    name="netbox",
    title="NetBox",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://netboxlabs.com/docs/netbox/integrations/webhooks/",
)

_JOBS = {"job_completed": "completed", "job_failed": "failed", "job_errored": "errored",
         "job_started": "started", "job_start": "started", "job_end": "ended",
         "job_ended": "ended"}  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed with the webhook's secret, where one is set."""
    return _sign.signed(request, _sign.secrets(secrets), "x-hook-signature", algorithm="sha512")


def read(request: Request) -> Reading:
    """The one change of a body."""
    body = _read.fields(request)
    event = _read.word(_read.first(body, "event"))
    model = _read.first(body, "model") or _read.first(body, "object_type").rpartition(".")[2]
    data = _read.part(body, "data")
    if not event or not (model or data):
        raise Malformed("there is no event and model in it", "event")
    name = _read.first(data, "display", "name", "label", "slug", "address", "prefix", "id")
    if event in _JOBS:
        said = _JOBS[event]
        if said == "ended":
            status = data.get("status") or body.get("status")
            said = _read.text(status) or _read.first(_read.part(data, "status"), "value") or said
        said = "succeeded" if said == "completed" else said
        return Reading((_ci.run(said, project="NetBox", job=name or model),))
    who = _read.first(body, "username")
    kind = model.replace("_", " ").capitalize() or "Object"
    url = _read.first(data, "display_url", "url")
    change = _ci.change(
        f"{kind} {name} {event}{f' by {who}' if who else ''}",
        f"{model} {_read.first(data, 'id') or name} {_read.first(body, 'request_id')}".strip(),
        resource=name,
        description=_read.first(data, "description", "comments"),
        labels={
            "model": model,
            "by": who,
            "status": _read.first(_read.part(data, "status"), "value"),
            "site": _read.first(_read.part(data, "site"), "name", "slug"),
            "tenant": _read.first(_read.part(data, "tenant"), "name", "slug"),
            "role": _read.first(_read.part(data, "role"), "name", "slug"),
            "request_id": _read.first(body, "request_id"),
        },
        links=(("Source", url),),
        at=body.get("timestamp"),
    )
    return Reading((change,))
