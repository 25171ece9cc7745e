"""What follows when an execution ended: automations that wait for it go on."""

from __future__ import annotations

from commands.automation import approving, failing, going, happened, inquiring, narrating
from commands.context import Ctx
from store import automation_runs as runs
from store.executions import Execution


def over(ctx: Ctx, execution: Execution) -> None:
    """An execution ended, ours or one that was begun elsewhere; called once for each."""
    run = runs.of_execution(ctx.tx, execution.id) if execution.automation else None
    led = (*run.chain, run.automation) if run is not None else ()
    happened.ended(ctx, execution, led)
    approving.tried(ctx, execution)
    inquiring.ended(ctx, execution)
    own = narrating.acting(ctx, run.automation, run.chain) if run is not None else ctx
    failing.ended(own, execution)
    if run is None:
        return
    if execution.extra.get("unread"):
        going.unread(ctx, run)
    else:
        going.ended(ctx, execution)
