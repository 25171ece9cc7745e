"""Home Assistant: what an automation or a notification writes; states of entities tell."""

from __future__ import annotations

from integrations import _chat, _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="homeassistant",
    title="Home Assistant",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.home-assistant.io/integrations/notify.rest/",
)

_SHAPE = Shape(
    type=AlertType.CUSTOM,
    key=(("id",), ("alertid",), ("datatag",), ("tag",), ("entityid",)),
    title=names("title topic friendlyname name message text"),
    state=names("state status tostate newstate"),
    states={
        "on": _read.FIRING, "unavailable": _read.FIRING, "off": _read.RESOLVED,
        "home": _read.INFO, "not_home": _read.INFO, "idle": _read.RESOLVED,
    },
    severity=names("severity priority level datapriority"),
    resource=names("entityid device host area datahost"),
    text=names("message text description"),
    links=(("Source", names("dataurl url clickaction dataclickaction")),),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one message of a body."""
    body = _read.fields(request)
    if any(name in body for name in ("entity_id", "state", "status", "id", "severity")):
        return Reading((_SHAPE.alert(body),))
    topic = _read.first(body, "topic")
    return Reading((_chat.message({**body, "title": topic} if topic else body),))
