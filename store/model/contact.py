"""The frozen noun of a contact: one address of one person, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from store.model import Instant


@dataclass(frozen=True, slots=True)
class Contact:
    """An address and whether it works.

    ``verified_at`` is when the person first answered from it or confirmed it, ``worked_at`` the
    last time; ``sent_at``, ``delivered_at`` and ``failed_at`` are of the last page, ``error`` the
    provider's words. ``refused`` says that whoever has the address asked for no more messages.
    """

    person: str
    via: str
    address: str
    verified_at: Instant | None = None
    worked_at: Instant | None = None
    sent_at: Instant | None = None
    delivered_at: Instant | None = None
    failed_at: Instant | None = None
    error: str = ""
    refused: bool = False

    @property
    def failing(self) -> bool:
        """The last thing known of it is a no: of the provider, or of its owner."""
        good = max(self.worked_at or 0, self.delivered_at or 0)
        return self.refused or (self.failed_at or 0) > good
