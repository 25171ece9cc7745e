"""What holds for every page: valid, small, in one language, with files that may be kept."""

from __future__ import annotations

import re

from bot.web.look import Look
from tests.web.markup import Page
from tests.web.site import Site, Visitor


async def test_every_page_is_valid_and_small(site: Site, ana: Visitor) -> None:
    paths = ["/", "/oncall", "/more", "/signin", "/?severity=info", "/i/99"]
    for path in paths:
        assert Page((await ana.get(path)).text).faults == [], path
    incident = await site.world.fires(description="94 %")
    await site.world.does("ana", "note", incident, text="words")
    more = [f"/i/{incident}{tab}" for tab in ("", "?tab=alerts", "?tab=pages", "?tab=raw")]
    more += [
        f"/ask/{v}?incident={incident}" for v in ("resolve", "escalate", "assign", "why", "tag")
    ]
    for path in [*paths, *more]:
        page = await ana.get(path)
        assert Page(page.text).faults == [], path
        assert len(page.text) < 40_000
    await site.world.does("ana", "resolve", incident, how="now")
    for path in ("/", f"/i/{incident}", "/?status=all"):
        assert Page((await ana.get(path)).text).faults == [], path


async def test_every_field_has_a_label_and_every_button_a_name(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    for path in ("/", f"/i/{incident}", f"/ask/assign?incident={incident}", "/?tag=x"):
        text = (await ana.get(path)).text
        page = Page(text)
        labelled = {a["for"] for t, a in page.tags if t == "label" and "for" in a}
        for tag, attrs in page.tags:
            if tag in {"select", "textarea"} or (tag == "input" and attrs.get("type") is None):
                wrapped = re.search(
                    rf"<label[^>]*>(?:(?!</label>).)*name=\"{attrs.get('name')}\"", text, re.DOTALL
                )
                assert attrs.get("id") in labelled or wrapped or attrs.get("id") == "palette-text"
        for inner in re.findall(r"<button([^>]*)>(.*?)</button>", text, re.DOTALL):
            words = re.sub(r"<[^>]+>", "", inner[1]).strip()
            empty = 'class="chip"' in inner[0] and not words
            assert words or "aria-label" in inner[0] or empty, inner


async def test_files_are_kept_for_a_year_under_an_address_of_their_content(
    site: Site, ana: Visitor
) -> None:
    page = await ana.get("/")
    urls = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    assert len(urls) >= 5
    for url in urls:
        file = await site.stranger().get(url)
        assert file.status == 200
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert file.headers["X-Content-Type-Options"] == "nosniff"
    old = re.sub(r"/static/[0-9a-f]+/", "/static/000000000000/", next(iter(urls)))
    assert (await ana.get(old)).headers["Cache-Control"] == "no-store"
    for path in ("/static/x/none.js", "/static/x/..%2fconsole.py", "/static/x/../look.py"):
        assert (await ana.get(path)).status == 404
    assert (await ana.get("/favicon.ico")).location.endswith("/icon.svg")


async def test_nothing_is_fetched_from_anywhere_else(ana: Visitor) -> None:
    page = await ana.get("/")
    assert "://" not in re.sub(r'xmlns="[^"]+"', "", page.text)
    look = Look()
    texts = {n: b for n, b in look.static._files.items() if not n.endswith(".png")}
    for name, body in texts.items():
        text = body.decode()
        assert "@import" not in text
        foreign = [u for u in re.findall(r"https?://[^\s\"')]+", text) if "w3.org" not in u]
        assert foreign == [], name
    assert sum(map(len, texts.values())) < 110_000


def test_every_mark_that_is_used_is_drawn() -> None:
    look = Look()
    source = look._env.loader
    assert source is not None
    drawn = set(re.findall(r'id="g-([a-z]+)"', source.get_source(look._env, "_glyphs.svg")[0]))
    used = {"critical", "error", "warning", "info", "resolved"}
    for name in look._env.list_templates():
        used |= set(re.findall(r"glyph\('([a-z]+)'\)", source.get_source(look._env, name)[0]))
    from bot.web.render import _MARKS

    assert used | set(_MARKS.values()) <= drawn


async def test_a_page_says_its_language_and_its_title(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    for path, title in (
        ("/", "Now · PixelView"),
        ("/?severity=critical", "critical · Now · PixelView"),
        (f"/i/{incident}", f"#{incident} Disk 94 % full on db-3 · PixelView"),
        ("/oncall", "On call · PixelView"),
    ):
        text = (await ana.get(path)).text
        assert f"<title>{title}</title>" in text
        assert '<html lang="en"' in text


async def test_keys_are_those_of_verbs_that_exist(ana: Visitor) -> None:
    import html
    import json

    text = (await ana.get("/")).text
    told = re.search(r"data-bindings='([^']*)'", text)
    assert told
    keys = {b["key"]: (b["verb"], b["kind"]) for b in json.loads(html.unescape(told[1]))}
    assert keys["a"] == ("ack", "now")
    assert keys["e"] == ("escalate", "asks")
    assert keys["w"] == ("why", "query")
    assert keys["u"] == ("run", "asks")
