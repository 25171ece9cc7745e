"""Nobl9: alerts of objectives, in the fields of its webhook's template."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, leaves, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="nobl9",
    title="Nobl9",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.nobl9.com/alerting/alert-methods/webhook/",
)

_SHAPE = Shape(
    type=AlertType.METRIC,
    key=(("alertid",), ("alertpolicyname", "sloname", "objectivename", "projectname")),
    title=names("alertpolicyname alertpolicydisplayname text message title sloname"),
    state=names("status alertstatus state event type"),
    states={"triggered": _read.FIRING, "canceled": _read.RESOLVED, "cooled_down": _read.RESOLVED,
            "back_to_normal": _read.RESOLVED},
    severity=names("severity"),
    severities={"high": Severity.CRITICAL, "medium": Severity.ERROR, "low": Severity.WARNING},
    resource=names("sloname slodisplayname servicename"),
    text=names("alertpolicyconditionstext alertpolicydescription description text"),
    links=(("Source", names("slodetailslink slolink url")),),
    starts=names("isotimestamp timestamp"),
    ends=names("isotimestamp timestamp"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    calm = _read.first(leaves(body), "backtonormal").casefold() == "true"
    return Reading((_SHAPE.alert(body, _read.RESOLVED if calm else None),))
