"""What is known of each address of a person: was it answered from, what became of the last page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.model.contact import Contact
from store.tables import CONTACTS


def of_person(tx: Tx, person: str) -> list[Contact]:
    """Every contact of a person of which something is known, also of addresses of before."""
    mine = select(CONTACTS).where(CONTACTS.c.person == person).order_by(CONTACTS.c.id)
    return [_contact(tx, row) for row in tx.conn.execute(mine)]


def get(tx: Tx, person: str, via: str, address: str) -> Contact:
    """What is known of one address; a contact without any instant where nothing is."""
    row = _row(tx, person, via, address)
    return _contact(tx, row) if row is not None else Contact(person, via, address)


def standing(tx: Tx, known: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], str]:
    """(person, channel) → ``works`` (it was answered from) or ``fails``, for the addresses that
    people have now; those of which nothing is known are left out."""
    found: dict[tuple[str, str], str] = {}
    for row in tx.conn.execute(select(CONTACTS)):
        contact = _contact(tx, row)
        if known.get(contact.person, {}).get(contact.via) != contact.address:
            continue
        if contact.failing:
            found[contact.person, contact.via] = "fails"
        elif contact.verified_at is not None:
            found[contact.person, contact.via] = "works"
    return found


def _row(tx: Tx, person: str, via: str, address: str) -> Any:
    hashed = tx.ring.blind("contact", via, address)
    return tx.conn.execute(
        select(CONTACTS).where(
            (CONTACTS.c.person == person)
            & (CONTACTS.c.via == via)
            & (CONTACTS.c.address_hash == hashed)
        )
    ).first()


def _contact(tx: Tx, row: Any) -> Contact:
    known = tx.ring.open("contacts", row.id, row.sealed)
    return Contact(
        row.person,
        row.via,
        known["address"],
        row.verified_at,
        row.worked_at,
        row.sent_at,
        row.delivered_at,
        row.failed_at,
        known.get("error", ""),
        known.get("refused", False),
    )


def worked(tx: Tx, now: Instant, person: str, via: str, address: str) -> None:
    """The person answered from it; the first time verifies it."""
    row = _row(tx, person, via, address)
    first = row is None or row.verified_at is None
    times = {"worked_at": now, **({"verified_at": now} if first else {})}
    _note(tx, now, row, (person, via, address), times, {"refused": False})


def sent(tx: Tx, now: Instant, person: str, via: str, address: str) -> None:
    """A page went there."""
    row = _row(tx, person, via, address)
    _note(tx, now, row, (person, via, address), {"sent_at": now}, {})


def delivered(tx: Tx, now: Instant, person: str, via: str, address: str) -> None:
    """The provider says that a page arrived there."""
    row = _row(tx, person, via, address)
    _note(tx, now, row, (person, via, address), {"delivered_at": now}, {"error": ""})


def failed(tx: Tx, now: Instant, person: str, via: str, address: str, error: str) -> None:
    """A page did not arrive there."""
    row = _row(tx, person, via, address)
    _note(tx, now, row, (person, via, address), {"failed_at": now}, {"error": error[:200]})


def refused(tx: Tx, now: Instant, person: str, via: str, address: str, *, yes: bool) -> None:
    """Whoever has the address wants no more messages, or wants them again."""
    row = _row(tx, person, via, address)
    _note(tx, now, row, (person, via, address), {}, {"refused": yes})


def asked_back(tx: Tx, person: str, via: str, address: str) -> tuple[int, Instant, str] | None:
    """What this person was last asked back there: the incident, when, and their answer's id."""
    row = _row(tx, person, via, address)
    known = tx.ring.open("contacts", row.id, row.sealed).get("asked") if row is not None else None
    return (known[0], known[1], known[2]) if known else None


def ask_back(
    tx: Tx, now: Instant, person: str, via: str, address: str, incident: int, answer: str
) -> None:
    """Remember that this person was asked whether they mean it."""
    row = _row(tx, person, via, address)
    _note(tx, now, row, (person, via, address), {}, {"asked": [incident, now, answer]})


def _note(
    tx: Tx,
    now: Instant,
    row: Any,
    of: tuple[str, str, str],
    times: Mapping[str, Instant],
    said: Mapping[str, Any],
) -> None:
    """Write what became known; the sealed part only where it changes."""
    if row is None:
        _add(tx, now, of, times, said)
        return
    known = tx.ring.open("contacts", row.id, row.sealed) if said else {}
    changed = {k: v for k, v in said.items() if v != known.get(k, type(v)())}
    sealed = {"sealed": tx.ring.seal("contacts", row.id, {**known, **said})} if changed else {}
    if times or sealed:
        tx.conn.execute(CONTACTS.update().where(CONTACTS.c.id == row.id).values(**times, **sealed))


def _add(
    tx: Tx,
    now: Instant,
    of: tuple[str, str, str],
    times: Mapping[str, Instant],
    said: Mapping[str, Any],
) -> None:
    person, via, address = of
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("contacts", row_id, {"address": address, **said})
    names = ("verified_at", "worked_at", "sent_at", "delivered_at", "failed_at")
    hashed = tx.ring.blind("contact", via, address)
    row = (row_id, person, via, hashed, *(times.get(n) for n in names), sealed)
    tx.insert(CONTACTS, [row])
