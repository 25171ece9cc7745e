"""Freshping: a check is down, slow, or available again."""

from __future__ import annotations

from integrations import _checkstate
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="freshping",
    title="Freshping",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.freshping.io",
)


def read(request: Request) -> Reading:
    """The one check of a body."""
    return _checkstate.read(request)
