"""N-able N-central: a service of a device changes its state, in the fields of its notification."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="nable",
    title="N-able N-central",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://documentation.n-able.com/N-central/userguide/",
)

_SHAPE = Shape(
    type=AlertType.SERVICE,
    key=(
        ("devicename", "servicename", "servicetask"),
        ("devicename", "servicename", "taskident"),
        ("device", "service"),
        ("alertid",),
    ),
    title=names("servicename service title affectedservice devicename"),
    state=names("statenew qualitativenewstate newstate state status"),
    states={"normal": _read.RESOLVED, "warning": _read.FIRING, "failed": _read.FIRING,
            "misconfigured": _read.FIRING, "stale": _read.FIRING, "no_data": _read.FIRING,
            "disconnected": _read.FIRING, "connected": _read.RESOLVED},
    severity=names("statenew qualitativenewstate newstate state"),
    severities={"failed": Severity.CRITICAL, "misconfigured": Severity.WARNING,
                "stale": Severity.WARNING, "no_data": Severity.WARNING,
                "disconnected": Severity.ERROR},
    resource=names("devicename devicehostname device hostname host"),
    text=names("statedetails quantitativenewstate details message"),
    links=(("Device", names("deviceuri remotecontrollink url")),
           ("N-central", names("ncentraluri"))),
    starts=names("alerttime timeofstatechange time"),
    ends=names("alerttime timeofstatechange time"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one service of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
