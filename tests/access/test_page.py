"""The page of accounts and tokens: what stands on it, for whom, and secrets that are on it once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import access, tokens
from tests.web.site import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = await Site.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path)
    yield made
    await made.end()


def secret_in(text: str) -> str:
    """The secret on a page, "" where there is none."""
    found = re.search(r'<code class="secret"[^>]*>([^<]+)</code>', text)
    return found[1] if found else ""


async def test_accounts_are_called_as_everywhere(site: Site) -> None:
    ana = await site.visitor()
    assert "E-mail ana@example.eu" in (await ana.get("/access")).words


async def test_a_private_incident_says_who_reads_what_is_written_there(site: Site) -> None:
    ana = await site.visitor()
    done = await site.world.does("ana", "declare", text="Break-in", team="db", private=True)
    assert "It is private: its people alone see it." in done.say
    page = (await ana.get(f"/i/{done.changed[0][0]}")).text
    assert "Write to its people alone" in page and "Write to everyone" not in page
    open_one = await site.world.does("ana", "declare", text="Disk full", team="db")
    page = (await ana.get(f"/i/{open_one.changed[0][0]}")).text
    assert "Write to everyone here" in page


async def test_a_page_that_one_may_not_see_leads_back(site: Site) -> None:
    mei = await site.visitor("mei")
    page = await mei.get("/audit")
    assert page.status == 403 and "Go to Now" in page.words and 'href="/"' in page.text


async def test_a_secret_is_on_the_page_once(site: Site) -> None:
    ana = await site.visitor()
    page = await ana.get("/access")
    fields = {**page.fields("/access/token-create"), "name": "ci", "role": "viewer"}
    first = await ana.post("/access/token-create", fields)
    secret = secret_in(first.text)
    assert await site.world.app.identity.bearer(secret) is not None
    again = await ana.post("/access/token-create", fields)
    assert secret_in(again.text) == "" and secret not in again.text
    assert "shown no second time" in again.words
    assert secret not in (await ana.get("/access")).text
    assert "no-store" in first.headers["Cache-Control"]
    assert first.headers["Referrer-Policy"] == "no-referrer"


async def test_the_page_shows_what_each_may_see(site: Site) -> None:
    await site.world.door.system(
        lambda ctx: access.create_token(ctx.tx, ctx.now, "ci", role="viewer")
    )
    ana, mei = await site.visitor("ana"), await site.visitor("mei")
    assert "ci" in (await ana.get("/access")).words.split()
    seen = (await mei.get("/access")).words
    assert "Tokens of monitors" not in seen and "Your tokens" in seen


async def test_a_form_is_refused_without_its_mark_and_to_who_may_not(site: Site) -> None:
    mei = await site.visitor("mei")
    page = await mei.get("/access")
    fields = page.fields("/access/token-create")
    refused = await mei.post("/access/token-create", {**fields, "name": "x", "role": "admin"})
    assert refused.status == 403
    bare = await mei.post("/access/token-create", {"name": "x", "csrf": "wrong"})
    assert bare.status == 403
    assert await site.world.app.reader.read(tokens.every) == []


async def test_only_the_forms_of_the_page_run_from_it(site: Site) -> None:
    ana = await site.visitor()
    fields = (await ana.get("/access")).fields("/access/link")
    assert (await ana.post("/access/declare", {**fields, "text": "x"})).status == 404


async def test_nobody_sees_it_without_signing_in(site: Site) -> None:
    stranger = site.stranger()
    assert (await stranger.get("/access")).status == 401


async def test_rotate_and_revoke_from_the_page(site: Site) -> None:
    ana = await site.visitor()
    fields = (await ana.get("/access")).fields("/access/token-create")
    await ana.post("/access/token-create", {**fields, "name": "am", "intake": "alertmanager"})
    page = await ana.get("/access")
    rotated = await ana.post("/access/token-rotate", page.fields("/access/token-rotate"))
    assert secret_in(rotated.text).startswith("pvi_")
    page = await ana.get("/access")
    assert "The old secret ends" in page.words
    fields = page.fields("/access/token-revoke")
    await ana.post("/access/token-revoke", {**fields, "old": ""})
    (found,) = await site.world.app.reader.read(tokens.every)
    assert found.revoked_at is not None


async def test_a_code_for_another_chat_is_on_the_page_once(site: Site) -> None:
    mei = await site.visitor("mei")
    fields = (await mei.get("/access")).fields("/access/link")
    told = secret_in((await mei.post("/access/link", fields)).text)
    assert re.fullmatch(r"link \w{4}-\w{4}", told)
    assert told not in (await mei.get("/access")).text


async def test_a_secret_of_a_form_in_the_console_stays_to_be_copied(site: Site) -> None:
    ana = await site.visitor()
    fields = (await ana.get("/access")).fields("/access/link")
    answer = await ana.post("/do/token-create", {**fields, "name": "t", "role": "viewer"})
    assert answer.status == 200 and "pvr_" in answer.text


async def test_names_of_others_stay_words(site: Site) -> None:
    evil = '"><script>alert(1)</script>'
    await site.world.door.system(
        lambda ctx: access.create_token(ctx.tx, ctx.now, evil, role="viewer")
    )
    ana = await site.visitor()
    assert "<script>alert" not in (await ana.get("/access")).text
