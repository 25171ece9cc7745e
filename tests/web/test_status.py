"""The status page as strangers see it: what was published and nothing else, in HTML, JSON, Atom."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bot.web import status as web_status
from bot.web.status import BURST, RATE, Limit
from commands.errors import Conflict, Denied, Invalid
from store.model import HOUR
from tests.support.world import YAML
from tests.web.site import Answer, Site, Visitor

SECRET = "db-3.internal"
PAGE = """
url: https://pv.example.eu
status:
  title: Example
  public: true
  zone: Europe/Berlin
  text: How our services are.
  components:
    Checkout: {match: "service:checkout", text: Paying in the shop}
    Search:
      match: "service:search"
      publish: {after: 5, title: Search does not answer, text: People work on it.}
    Shop & "Co": {}
"""
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def yaml() -> str:
    """A public page with three parts."""
    return YAML + PAGE


@pytest.fixture
async def site(tmp_path: Path, yaml: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """Every request draws the page anew."""
    monkeypatch.setattr(web_status, "FRESH", 0.0)
    made = await Site.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, yaml)
    yield made
    await made.end()


@pytest.fixture
async def stranger(site: Site) -> Visitor:
    """Somebody who is not signed in."""
    return site.stranger()


async def down(site: Site, **more: Any) -> int:
    """Checkout is down, in a monitor's words."""
    labels = {"service": "checkout", "pod": SECRET}
    return await site.world.fires(
        "k", title=f"HTTP 503 from {SECRET}", labels=labels, description=SECRET, **more
    )


async def everything(stranger: Visitor) -> str:
    """All that a stranger can read."""
    paths = ("/status", "/status.json", "/status/feed")
    answers = [await stranger.get(path) for path in paths]
    assert [a.status for a in answers] == [200] * 3
    return "\n".join(a.text for a in answers)


async def state(stranger: Visitor) -> dict[str, Any]:
    """The page for programs."""
    found: dict[str, Any] = json.loads((await stranger.get("/status.json")).text)
    return found


async def test_an_incident_is_not_on_the_page_before_somebody_publishes_it(
    site: Site, stranger: Visitor
) -> None:
    await down(site)
    said = await everything(stranger)
    assert "Everything works" in said
    assert SECRET not in said
    assert (await state(stranger))["incidents"] == []


async def test_only_the_words_that_were_published_are_on_the_page(
    site: Site, stranger: Visitor
) -> None:
    number = await down(site)
    await site.world.does("ana", "ack", number)
    await site.world.does("ana", "note", number, text=f"note {SECRET}")
    await site.world.does(
        "ana", "publish", number, text="Payments fail\nMost payments fail. Try again later."
    )
    said = await everything(stranger)
    assert "Payments fail" in said
    assert "Most payments fail. Try again later." in said
    for word in (SECRET, "HTTP 503", "Ana", "ana", "critical", f"#{number} ", "postgres", "slack"):
        assert not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", said), word
    parts = {p["name"]: p["state"] for p in (await state(stranger))["components"]}
    assert parts == {"Checkout": "outage", "Search": "operational", 'Shop & "Co"': "operational"}


async def test_what_is_published_twice_has_two_lines_and_keeps_its_title(
    site: Site, stranger: Visitor
) -> None:
    number = await down(site)
    await site.world.does("ana", "publish", number, text="Payments fail", impact="degraded")
    await site.world.advance(minutes=10)
    await site.world.does("ana", "publish", number, text="The cause is known.", phase="identified")
    found = await state(stranger)
    (one,) = found["incidents"]
    assert (one["title"], one["phase"], one["impact"]) == (
        "Payments fail", "identified", "degraded"
    )  # fmt: skip
    assert [u["phase"] for u in one["updates"]] == ["identified", "investigating"]
    assert (found["state"], found["headline"]) == ("degraded", "Some things work only partly")


async def test_what_is_over_is_over_on_the_page_and_stays_in_its_history(
    site: Site, stranger: Visitor
) -> None:
    number = await down(site)
    await site.world.does("ana", "publish", number, text="Payments fail")
    await site.world.advance(minutes=22)
    await site.world.does("ana", "resolve", number, how="now", text=f"cleaned {SECRET}")
    page = await stranger.get("/status")
    assert "Everything works" in page.words
    assert "22 November Payments fail" in page.words
    assert "over after 22 min" in page.words
    assert SECRET not in await everything(stranger)
    await site.world.advance(minutes=15 * 24 * 60)
    assert "Payments fail" not in await everything(stranger)


