"""Flux's notification controller: what it reconciles fails, and is reconciled again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _ci, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType

MANIFEST = Manifest(
    name="fluxcd",
    title="Flux",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://fluxcd.io/flux/components/notification/providers/#generic-webhook",
)

_PREFIX = ".toolkit.fluxcd.io/"


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it (provider generic-hmac)."""
    return _sign.signed(request, _sign.secrets(secrets), "x-signature", prefix="sha256=")


def read(request: Request) -> Reading:
    """The one event; a new revision that was applied is a change too."""
    body = _read.fields(request)
    thing = _read.part(body, "involvedObject")
    if not thing and not _read.first(body, "message"):
        raise Malformed("there is no object in it", "involvedObject")
    return Reading(_event(body, thing))


def _event(body: dict[str, Any], thing: dict[str, Any]) -> tuple[AlertReading, ...]:
    kind, name = _read.first(thing, "kind"), _read.first(thing, "name")
    space, reason = _read.first(thing, "namespace"), _read.first(body, "reason")
    metadata = {key.rpartition("/")[2] if _PREFIX in key else key: said
                for key, said in _read.tags(_read.part(body, "metadata")).items()}  # fmt: skip
    word, message = _read.first(body, "severity"), _read.first(body, "message")
    status, labels = _status(word, reason), {
        "kind": kind, "name": name, "namespace": space, "reason": reason, **metadata,
    }  # fmt: skip
    what = f"{kind} {space}/{name}" if space else f"{kind} {name}".strip()
    revision = _read.first(metadata, "revision")
    alert = _read.alert(
        status,
        what,
        f"{what}: {_words(reason)}" if reason else what,
        type=AlertType.KUBERNETES,
        word=word,
        description="\n".join(part for part in (message, _read.first(metadata, "summary")) if part),
        resource=name,
        labels=labels,
        starts=body.get("timestamp"),
        ends=body.get("timestamp"),
    )
    if status is not _read.RESOLVED or not revision:
        return (alert,)
    made = _ci.change(_ci.deployed(what, revision, ""), f"{what} {revision}", resource=name,
                      labels=labels, at=body.get("timestamp"))  # fmt: skip
    return (alert, made)


def _status(word: str, reason: str) -> AlertStatus:
    """An event has a severity and a reason; success is one of the reasons."""
    if word == "error" or reason.endswith(("Failed", "Error", "Unhealthy")):
        return _read.FIRING
    return _read.RESOLVED if reason.endswith(("Succeeded", "Recovered", "Ready")) else _read.INFO


def _words(reason: str) -> str:
    """``HealthCheckFailed`` is ``health check failed``."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in reason[:80]).strip()
