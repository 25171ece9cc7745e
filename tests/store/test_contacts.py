"""What is known of an address: whether it was answered from, and what became of the last page."""

from __future__ import annotations

from store import contacts
from store.model.contact import Contact
from store.tables import CONTACTS
from tests.store.conftest import Base

NOW = 1_795_313_340_000
ANA = ("ana", "sms", "+4915112345678")


async def known(base: Base) -> Contact:
    return await base.read(lambda tx: contacts.get(tx, *ANA))


async def test_nothing_is_known_of_an_address_that_was_never_used(base: Base) -> None:
    assert await known(base) == Contact(*ANA)
    assert not (await known(base)).failing


async def test_the_first_answer_verifies_and_the_last_is_remembered(base: Base) -> None:
    await base.do(lambda tx: contacts.sent(tx, NOW, *ANA))
    assert (await known(base)).verified_at is None
    await base.do(lambda tx: contacts.worked(tx, NOW + 1, *ANA))
    await base.do(lambda tx: contacts.worked(tx, NOW + 2, *ANA))
    found = await known(base)
    assert (found.sent_at, found.verified_at, found.worked_at) == (NOW, NOW + 1, NOW + 2)


async def test_a_failure_stands_until_something_arrives(base: Base) -> None:
    await base.do(lambda tx: contacts.failed(tx, NOW, *ANA, "Twilio 30005"))
    assert (await known(base)).failing and (await known(base)).error == "Twilio 30005"
    await base.do(lambda tx: contacts.delivered(tx, NOW + 1, *ANA))
    assert not (await known(base)).failing and (await known(base)).error == ""


async def test_who_wants_no_more_messages_is_failing_until_they_answer(base: Base) -> None:
    await base.do(lambda tx: contacts.worked(tx, NOW, *ANA))
    await base.do(lambda tx: contacts.refused(tx, NOW + 1, *ANA, yes=True))
    assert (await known(base)).failing
    await base.do(lambda tx: contacts.worked(tx, NOW + 2, *ANA))
    assert not (await known(base)).failing


async def test_another_address_is_another_contact(base: Base) -> None:
    await base.do(lambda tx: contacts.worked(tx, NOW, *ANA))
    other = await base.read(lambda tx: contacts.get(tx, "ana", "sms", "+4930"))
    assert other.verified_at is None
    have: dict[str, dict[str, str]] = {"ana": {"sms": ANA[2]}}
    assert await base.read(lambda tx: contacts.standing(tx, have)) == {("ana", "sms"): "works"}
    assert await base.read(lambda tx: contacts.standing(tx, {"ana": {"sms": "+4930"}})) == {}


async def test_what_somebody_was_asked_back_is_kept(base: Base) -> None:
    assert await base.read(lambda tx: contacts.asked_back(tx, *ANA)) is None
    await base.do(lambda tx: contacts.ask_back(tx, NOW, *ANA, 1842, "SM1"))
    assert await base.read(lambda tx: contacts.asked_back(tx, *ANA)) == (1842, NOW, "SM1")


async def test_no_address_can_be_read_in_the_table(base: Base) -> None:
    await base.do(lambda tx: contacts.failed(tx, NOW, *ANA, "no"))
    rows = await base.read(lambda tx: [tuple(r) for r in tx.conn.execute(CONTACTS.select())])
    assert ANA[2] not in repr(rows)
