"""The stand-in by hand: a page shows one person's screen; what is done there reaches the app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.cards.model import Form, Input
from bot.slack import SlackSurface
from tests.slack_surface.support import ASSIGN, Desk, card, private
from tests.support.slack import FakeSlack, User

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


class Hand:
    """Somebody at the page, without a browser."""

    def __init__(self, session: aiohttp.ClientSession, url: str, who: User) -> None:
        self._session, self._url, self._who = session, url, who

    async def sees(self) -> dict[str, Any]:
        url = f"{self._url}/viewer/state?user={self._who.id}"
        async with self._session.get(url) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def does(self, what: str, **body: Any) -> tuple[int, dict[str, Any]]:
        url = f"{self._url}/viewer/{what}"
        async with self._session.post(url, json={"user": self._who.id, **body}) as answer:
            return answer.status, await answer.json()

    async def gets(self, path: str) -> int:
        async with self._session.get(f"{self._url}{path}") as answer:
            return answer.status


@pytest.fixture
async def hand(fake: FakeSlack, ana: User) -> AsyncIterator[Hand]:
    async with aiohttp.ClientSession() as session:
        yield Hand(session, fake.url, ana)


async def test_the_page_and_its_parts_are_served_and_nothing_else(hand: Hand) -> None:
    for part in ("", "viewer/viewer.js", "viewer/blocks.js", "viewer/viewer.css"):
        assert await hand.gets(f"/{part}") == 200
    for wrong in ("viewer/routes.py", "viewer/..%2fserver.py", "viewer/nothing.js"):
        assert await hand.gets(f"/{wrong}") == 404


async def test_presses_forms_and_words_go_to_the_app(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, hand: Hand
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    ops = fake.channel("ops")
    aim = {"channel": ops.id, "ts": ops.messages[0].ts}
    assert (await hand.does("do/press", **aim, action="cmd:ack"))[1]["error"] is None
    await hand.does("do/choose", **aim, action="more", option="cmd:why:1842:7")
    assert [call[0] for call in desk.named("press")] == ["cmd:ack:1842:7", "cmd:why:1842:7"]
    desk.answers |= {"press": ASSIGN, "typed": private("Nothing fits.")}
    await hand.does("do/press", **aim, action="cmd:assign")
    [form] = (await hand.sees())["modals"]
    missing = await hand.does("do/submit", view=form["id"], values={"who": None, "note": None})
    assert missing[1]["errors"] == {"who": "Please complete this required field."}
    await hand.does("do/submit", view=form["id"], values={"who": "omar", "note": None})
    assert desk.named("submit")[0][1] == {"who": "omar", "note": ""}
    await hand.does("do/type", channel=ops.id, text="/pv list")
    await hand.does("do/type", channel=ops.id, text="hello", thread=ops.messages[0].ts)
    [place] = [c for c in (await hand.sees())["channels"] if c["name"] == "ops"]
    assert [m["ephemeral"] for m in place["messages"]] == [False, True, False]


async def test_menus_are_searched_by_hand(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, hand: Hand
) -> None:
    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    into = Input("into", "Into", "incident", True)
    desk.answers["press"] = Form("Merge #1842", "cmd:merge:1842:7", (into,), submit="Merge")
    desk.suggestions = [("1840", "#1840 Replica lag")]
    ops = fake.channel("ops")
    await hand.does("do/press", channel=ops.id, ts=ops.messages[0].ts, action="cmd:run")
    [form] = (await hand.sees())["modals"]
    _, found = await hand.does("suggest", view=form["id"], block="into", text="")
    assert [o["text"]["text"] for o in found["options"]] == ["#1840 Replica lag"]


async def test_what_is_gone_is_said(fake: FakeSlack, hand: Hand) -> None:
    ops = fake.channel("ops").id
    status, said = await hand.does("do/press", channel=ops, ts="1", action="x")
    assert (status, said["error"]) == (404, "that message is gone")
    assert (await hand.does("suggest", view="V0", block="x", text=""))[0] == 404


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium is installed")
@pytest.mark.parametrize("width", [1180, 375])
async def test_a_person_reads_presses_and_fills_in(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User, width: int
) -> None:
    from playwright.async_api import async_playwright

    await surface.post("#ops", card(), nonce="v1", maybe_copy=False)
    desk.answers |= {"press": ASSIGN, "typed": private("Nothing fits.")}
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": width, "height": 800})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{fake.url}/?user={ana.id}")
        await page.get_by_text("New, nobody has it.").wait_for()
        await page.get_by_role("button", name="Assign incident 1842").click()
        await page.get_by_role("dialog").get_by_text("Assign #1842").wait_for()
        await page.locator(".field select").select_option("omar")
        await page.locator(".field textarea").fill("please")
        await page.get_by_role("button", name="Assign", exact=True).click()
        await page.get_by_role("dialog").wait_for(state="hidden")
        await page.locator("#line").fill("/pv list")
        await page.locator("#line").press("Enter")
        await page.get_by_text("Nothing fits.").wait_for()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        await browser.close()
    assert faults == []
    assert wide <= width
    assert desk.named("submit")[0][1] == {"who": "omar", "note": "please"}
