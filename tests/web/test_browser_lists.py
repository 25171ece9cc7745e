"""Filters, groups and saved views in a real Chromium: typed, pressed, live, on desk and phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.web.browser import DESK, PHONE, SMALL, launched, window
from tests.web.site import Site
from tests.web.test_now import YAML, fires

pytestmark = pytest.mark.slow


@pytest.fixture
def yaml() -> str:
    """Every alert opens an incident of its own."""
    return YAML


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with launched() as made:
        yield made


async def test_a_filter_is_typed_changed_saved_and_removed(site: Site, browser: Browser) -> None:
    await fires(site, "disk", labels={"env": "prod"})
    await fires(site, "load", severity="warning", labels={"env": "prod"})
    w = await window(site, browser)
    page = w.page
    await w.enter()
    await page.keyboard.press("f")
    await page.keyboard.type("critical env=")
    await expect(page.get_by_role("option", name="critical env=prod")).to_be_visible()
    await page.keyboard.type("prod since 2h group=env")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?severity=critical&label=env%3Dprod&filter=since%3D2h&group=env")
    await expect(page.get_by_role("heading", name="prod")).to_contain_text("1")
    await expect(page.locator(".row")).to_have_count(1)

    await w.live()
    await page.keyboard.press("f")
    await expect(page.get_by_role("combobox")).to_have_value(
        "critical env=prod since=2h group=env "
    )
    await page.keyboard.type("severity=loud")
    await expect(page.locator("#palette-list")).to_contain_text("loud is not a severity")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("combobox")).to_have_count(0)
    await page.keyboard.press("/")
    await expect(page.get_by_role("combobox")).to_have_value("")
    await page.keyboard.press("Escape")

    await page.get_by_role("link", name="Without since 2h").click()
    await page.wait_for_url("**/?severity=critical&label=env%3Dprod&group=env")
    await w.live()
    await page.get_by_role("link", name="Save view…").click()
    await page.get_by_label("What to call it").fill("Prod, critical")
    await page.get_by_role("dialog").get_by_role("button", name="Save view").click()
    await expect(page.locator("#views")).to_contain_text("Prod, critical")
    await expect(page.locator("#menu-view")).to_contain_text("View: Prod, critical")
    await expect(page.locator("#say")).to_contain_text("Saved: Prod, critical")

    await page.locator("#menu-view > summary").click()
    await page.get_by_role("link", name="Rename…").click()
    await page.get_by_label("To").fill("Urgent")
    await page.get_by_role("dialog").get_by_role("button", name="Rename view").click()
    await expect(page.locator("#views")).to_contain_text("Urgent")
    await page.locator("#menu-view > summary").click()
    await page.get_by_role("button", name="Begin Now with it").click()
    await expect(page.locator("#say")).to_contain_text("Your Now begins with Urgent")
    await page.goto(site.url)
    await page.wait_for_url("**/?severity=critical&label=env%3Dprod&group=env")
    await w.live()
    await page.get_by_role("link", name="Clear").click()
    await page.wait_for_url("**/?status=open")
    await expect(page.locator(".row")).to_have_count(2)
    await page.locator("#views").get_by_role("link", name="Urgent").click()
    await w.live()
    await page.locator("#menu-view > summary").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.locator("#views")).not_to_contain_text("Urgent")
    assert w.complaints == []


async def test_live_changes_keep_the_filter_and_its_groups(site: Site, browser: Browser) -> None:
    first = await fires(site, "disk", labels={"env": "prod"})
    await site.world.does("ana", "view-save", name="prod", filter="critical env=prod")
    w = await window(site, browser)
    page = w.page
    await w.enter()
    await w.go("/?severity=critical&group=env")
    await w.mark()
    await page.mouse.move(5, 5)
    second = await fires(site, "more", labels={"env": "staging"})
    await expect(page.locator(f"#r-{second}")).to_be_visible()
    await expect(page.get_by_role("heading", name="staging")).to_be_visible()
    await fires(site, "calm", severity="warning", labels={"env": "prod"})
    third = await fires(site, "third", labels={"env": "prod"})
    await expect(page.locator(f"#r-{third}")).to_be_visible()
    await expect(page.locator(".row")).to_have_count(3)
    await expect(page.locator("#views").get_by_role("link", name="prod")).to_contain_text("2")

    at = await page.locator(f"#r-{first}").bounding_box()
    await page.locator(f"#r-{first}").hover()
    await fires(site, "fourth", labels={"env": "aaa"})
    await fires(site, "fifth", severity="warning")
    await expect(page.locator("#fresh")).to_contain_text("1 new ↑")
    after = await page.locator(f"#r-{first}").bounding_box()
    assert at and after and at["y"] == after["y"]
    assert page.url.endswith("/?severity=critical&group=env")
    assert not await w.unloaded()
    assert w.complaints == []


@pytest.mark.parametrize("size", [DESK, PHONE, SMALL], ids=["desk", "phone", "small"])
async def test_every_menu_and_view_fits_its_window(
    site: Site, browser: Browser, size: dict[str, Any]
) -> None:
    long = "x" * 40
    await fires(site, "disk", labels={"env": "prod", "service": long, "l" * 60: long})
    await site.world.does("ana", "view-save", name=long, filter=f"service={long} critical")
    w = await window(site, browser, **size)
    page = w.page
    await w.enter()
    for path in (
        "/", "/?group=service", f"/?service={long}&severity=critical", "/?team=web",
        "/?filter=sevrity%3Dcritical+since%3D2h+host%21%3Dweb-*&group=env&sort=oldest",
    ):  # fmt: skip
        await w.go(path)
        assert await w.overflow() <= 0, path
        for menu in await page.locator(".filters details.menu").all():
            await menu.evaluate("e => { e.open = true; }")
            assert await w.overflow() <= 0, path
            wide = await menu.locator(".drop").evaluate("e => e.getBoundingClientRect().right")
            assert wide <= size["viewport"]["width"] + 1, path
            await menu.evaluate("e => { e.open = false; }")
    assert w.complaints == []
