"""A real Chromium on the real console: what arrives, what is pressed, what is typed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from store.model import IncidentStatus, Link
from tests.web.browser import DESK, PHONE, SMALL, launched, window
from tests.web.site import Site

pytestmark = pytest.mark.slow


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with launched() as made:
        yield made


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_one_alert_all_the_way(site: Site, browser: Browser, size: dict[str, Any]) -> None:
    w = await window(site, browser, **size)
    page, narrow = w.page, size is PHONE
    await w.enter()
    await expect(page.get_by_text("Nothing has come in yet")).to_be_visible()
    await w.mark()

    incident = await site.world.fires(description="94.2 % of 2.0 TB")
    await expect(page.locator(f"#r-{incident}")).to_contain_text("Disk 94 % full on db-3")
    await expect(page.get_by_role("heading", name="Nobody has it")).to_be_visible()
    assert not await w.unloaded()
    assert await w.overflow() <= 0

    await page.get_by_role("link", name="Disk 94 % full on db-3").click()
    await w.live()
    await w.mark()
    await page.locator("#t-ack" if narrow else "#b-ack").click()
    await expect(page.locator(".pill")).to_have_text("In progress")
    await expect(page.locator(".state")).to_contain_text("Ana has it since")
    await expect(page.locator("#say")).to_have_text(f"You have #{incident}. Paging stopped.")
    found = await site.world.incident(incident)
    assert (found.status, found.holder, found.holder_from) == ("acknowledged", "ana", "web")

    await page.get_by_label("Write to everyone here").fill("Old WAL again.\nRunning rotate-wal.")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#words")).to_contain_text("Running rotate-wal.")
    await expect(page.get_by_label("Write to everyone here")).to_have_value("")
    await site.world.does("omar", "note", incident, surface="slack", text="I'm up, too.")
    await expect(page.locator("#words > li").last).to_contain_text("Omar")
    await expect(page.locator("#words > li").last).to_contain_text("Slack")

    await page.locator("#t-resolve" if narrow else "#b-resolve").click()
    await expect(page.get_by_role("dialog")).to_contain_text("still fires: 94.2 % of 2.0 TB")
    await page.get_by_label("Now, whatever still fires").check()
    await page.get_by_label("What it was and what fixed it").fill("old WAL removed")
    await page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    await expect(page.locator(".line1 .mark")).to_have_text("Resolved")
    await expect(page.locator(".fold")).to_contain_text("old WAL removed")
    assert not await w.unloaded()
    assert await w.overflow() <= 0
    assert await site.world.status(incident) is IncidentStatus.RESOLVED
    assert w.complaints == []


async def test_who_loses_a_race_sees_who_won(site: Site, browser: Browser) -> None:
    incident = await site.world.fires()
    w = await window(site, browser)
    await w.enter("omar")
    await w.page.route("**/events", lambda route: route.abort())
    await w.page.goto(f"{site.url}/i/{incident}")
    await site.world.does("ana", "ack", incident, surface="discord")
    site.world.clock.at += 4_000
    await w.page.locator("#b-ack").click()
    sheet = w.page.get_by_role("dialog")
    await expect(sheet).to_contain_text("Ana Petrova already has #1: acknowledged in Discord")
    await expect(sheet).to_contain_text("Nothing more to do.")
    await expect(w.page.locator(".pill")).to_have_text("In progress")
    await sheet.get_by_role("button", name="Take it over").click()
    await expect(w.page.locator(".state")).to_contain_text("Omar has it")


async def test_a_wrong_field_keeps_what_was_typed(site: Site, browser: Browser) -> None:
    incident = await site.world.fires()
    w = await window(site, browser)
    await w.enter()
    await w.go(f"/i/{incident}")
    await w.page.keyboard.press("z")
    await w.page.get_by_label("Until").fill("sat 25:00")
    await w.page.get_by_role("textbox", name="Why").fill("load test")
    await w.page.get_by_role("dialog").get_by_role("button", name="Snooze").click()
    await expect(w.page.locator("#f-until-error")).to_contain_text("sat 25:00 is not a time")
    await expect(w.page.get_by_label("Until")).to_be_focused()
    await expect(w.page.get_by_role("textbox", name="Why")).to_have_value("load test")
    await w.page.get_by_role("button", name="4 hours").click()
    await expect(w.page.get_by_label("Until")).to_have_value("4h")
    await w.page.get_by_role("dialog").get_by_role("button", name="Snooze").click()
    await expect(w.page.locator(".state")).to_contain_text("Ana snoozed it until")


async def test_keys_move_open_and_act(site: Site, browser: Browser) -> None:
    first = await site.world.fires("a")
    second = await site.world.fires("b", labels={"service": "x"}, title="Load", severity="error")
    w = await window(site, browser)
    page = w.page
    await w.enter()
    await page.keyboard.press("j")
    await expect(page.locator(f"#r-{first}")).to_have_class("row mine at")
    await page.keyboard.press("j")
    await expect(page.locator(f"#r-{second}")).to_have_class("row mine at")
    await page.keyboard.press("k")
    await page.keyboard.press("a")
    await expect(page.locator(f"#r-{first} .has .who")).to_have_text("AP")
    assert (await site.world.incident(first)).holder == "ana"

    await page.keyboard.press("e")
    await expect(page.get_by_role("dialog")).to_contain_text("Page Omar now?")
    await page.keyboard.press("a")  # nothing acts behind a dialog
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)

    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys and display")).to_be_visible()
    await page.get_by_label("Single keys act").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.evaluate("localStorage.clear()")
    await w.go("/")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/i/*")
    await w.live()
    await page.get_by_label("Write to everyone here").press_sequentially("area")
    await expect(page.get_by_label("Write to everyone here")).to_have_value("area")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.wait_for_url(site.url + "/")
    assert w.complaints == []


async def test_several_are_taken_at_once(site: Site, browser: Browser) -> None:
    ids = [
        await site.world.fires(f"k{n}", labels={"service": f"s{n}"}, title=f"T{n}")
        for n in range(3)
    ]
    w = await window(site, browser)
    await w.enter()
    for key in ("j", "x", "j", "j", "Shift+X"):
        await w.page.keyboard.press(key)
    await expect(w.page.locator("#picked")).to_contain_text("3 selected")
    await w.page.keyboard.press("a")
    await expect(w.page.locator("#say")).to_have_text("3 done.")
    for incident in ids:
        assert (await site.world.incident(incident)).holder == "ana"


async def test_the_palette_finds_runs_and_filters(site: Site, browser: Browser) -> None:
    incident = await site.world.fires()
    w = await window(site, browser)
    page = w.page
    await w.enter()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("ack")
    await expect(page.get_by_role("option").first).to_contain_text(f"ack {incident} · Disk")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(f"#r-{incident} .has .who")).to_have_text("AP")
    await page.get_by_placeholder("Filter or type a command").click()
    await page.keyboard.type("critical team db")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?severity=critical&team=db")
    await page.keyboard.press("/")
    await page.keyboard.type(f"{incident}")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/i/{incident}")
    await w.live()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("why")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="PixelView says")).to_contain_text("Route db")
    assert w.complaints == []


async def test_enter_never_runs_what_was_chosen_for_other_words(
    site: Site, browser: Browser
) -> None:
    incident = await site.world.fires()
    w = await window(site, browser)
    page = w.page
    await w.enter()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("ack")
    await expect(page.get_by_role("option").first).to_contain_text(f"ack {incident} · Disk")
    await page.keyboard.press("ArrowDown")
    await page.route("**/suggest*", lambda route: route.abort())
    await page.get_by_role("combobox").press_sequentially("x")
    await page.get_by_role("combobox").fill("warning")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?severity=warning")
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED
    await w.go("/")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("ack")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("error")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?severity=error")
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED


async def test_new_rows_wait_behind_a_bar_while_a_pointer_rests_on_the_list(
    site: Site, browser: Browser
) -> None:
    first = await site.world.fires("a", severity="warning")
    w = await window(site, browser)
    page = w.page
    await w.enter()
    await page.locator(f"#r-{first}").hover()
    at = await page.locator(f"#r-{first}").bounding_box()
    for n in range(2):
        await site.world.fires(f"b{n}", labels={"service": f"s{n}"}, title=f"Worse {n}")
        await expect(page.locator("#fresh")).to_contain_text(f"{n + 1} new ↑")
    await site.world.does("omar", "ack", first)
    await expect(page.locator(f"#r-{first} .has")).to_contain_text("Omar")
    after = await page.locator(f"#r-{first}").bounding_box()
    assert at
    assert after
    assert at["y"] == after["y"]
    await page.get_by_role("button", name="2 new ↑").click()
    await expect(page.locator(".row")).to_have_count(3)
    await expect(page.locator("#fresh")).to_be_hidden()


async def test_a_form_that_is_open_and_words_half_typed_survive_a_change(
    site: Site, browser: Browser
) -> None:
    incident = await site.world.fires()
    w = await window(site, browser)
    page = w.page
    await w.enter()
    await w.go(f"/i/{incident}")
    box = page.get_by_label("Write to everyone here")
    await box.fill("half a sen")
    await site.world.does("omar", "ack", incident, surface="slack")
    await expect(page.locator(".pill")).to_have_text("In progress")
    await expect(box).to_have_value("half a sen")
    await page.reload()
    await expect(box).to_have_value("half a sen")
    await page.locator("#more-menu summary").click()
    await page.locator("#m-tag").click()
    await page.get_by_label("Tags").fill("vendor")
    await site.world.fires("b", title="More")
    await expect(page.locator(".fold")).to_contain_text("2 alerts")
    await expect(page.get_by_label("Tags")).to_have_value("vendor")


async def test_a_lost_connection_is_said_and_mends_by_itself(site: Site, browser: Browser) -> None:
    incident = await site.world.fires()
    w = await window(site, browser)
    await w.enter()
    await w.page.context.set_offline(True)
    await site.console.live.stop()
    await expect(w.page.locator("#offline")).to_contain_text("Not live since 03:09, trying again")
    await site.world.does("omar", "ack", incident)
    await site.console.live.start()
    await w.page.context.set_offline(False)
    await expect(w.page.locator("#offline")).to_be_hidden(timeout=20_000)
    await expect(w.page.locator(f"#r-{incident} .has")).to_contain_text("Omar")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_is_wider_than_a_small_phone_and_everything_is_big_enough(
    site: Site, browser: Browser, scheme: str
) -> None:
    long = "x" * 400
    incident = await site.world.fires(
        title=long,
        description=f"{long} {long}",
        resource=long,
        labels={"service": long, "instance": long, "a" * 80: long},
        links=(Link("Runbook", f"https://wiki.example.eu/{long}"), Link(long, "https://x.eu/")),
    )
    await site.world.does("ana", "note", incident, text=long)
    await site.world.does("ana", "tag", incident, tags="y" * 50)
    w = await window(site, browser, **SMALL, color_scheme=scheme)
    await w.enter()
    paths = ["/", "/more", "/oncall", f"/i/{incident}", f"/ask/resolve?incident={incident}"]
    paths += [f"/i/{incident}?tab={tab}" for tab in ("alerts", "pages", "raw")]
    for path in paths:
        await w.go(path)
        assert await w.overflow() <= 0, path
        small = await w.page.evaluate(
            """() => [...document.querySelectorAll('button, .button, summary, select, .tabbar a')]
              .filter((e) => e.checkVisibility() && !e.closest('dialog, .all-labels'))
              .map((e) => [e.textContent.trim(), e.getBoundingClientRect()])
              .filter(([, r]) => r.height < 47.5)
              .map(([t, r]) => `${t} ${r.width}x${r.height}`)"""
        )
        assert small == [], path
    assert w.complaints == []
    await w.page.evaluate("document.querySelector('main').style.width = '500px'")
    assert await w.overflow() > 0  # the measure measures


async def test_without_javascript_it_works_by_forms(site: Site, browser: Browser) -> None:
    incident = await site.world.fires()
    w = await window(site, browser, **DESK, java_script_enabled=False)
    page = w.page
    await page.goto(f"{site.url}/signin?link={await site.link()}")
    await page.get_by_role("button", name="Sign in as").click()
    await page.get_by_role("link", name="Disk 94 % full on db-3").click()
    await page.locator("#b-ack").click()
    await expect(page.locator(".pill")).to_have_text("In progress")
    await page.get_by_label("Write to everyone here").fill("by hand")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#words")).to_contain_text("by hand")
    await page.locator("#b-resolve").click()
    await page.get_by_label("Now, whatever still fires").check()
    await page.get_by_role("button", name="Resolve").click()
    await expect(page.locator(".line1 .mark")).to_have_text("Resolved")
    assert await site.world.status(incident) is IncidentStatus.RESOLVED
