"""Words of strangers are words: nothing of an alert runs, links, breaks out or hides."""

from __future__ import annotations

import re

import pytest

from store.model import Link
from tests.web.markup import Page
from tests.web.site import PART, Site, Visitor

pytestmark = pytest.mark.broad

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></textarea></script><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "'-alert(1)-'",
    "javascript:alert(1)",
    "a\u202eb\u200bc\u0000d\u2066e",
    "\ud800 lone",
    "&lt;b&gt;&#x3C;i&#x3E;",
    "x" * 20_000,
    "Z̸̧̛̰͎̟̬̣̖͔͚̓̈́̊͂̓͗͊̾͑͝ã̵l̶̡̞̺̩̜͍̔̓͜g̷o" * 20,
)
TABS = ("", "?tab=alerts", "?tab=pages", "?tab=raw")


def clean(word: str) -> str:
    """A word as a database takes it."""
    return word.encode("utf-8", "replace").decode()


async def fires(site: Site, word: str) -> int:
    """An alert that says the word wherever it can."""
    word = clean(word)
    links = (
        Link(word, "https://example.eu/x?a=<b>&c='\""),
        Link("bad", "javascript:alert(1)"),
        Link("data", "data:text/html,<script>alert(1)</script>"),
    )
    incident = await site.world.fires(
        word[:100] or "k",
        title=word,
        description=f"{word}\n{word}",
        resource=word,
        severity_raw=word,
        labels={"service": word, "instance": word, word[:60] or "n": word},
        links=links,
    )
    await site.world.does("ana", "note", incident, text=(word + "!")[:8_000])
    return incident


def check(text: str) -> None:
    """Valid, and every element one of ours."""
    page = Page(text)
    assert page.faults == []
    for tag, attrs in page.tags:
        assert tag not in {"img", "iframe", "object", "embed", "base"}
        if tag == "script":
            assert (attrs.get("src") or "").startswith("/static/")
        if tag == "a":
            assert not (attrs.get("href") or "").lower().startswith(("javascript", "data"))
    assert text.count("<script") <= 1
    assert "<svg onload" not in text
    shown = re.sub(r'(?:value|href|data-url|action)="[^"]*"|</?textarea[^>]*>[^<]*', "", text)
    assert "\u202e" not in shown
    assert "\u200b" not in shown


@pytest.mark.parametrize("word", NASTY)
async def test_a_hostile_alert_is_inert_on_every_page(site: Site, ana: Visitor, word: str) -> None:
    incident = await fires(site, word)
    paths = ["/", "/?status=all", "/?group=source", "/more", "/oncall"]
    paths += [f"/i/{incident}{tab}" for tab in TABS]
    paths += [f"/ask/{v}?incident={incident}" for v in ("resolve", "escalate", "why", "assign")]
    for path in paths:
        page = await ana.get(path)
        assert page.status == 200, path
        check(page.text)
        if len(word) < 1000:
            assert len(page.text) < 150_000


@pytest.mark.parametrize("word", NASTY)
async def test_hostile_words_in_addresses_and_forms_come_back_inert(
    site: Site, ana: Visitor, word: str
) -> None:
    from urllib.parse import quote

    word = clean(word)[:3_000]
    incident = await site.world.fires()
    told = quote(word)
    for path in (
        f"/?q={told}",
        f"/?label={told}",
        f"/?tag={told}&team={told}",
        f"/?source={told}&type={told}&who={told}",
        f"/?severity={told}",
        f"/i/{told[:200]}" if "/" not in word and "\0" not in word else "/",
        f"/ask/{told[:200]}" if "/" not in word and "\0" not in word else "/",
        f"/signin?link={told}",
        f"/suggest?q={told}",
    ):
        page = await ana.get(path)
        assert page.status < 500, path
        if page.headers["Content-Type"].startswith("text/html"):
            check(page.text)
    for verb in ("snooze", "assign", "tag", "note", "resolve"):
        sent = await ana.does(
            verb, incident, asked="1", until=word, who=word, tags=word, how=word, text=word[:500]
        )
        assert sent.status < 500, verb
        if sent.status != 303:
            check(sent.text)
    typed = await ana.types(word)
    assert typed.status < 500
    assert typed.location.startswith("/") or typed.status != 303


async def test_parts_for_the_script_are_as_inert(site: Site, ana: Visitor) -> None:
    incident = await fires(site, NASTY[0])
    for path in ("/", f"/i/{incident}", f"/ask/why?incident={incident}"):
        page = await ana.get(path, **PART)
        assert "<script>alert" not in page.text


async def test_a_strangers_direction_of_writing_stays_in_its_own_words(
    site: Site, ana: Visitor
) -> None:
    incident = await site.world.fires(title="خادم db-3 متوقف")
    for path in ("/", f"/i/{incident}"):
        assert "<bdi>خادم db-3 متوقف</bdi>" in (await ana.get(path)).text


async def test_names_of_people_are_words_too(tmp_path: object) -> None:
    from pathlib import Path as File

    assert isinstance(tmp_path, File)
    yaml = (
        "people:\n  ana: {name: '<b>Ana</b> O''Neil', roles: [admin]}\n"
        "teams:\n  '<i>db</i>': {members: [ana], oncall: ana}\n"
    )
    site = await Site.build(f"sqlite:///{tmp_path}/x.db", tmp_path, yaml)
    try:
        stranger = site.stranger()
        check((await stranger.get(f"/signin?link={await site.link()}")).text)
        ana = await site.visitor()
        await site.world.fires()
        for path in ("/", "/i/1", "/oncall", "/more", "/ask/assign?incident=1"):
            page = await ana.get(path)
            assert page.status == 200
            assert "<b>Ana" not in page.text
            check(page.text)
    finally:
        await site.end()
