"""Freshdesk: a ticket is opened, waits, and is closed, told by an automation of its own."""

from __future__ import annotations

from integrations import _freshworks
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="freshdesk",
    title="Freshdesk",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.freshdesk.com/support/solutions/articles/132589",
)


def read(request: Request) -> Reading:
    """The one ticket of a body."""
    return _freshworks.read(request, "Freshdesk")
