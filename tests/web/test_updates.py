"""The links of update mails: looking does nothing, pressing does, and a mail program may press."""

from __future__ import annotations

from store import stakeholders as rows
from store.model import DAY
from store.model.stakeholder import Subject, Subscription
from tests.web.site import Site

LINK = "/updates/"


async def kept(site: Site, *, confirmed: bool) -> Subscription:
    """An address that follows team db, or was asked whether it wants to."""
    world = site.world
    one = Subscription(
        0, Subject("team", "db"), "mail:boss@example.org", world.clock.at, confirmed=confirmed
    )
    return await world.door.system(lambda ctx: rows.put(ctx.tx, one))


async def there(site: Site) -> list[Subscription]:
    """What is subscribed to now."""
    return await site.world.app.reader.read(rows.every)


def path(site: Site, deed: str, number: int) -> str:
    """The path of a link."""
    links = site.world.app.links
    url = links.subscription(deed, number, site.world.clock.at)
    return LINK + url.partition(LINK)[2]


async def test_an_address_says_yes_by_a_press_and_not_by_a_look(site: Site) -> None:
    one = await kept(site, confirmed=False)
    stranger, link = site.stranger(), path(site, "confirm", one.id)
    page = await stranger.get(link)
    assert "This address would get updates of team db" in page.words
    assert "boss" not in page.text
    assert [s.confirmed for s in await there(site)] == [False]
    answer = await stranger.post(link, {}, {})
    assert "gets updates of team db" in answer.words
    assert [s.confirmed for s in await there(site)] == [True]
    assert "Set-Cookie" not in answer.headers


async def test_a_mail_program_ends_it_in_one_click_and_again_is_the_same(site: Site) -> None:
    one = await kept(site, confirmed=True)
    stranger, link = site.stranger(), path(site, "leave", one.id)
    assert "No more updates?" in (await stranger.get(link)).words
    assert len(await there(site)) == 1
    for _ in range(2):
        answer = await stranger.post(link, {"List-Unsubscribe": "One-Click"}, {})
        assert answer.status == 200
        assert "No more updates come" in answer.words
    assert await there(site) == []


async def test_a_question_is_open_for_three_days_and_a_way_out_for_years(site: Site) -> None:
    one = await kept(site, confirmed=False)
    ask, leave = path(site, "confirm", one.id), path(site, "leave", one.id)
    site.world.clock.at += 4 * DAY
    stranger = site.stranger()
    assert (await stranger.get(ask)).status == 410
    assert (await stranger.post(ask, {}, {})).status == 410
    assert [s.confirmed for s in await there(site)] == [False]
    site.world.clock.at += 700 * DAY
    assert (await stranger.get(leave)).status == 200


async def test_a_link_of_somebody_else_does_nothing(site: Site) -> None:
    one = await kept(site, confirmed=True)
    stranger, link = site.stranger(), path(site, "leave", one.id)
    for wrong in (f"{link[:-4]}AAAA", f"{LINK}{'A' * 40}", f"{LINK}x"):
        assert (await stranger.post(wrong, {}, {})).status == 410
    mac = link.removeprefix(LINK)
    deed = site.world.app.links.make("ack", 1, "ana", site.world.clock.at).rpartition("/")[2]
    assert (await stranger.post(f"{LINK}{deed}", {}, {})).status == 410
    assert (await stranger.get(f"/l/{mac}")).status == 410
    assert len(await there(site)) == 1
