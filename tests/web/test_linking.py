"""Somebody unknown in a chat becomes a person by saying so, signed in."""

from __future__ import annotations

from bot.cards.model import Account
from store.model import HOUR, IncidentStatus
from tests.web.markup import Page
from tests.web.site import Site, Visitor

STRANGER = Account("discord", "", "4242", "omar <b>h</b>")


def path(site: Site, account: Account = STRANGER) -> str:
    made = site.world.app.links.account(account, site.world.clock.at)
    return "/link/" + made.split("/link/", 1)[1]


async def press(site: Site, incident: int) -> None:
    token = f"cmd:ack:{incident}:{(await site.world.incident(incident)).rev}"
    await site.world.app.desk.press(token, STRANGER, f"p{token}{site.world.clock.at}")


async def test_a_link_needs_somebody_who_is_signed_in(site: Site) -> None:
    assert (await site.stranger().get(path(site))).status == 401
    assert (await site.stranger().post(path(site), {})).status == 401
    assert site.world.app.identity.known("discord", "4242") is None


async def test_looking_at_it_links_nothing(site: Site, ana: Visitor) -> None:
    page = await ana.get(path(site))
    assert page.status == 200
    assert "Yes, this is Ana Petrova" in page.words
    assert "In Discord, omar &lt;b&gt;h&lt;/b&gt; pressed a button" in page.words
    assert Page(page.text).faults == []
    assert site.world.app.identity.known("discord", "4242") is None


async def test_after_saying_yes_presses_count(site: Site) -> None:
    incident = await site.world.fires()
    await press(site, incident)
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED
    omar = await site.visitor("omar")
    done = await omar.post(path(site), {"csrf": await omar.csrf()})
    assert "This account is yours" in done.words
    await press(site, incident)
    found = await site.world.incident(incident)
    assert (found.holder, found.holder_from) == ("omar", "discord")


async def test_an_account_of_somebody_else_stays_theirs(site: Site, ana: Visitor) -> None:
    omar = await site.visitor("omar")
    await omar.post(path(site), {"csrf": await omar.csrf()})
    answer = await ana.post(path(site), {"csrf": await ana.csrf()})
    assert answer.status == 409
    assert "is Omar Haddad. Nothing was changed." in answer.words
    known = site.world.app.identity.known("discord", "4242")
    assert known is not None and known.handle == "omar"


async def test_another_site_can_not_link(site: Site, ana: Visitor) -> None:
    answer = await ana.post(path(site), {"csrf": "made-up"})
    assert answer.status == 403
    assert site.world.app.identity.known("discord", "4242") is None


async def test_a_link_ends_after_an_hour_and_a_made_up_one_never_began(
    site: Site, ana: Visitor
) -> None:
    old = path(site)
    site.world.clock.at += HOUR + 1
    assert (await ana.get(old)).status == 410
    assert (await ana.get("/link/xyz")).status == 410


async def test_a_link_is_good_once(site: Site) -> None:
    omar, used = await site.visitor("omar"), path(site)
    await omar.post(used, {"csrf": await omar.csrf()})
    await site.world.does("omar", "unlink", what="discord")
    mei = await site.visitor("mei")
    assert (await mei.get(used)).status == 410
    await mei.post(used, {"csrf": await mei.csrf()})
    assert site.world.app.identity.known("discord", "4242") is None


async def test_who_linked_is_told_elsewhere(site: Site) -> None:
    mei = await site.visitor("mei")
    await mei.post(path(site), {"csrf": await mei.csrf()})
    await site.world.settle()
    assert [(to, card.head.title) for to, card in site.world.mail.told] == [
        ("mei", "An account in Discord acts as you now")
    ]
