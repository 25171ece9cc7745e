"""Who is speaking: sessions, API tokens, and chat accounts that belong to people."""

from __future__ import annotations

from commands.accounts import Accounts
from commands.acting import actor_of
from commands.bearers import Bearers
from commands.door import Door
from commands.entering import Entrance

__all__ = ["Identity", "actor_of"]


class Identity(Accounts, Bearers):
    """Finds out who speaks; secrets are looked up by hash. ``entrance`` lets people in."""

    def __init__(self, door: Door) -> None:
        self._door = door
        Accounts.__init__(self)
        Bearers.__init__(self)
        self.entrance = Entrance(door)
