"""A third party's integration: a signature, a shape of its own, the answer its sender expects."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from integrations.base import Capability, Malformed, Manifest, Reading, Request, Setting
from store.model import AlertReading, AlertStatus, Severity

MANIFEST = Manifest(
    name="acme",
    title="Acme Monitor",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(Setting("secret", "What Acme signs its webhooks with", secret=True),),
)


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Acme signs the body; without a secret in the settings nothing is checked."""
    secret = secrets.get("secret")
    if not secret:
        return
    due = hmac.new(str(secret).encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(due, request.headers.get("x-acme-signature", "")):
        raise Malformed("The signature does not fit the body.", "x-acme-signature", 401)


def read(request: Request) -> Reading:
    """One alert a body: ``{"device": …, "lamp": "red" or "green"}``."""
    said = json.loads(request.body)
    if "lamp" not in said:
        raise Malformed("there is no lamp", "lamp", 422)
    alert = AlertReading(
        key=said["device"],
        status=AlertStatus.FIRING if said["lamp"] == "red" else AlertStatus.RESOLVED,
        severity=Severity.CRITICAL,
        title=f"{said['device']} shows {said['lamp']}",
        severity_raw=said["lamp"],
        resource=said["device"],
    )
    return Reading((alert,), reply={"acme": "thanks"})
