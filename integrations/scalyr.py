"""Scalyr (DataSet): what an alert's webhook is written to send when it triggers and resolves."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="scalyr",
    title="Scalyr (DataSet)",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://app.scalyr.com/help/alerts#webhooks",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("id",), ("alertid",), ("trigger",), ("title",)),
    title=names("title alert name description trigger"),
    state=names("status state event action type"),
    states={"triggered": _read.FIRING, "resolved": _read.RESOLVED},
    severity=names("severity priority level"),
    resource=names("host serverhost server grouping"),
    text=names("description trigger"),
    links=(("Source", names("link url alerturl")),),
)


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
