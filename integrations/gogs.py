"""Gogs: runs of its actions and statuses of commits; all else is information."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _gitea, _sign
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="gogs",
    title="Gogs",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://gogs.io/docs/features/webhook",
)


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Where the source has a secret, the body must be signed with it."""
    return _gitea.verify(request, secrets)


def read(request: Request) -> Reading:
    """The one event of a body."""
    return _gitea.read(request, "Gogs")
