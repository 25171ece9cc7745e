"""Parseable: an alert of a stream triggers and is resolved, in words or in its own fields."""

from __future__ import annotations

import re

from integrations import _form, _read
from integrations._shape import Shape, names
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="parseable",
    title="Parseable",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://www.parseable.com/docs/user-guide/alerting",
)

_SHAPE = Shape(
    type=AlertType.LOG,
    key=(("id",), ("alertid",), ("alert", "stream"), ("alertname", "deploymentinfo")),
    title=names("alert alertname title name message"),
    state=names("status state alertstate"),
    states={"triggered": _read.FIRING, "not_triggered": _read.RESOLVED, "disabled": _read.INFO,
            "silenced": _read.INFO},
    severity=names("severity alertseverity"),
    severities={"disaster": Severity.CRITICAL, "average": Severity.WARNING},
    resource=names("host hostname stream dataset"),
    text=names("failingcondition message reason"),
    starts=names("lasttriggered timestamp"),
)  # fmt: skip
_WORDS = re.compile(
    r"(?P<name>.{1,200}?) (?P<state>triggered|resolved) on (?P<stream>[\w.-]{1,200})", re.DOTALL
)


def read(request: Request) -> Reading:
    """The one alert of a body; a webhook that is no JSON is one sentence."""
    text = request.body[:2000].decode("utf-8", "replace").strip()
    if text[:1] not in ("{", "[") and (found := _WORDS.search(text)):
        body = {"alert": found["name"].strip(), "stream": found["stream"],
                "status": found["state"], "message": text}  # fmt: skip
        return Reading((_SHAPE.alert(body),))
    value = _form.value(request)
    if not isinstance(value, dict):
        raise Malformed(f"expected an object, got {_read.kind(value)}", "body")
    return Reading((_SHAPE.alert(_read.an_object(value)),))
