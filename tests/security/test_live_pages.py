"""What a stranger typed on pages: the console, the status page and its feed, in a parser and in a
real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.model import Link
from tests.security import live
from tests.security.live import HARMLESS, words
from tests.support.world import YAML
from tests.web.site import Site, Visitor

STATUS = "status: {public: true, title: Example, components: {Web: {match: 'service:*'}}}\n"
PAGES = ("", "?tab=alerts", "?tab=pages", "?tab=raw")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A PixelView with a status page that everybody may read."""
    made = await Site.build(f"sqlite:///{tmp_path}/pv.db", tmp_path, YAML + STATUS)
    yield made
    await made.end()


def sayable() -> list[str]:
    """The words as a database takes them."""
    found = (w.encode("utf-8", "replace").decode().replace("\x00", "") for w in words())
    return [w for w in dict.fromkeys(found) if w.strip()]


async def said(site: Site, key: str, spoken: list[str]) -> int:
    """An alert that says all of it, in labels, links, its description, and people in notes."""
    labels = {f"l{n}": w[:300] for n, w in enumerate(spoken)} | {"service": spoken[0][:90]}
    links = tuple(Link(w[:60], f"javascript:{w[:60]}") for w in spoken[:6])
    number = await site.world.fires(
        key, title=spoken[5 % len(spoken)], description="\n".join(spoken)[:6000],
        resource=spoken[6 % len(spoken)][:90], severity_raw=spoken[0][:40], labels=labels,
        links=links,
    )  # fmt: skip
    for start in range(0, len(spoken), 8):
        text = "\n\n".join(w[:400] for w in spoken[start : start + 8]) + " ."
        await site.world.does("ana", "note", number, text=text)
    return number


async def kinds(visitor: Visitor, path: str) -> set[str]:
    """Elements, attributes, and where they lead."""
    page = await visitor.get(path)
    assert page.status == 200, path
    found = live.html(page.text)
    return {k for k in found if not k.endswith((" href ", " style "))}


async def test_no_page_of_the_console_gets_an_element_or_an_address(site: Site) -> None:
    ana, spoken = await site.visitor("ana"), sayable()
    calm = await said(site, "calm", [HARMLESS] * len(spoken))
    await site.world.does("ana", "resolve", calm, how="now")
    wild = await said(site, "wild", spoken)
    for path in PAGES:
        before = await kinds(ana, f"/i/{calm}{path}")
        after = await kinds(ana, f"/i/{wild}{path}")
        more = {k for k in after - before if "evil" in k or "javascript" in k or "<" in k}
        assert not more, (path, more)
        allowed = {"a", "code", "pre", "button", "form", "input", "svg", "use", "kbd", "details",
                   "summary", "span", "b", "ul", "li", "p", "time", "bdi", "div"}  # fmt: skip
        assert {k for k in after - before if " " not in k} <= allowed, path
        handlers = {k for k in after if len(k.split()) > 1 and k.split()[1].startswith("on")}
        assert not handlers


async def test_the_status_page_and_its_feed_show_words_alone(site: Site) -> None:
    reader, allowed = site.stranger(), None
    spoken = [w[:300] for w in sayable()]
    chunks = [[HARMLESS], *(spoken[i::7] for i in range(7))]
    for n, chunk in enumerate(chunks):
        number = await site.world.fires(f"k{n}", labels={"service": f"s{n}", "team": "db"})
        bare = "".join(c if c.isprintable() else " " for c in chunk[n % len(chunk)])
        title, text = " ".join(bare.split())[:100] or HARMLESS, "\n".join(chunk)[:1_900]
        await site.world.does("ana", "publish", number, title=title, text=text + " .")
        if n == 0:
            allowed = (await _page(reader), set(live.xml((await reader.get("/status/feed")).text)))
    html, feed = await _page(reader), set(live.xml((await reader.get("/status/feed")).text))
    assert allowed is not None
    assert html - allowed[0] <= {"li", "ul", "time", "section", "h2", "h3", "article"}
    assert feed - allowed[1] == set()


async def _page(reader: Visitor) -> set[str]:
    """Elements and attributes without their values."""
    page = await reader.get("/status")
    assert page.status == 200
    return {" ".join(k.split(" ")[:2]).strip() for k in live.html(page.text) if k[0] != "!"}


@pytest.mark.slow
async def test_a_real_browser_runs_nothing_and_complains_of_nothing(site: Site) -> None:
    from tests.web.browser import DESK, launched, window

    wild = await said(site, "wild", sayable())
    number = await site.world.fires("st", labels={"service": "web", "team": "db"})
    await site.world.does("ana", "publish", number, title="<img src=x onerror=alert(1)>", text="x")
    async with launched() as browser:
        w = await window(site, browser, **DESK)
        dialogs: list[str] = []
        w.page.on("dialog", lambda d: dialogs.append(d.message))
        await w.enter()
        for path in ("/", *(f"/i/{wild}{tab}" for tab in PAGES), f"/ask/why?incident={wild}",
                     "/status"):  # fmt: skip
            await w.page.goto(site.url + path)
            await w.page.wait_for_load_state("load")
            foreign = await w.page.evaluate(
                "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes])"
                ".filter(a => /^on/i.test(a.name) || /^\\s*(javascript|data):/i.test(a.value))"
                ".filter(a => ['href', 'src', 'action', 'formaction'].includes(a.name)"
                " || /^on/i.test(a.name)).map(a => a.name)"
            )
            assert foreign == [], path
        assert dialogs == []
        assert not [said for said in w.complaints if "Content Security" in said or "CSP" in said]
