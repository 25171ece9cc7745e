"""The thread in the console: one's own words are changed and taken back there."""

from __future__ import annotations

import pytest

from bot.cards.model import Account, Heard
from store import outbox
from tests.web.site import Site, Visitor


@pytest.fixture
async def omar(site: Site) -> Visitor:
    return await site.visitor("omar")


async def written(site: Site, who: Visitor, text: str) -> int:
    """An incident with one note."""
    incident = await site.world.fires()
    await who.does("note", incident, asked="1", text=text)
    return incident


async def test_ones_own_words_are_changed_where_they_stand(site: Site, omar: Visitor) -> None:
    incident = await written(site, omar, "wal is full")
    fields = (await omar.get(f"/i/{incident}")).fields("/do/note-edit")
    assert fields["which"] == "1"
    await omar.post("/do/note-edit", {**fields, "text": "WAL is full"})
    page = (await omar.get(f"/i/{incident}")).words
    assert "WAL is full" in page and "wal is full" not in page and "edited" in page


async def test_words_taken_back_are_gone_and_that_is_said(site: Site, omar: Visitor) -> None:
    incident = await written(site, omar, "the password is hunter2")
    fields = (await omar.get(f"/i/{incident}")).fields("/do/note-delete")
    await omar.post("/do/note-delete", fields)
    answer = await omar.get(f"/i/{incident}")
    assert "hunter2" not in answer.text
    assert "Omar Haddad took back what they wrote." in answer.words
    assert "/do/note-delete" not in answer.text


async def test_what_others_wrote_only_an_admin_takes_back(
    site: Site, ana: Visitor, omar: Visitor
) -> None:
    incident = await written(site, ana, "ours")
    assert "/do/note-edit" in (await ana.get(f"/i/{incident}")).text
    assert "/do/note-" not in (await omar.get(f"/i/{incident}")).text
    await omar.does("note", incident, asked="1", text="mine")
    text = (await ana.get(f"/i/{incident}")).text
    assert text.count("/do/note-delete") == 2 and text.count("/do/note-edit") == 1


async def test_words_of_a_chat_are_edited_there_and_named_as_there(
    site: Site, ana: Visitor
) -> None:
    incident = await site.world.fires()
    [row] = await site.world.app.reader.read(lambda tx: outbox.places(tx, incident))
    heard = Heard("C1", "1.1", "customers call", thread=str(row.message))
    zoe = Account("slack", "T1", "U0ZOE", "<b>Zoe</b>")
    await site.world.app.desk.heard(incident, heard, zoe)
    answer = await ana.get(f"/i/{incident}")
    assert "&lt;b&gt;Zoe&lt;/b&gt;" in answer.text and "<b>Zoe</b>" not in answer.text
    assert "U0ZOE" not in answer.words
    assert "/do/note-edit" not in answer.text and "/do/note-delete" in answer.text
