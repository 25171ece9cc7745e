"""Maintenance in the console: beside the list, on the page of who is on call, and its forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engines import migrated_url
from tests.web.site import Site, Visitor


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A console over the usual house."""
    made = await Site.build(migrated_url("sqlite", tmp_path), tmp_path)
    yield made
    await made.end()


@pytest.fixture
async def ana(site: Site) -> Visitor:
    """An admin."""
    return await site.visitor("ana")


async def plans(site: Site, **args: Any) -> None:
    """Ana plans something."""
    await site.world.does("ana", "maintenance", what="db-5", text="disk swap", **args)


async def test_what_is_worked_on_stands_beside_the_list(site: Site, ana: Visitor) -> None:
    assert "Maintenance" not in (await ana.get("/")).words
    await plans(site, when="2h")
    await site.world.does("ana", "maintenance", what="db-6", when="in 3d")
    words = (await ana.get("/")).words
    assert "Maintenance" in words and "db-5 disk swap" in words


async def test_the_next_days_are_listed_with_what_can_be_done(site: Site, ana: Visitor) -> None:
    assert "Nothing is worked on." in (await ana.get("/oncall")).words
    await plans(site, when="tue 10:00-11:30", repeat="every tue")
    page = await ana.get("/oncall")
    assert "db-5 disk swap" in page.words and "every Tue" in page.words
    links = re.findall(r'href="(/ask/(?:start|skip|extend|end)-maintenance[^"]*)"', page.text)
    assert len(links) == 2
    for link in links:
        assert (await ana.get(link.replace("&amp;", "&"))).status == 200


async def test_its_form_has_every_field_and_plans_it(site: Site, ana: Visitor) -> None:
    form = await ana.get("/ask/maintenance?form=1")
    names = set(re.findall(r'name="(\w+)"', form.text))
    assert {"what", "when", "repeat", "behaviour", "text", "announce"} <= names
    assert 'value="no-pages" checked' in form.text
    values = {
        **form.fields("/do/maintenance"), "what": "db-5", "when": "tue 10:00-11:30",
        "behaviour": "no-cards",
    }  # fmt: skip
    done = await ana.post("/do/maintenance", values)
    assert "Maintenance 1 of db-5 is set" in done.words


async def test_an_incident_in_it_is_quiet_and_says_until_when(site: Site, ana: Visitor) -> None:
    await plans(site, when="2h")
    incident = await site.world.fires("k1", labels={"host": "db-5"})
    page = await ana.get("/")
    assert "maintenance until" in page.words and "Quiet" in page.words
    assert "In maintenance until" in (await ana.get(f"/i/{incident}")).words
