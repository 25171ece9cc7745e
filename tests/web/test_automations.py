"""The page of what runs by itself: how each stands, what it does, what it would have done, and the
switches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.automation.test_by_itself import YAML
from tests.web.markup import Page
from tests.web.site import Site, Visitor


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = await Site.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, YAML)
    yield made
    await made.end()


async def test_each_is_listed_tried_in_words_and_switched(site: Site, ana: Visitor) -> None:
    await site.world.fires("web", labels={"alertname": "Down", "service": "web"})
    for path in ("", "?name=restart-it", "?name=restart-it&try=7d", "?name=nothing"):
        page = await ana.get(f"/automations{path}")
        assert Page(page.text).faults == [], path
        assert page.status == (404 if "nothing" in path else 200)
    page = await ana.get("/automations?name=restart-it")
    assert "1. run restart, then step 3; if not, step 2" in page.words
    page = await ana.get("/automations?name=restart-it&try=7d")
    assert "it would have run 1 time about 1 incident. Nothing was run." in page.words
    page = await ana.get("/automations")
    assert "restart-it on When an incident opens; or when an incident opens again." in page.words

    await site.world.advance(minutes=15)
    page = await ana.get("/automations")
    assert "Suggested #1 failover-it" in page.words
    await ana.post("/do/take-suggestion", page.fields("/do/take-suggestion"))
    page = await ana.get("/automations")
    assert "Suggested" not in page.words and Page(page.text).faults == []

    await ana.post("/do/automation-off", page.fields("/do/automation-off"))
    await ana.post("/do/stop-automation", page.fields("/do/stop-automation"))
    page = await ana.get("/automations")
    assert "Ana Petrova stopped all automation. Nothing runs by itself." in page.words
    await ana.post("/do/start-automation", page.fields("/do/start-automation"))
    page = await ana.get("/automations")
    assert "Nothing runs by itself" not in page.words
    assert page.text.count('action="/do/automation-on"') == 2, "what is off, and what suggests"
