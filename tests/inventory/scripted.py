"""A source that tells what a test says, looked at in this process under the test's clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from bot.inventory.ledger import Ledger
from bot.inventory.schedule import Asking, Before
from bot.inventory.taking import Taking
from integrations.base import Acted, Connector, Item, Part
from store.inventory import parts as part_rows
from store.inventory.parts import PartState
from store.model import Severity
from store.model.resource import Fault, Resource
from tests.support.world import World

Told = Sequence[Any] | Exception | Callable[[str], AsyncIterator[Any]]


class Scripted:
    """``says`` is what each part tells: items (an exception among them is raised), an exception, or
    a function of the cursor that tells by itself. ``more`` is how all parts are, ``each`` how one
    is."""

    def __init__(self, says: Mapping[str, Told] | None = None, **more: Any) -> None:
        self.says: dict[str, Told] = dict(says or {"all": ()})
        self.more = more
        self.each: dict[str, dict[str, Any]] = {}
        self.wrong: Exception | None = None
        self.asked: list[tuple[str, str]] = []
        self.closed = 0

    async def parts(self) -> Sequence[Part]:
        if self.wrong is not None:
            raise self.wrong
        return [Part(name, **{**self.more, **self.each.get(name, {})}) for name in self.says]

    async def sync(self, part: str, cursor: str) -> AsyncIterator[Item | Sequence[Item]]:
        self.asked.append((part, cursor))
        said = self.says[part]
        if isinstance(said, Exception):
            raise said
        if callable(said):
            async for item in said(cursor):
                yield item
            return
        for item in said:
            if isinstance(item, Exception):
                raise item
            yield item

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        return Acted(f"{action} {resource.name}", done=not dry_run)

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        return f"{what} of {resource.name}"

    async def close(self) -> None:
        self.closed += 1


class Looked:
    """One source of a world, and those who look at it: ``look`` asks what is due and takes it in,
    as the worker and the server would."""

    def __init__(self, world: World, connector: Connector, name: str = "os-prod") -> None:
        self.world, self.connector, self.name = world, connector, name
        self.begin()

    def begin(self, before: Mapping[str, Before] | None = None) -> None:
        """As after a start of the process."""
        self.ledger = Ledger(self.world.door)
        self.taking = Taking(self.world.door, self.ledger)
        self.asking = Asking(
            self.name, lambda: self.connector, self.taking, before,
            now=lambda: self.world.clock.at / 1000, spread=lambda: 0.5,
        )  # fmt: skip

    async def again(self) -> None:
        """After a crash."""
        self.begin()
        await self.ledger.load()

    async def look(self, *, seconds: float = 0) -> None:
        """What is due after a while is asked, and what is due to be said is said."""
        await self.world.advance(seconds=seconds)
        await self.asking.step()
        await self.taking.due(self.name)
        await self.world.settle()

    async def part(self, name: str = "all") -> PartState:
        """How a part stands, by the database."""
        name_ = self.name
        found = await self.world.app.reader.read(lambda tx: part_rows.every(tx, name_))
        return next(one for one in found if one.name == name)


def broken(number: int = 0, **more: Any) -> Fault:
    """Something that is wrong with a server."""
    given: dict[str, Any] = {
        "kind": "ServerError", "severity": Severity.CRITICAL,
        "title": f"shop-{number} is in ERROR",
        "resource": f"openstack:os-prod:server:11111111-0000-4000-8000-{number:012d}", **more,
    }  # fmt: skip
    return Fault(f"server/{number}", **given)
