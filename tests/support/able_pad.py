"""A pad that also says who is there, opens conversations and keeps groups."""

from __future__ import annotations

from collections.abc import Sequence

from bot.abilities import Absence
from tests.support.world import Pad


class AblePad(Pad):
    """``absent`` are accounts with what keeps them; ``refuse`` may name ``opens`` and ``group``."""

    def __init__(self, name: str = "slack") -> None:
        super().__init__(name)
        self.absent: dict[str, Absence] = {}
        self.closed: dict[str, Exception] = {}
        self.groups: dict[str, list[str]] = {}
        self.kept: list[tuple[str, list[str], list[str]]] = []

    async def available(self, account: str) -> Absence | None:
        """What keeps somebody."""
        return self.absent.get(account)

    async def opens(self, account: str) -> None:
        """Whether a conversation opens."""
        self._maybe_refuse("opens")
        if account in self.closed:
            raise self.closed[account]

    async def keep_group(self, group: str, accounts: Sequence[str], others: Sequence[str]) -> None:
        """Write down who is in a group."""
        self._maybe_refuse("group")
        self.kept.append((group, list(accounts), list(others)))
        self.groups[group] = list(accounts)
