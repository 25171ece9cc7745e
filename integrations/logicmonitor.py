"""LogicMonitor custom HTTP delivery: a body written out of its tokens."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, leaves, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="logicmonitor",
    title="LogicMonitor",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.logicmonitor.com/support/alerts/integrations/custom-http-delivery",
)

_SHAPE = Shape(
    type=AlertType.METRIC,
    key=(("alertid",), ("internalid",), ("host", "datasource", "datapoint")),
    title=names("datasource eventsource website servicename alertname title message subject "
                "batchjob checkpoint"),
    state=names("alertstatus status state"),
    states={
        "active": _read.FIRING, "clear": _read.RESOLVED, "cleared": _read.RESOLVED,
        "ack": _read.ACKNOWLEDGED, "acked": _read.ACKNOWLEDGED, "acknowledged": _read.ACKNOWLEDGED,
        "escalated": _read.FIRING, "escalation": _read.FIRING,
        "update": _read.FIRING, "test": _read.INFO,
        "sdt": _read.INFO, "insdt": _read.INFO, "adhoc": _read.FIRING,
    },
    severity=names("level severity alertlevel"),
    resource=names("host hostname device resource website servicename instance"),
    text=names("message eventmsg datapointdesc dsdesc eventlogmsg"),
    links=(("Source", names("alerturl alertdetailurl url")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body; the data point belongs to the title."""
    body = _read.fields(request)
    found = leaves(body)
    source, point = _read.first(found, "datasource"), _read.first(found, "datapoint")
    named = {**body, "datasource": f"{source} {point}"} if source and point else body
    return Reading((_SHAPE.alert(named),))