async def test_what_became_part_of_another_is_over_with_that_one(
    site: Site, stranger: Visitor
) -> None:
    first = await down(site)
    second = await site.world.fires("other", labels={"service": "b"})
    await site.world.does("ana", "publish", first, text="Payments fail")
    await site.world.does("ana", "merge", first, into=second)
    assert (await state(stranger))["incidents"][0]["over_at"] is None
    await site.world.does("ana", "resolve", second, how="now")
    assert (await state(stranger))["incidents"][0]["over_at"] is not None


async def test_what_stands_there_already_is_not_published_once_more(
    site: Site, stranger: Visitor
) -> None:
    number = await down(site)
    does = site.world.does
    await does("ana", "publish", number, text="Payments fail\nMost of them.")
    told: list[dict[str, Any]] = [{}, {"text": "Most of them."}, {"title": "Payments fail"}]
    for same in told:
        with pytest.raises(Conflict, match=rf"Nothing new .* publish {number} The cause"):
            await does("ana", "publish", number, **same)
    assert len((await state(stranger))["incidents"][0]["updates"]) == 1
    await does("ana", "publish", number, phase="identified")
    await does("ana", "publish", number, impact="degraded")
    await does("ana", "unpublish", number)
    await does("ana", "publish", number)


async def test_unpublish_takes_all_of_it_away(site: Site, stranger: Visitor) -> None:
    number = await down(site)
    await site.world.does("ana", "publish", number, text="Payments fail")
    await site.world.does("ana", "unpublish", number)
    assert "Payments fail" not in await everything(stranger)


async def test_a_component_publishes_itself_with_the_words_of_its_rule(
    site: Site, stranger: Visitor
) -> None:
    world = site.world
    number = await world.fires("s", title=f"OOM {SECRET}", labels={"service": "search"})
    await world.fires("t", title=f"Disk {SECRET}", labels={"service": "search", "x": "1"})
    await world.minute()
    assert (await state(stranger))["incidents"] == []
    await world.advance(minutes=6)
    await world.minute()
    (one,) = (await state(stranger))["incidents"]
    assert one["title"] == "Search does not answer"
    assert SECRET not in await everything(stranger)
    await world.does("ana", "unpublish", number)
    await world.minute()
    assert (await state(stranger))["incidents"] == [], "taken back by a person stays so"


async def test_maintenance_is_on_the_page_once_announced_with_its_times_alone(
    site: Site, stranger: Visitor
) -> None:
    await site.world.does(
        "ana", "maintenance", what="service=checkout", when="today 05:00-06:00",
        text=f"swap {SECRET}",
    )  # fmt: skip
    assert (await state(stranger))["maintenance"] == []
    await site.world.advance(minutes=100)
    (work,) = (await state(stranger))["maintenance"]
    assert (work["components"], work["now"], work["title"]) == (["Checkout"], False, "Maintenance")
    await site.world.advance(minutes=15)
    found = await state(stranger)
    assert found["headline"] == "Maintenance is under way"
    assert {p["name"]: p["state"] for p in found["components"]}["Checkout"] == "maintenance"
    assert SECRET not in await everything(stranger)


async def test_strangers_words_are_not_live(site: Site, stranger: Visitor) -> None:
    number = await down(site)
    await site.world.does(
        "ana", "publish", number, text='<script>alert(1)</script>\n</li>"&\u202eevil'
    )
    page = await stranger.get("/status")
    assert "<script" not in page.text
    assert "\u202e" not in page.text
    ET.fromstring((await stranger.get("/status/feed")).text)


