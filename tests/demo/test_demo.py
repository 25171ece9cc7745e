"""`make demo`: an alert is seen in both chats, the console and the mail, each can answer it, and
the others show it."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, async_playwright

from tests.support.demo import Demo, story
from tests.support.demo.service import ROOT, free_or_any
from tests.support.demo.settings import NUMBERS
from tests.support.discord import Message as DiscordMessage
from tests.support.slack import Message as SlackMessage
from tests.support.slack import visible_text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
MOMENT = 15.0


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with Demo() as one:
        yield one
        assert one.slack.violations == []
        assert one.discord.violations == []


@pytest.fixture
async def console(demo: Demo) -> AsyncIterator[Page]:
    """Ana at the console, in a real browser."""
    if CHROMIUM is None:
        pytest.skip("NOTICE: no chromium on this machine, so nobody looks at the console")
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        await page.goto(demo.service.link)
        await page.get_by_role("button", name="Sign in as Ana").click()
        yield page
        await browser.close()


async def fires(demo: Demo, name: str) -> int:
    """A critical alert of a service of its own; its incident."""
    labels = story.DISK | {"service": name, "instance": name, "alertname": f"Disk{name}"}
    said = await demo.fire(story.body(labels))
    return int(said["incident_id"])


def slack_card(demo: Demo, incident: int) -> SlackMessage | None:
    """The incident's card in Slack's #ops-alerts."""
    there = demo.slack.channel("ops-alerts").messages
    return next((m for m in there if f"#{incident} " in m.text and not is_reply(m)), None)


def is_reply(message: SlackMessage) -> bool:
    """Whether it stands in a thread; the message a thread hangs on does not."""
    return message.thread_ts not in (None, "", message.ts)


def discord_card(demo: Demo, incident: int) -> DiscordMessage | None:
    """The incident's card in Discord's #ops-alerts, once it is one."""
    there = demo.discord.channel("ops-alerts").public
    found = (m for m in there if f"#{incident} " in demo.discord.visible_text(m) and m.is_v2)
    return next(found, None)


def shows(demo: Demo, incident: int, words: str) -> Callable[[], bool]:
    """Whether both chats' cards show these words."""

    def there() -> bool:
        first, second = slack_card(demo, incident), discord_card(demo, incident)
        return (
            first is not None and words in visible_text(first)
            and second is not None and words in demo.discord.visible_text(second)
        )  # fmt: skip

    return there


async def until(demo: Demo, true: Callable[[], object]) -> None:
    """Waits for either chat to change until it is true."""
    async with asyncio.timeout(MOMENT):
        while not true():
            try:
                await demo.discord.until(true, 0.2)
            except TimeoutError:
                continue


async def test_one_alert_is_answered_from_each_place_and_seen_in_all(
    demo: Demo, console: Page
) -> None:
    first, second, third = [await fires(demo, name) for name in ("db-1", "db-2", "db-3")]
    for incident in (first, second, third):
        await until(demo, shows(demo, incident, "New, nobody has it."))

    in_slack = slack_card(demo, first)
    assert in_slack is not None
    await demo.slack.press("Ana Petrova", in_slack, "Acknowledge")
    await until(demo, shows(demo, first, "Ana has it"))
    assert "answered from Slack" in demo.discord.visible_text(_known(discord_card(demo, first)))

    omar = demo.discord.user("Omar Haddad")
    seen = await demo.discord.press(omar, _known(discord_card(demo, second)), "Acknowledge")
    assert seen.kind == "deferred"
    await until(demo, shows(demo, second, "Omar has it"))

    await console.goto(f"{demo.service.url}/i/{third}")
    await console.get_by_role("button", name="Acknowledge").first.click()
    await console.get_by_text("Ana has it").first.wait_for()
    await until(demo, shows(demo, third, "Ana has it"))

    for incident, who in ((first, "Ana"), (second, "Omar")):
        await console.goto(f"{demo.service.url}/i/{incident}")
        await console.get_by_text(f"{who} has it").first.wait_for()


async def test_pages_come_by_both_chats_and_by_mail(demo: Demo) -> None:
    incident = await fires(demo, "db-1")
    ana = demo.discord.user("Ana Petrova")
    await until(demo, lambda: demo.discord.dms(ana).public)
    await until(demo, lambda: demo.slack.dm("Ana Petrova").messages)
    await until(demo, lambda: demo.mail.mails)
    [mail] = demo.mail.mails
    assert (mail.to, f"#{incident} " in mail.subject) == ("ana@example.eu", True)
    assert "Acknowledge" in mail.part("plain") and "Acknowledge" in mail.part("html")
    async with aiohttp.ClientSession() as session:
        async with session.get(demo.mail.url) as page:
            assert f"#{incident} " in await page.text()
        async with session.get(f"{demo.mail.url}/1") as page:
            assert "sandbox" in page.headers["Content-Security-Policy"]


async def test_a_page_by_sms_is_answered_by_sms(demo: Demo) -> None:
    incident = await fires(demo, "db-1")
    ana = demo.phones.phone(NUMBERS["ana"])
    async with asyncio.timeout(MOMENT):
        while not ana.inbox:
            await asyncio.sleep(0.05)
    assert ana.inbox[0].startswith(f"CRIT {incident} ")
    assert await ana.texts("1") == [f"Ack {incident} done."]
    await until(demo, shows(demo, incident, "answered by SMS"))
    assert demo.phones.violations == []


async def test_the_story_leaves_two_open_and_one_that_got_well(demo: Demo) -> None:
    await story.tell(demo.fire, pause=0.2)
    ops = demo.discord.channel("ops-alerts")
    text = demo.discord.visible_text
    await until(demo, lambda: sum("RESOLVED" in text(m) for m in ops.public) == 1)
    await until(demo, lambda: sum("New, nobody has it" in text(m) for m in ops.public) == 2)
    await until(demo, lambda: any("2 alerts" in text(m) for m in ops.public))
    assert any("97.4 % of 2.0 TB" in text(m) for m in ops.public)


async def _started(*more: str) -> asyncio.subprocess.Process:
    ports = [f"--{name}port=0" for name in ("", "slack-", "discord-", "mail-")]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.demo", *ports, *more,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_it_says_where_to_look_and_ends_after_its_seconds() -> None:
    process = await _started("--seconds", "1", "--no-story")
    out, err = await process.communicate()
    said = out.decode()
    assert (process.returncode, err.decode()) == (0, "")
    for words in ("Console   http://127.0.0.1:", "/signin?link=", "Slack     http://127.0.0.1:",
                  "Discord   http://127.0.0.1:", "Mail      http://127.0.0.1:", "curl -X POST",
                  "Over: 0 mails"):  # fmt: skip
        assert words in said


def test_a_port_that_is_taken_is_not_insisted_on() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_or_any(port) != port


async def test_ctrl_c_ends_it_cleanly() -> None:
    process = await _started()
    assert process.stdout is not None
    async for line in process.stdout:
        if b"Ctrl-C ends everything" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, err.decode()) == (0, "")
    assert "Over:" in out.decode()


def _known(found: Any) -> Any:
    assert found is not None
    return found
