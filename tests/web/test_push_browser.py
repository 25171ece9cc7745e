"""A real Chromium takes a push: the worker shows it, and its button is the ack.

No push service can be reached from a test, so the browser is handed the message itself; what a
push service does with it is tested apart.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from integrations.webpush import payload
from store.model import IncidentStatus
from tests.channels.messages import message
from tests.web.browser import DESK, PHONE, launched, window
from tests.web.site import Site

pytestmark = pytest.mark.slow

SHOWN = """async () => {
  const known = await navigator.serviceWorker.getRegistration("/");
  return (await known.getNotifications()).map((n) => ({
    title: n.title, tag: n.tag, stays: n.requireInteraction, silent: n.silent,
    actions: (n.actions || []).map((a) => a.title),
  }));
}"""
PRESS = """async (action) => {
  const [notification] = await self.registration.getNotifications();
  const waits = [];
  const event = new NotificationEvent("notificationclick", { notification, action });
  event.waitUntil = (promise) => waits.push(promise);
  self.dispatchEvent(event);
}"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium."""
    async with launched() as made:
        yield made


async def until(look: Any, wanted: Any) -> Any:
    """What a look gives, once it is as wanted."""
    for _ in range(100):
        found = await look()
        if wanted(found):
            return found
        await expect_nothing()
    raise AssertionError(f"it stays {found}")


async def expect_nothing() -> None:
    import asyncio

    await asyncio.sleep(0.05)


async def test_a_push_is_shown_with_buttons_and_its_press_is_the_ack(
    site: Site, browser: Browser
) -> None:
    w = await window(site, browser, **DESK)
    page = w.page
    await page.context.grant_permissions(["notifications"], origin=site.url)
    await w.enter()
    incident = await site.world.fires()
    await page.evaluate("navigator.serviceWorker.register('/sw.js', { scope: '/' })")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    control = await page.context.new_cdp_session(page)
    registered: list[str] = []
    control.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(r["registrationId"] for r in event["registrations"]),
    )
    await control.send("ServiceWorker.enable")

    async def deliver(words: bytes) -> None:
        await until(lambda: _now(registered), bool)
        await control.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": site.url, "registrationId": registered[-1], "data": words.decode()},
        )

    link = site.world.app.links.make("ack", incident, "omar", site.world.clock.at, "webpush")
    path = f"{site.url}/l/{link.split('/l/', 1)[1]}"
    shown = message(incident=incident, acknowledge=path, escalate=path, url=f"{site.url}/")
    await deliver(payload(shown, False))
    [seen] = await until(lambda: page.evaluate(SHOWN), bool)
    assert seen["title"] == shown.subject and seen["tag"] == str(incident)
    assert seen["stays"] and not seen["silent"]
    assert seen["actions"] == ["Acknowledge", "Escalate"]

    worker = page.context.service_workers[0]
    await worker.evaluate(PRESS, "acknowledge")

    async def status() -> IncidentStatus:
        return await site.world.status(incident)

    await until(status, lambda found: found is IncidentStatus.ACKNOWLEDGED)
    found = await site.world.incident(incident)
    assert (found.holder, found.holder_from) == ("omar", "webpush")
    told = await until(
        lambda: page.evaluate(SHOWN),
        lambda seen: seen and seen[0]["title"].startswith("Acknowledged"),
    )
    assert [one["silent"] for one in told] == [True]

    over = message(incident=incident, subject=f"✅ #{incident} resolved by Omar")
    await deliver(payload(over, True))
    [last] = await until(
        lambda: page.evaluate(SHOWN), lambda seen: seen and seen[0]["title"].startswith("✅")
    )
    assert (last["silent"], last["stays"], last["actions"]) == (True, False, [])
    assert w.complaints == []


async def _now(values: list[str]) -> list[str]:
    return values


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_page_about_oneself_fits_and_says_why_a_device_can_not_ring(
    site: Site, browser: Browser, size: dict[str, Any]
) -> None:
    w = await window(site, browser, **size)
    await w.enter()
    await w.page.goto(f"{site.url}/me")
    await w.live()
    await expect(w.page.get_by_role("button", name="Test my pages")).to_be_visible()
    await expect(w.page.get_by_role("button", name="Ring this device")).to_be_visible()
    assert await w.overflow() <= 0
    await w.page.get_by_role("button", name="Test my pages").click()
    await expect(w.page.locator("#say")).to_contain_text("Ringing your contacts")
    assert json.dumps(w.complaints) == "[]"