async def test_the_feed_has_an_entry_for_every_line(site: Site, stranger: Visitor) -> None:
    number = await down(site)
    await site.world.does("ana", "publish", number, text="Payments fail\nMost of them.")
    await site.world.advance(minutes=5)
    await site.world.does("ana", "resolve", number, how="now")
    answer = await stranger.get("/status/feed")
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.text)
    titles = [e.findtext(f"{ATOM}title") for e in feed.iter(f"{ATOM}entry")]
    assert titles == ["Payments fail · over", "Payments fail · being looked into"]
    ids = [e.findtext(f"{ATOM}id") for e in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == 2
    assert feed.findtext(f"{ATOM}updated") == "2026-11-22T02:14:00Z"


async def test_the_page_sets_no_cookie_runs_no_script_and_may_be_kept(
    site: Site, stranger: Visitor
) -> None:
    page = await stranger.get("/status")
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "public, max-age=15"
    again = await stranger.get("/status", **{"If-None-Match": page.headers["ETag"]})
    assert again.status == 304
    assert 'lang="en"' in page.text
    assert len(re.findall(r"<h1", page.text)) == 1
    assert "Shop &amp; &#34;Co&#34;" in page.text


async def test_an_impatient_stranger_is_asked_to_wait(site: Site, stranger: Visitor) -> None:
    answer: Answer | None = None
    for _ in range(int(BURST) + 20):
        answer = await stranger.get("/status.json")
        if answer.status == 429:
            break
    assert answer is not None
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_the_limit_holds_for_each_address_and_is_given_back() -> None:
    now = [0.0]
    limit = Limit(lambda: now[0])
    assert sum(limit.wait("a") == 0 for _ in range(500)) == BURST
    assert limit.wait("b") == 0
    now[0] += 10
    assert sum(limit.wait("a") == 0 for _ in range(500)) == 10 * RATE


async def test_publishing_asks_for_words_that_others_may_read(site: Site) -> None:
    number = await down(site)
    with pytest.raises(Invalid, match="needs a title"):
        await site.world.does("ana", "publish", number)
    with pytest.raises(Invalid, match="There is no part Kettle"):
        await site.world.does("ana", "publish", number, text="Slow", parts="Kettle")
    with pytest.raises(Denied, match=r"incident\.act"):
        await site.world.does("mei", "publish", number, text="Slow")


async def test_the_last_update_for_others_is_published_where_only_a_title_is_given(
    site: Site, stranger: Visitor
) -> None:
    number = await down(site)
    await site.world.does("ana", "update", number, text="Cards are refused; vouchers work.")
    await site.world.does("ana", "publish", number, title="Payments fail")
    assert "Cards are refused; vouchers work." in (await stranger.get("/status")).words


async def test_people_ask_what_is_on_the_page_in_chat(site: Site) -> None:
    number = await down(site)
    await site.world.does("ana", "publish", number, text="Payments fail\nMost of them.")
    lines = (await site.world.asks("mei", "status")).lines
    assert lines[0] == ("Example: Something does not work. Public: https://pv.example.eu/status")
    assert "Checkout: Does not work" in lines
    assert "Payments fail · investigating since 03:09: Most of them." not in lines
    assert [line for line in lines if line.startswith("Payments fail · investigating since ")]


# inside the house


class TestInside:
    """A page that is not public."""

    @pytest.fixture
    def yaml(self) -> str:
        """The same, for people of the house."""
        return YAML + PAGE.replace("public: true", "public: false").replace(
            "https://pv.example.eu", "http://127.0.0.1:8080"
        )

    @pytest.mark.parametrize("path", ["/status", "/status.json", "/status/feed"])
    async def test_strangers_are_shown_nothing(self, site: Site, path: str) -> None:
        number = await down(site)
        await site.world.does("ana", "publish", number, text="Payments fail")
        answer = await site.stranger().get(path)
        assert answer.status == 401
        assert "Payments" not in answer.text
        mei = await site.visitor("mei")
        answer = await mei.get(path)
        assert answer.status == 200
        assert "Payments fail" in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"


class TestWithout:
    """No status page is set up."""

    @pytest.fixture
    def yaml(self) -> str:
        """Nothing of it."""
        return YAML

    async def test_there_is_no_page_and_publishing_says_so(self, site: Site) -> None:
        assert (await site.stranger().get("/status")).status == 404
        number = await site.world.fires("a")
        with pytest.raises(Conflict, match="no status page yet"):
            await site.world.does("ana", "publish", number, text="x")


async def test_the_page_is_drawn_once_for_many(
    site: Site, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_status, "FRESH", float(HOUR))
    await stranger.get("/status.json")
    number = await down(site)
    await site.world.does("ana", "publish", number, text="Payments fail")
    assert (await state(stranger))["incidents"] == []
