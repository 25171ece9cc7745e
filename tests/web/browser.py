"""A real headless Chromium for tests: found on this machine, or the test says why it is skipped."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.web.site import Site

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESK: dict[str, Any] = {"viewport": {"width": 1372, "height": 882}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
SMALL: dict[str, Any] = {**PHONE, "viewport": {"width": 360, "height": 740}}


def chromium() -> str:
    """Where Chromium is; skips the test where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    if found is None and mac.exists():
        found = str(mac)
    if found is None:
        pytest.skip(f"no browser here: none of {', '.join(NAMES)} is installed")
    return found


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser that runs for one test."""
    path = chromium()
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=path, args=list(ARGS))
        try:
            yield browser
        finally:
            await browser.close()


class Window:
    """One page of somebody, with everything its console complained about."""

    def __init__(self, site: Site, page: Page) -> None:
        self.site, self.page = site, page
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    async def enter(self, handle: str = "ana") -> None:
        """Open a sign-in link, press its button, wait until the console is live."""
        await self.page.goto(f"{self.site.url}/signin?link={await self.site.link(handle)}")
        await self.page.get_by_role("button", name="Sign in as").click()
        await self.live()

    async def live(self) -> None:
        """Wait until changes arrive by themselves."""
        await self.page.wait_for_selector("#live.on", state="attached")

    async def go(self, path: str) -> None:
        """Open an address of the console."""
        await self.page.goto(self.site.url + path)
        await self.live()

    async def mark(self) -> None:
        """Remember this document, to prove later that it was not loaded again."""
        await self.page.evaluate("window.before = true")

    async def unloaded(self) -> bool:
        """Whether it was loaded again since."""
        return not await self.page.evaluate("window.before === true")

    async def overflow(self) -> int:
        """By how many pixels the page is wider than its window (innerWidth grows with a page)."""
        size = self.page.viewport_size
        wide: int = await self.page.evaluate("document.documentElement.scrollWidth")
        return wide - size["width"] if size else 0


async def window(site: Site, browser: Browser, **size: Any) -> Window:
    """A new window with a cookie jar of its own."""
    context = await browser.new_context(timezone_id="Europe/Berlin", **(size or DESK))
    context.set_default_timeout(10_000)
    return Window(site, await context.new_page())
