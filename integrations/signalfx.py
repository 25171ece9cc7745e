"""Splunk Observability Cloud (SignalFx): detectors' webhooks, signed with a shared secret.

``statusExtended`` decides: the text may say "cleared" while the signal is anomalous.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations import _read, _sign, _text
from integrations._shape import Shape, names
from integrations.base import Capability, Manifest, Reading, Request, Setting
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="signalfx",
    title="Splunk Observability Cloud (SignalFx)",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(
        Setting("shared_secret", "The shared secret of the webhook integration; bodies that are "
                "not signed with it are refused then.", secret=True),
    ),
    docs="https://docs.splunk.com/observability/admin/notif-services/webhook.html",
)  # fmt: skip

_RULE = re.compile(r'Rule "(.{1,200}?)" in detector "')
_SHAPE = Shape(
    type=AlertType.METRIC,
    key=(("incidentid",), ("detectorid", "rule"), ("detector", "rule")),
    title=names("rule detector messagetitle description detectorid originatingmetric"),
    state=names("statusextended status"),
    states={
        "anomalous": _read.FIRING, "too_high": _read.FIRING, "too_low": _read.FIRING,
        "ok": _read.RESOLVED, "manually_resolved": _read.RESOLVED, "stopped": _read.RESOLVED,
        "disabled": _read.RESOLVED, "auto_resolved": _read.RESOLVED,
    },
    severity=names("severity"),
    severities={"major": Severity.ERROR, "minor": Severity.WARNING},
    resource=names("dimensionshost dimensionshostname dimensionsinstance dimensionspod "
                   "dimensionsservice dimensionssfservice dimensionscluster"),
    text=names("messagebody description tip readablerule"),
    links=(("Runbook", ("runbookurl",)), ("Source", ("detectorurl",)), ("Chart", ("imageurl",))),
    ends=names("timestampiso8601 timestamp"),
)  # fmt: skip


SECRETS = ("shared_secret", "secret")


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 where a secret is known and the body is not signed with it."""
    known = _sign.secrets(secrets, *SECRETS)
    _sign.signed_base64(request, known, "x-sfx-signature")


def read(request: Request) -> Reading:
    """The one incident of a body; without a field for it the rule's name is in the text."""
    body = _read.fields(request)
    found = None if _read.first(body, "rule") else _RULE.match(_read.first(body, "messageBody"))
    body = {**body, "rule": found[1]} if found else body
    rule, detector = _read.first(body, "rule"), _read.first(body, "detector")
    alert = _SHAPE.alert(body)
    if rule and detector and detector not in alert.title:
        alert = replace(
            alert, title=_text.title(alert.title.replace(rule, f"{rule} ({detector})", 1))
        )
    return Reading((alert,))
