"""Logz.io: an alert of logs or metrics, in the fields of its custom endpoint."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="logzio",
    title="Logz.io",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.logz.io/docs/user-guide/integrations/notification-endpoints/custom-endpoint/",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("alertid",), ("alerttitle", "accountid"), ("title",)),
    title=names("alerttitle title alertname name alertdescription description"),
    state=names("alertstatus status state eventtype"),
    severity=names("alertseverity severity priority"),
    resource=names("host hostname alertsampleshost service"),
    text=names("alertdescription description alertsummary alertsamples"),
    links=(("Source", names("alertlink alerturl kibanalink url link")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
