"""Has what was asked for done, once, by whoever does it: a connector, an address that is posted to,
a runner; and says what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.actions import Actions
from commands import queries
from commands.automation import beginning, ending
from commands.automation.offers import HTTP, REMOTE
from commands.door import Door
from commands.outgoing import Landed
from integrations.base import IntegrationError, Misconfigured, Runner, Transient
from store import executions
from store.executions import DONE, FAILED, UNKNOWN, Execution
from store.model.known import Known
from store.outbox import Row

if TYPE_CHECKING:
    from bot.automation.engine import Engine


class Executing:
    """Runs the errands of executions. Raises Transient where it is to be tried again."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.actions: Actions | None = None
        self.engine: Engine | None = None

    async def run(self, row: Row, number: int) -> Landed | None:
        """Begin it, or cancel it; None where it is over, or was begun before: what may have been
        done is not done again."""
        one = await self._door.reader.read(lambda tx: executions.get(tx, number))
        if one is None or one.over:
            return None
        if one.via == HTTP:
            return await self._post(row, one)
        if one.via == REMOTE:
            return await self._remote(one, str(row.content.get("what", "")))
        return await self._on_resource(number)

    # a runner

    def runner(self, system: str) -> Runner | None:
        """One of the settings, by its name."""
        return self.engine.runner(system) if self.engine is not None else None

    async def _remote(self, one: Execution, what: str) -> Landed | None:
        if self.engine is None or self.engine.runner(one.system) is None:
            say = f"{one.system} is not in the settings."
            await self._door.system(lambda ctx: ending.ended(ctx, one.id, FAILED, say))
            return None
        if what == "cancel":
            return await self.engine.cancel(one)
        return await self.engine.begin(one)

    # an address

    async def _post(self, row: Row, one: Execution) -> Landed | None:
        number, door = one.id, self._door
        begun = await door.system(lambda ctx: beginning.posting(ctx, number))
        if begun is None:
            return None
        try:
            if self.actions is None:
                raise Misconfigured("no actions are in the settings", "actions")
            await self.actions.start(str(row.id), begun, await self._detail(one), door.clock.now())
        except Transient as error:
            unsure = error.uncertain
            limited = error.retry_after is not None and not unsure
            again = await door.system(
                lambda ctx: beginning.not_taken(ctx, number, uncertain=unsure, limited=limited)
            )
            if again:
                raise Transient(str(error), error.retry_after) from error
            return None
        except IntegrationError as error:
            said = str(error)
            await door.system(lambda ctx: ending.ended(ctx, number, FAILED, said))
            return None
        await door.system(lambda ctx: ending.ended(ctx, number, DONE, "It was taken."))
        return Landed("", "taken")

    async def _detail(self, one: Execution) -> Any:
        if not one.incident_id:
            return None
        return await self._door.reader.read(lambda tx: queries.brief(tx, one.incident_id or 0))

    # a connector

    async def _on_resource(self, number: int) -> Landed | None:
        found = await self._door.system(lambda ctx: beginning.on_resource(ctx, number))
        if found is None:
            return None
        state, text = await self._done(*found)
        await self._door.system(lambda ctx: ending.ended(ctx, number, state, text))
        return Landed("", state)

    async def _done(self, one: Execution, known: Known) -> tuple[str, str]:
        if self._door.infra is None:
            return FAILED, "Clusters and clouds are not connected; nothing was done."
        try:
            acted = await self._door.infra.act(
                one.system, one.ref or one.action, known.resource, dict(one.params), one.dry
            )
        except Transient as error:
            return (UNKNOWN, ending.LOST) if error.uncertain else (FAILED, str(error))
        except IntegrationError as error:
            return FAILED, str(error)
        return DONE, acted.text
