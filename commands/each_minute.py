"""What is looked at once a minute: drills that begin or end, the daily report of shadow mode, that
PixelView runs, maintenance that comes into sight, what is kept too long."""

from __future__ import annotations

from commands import (
    anchoring,
    digests,
    drills,
    gathering,
    heartbeats,
    mails,
    maintaining,
    publishing,
    quarantine,
    shadow,
    stakeholders,
    token_watch,
)
from commands.automation import listening
from commands.context import Ctx
from store import sessions


def run(ctx: Ctx) -> None:
    """Look at everything once."""
    drills.minute(ctx)
    shadow.minute(ctx)
    heartbeats.minute(ctx)
    quarantine.minute(ctx)
    mails.minute(ctx)
    maintaining.minute(ctx)
    digests.minute(ctx)
    stakeholders.minute(ctx)
    publishing.minute(ctx)
    anchoring.minute(ctx)
    token_watch.minute(ctx)
    gathering.minute(ctx)
    listening.minute(ctx)
    sessions.forget(ctx.tx, ctx.now)
