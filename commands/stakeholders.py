"""Those who want to know how an incident goes without working on it: they get its updates."""

from __future__ import annotations

from commands.context import Ctx
from store.model import Incident


def told(ctx: Ctx, incident: Incident, text: str) -> int:
    """Queue an update of an incident for everybody who subscribed; how many places get it."""
    return 0
