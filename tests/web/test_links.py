"""The links of an e-mail: looking does nothing, the button acts in that person's name."""

from __future__ import annotations

import pytest

from store.model import IncidentStatus
from tests.web.markup import Page
from tests.web.site import Site


def address(site: Site, verb: str, incident: int, person: str) -> str:
    """The path of a signed link."""
    made = site.world.app.links.make(verb, incident, person, site.world.clock.at)
    return "/l/" + made.split("/l/", 1)[1]


async def test_looking_at_a_link_does_nothing(site: Site) -> None:
    incident = await site.world.fires(title="Disk <b> full")
    path = address(site, "ack", incident, "omar")
    for _ in range(2):
        page = await site.stranger().get(path)
        assert page.status == 200
        assert "Acknowledge as Omar" in page.words
        assert "Disk &lt;b&gt; full" in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert Page(page.text).faults == []
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED


async def test_its_button_acts_from_e_mail_in_that_persons_name(site: Site) -> None:
    incident = await site.world.fires()
    path = address(site, "ack", incident, "omar")
    stranger = site.stranger()
    done = await stranger.post(path, {})
    assert done.status == 200
    assert f"You have #{incident}. Paging stopped." in done.words
    found = await site.world.incident(incident)
    assert (found.holder, found.holder_from) == ("omar", "email")
    assert (await stranger.get("/")).status == 401


async def test_who_comes_late_is_told_who_was_first(site: Site) -> None:
    incident = await site.world.fires()
    path = address(site, "ack", incident, "omar")
    await site.world.does("ana", "ack", incident, surface="discord")
    late = await site.stranger().post(path, {})
    assert late.status == 409
    assert "Ana Petrova already has" in late.words


async def test_escalating_by_mail_pages_the_next(site: Site) -> None:
    incident = await site.world.fires()
    site.world.clear()
    done = await site.stranger().post(address(site, "escalate", incident, "ana"), {"key": "k"})
    assert done.status == 200
    await site.world.settle()
    assert "omar" in site.world.paged()


async def test_an_old_or_changed_link_does_nothing(site: Site) -> None:
    incident = await site.world.fires()
    good = address(site, "ack", incident, "omar")
    other = address(site, "resolve", incident, "ana")
    middle = len(good) // 2
    bad = [
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :],
        "/l/" + other[3:30] + good[30:],
        "/l/x",
        "/l/%00%ff",
        address(site, "ack", 99, "omar"),
        address(site, "ack", incident, "nobody"),
        address(site, "why", incident, "omar"),
    ]
    for path in bad:
        for answer in (await site.stranger().get(path), await site.stranger().post(path, {})):
            assert answer.status == 410
            assert "Nothing was done" in answer.words
    site.world.clock.at += 86_400_001
    assert (await site.stranger().post(good, {})).status == 410
    assert (await site.world.incident(incident)).holder is None


@pytest.mark.parametrize("person", ["mei"])
async def test_a_link_gives_nobody_a_permission(site: Site, person: str) -> None:
    incident = await site.world.fires()
    answer = await site.stranger().post(address(site, "ack", incident, person), {})
    assert answer.status == 403
    assert "incident.act" in answer.words
    assert (await site.world.incident(incident)).holder is None
