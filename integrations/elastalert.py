"""ElastAlert's HTTP posts: the fields of a payload, or of the document that matched."""

from __future__ import annotations

from integrations import _form, _prometheus_bodies, _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="elastalert",
    title="ElastAlert",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://elastalert2.readthedocs.io/en/latest/alerts.html#http-post",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("id", ), ("alertid",), ("alertuid",), ("dedupkey",), ("alias",),
         ("rulename", "querykey", "hostname"), ("rule", "querykey", "hostname"),
         ("alertname", "querykey", "hostname")),
    title=names("title alertsubject subject rulename alertname name rule alerttext message text "
                "description"),
    state=names("eventtype eventaction status state"),
    states={
        "create": _read.FIRING, "trigger": _read.FIRING, "acknowledge": _read.ACKNOWLEDGED,
        "resolve": _read.RESOLVED, "alert": _read.FIRING,
    },
    severity=names("severity priority level loglevel ruleseverity"),
    resource=names("hostname host beathostname agenthostname agentname source server computername"),
    text=names("description alerttext body message text"),
    links=(("Source", names("kibanadiscoverurl opensearchdiscoverurl kibanaurl url link")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body, or those of its Alertmanager alerter."""
    value = _form.value(request)
    if isinstance(value, list):
        return Reading(_prometheus_bodies.alerts(request))
    return Reading((_SHAPE.alert(_read.an_object(value)),))
