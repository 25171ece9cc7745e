"""Airbrake: an error occurred, or occurred again after it was resolved."""

from __future__ import annotations

from integrations import _airbrake
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="airbrake",
    title="Airbrake",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.airbrake.io/docs/integrations/webhooks/",
)


def read(request: Request) -> Reading:
    """The one error, or deploy, of a body."""
    return _airbrake.read(request)
