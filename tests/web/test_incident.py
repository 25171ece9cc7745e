"""One incident's page: the card's lines and buttons, the whole record, and the thread."""

from __future__ import annotations

import re

from bot.cards.incident import card
from store.model import Link
from tests.web.site import Site, Visitor


def buttons(text: str) -> list[str]:
    """The verbs of the visible buttons, in order."""
    row = text.split('data-live="deeds"')[1].split("<details", maxsplit=1)[0]
    return re.findall(r'id="b-([a-z]+)"', row)


async def test_the_buttons_are_the_cards_in_the_cards_order(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    assert buttons((await ana.get(f"/i/{incident}")).text) == [
        "ack",
        "assign",
        "escalate",
        "resolve",
    ]
    await site.world.does("ana", "ack", incident)
    assert buttons((await ana.get(f"/i/{incident}")).text) == [
        "note",
        "assign",
        "escalate",
        "resolve",
    ]
    drawn = card(
        await site.world.detail(incident),
        site.world.door.definitions(),
        "http://x",
        now=site.world.clock.at,
        threads=True,
    )
    assert [p.token.split(":")[1] for p in drawn.actions.buttons] == [
        "note",
        "assign",
        "escalate",
        "resolve",
    ]
    await site.world.does("ana", "resolve", incident, how="now")
    over = buttons((await ana.get(f"/i/{incident}")).text)
    assert over[:1] == ["note"]
    assert not {"ack", "escalate", "resolve"} & set(over)


async def test_it_says_what_who_since_when_and_what_comes_next(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires(
        description="/var is at 94.2 % of 2.0 TB\nmore", resource="db-3"
    )
    page = (await ana.get(f"/i/{incident}")).words
    assert "Critical New open 0 s, since 03:09 CET" in page
    assert "New, nobody has it. Paging Ana · next Omar at 03:14" in page
    assert "/var is at 94.2 % of 2.0 TB" in page
    assert "also in Slack #ops" in page
    await site.world.does("ana", "ack", incident, surface="discord")
    page = (await ana.get(f"/i/{incident}")).words
    assert "In progress" in page
    assert "Ana has it since 03:09, answered from Discord · paging stopped" in page


async def test_the_firing_value_stays_after_the_resolve(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires(description="94.2 % of 2.0 TB")
    await site.world.does("ana", "resolve", incident, how="now", text="old WAL removed")
    page = (await ana.get(f"/i/{incident}")).words
    assert "Resolved" in page
    assert "old WAL removed" in page
    assert "Fired: 94.2 % of 2.0 TB" in page


async def test_every_line_of_the_record_is_there_with_its_reason(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    await site.world.advance(minutes=6)
    await site.world.does("omar", "ack", incident, surface="slack")
    page = await ana.get(f"/i/{incident}")
    detail = await site.world.detail(incident)
    assert len(detail.timeline) > 5
    for entry in detail.timeline:
        assert entry.say in page.words
        assert entry.why in page.words
    assert page.text.count('<span class="knot">') == len(detail.timeline)


async def test_a_long_record_is_cut_until_it_is_asked_for(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    for n in range(110):
        await site.world.does("ana", "note", incident, text=f"note number {n}")
    page = await ana.get(f"/i/{incident}")
    assert page.text.count('<span class="knot">') == 100
    whole = await ana.get(f"/i/{incident}?tab=timeline&all=1")
    assert whole.text.count('<span class="knot">') == len(
        (await site.world.detail(incident)).timeline
    )
    assert "note number 0" in whole.words


async def test_the_other_tabs_show_alerts_pages_and_what_the_monitor_said(
    site: Site, ana: Visitor
) -> None:
    links = (Link("Runbook", "https://wiki.example.eu/rb"), Link("Bad", "javascript:alert(1)"))
    incident = await site.world.fires("a", links=links, labels={"instance": "db-3"})
    await site.world.fires("b", title="Disk 80 % full on db-4", severity="warning")
    alerts = await ana.get(f"/i/{incident}?tab=alerts")
    assert "Disk 80 % full on db-4" in alerts.words
    assert 'href="https://wiki.example.eu/rb" rel="noopener noreferrer"' in alerts.text
    assert "javascript:" not in alerts.text
    pages = await ana.get(f"/i/{incident}?tab=pages")
    assert "Ana Petrova by Slack message: sent" in pages.words
    raw = await ana.get(f"/i/{incident}?tab=raw")
    assert '"instance": "db-3"' in raw.words.replace("&#34;", '"')
    assert "Timeline" in (await ana.get(f"/i/{incident}?tab=nonsense")).words


async def test_words_stand_in_the_thread_with_their_writer_and_place(
    site: Site, ana: Visitor
) -> None:
    incident = await site.world.fires()
    await site.world.does("omar", "note", incident, surface="discord", text="Old WAL.\nAgain.")
    sent = await ana.does(
        "note", incident, asked="1", text="Running rotate-wal", back=f"/i/{incident}"
    )
    assert (sent.status, sent.location) == (303, f"/i/{incident}")
    page = await ana.get(f"/i/{incident}")
    thread = page.text.split('id="words"')[1].split("</ol>")[0]
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", thread))
    assert "Omar Discord 03:09 Old WAL. Again." in said
    assert "Ana the console 03:09 Running rotate-wal" in said
    await site.world.settle()
    bridged = [words for _, words in site.world.pad.said if "rotate-wal" in words]
    assert len(bridged) == 1
    assert "Ana" in bridged[0]


async def test_an_incident_that_is_none_is_a_page_of_words(ana: Visitor) -> None:
    for text, number in (("/i/99", "99"), ("/i/abc", "abc"), ("/i/99999999999999999999", "9999")):
        page = await ana.get(text)
        assert page.status == 404
        assert f"There is no incident #{number}" in page.words


async def test_where_it_was_merged_into_is_one_press_away(site: Site, ana: Visitor) -> None:
    first = await site.world.fires("a")
    second = await site.world.fires("b", labels={"service": "other"})
    await site.world.does("ana", "merge", second, into=first)
    page = await ana.get(f"/i/{second}")
    assert f'href="/i/{first}"' in page.text
    assert "Merged" in page.words
