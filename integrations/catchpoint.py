"""Catchpoint: alerts of tests, in the macros of a webhook's template or its own JSON."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="catchpoint",
    title="Catchpoint",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.catchpoint.com/docs/alert-webhooks",
)

_SHAPE = Shape(
    type=AlertType.UPTIME,
    key=(("testid", "alerttypeid"), ("testdetailtestid", "alerttypeid"), ("testid", "alerttype"),
         ("testname", "alerttype"), ("testdetailname",)),
    title=names("testname testdetailname alertname title name"),
    state=names("notificationlevel notificationlevelname alertlevel notificationlevelid level "
                "status"),
    states={
        "0": _read.FIRING, "1": _read.FIRING, "3": _read.RESOLVED, "improved": _read.RESOLVED,
        "warning": _read.FIRING, "critical": _read.FIRING, "reminder": _read.FIRING,
    },
    severity=names("notificationlevel notificationlevelname alertlevel level severity"),
    severities={"improved": Severity.INFO, "0": Severity.WARNING, "1": Severity.CRITICAL},
    resource=names("testurl testdetailtesturl url host"),
    text=names("alerttypename alerttype message description"),
    links=(("Source", names("alerturl charturl")), ("Checked", names("testurl testdetailtesturl"))),
    starts=names("alertinitialtriggertimeutc alertprocessingtimestamp alerttime"),
    ends=names("alertprocessingtimestamp alerttime"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
