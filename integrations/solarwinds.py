"""SolarWinds Orion: alert actions that send a request, written out of its variables."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="solarwinds",
    title="SolarWinds Orion",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://documentation.solarwinds.com/en/success_center/orionplatform/content/"
    "core-sending-a-get-or-post-url-address-to-a-server-sw1170.htm",
)

_SHAPE = Shape(
    type=AlertType.HOST,
    key=(("alertobjectid",), ("alertactiveid",), ("alertid", "nodename"),
         ("alertid", "objectname"), ("alertname", "nodename"), ("alertname", "objectname")),
    title=names("alertname alertmessage message title summary eventname alertdescription "
                "description"),
    state=names("actiontype action eventtype alertstatus status state alertstate"),
    states={
        "create": _read.FIRING, "trigger": _read.FIRING, "triggered": _read.FIRING,
        "reset": _read.RESOLVED, "resolve": _read.RESOLVED, "acknowledge": _read.ACKNOWLEDGED,
        "reopen": _read.FIRING,
    },
    severity=names("severity alertseverity severitytext priority"),
    severities={
        "0": Severity.INFO, "informational": Severity.INFO, "1": Severity.WARNING,
        "2": Severity.CRITICAL, "3": Severity.ERROR, "serious": Severity.ERROR,
        "4": Severity.INFO, "notice": Severity.INFO,
    },
    resource=names("nodename node nodecaption caption objectname entitycaption relatednodecaption "
                   "hostname host machine interfacename applicationname ipaddress"),
    text=names("alertmessage alertdescription description message details"),
    links=(("Source", names("alertdetailsurl alertdetailsuri entitydetailsurl url link "
                            "nodedetailsurl")),
           ("Acknowledge", names("acknowledgeurl"))),
    starts=names("alerttriggertime triggertime triggereddatetime datetime"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
