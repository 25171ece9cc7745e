"""OpenObserve: alerts by a template written out of its variables; none says that it is over."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="openobserve",
    title="OpenObserve",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://openobserve.ai/docs/user-guide/alerts/",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("alertname", "orgname", "streamname"), ("name", "stream")),
    title=names("alertname name title text message"),
    state=names("status state alertstatus"),
    severity=names("severity level priority"),
    resource=names("host hostname k8spodname service servicename streamname stream"),
    text=names("text message description rows"),
    links=(("Source", names("alerturl url")),),
    starts=names("alertstarttime"),
    ends=names("alertendtime"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
