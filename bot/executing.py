"""Has an action done to a resource, once, and says what came of it."""

from __future__ import annotations

from commands.door import Door
from commands.inventory import executing
from commands.outgoing import Landed
from integrations.base import IntegrationError, Transient
from store.executions import DONE, FAILED, UNKNOWN, Execution
from store.model.known import Known


async def execute(door: Door, number: int) -> Landed | None:
    """None where it is over, or was begun before: what may have been done is not done again."""
    found = await door.system(lambda ctx: executing.begun(ctx, number))
    if found is None:
        return None
    state, text = await _done(door, *found)
    await door.system(lambda ctx: executing.ended(ctx, number, state, text))
    return Landed("", state)


async def _done(door: Door, one: Execution, known: Known) -> tuple[str, str]:
    if door.infra is None:
        return FAILED, "Clusters and clouds are not connected; nothing was done."
    try:
        acted = await door.infra.act(
            one.system, one.action, known.resource, dict(one.params), False
        )
    except Transient as error:
        return (UNKNOWN, executing.LOST) if error.uncertain else (FAILED, str(error))
    except IntegrationError as error:
        return FAILED, str(error)
    return DONE, acted.text
