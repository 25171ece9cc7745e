"""Hydrozen.io: websites, ports and heartbeats go down and up; domains and certificates expire."""

from __future__ import annotations

from integrations import _sixtysix
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="hydrozen",
    title="Hydrozen.io",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.hydrozen.io/overview/integrations/webhooks",
)


def read(request: Request) -> Reading:
    """The one monitor of a body."""
    return _sixtysix.read(request)
