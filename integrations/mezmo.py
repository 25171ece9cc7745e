"""Mezmo (once LogDNA): lines of a view appeared, or failed to, written out of its variables."""

from __future__ import annotations

from integrations import _read
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="mezmo",
    title="Mezmo, LogDNA",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.mezmo.com/docs/webhook-alerts",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("viewid", "host", "app"), ("alertid",), ("name", "host", "app"),
         ("view", "host", "app")),
    title=names("name view viewname title alertname query body line text message"),
    state=names("status state alertstate event"),
    severity=names("level severity priority"),
    resource=names("host hostname app container pod source"),
    text=names("body line lines text message description query"),
    links=(("Source", names("url viewurl link")),),
    starts=names("timestamp time"),
)  # fmt: skip


def read(request: Request) -> Reading:
    """The one alert of a body."""
    return Reading((_SHAPE.alert(_read.fields(request)),))
