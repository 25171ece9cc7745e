"""Nights with the loud channels: a receipt of Pushover, a button of ntfy, a push to a browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from store import contacts, page_tests, pushes
from store.model import IncidentStatus
from tests.channels.night import Night, night
from tests.support.pagers import Browser, FakeNtfy, FakePushover, FakePushService, Standin
from tests.support.world import START

ACKNOWLEDGED, TRIGGERED = IncidentStatus.ACKNOWLEDGED, IncidentStatus.TRIGGERED


def people(channel: str, address: str = "") -> str:
    reach = f"contacts: {{{channel}: {address}}}, " if address else ""
    return f"""
people:
  ana: {{name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin],
        {reach}rules: [{{via: {channel}}}]}}
  omar: {{name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai}}
teams:
  db: {{members: [ana, omar], oncall: ana, lead: omar}}
routes:
  - {{name: db, team: db}}
"""


# Pushover


@pytest.fixture
async def over() -> AsyncIterator[FakePushover]:
    async with FakePushover() as fake:
        yield fake


@pytest.fixture
async def emergency(over: FakePushover, tmp_path: Path) -> AsyncIterator[Night]:
    settings = f'pushover: {{token: "{over.token}", base_url: "{over.url}"}}'
    async with night(tmp_path, people("pushover", over.add_user("A")) + settings) as made:
        yield made


async def test_a_press_on_the_device_is_the_ack(emergency: Night, over: FakePushover) -> None:
    incident = await emergency.world.fires()
    assert over.messages[0].priority == 2
    assert await emergency.world.app.receipts.look() == 0
    over.press()
    assert await emergency.world.app.receipts.look() == 1
    found = await emergency.world.incident(incident)
    assert (found.status, found.holder, found.holder_from) == (ACKNOWLEDGED, "ana", "pushover")
    looks = over.looks
    await emergency.world.app.receipts.look()
    assert over.looks == looks, "an answered one is not asked about again"
    known = await emergency.world.app.reader.read(lambda tx: contacts.of_person(tx, "ana"))
    assert [(c.via, c.worked_at) for c in known] == [("pushover", emergency.world.clock.at)]


async def test_it_stops_ringing_when_somebody_else_has_it(
    emergency: Night, over: FakePushover
) -> None:
    incident = await emergency.world.fires()
    await emergency.world.does("omar", "ack", incident)
    assert over.messages[0].cancelled
    assert await emergency.world.app.receipts.look() == 0 and over.looks == 0


async def test_it_rings_again_at_the_next_pass_and_that_press_counts(
    emergency: Night, over: FakePushover
) -> None:
    incident = await emergency.world.fires()
    over.messages[0].expired = True
    await emergency.world.app.receipts.look()
    await emergency.world.advance(minutes=10)
    over.press(over.messages[-1])
    assert len(over.messages) > 1 and await emergency.world.app.receipts.look() == 1
    assert (await emergency.world.incident(incident)).holder == "ana"


async def test_a_test_page_is_answered_by_its_receipt(emergency: Night, over: FakePushover) -> None:
    await emergency.world.does("ana", "test-page")
    assert over.messages[0].priority == 2 and "Test page" in over.messages[0].title
    over.press()
    assert await emergency.world.app.receipts.look() == 1
    assert await states(emergency) == {"pushover": "works", "email": "rung"}


async def states(night: Night, handle: str = "ana") -> dict[str, str]:
    read = night.world.app.reader.read
    found = await read(lambda tx: page_tests.newest(tx, handle, 0))
    return {way.via: way.state for way in found.ways} if found else {}


# ntfy


@pytest.fixture
async def topics() -> AsyncIterator[FakeNtfy]:
    async with FakeNtfy() as fake:
        yield fake


@pytest.fixture
async def bell(topics: FakeNtfy, tmp_path: Path) -> AsyncIterator[Night]:
    settings = f'ntfy: {{token: "{topics.token}", base_url: "{topics.url}"}}'
    async with night(tmp_path, people("ntfy", "ana-night") + settings) as made:
        yield made


async def test_the_button_on_the_lock_screen_acks_in_her_name(
    bell: Night, topics: FakeNtfy
) -> None:
    incident = await bell.world.fires()
    assert await topics.press("Acknowledge") == 200
    found = await bell.world.incident(incident)
    assert (found.status, found.holder, found.holder_from) == (ACKNOWLEDGED, "ana", "ntfy")


async def test_the_other_button_escalates(bell: Night, topics: FakeNtfy) -> None:
    incident = await bell.world.fires()
    assert await topics.press("Escalate") == 200
    await bell.world.settle()
    found = await bell.world.incident(incident)
    assert (found.status, found.asking) == (TRIGGERED, ("omar",))


async def test_the_button_of_a_test_page_says_that_it_works(bell: Night, topics: FakeNtfy) -> None:
    await bell.world.does("ana", "test-page")
    assert topics.messages[-1]["priority"] == 5
    assert await topics.press("Acknowledge") == 200
    assert await states(bell) == {"ntfy": "works", "email": "rung"}


# Web Push


@pytest.fixture
async def service() -> AsyncIterator[FakePushService]:
    async with FakePushService(START // 1000) as fake:
        yield fake


@pytest.fixture
async def pushed(service: FakePushService, tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path, people("webpush") + 'webpush: {services: ["127.0.0.1"]}') as made:
        yield made


async def subscribe(here: Night, service: FakePushService, handle: str = "ana") -> Browser:
    browser = service.subscribe(await here.world.app.devices.public_key())
    address = json.dumps(browser.subscription())
    actor = here.world.actor(handle, "web")
    await here.world.app.devices.add(actor, address, f"Browser {len(service.browsers)}")
    return browser


async def click(here: Night, shown: dict[str, Any], action: str) -> int:
    """What the service worker does for a button."""
    path = shown[action].removeprefix(here.url)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(base_url=here.url, trust_env=False) as client:
        return (await client.post(path, content="", headers=headers)).status_code


async def test_every_device_of_hers_shows_it_and_one_press_is_the_ack(
    pushed: Night, service: FakePushService
) -> None:
    phone, desk = await subscribe(pushed, service), await subscribe(pushed, service)
    incident = await pushed.world.fires()
    assert service.violations == []
    assert [d.shown[0]["tag"] for d in (phone, desk)] == [str(incident)] * 2
    title = phone.shown[0]["title"]
    assert title.startswith(f"🔴 #{incident} ") and "Disk 94 % full on db-3 · paging you" in title
    assert await click(pushed, phone.shown[0], "acknowledge") == 200
    found = await pushed.world.incident(incident)
    assert (found.holder, found.holder_from) == ("ana", "webpush")
    await pushed.world.settle()
    assert desk.shown[-1]["over"] and desk.shown[-1]["tag"] == str(incident)


async def test_a_browser_that_left_is_forgotten_and_the_next_rule_runs(
    pushed: Night, service: FakePushService
) -> None:
    browser = await subscribe(pushed, service)
    browser.gone = True
    incident = await pushed.world.fires()
    assert await pushed.world.app.devices.of("ana") == []
    assert [h for h, _, _ in pushed.world.mail.pages] == ["omar"], "who follows is asked at once"
    assert "page_failed" in await pushed.world.history(incident)
    await pushed.world.fires("k2", labels={"service": "other"})
    assert "ana" in [h for h, _, _ in pushed.world.mail.pages], "no device: e-mail (E4)"


async def test_one_device_that_left_does_not_fail_the_page(
    pushed: Night, service: FakePushService
) -> None:
    gone, there = await subscribe(pushed, service), await subscribe(pushed, service)
    gone.gone = True
    incident = await pushed.world.fires()
    assert there.shown and "page_failed" not in await pushed.world.history(incident)
    assert [d.name for d in await pushed.world.app.devices.of("ana")] == ["Browser 2"]


async def test_a_test_page_is_answered_by_the_push(pushed: Night, service: FakePushService) -> None:
    browser = await subscribe(pushed, service)
    await pushed.world.does("ana", "test-page")
    assert browser.shown[0]["test"] and not browser.shown[0]["escalate"]
    assert await click(pushed, browser.shown[0], "acknowledge") == 200
    assert await states(pushed) == {"webpush": "works", "email": "rung"}


async def test_who_has_no_rules_is_rung_on_every_device_too(
    pushed: Night, service: FakePushService
) -> None:
    phone = await subscribe(pushed, service, "omar")
    incident = await pushed.world.fires()
    await pushed.world.does("ana", "escalate", incident)
    assert phone.shown[-1]["tag"] == str(incident)
    assert "omar" in [h for h, _, _ in pushed.world.mail.pages]


async def test_the_key_of_the_house_is_made_once_and_kept_sealed(
    pushed: Night, service: FakePushService
) -> None:
    first = await pushed.world.app.devices.public_key()
    await pushed.world.app.devices.close()
    assert await pushed.world.app.devices.public_key() == first
    kept = await pushed.world.app.reader.read(lambda tx: pushes.private_key(tx, lambda: "new"))
    assert kept != "new"


async def test_a_browser_that_changes_hands_rings_for_its_new_owner_only(
    pushed: Night, service: FakePushService
) -> None:
    browser = await subscribe(pushed, service)
    address = json.dumps(browser.subscription())
    omar = pushed.world.actor("omar", "web")
    await pushed.world.app.devices.add(omar, address, "Shared tablet")
    assert await pushed.world.app.devices.of("ana") == []
    assert [d.name for d in await pushed.world.app.devices.of("omar")] == ["Shared tablet"]


# apprise


class Desk(Standin):
    """Takes what apprise posts."""

    def __init__(self) -> None:
        super().__init__()
        self.titles: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/{tail:.*}", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        self.titles.append(str((await request.json())["title"]))
        return web.json_response({})


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Desk() as fake:
        yield fake


@pytest.fixture
async def tail(desk: Desk, tmp_path: Path) -> AsyncIterator[Night]:
    url = desk.url.replace("http://", "json://ana:hunter2hunter2@")
    settings = f"apprise: {{urls: {{night-desk: '{url}/x'}}, timeout: 5}}"
    async with night(tmp_path, people("apprise", "night-desk") + settings) as made:
        yield made


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_the_long_tail_pages_and_says_that_it_is_over(tail: Night, desk: Desk) -> None:
    incident = await tail.world.fires()
    await tail.world.does("omar", "ack", incident)
    await tail.world.clears()
    page, over = desk.titles
    assert page.startswith(f"🔴 #{incident}") and over.startswith(f"✅ #{incident}")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_its_no_makes_the_next_step_come_and_tells_no_secret(tail: Night, desk: Desk) -> None:
    desk.answer_next(401)
    incident = await tail.world.fires()
    assert [h for h, _, _ in tail.world.mail.pages] == ["omar"]
    timeline = (await tail.world.detail(incident)).timeline
    [refused] = [e for e in timeline if e.kind == "page_failed"]
    assert "json:// did not take it" in refused.why and "401" in refused.why
    assert "hunter2" not in " ".join(f"{e.say} {e.why}" for e in timeline)
