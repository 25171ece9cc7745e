"""What is lost with something that others hang on: of what kind, how many, whose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from commands.rules import falling
from store.clock import Instant
from store.db import Tx
from store.inventory import resources
from store.inventory.pieces import pieces
from store.tables import RESOURCES

BELOW = 5_000
"""More that hangs on something is not counted."""
UNSEALED = 600
"""Of more it is not said whose they are."""


@dataclass(frozen=True, slots=True)
class State:
    """How a resource is, by what stands beside its seal."""

    kind: str
    health: str
    changed_at: Instant
    gone_at: Instant | None


@dataclass(frozen=True, slots=True)
class Toll:
    """``numbers`` are those of the kind that people lose first; ``tenants`` whose they are, with
    how many, the most first."""

    kind: str = ""
    numbers: tuple[int, ...] = ()
    tenants: tuple[tuple[str, int], ...] = ()

    def title(self, name: str, word: str) -> str:
        """``compute-7 down, 41 servers of 6 tenants``."""
        return falling.title(name, word, self.kind, len(self.numbers), self.tenants)


def of(tx: Tx, numbers: Sequence[int]) -> Toll:
    """The toll of all these."""
    kind, some = counted(states(tx, numbers))
    if len(some) > UNSEALED:
        return Toll(kind, some)
    whose = falling.tenants(resources.many(tx, some).values())
    return Toll(kind, some, tuple(whose))


def states(tx: Tx, numbers: Iterable[int]) -> dict[int, State]:
    """How each of some resources is, without opening a seal."""
    c = RESOURCES.c
    found: dict[int, State] = {}
    for some in pieces(numbers):
        chosen = select(c.id, c.kind, c.health, c.changed_at, c.gone_at).where(c.id.in_(some))
        for row in tx.conn.execute(chosen):
            found[row.id] = State(row.kind, row.health, row.changed_at, row.gone_at)
    return found


def counted(found: Mapping[int, State]) -> tuple[str, tuple[int, ...]]:
    """The kind that people lose first, and those of it."""
    kinds: dict[str, list[int]] = {}
    for number, state in found.items():
        kinds.setdefault(state.kind, []).append(number)
    kind = falling.first_lost({kind: len(some) for kind, some in kinds.items()})
    return kind, tuple(kinds.get(kind, ()))
