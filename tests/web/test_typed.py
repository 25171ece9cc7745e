"""One line for everything: a number opens, a verb runs, anything else filters."""

from __future__ import annotations

import json

from bot.web.posts import is_command
from store.model import IncidentStatus
from tests.support.each import each
from tests.web.site import Site, Visitor


@each(
    ("text", "url"),
    [
        ("1842", "/i/1842"),
        ("#1842", "/i/1842"),
        ("critical nobody", "/?severity=critical&who=nobody"),
        ("team db host=db-3", "/?team=db&label=host%3Ddb-3"),
        ("disk full", "/?q=disk+full"),
        ("critical,error group by service", "/?severity=critical%2Cerror&group=service"),
        ("host!=db-3 sort=oldest", "/?filter=host%21%3Ddb-3&sort=oldest"),
        ("severity=loud", "/?filter=severity%3Dloud"),
        ("resolved", "/?status=resolved"),
        ("", "/"),
    ],
)
async def test_numbers_open_and_words_filter(ana: Visitor, text: str, url: str) -> None:
    sent = await ana.types(text)
    assert sent.status == 303
    assert sorted(sent.location.replace("/?", "").split("&")) == sorted(
        url.replace("/?", "").split("&")
    )


async def test_a_verb_runs(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    sent = await ana.types(f"ack {incident}", back=f"/i/{incident}")
    assert (sent.status, sent.location) == (303, f"/i/{incident}")
    assert await site.world.status(incident) is IncidentStatus.ACKNOWLEDGED


async def test_on_an_incidents_page_the_number_may_be_left_out(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    sent = await ana.types("note archive target was full", incident=str(incident))
    assert sent.status == 303
    assert "note" in await site.world.history(incident)


async def test_a_query_answers_in_words_and_show_opens(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    why = await ana.types(f"why {incident}")
    assert "Route db because team=db" in why.words
    listed = await ana.types("list critical since 2h")
    assert listed.location == "/?severity=critical&filter=since%3D2h"
    assert "Disk 94 % full on db-3" in (await ana.get(listed.location)).words
    assert (await ana.types(f"show {incident}")).location == f"/i/{incident}"
    assert "ack" in (await ana.types("help")).words


async def test_a_verb_that_needs_more_brings_its_form(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    form = await ana.types(f"resolve {incident}")
    assert 'name="how" value="when_clear"' in form.text
    assert f'name="incident" value="{incident}"' in form.text
    assert 'name="who"' in (await ana.types(f"assign {incident}")).text


async def test_a_misspelt_verb_before_a_number_is_not_taken_for_a_filter(
    site: Site, ana: Visitor
) -> None:
    await site.world.fires()
    sent = await ana.types("resolv 1")
    assert "No command resolv. Did you mean resolve?" in sent.words
    sent = await ana.types("acknowlege 1")
    assert "No command acknowlege. Did you mean ack?" in sent.words
    assert not is_command("disk 94 % full")
    assert not is_command("node 12")
    assert not is_command("critical")


async def test_a_typed_refusal_says_why(site: Site) -> None:
    incident = await site.world.fires()
    mei = await site.visitor("mei")
    assert "incident.act" in (await mei.types(f"ack {incident}")).words
    assert "There is no incident #99" in (await mei.types("show 99")).words


async def suggestions(ana: Visitor, text: str) -> list[dict[str, str]]:
    """What the palette offers."""
    answer = await ana.get("/suggest?q=" + text.replace(" ", "%20").replace("#", "%23"))
    found: list[dict[str, str]] = json.loads(answer.text)
    return found


async def test_the_palette_offers_incidents_commands_and_filters(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    await site.world.fires("b", title="Load 31", labels={"service": "x"}, severity="warning")
    first = await suggestions(ana, "disk")
    assert first[0] == {
        "go": f"/i/{incident}",
        "title": f"#{incident} Disk 94 % full on db-3",
        "hint": "Open",
    }
    assert first[-1]["title"] == "Filter by disk"
    assert (await suggestions(ana, "esc"))[0]["line"] == "escalate"
    acks = await suggestions(ana, "ack")
    assert [s["line"] for s in acks] == [f"ack {incident}", "ack 2"]
    assigned = await suggestions(ana, "assign 1 om")
    assert "assign 1 omar" in [s["line"] for s in assigned]
    assert len(await suggestions(ana, "")) <= 8
