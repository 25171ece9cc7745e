"""The page about oneself: contacts, devices that ring, our numbers; and the console's worker."""

from __future__ import annotations

import json

from store import page_tests
from tests.support.each import each
from tests.support.pagers import Browser
from tests.web.markup import Page
from tests.web.site import PART, SAME, Answer, Site, Visitor

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


def subscription(endpoint: str = ENDPOINT) -> str:
    return json.dumps(Browser(endpoint).subscription())


async def asks(visitor: Visitor, path: str, **values: str) -> Answer:
    """A POST of the console's own script."""
    fields = {"csrf": await visitor.csrf(), **values}
    return await visitor.post(path, fields, {**PART, **SAME})


async def test_it_tells_how_one_is_reached(site: Site) -> None:
    page = await (await site.visitor()).get("/me")
    assert page.status == 200
    assert "Slack never tested" in page.words and "E-mail ana@example.eu never tested" in page.words
    assert "None yet. A page then shows on the lock screen" in page.words
    assert Page(page.text).faults == []


async def test_a_contact_that_answered_says_when(site: Site) -> None:
    incident = await site.world.fires()
    await site.world.press("U0ANA", f"cmd:ack:{incident}:1")
    page = await (await site.visitor()).get("/me")
    assert "Slack worked 0 s ago" in page.words


async def test_a_contact_that_stayed_silent_in_a_test_says_so(site: Site) -> None:
    await site.world.does("ana", "test-page")
    await site.world.advance(minutes=6)
    page = await (await site.visitor()).get("/me")
    assert "rang 6 min ago, no answer" in page.words and "never tested" not in page.words


async def test_a_device_is_added_and_removed_by_its_owner(site: Site) -> None:
    ana, omar = await site.visitor(), await site.visitor("omar")
    added = await asks(ana, "/me/devices", address=subscription(), name="Firefox on <Linux>")
    assert (added.status, json.loads(added.text)["say"]) == (
        200, "Firefox on <Linux> rings from now on.",
    )  # fmt: skip
    page = await ana.get("/me")
    assert "Firefox on &lt;Linux&gt;" in page.text and "Web push 1 device" in page.words
    [device] = await site.world.app.devices.of("ana")
    await asks(omar, f"/me/devices/{device.id}/remove")
    assert len(await site.world.app.devices.of("ana")) == 1
    await asks(ana, f"/me/devices/{device.id}/remove")
    assert await site.world.app.devices.of("ana") == []


@each(
    "address",
    [
        "",
        "{}",
        "x" * 3_000,
        subscription("https://evil.example/x"),
        subscription("http://10.0.0.1/"),
    ],
)
async def test_what_is_no_subscription_is_refused(site: Site, address: str) -> None:
    ana = await site.visitor()
    refused = await asks(ana, "/me/devices", address=address, name="x")
    assert refused.status == 422
    assert await site.world.app.devices.of("ana") == []


async def test_only_who_is_signed_in_gets_there(site: Site) -> None:
    stranger = site.stranger()
    for path in ("/me", "/me/key", "/contact.vcf"):
        assert (await stranger.get(path)).status == 401
    assert (await stranger.post("/me/devices", {"address": subscription()})).status == 401


async def test_a_device_is_not_added_from_another_page(site: Site) -> None:
    ana = await site.visitor()
    foreign = await ana.post("/me/devices", {"address": subscription(), "csrf": "guessed"})
    assert foreign.status == 403 and await site.world.app.devices.of("ana") == []


async def test_the_key_is_that_of_this_house(site: Site) -> None:
    found = json.loads((await (await site.visitor()).get("/me/key")).text)
    assert found == {"key": await site.world.app.devices.public_key()}


async def test_our_contact_is_a_vcard(site: Site) -> None:
    card = await (await site.visitor()).get("/contact.vcf")
    assert card.headers["Content-Type"] == "text/vcard; charset=utf-8"
    lines = card.text.splitlines()
    assert (lines[0], lines[-1]) == ("BEGIN:VCARD", "END:VCARD")
    assert "FN:PixelView" in lines


async def test_the_worker_stands_at_the_root_under_a_strict_policy(site: Site) -> None:
    worker = await site.stranger().get("/sw.js")
    assert worker.status == 200 and "showNotification" in worker.text
    assert (
        worker.headers["Content-Security-Policy"]
        == "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
    )
    assert worker.headers["Content-Type"].startswith("text/javascript")


async def test_the_console_can_be_installed(site: Site) -> None:
    found = json.loads((await site.stranger().get("/manifest.webmanifest")).text)
    assert (found["display"], found["start_url"]) == ("standalone", "/")
    async with site.stranger().session.get(site.url + found["icons"][0]["src"]) as icon:
        assert (icon.status, icon.content_type) == (200, "image/png")
    page = await (await site.visitor()).get("/")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page.text


async def test_all_contacts_are_rung_from_there(site: Site) -> None:
    ana = await site.visitor()
    fields = (await ana.get("/me")).fields("/do/test-page")
    done = await ana.post("/do/test-page", fields)
    assert (done.status, done.location) == (303, "/me")
    await site.world.settle()
    assert [account for account, _ in site.world.pad.pages] == ["U0ANA"]


async def test_the_link_of_a_test_page_shows_what_it_says_and_its_button_says_it(
    site: Site,
) -> None:
    await site.world.does("ana", "test-page")
    test = await site.world.app.reader.read(lambda tx: page_tests.newest(tx, "ana", 0))
    assert test is not None
    link = site.world.app.links.make("it-works", test.id, "ana", site.world.clock.at)
    path = "/l/" + link.split("/l/", 1)[1]
    stranger = site.stranger()
    page = await stranger.get(path)
    assert "It works as Ana" in page.words and "Test page" in page.words
    assert Page(page.text).faults == []
    done = await stranger.post(path, {})
    assert (done.status, "E-mail works." in done.words) == (200, True)
    again = await site.world.app.reader.read(lambda tx: page_tests.get(tx, test.id))
    assert again is not None
    assert {w.via: w.state for w in again.ways} == {"slack": "rung", "email": "works"}
