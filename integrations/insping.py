"""Insping: a check responds or does not."""

from __future__ import annotations

from integrations import _checkstate
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="insping",
    title="Insping",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://insping.com",
)


def read(request: Request) -> Reading:
    """The one check of a body."""
    return _checkstate.read(request)
