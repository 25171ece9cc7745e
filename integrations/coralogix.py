"""Coralogix outgoing webhooks: a body written out of its placeholders."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="coralogix",
    title="Coralogix",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://coralogix.com/docs/user-guides/alerting/outbound-webhooks/generic-outbound-webhooks-alert-webhooks/",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("alertuniqueidentifier", "groupbylabels"), ("alertid", "groupbylabels"), ("uuid",),
         ("name", "groupbylabels")),
    title=names("name alertname title description"),
    state=names("alertaction action status state"),
    states={
        "trigger": _read.FIRING, "triggered": _read.FIRING, "resolve": _read.RESOLVED,
        "resolved": _read.RESOLVED, "notify_resolve": _read.RESOLVED,
    },
    severity=names("alertpriority priority severity alertseverity eventseverity"),
    resource=names("host computer computername pod service subsystem subsystemname "
                   "application applicationname"),
    text=names("description logtext text message"),
    links=(("Source", names("alerturl logurl url")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body; its own fields may stand in a list of ``key`` and ``value``."""
    body = _read.fields(request)
    return Reading((_SHAPE.alert({**_read.tags(body.get("fields")), **body}),))
