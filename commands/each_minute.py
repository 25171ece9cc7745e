"""What is looked at once a minute: drills that begin or end, the daily report of shadow mode, that
PixelView runs."""

from __future__ import annotations

from commands import drills, heartbeats, shadow
from commands.context import Ctx


def run(ctx: Ctx) -> None:
    """Look at everything once."""
    drills.minute(ctx)
    shadow.minute(ctx)
    heartbeats.minute(ctx)
