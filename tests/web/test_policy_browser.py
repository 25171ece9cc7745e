"""A real Chromium opens every page and every form of the console: nothing on them breaks the
content security policy, and nothing complains."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.security.test_routes import KINDS, SESSION
from tests.web.browser import DESK, launched, window
from tests.web.site import Site

pytestmark = pytest.mark.slow

HEARD = """addEventListener('securitypolicyviolation', e => (window.broken ||= []).push(
    e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))"""
NO_PAGE = ("/events", "/contact.vcf", "/audit/export", "/suggest", "/more", "/signout", "/bodies")
"""Where no page is: streams, downloads, pieces of pages."""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with launched() as made:
        yield made


async def broken(page: Page) -> list[str]:
    """What broke the policy on the page that is open."""
    return [str(each) for each in await page.evaluate("window.broken || []")]


async def links(page: Page) -> set[str]:
    """The pages of ours that this one leads to, without what follows a question mark."""
    found = await page.eval_on_selector_all("a[href]", "all => all.map(a => a.pathname + a.search)")
    return {str(each) for each in found if str(each).startswith("/")}


async def test_no_page_or_form_breaks_the_policy(site: Site, browser: Browser) -> None:
    incident = await site.world.fires(description="94.2 % of 2.0 TB")
    w = await window(site, browser, **DESK)
    await w.page.add_init_script(HEARD)
    await w.enter()
    wrong: list[str] = []
    waiting = ["/", f"/i/{incident}", "/me/sessions"]
    waiting += [path for path, kind in KINDS.items() if kind == SESSION and "{" not in path]
    seen: set[str] = set()
    while waiting and len(seen) < 50:
        path = waiting.pop(0)
        known = path.partition("?")[0]
        if path in seen or known.startswith((*NO_PAGE, "/static", "/privacy/")):
            continue
        seen.add(path)
        answer = await w.page.goto(site.url + path, wait_until="load")
        if answer is None or answer.status != 200:
            w.complaints.clear()  # the browser says that of every 404
            continue
        for form in await w.page.query_selector_all("details:not([open]) > summary"):
            await form.evaluate("one => one.click()")
        wrong += [f"{path}: {each}" for each in (*await broken(w.page), *w.complaints)]
        w.complaints.clear()
        waiting += sorted(await links(w.page) - seen)
    assert not wrong, "\n".join(wrong)
    assert len(seen) > 12, seen


async def test_that_look_sees_what_breaks_the_policy(site: Site, browser: Browser) -> None:
    w = await window(site, browser, **DESK)
    await w.page.add_init_script(HEARD)
    await w.enter()
    await w.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.bad = 1';"
        " document.body.append(s) }"
    )
    assert await w.page.evaluate("window.bad") is None
    assert await broken(w.page)
