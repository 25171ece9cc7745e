"""Better Uptime: incidents of its uptime checks start, are acknowledged, and resolve."""

from __future__ import annotations

from integrations import _betterstack
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="betteruptime",
    title="Better Uptime",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://betterstack.com/docs/uptime/webhooks/",
)


def read(request: Request) -> Reading:
    """The one incident of a body."""
    return _betterstack.read(request)
