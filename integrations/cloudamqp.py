"""CloudAMQP: an alarm of a broker, and the same once more with ``resolved`` when it is over."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="cloudamqp",
    title="CloudAMQP",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.cloudamqp.com/docs/alarms.html",
)

_NO_LABELS = ("message", "title", "text", "resolved", "status")


def read(request: Request) -> Reading:
    """The one alarm of a body."""
    body = _read.fields(request)
    more = _read.part(body, "metadata") or _read.part(body, "alarm")
    title = _read.first(body, "title", "message", "text") or _read.first(more, "message", "type")
    if not title:
        raise Malformed("there is no message in it", "message")
    over = any(holder.get("resolved") in (True, "true", 1) for holder in (body, more))
    said = _read.first(body, "status", "state")
    place = _read.first(more, "instance_name", "instance", "hostname", "node") or _read.first(
        body, "instance_name", "instance", "hostname", "node", "name"
    )
    kind = _read.first(more, "type", "alarm") or _read.first(body, "type", "alarm")
    own = _read.first(more, "alarm_id", "id") or _read.first(body, "alarm_id", "id")
    queue = _read.first(more, "queue") or _read.first(body, "queue")
    alert = _read.alert(
        _read.RESOLVED if over else _read.state(said),
        own or " ".join(part for part in (kind, place, queue) if part) or title,
        _read.on(title, place),
        type=AlertType.SERVICE,
        description=_read.first(body, "message", "text"),
        resource=place or queue,
        labels={**_read.flat(more, _NO_LABELS), **_read.flat(body, _NO_LABELS)},
        links=(("Source", _read.first(body, "url", "console_url")),),
    )
    return Reading((alert,))
