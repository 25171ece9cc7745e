"""A real Alertmanager's alerts on Slack, Discord and the console at once: acknowledged from each,
seen on all, resolved by the monitor. The chats are strict stand-ins that the real libraries use."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rigs.chats import Cards
from tests.rigs.support import Rig, needs_programs, rig
from tests.support.demo import Demo
from tests.support.discord import Message as DiscordMessage
from tests.support.slack import Message as SlackMessage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CHROMIUM = shutil.which("chromium")
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
)  # fmt: skip
FIRED = ("web-1", "web-2", "web-9", "db-1")


class Night:
    """Everything that runs, and where an incident's card is on each surface."""

    def __init__(self, demo: Demo, real: Rig, page: Any) -> None:
        self.demo, self.real, self.page = demo, real, page
        self._cards = Cards(demo.slack, demo.discord)

    def slack(self, resource: str) -> SlackMessage | None:
        """The card in Slack's #ops-alerts."""
        return self._cards.slack(f"on {resource} ")

    def discord(self, resource: str) -> DiscordMessage | None:
        """The card in Discord's #ops-alerts."""
        return self._cards.discord(f"on {resource} ")

    def says(self, resource: str) -> tuple[str, str]:
        """What the two chats' cards say."""
        return self._cards.says(f"on {resource} ")

    async def everywhere(self, resource: str, words: str, *, seconds: float = 45) -> None:
        """The same words on the cards of both chats and on the incident's page."""
        await until(
            f"{resource}: {words!r} in both chats",
            lambda: all(words in said for said in self.says(resource)),
            lambda: self.says(resource),
            seconds,
        )
        await self.open(resource)
        await self.page.get_by_text(words).first.wait_for(timeout=seconds * 1000)

    async def open(self, resource: str) -> None:
        """The console's page of an incident."""
        await self.page.goto(f"{self.demo.service.url}/?status=all")
        await self.page.get_by_text(f"on {resource} ").first.click()
        await self.page.wait_for_url("**/i/*")


async def until(
    what: str, true: Callable[[], object], shown: Callable[[], object], seconds: float
) -> None:
    """Looks until it is true; fails saying what there is instead."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what}, within {seconds:.0f} s; there is {shown()}"
        await asyncio.sleep(0.1)


@asynccontextmanager
async def browser(link: str) -> AsyncIterator[Any]:
    """A page of a real browser in which Ana is signed in."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        page = await chromium.new_page(viewport={"width": 1280, "height": 900})
        try:
            await page.goto(link)
            await page.get_by_role("button", name="Sign in as Ana").click()
            yield page
        finally:
            await chromium.close()


@asynccontextmanager
async def night(home: Path) -> AsyncIterator[Night]:
    """The service with its chats, a browser, and the real monitors that tell it."""
    async with Demo(estate=False) as demo, browser(demo.service.link) as page:
        started = rig(home, demo.service.intake)
        real = await asyncio.to_thread(started.__enter__)
        try:
            yield Night(demo, real, page)
        finally:
            await asyncio.to_thread(started.__exit__, None, None, None)
        assert demo.slack.violations == []
        assert demo.discord.violations == []


async def test_an_alert_is_acknowledged_from_each_surface_and_seen_on_all(tmp_path: Path) -> None:
    needs_programs()
    if CHROMIUM is None:
        pytest.skip("chromium is not installed here")
    async with night(tmp_path / "rig") as tonight:
        slack, discord, page = tonight.demo.slack, tonight.demo.discord, tonight.page
        await asyncio.to_thread(tonight.real.does, "fire")
        for resource in FIRED:
            await tonight.everywhere(resource, "nobody has it")

        card = tonight.slack("web-1")
        assert card is not None
        await slack.press("Ana Petrova", card, "Acknowledge")
        await tonight.everywhere("web-1", "Ana has it")

        other = tonight.discord("web-2")
        assert other is not None
        await discord.press(discord.user("Omar Haddad"), other, "Acknowledge")
        await tonight.everywhere("web-2", "Omar has it")

        await tonight.open("web-9")
        await page.get_by_role("button", name="Acknowledge").first.click()
        await tonight.everywhere("web-9", "Ana has it")
        await page.screenshot(path=tmp_path / "console.png", full_page=True)

        await tonight.everywhere("db-1", "nobody has it")
        await asyncio.to_thread(tonight.real.does, "resolve")
        for resource in FIRED:
            await tonight.everywhere(resource, "By itself")
        await page.screenshot(path=tmp_path / "resolved.png", full_page=True)
        await page.goto(f"{slack.url}/")
        await page.get_by_text("RESOLVED").first.wait_for()
        await page.screenshot(path=tmp_path / "slack.png", full_page=True)
        await page.goto(f"{discord.url}/")
        await page.get_by_text("RESOLVED").first.wait_for()
        await page.screenshot(path=tmp_path / "discord.png", full_page=True)
