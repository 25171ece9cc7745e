"""Errbit: an error occurred, or occurred again after it was resolved."""

from __future__ import annotations

from integrations import _airbrake
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="errbit",
    title="Errbit",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://github.com/errbit/errbit",
)


def read(request: Request) -> Reading:
    """The one error, or deploy, of a body."""
    return _airbrake.read(request)
