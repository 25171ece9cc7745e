"""Whose an e-mail address is. Two are the same where they differ by the case of plain letters only:
what else Unicode calls alike (``ß`` and ``ss``, the Kelvin sign and ``k``) is another mailbox."""

from __future__ import annotations

from collections.abc import Iterable

from store.model import Person

_SMALL = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def plain(address: str | None) -> str:
    """An address as it is compared; "" for none."""
    return (address or "").strip().translate(_SMALL)


def whose_address(people: Iterable[Person], address: str | None) -> Person | None:
    """The one person who has that address; None where nobody has it, or several."""
    wanted = plain(address)
    found = [p for p in people if wanted and plain(p.email) == wanted]
    return found[0] if len(found) == 1 else None
