"""SolarWinds Loggly: what a saved search found. Nothing tells when it is over."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="loggly",
    title="SolarWinds Loggly",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://documentation.solarwinds.com/en/success_center/loggly/content/admin/alert-endpoints.htm",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("alertname", "sourcegroup"),),
    title=names("alertname alertdescription query"),
    severity=names("severity"),
    resource=names("sourcegroup"),
    text=names("alertdescription recenthits query"),
    links=(("Source", names("searchlink")), ("Edit", names("editalertlink"))),
    ends=names("endtime"),
)


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    kept = {name: value for name, value in body.items() if value != "N/A"}
    return Reading((_SHAPE.alert(kept or body),))
