"""Amazon EventBridge (API destinations), with AWS Health, and alarms that call a function."""

from __future__ import annotations

from integrations import _aws_events, _form, _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="aws_eventbridge",
    title="Amazon EventBridge and AWS Health",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html",
)

_MARKS = ("detail-type", "detail", "alarmData")


def read(request: Request) -> Reading:
    """The alerts of one event, or of a list of them."""
    value = _form.value(request)
    events = _read.objects(value, "body") if isinstance(value, list) else [_read.an_object(value)]
    found: list[AlertReading] = []
    for at, event in enumerate(events):
        if not any(mark in event for mark in _MARKS):
            where = f"[{at}]" if isinstance(value, list) else "detail-type"
            raise Malformed("not an event: there is no detail-type and no detail in it", where)
        found += _aws_events.readings(event, request.received_at)
    return Reading(tuple(found))
