"""Buttons and forms: every verb of the catalog, through the door, with words kept."""

from __future__ import annotations

import json
import re

from commands.registry import CATALOG
from store.model import IncidentStatus
from tests.web.site import PART, SAME, Site, Visitor


async def press(visitor: Visitor, page: str, verb: str) -> int:
    """Press a button of a page as a browser without JavaScript does."""
    drawn = await visitor.get(page)
    fields = drawn.fields(f"/do/{verb}")
    return (await visitor.post(f"/do/{verb}", fields)).status


async def test_a_press_acts_at_once_and_leads_back(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    assert await press(ana, f"/i/{incident}", "ack") == 303
    found = await site.world.incident(incident)
    assert (found.status, found.holder) == ("acknowledged", "ana")


async def test_the_same_press_sent_twice_counts_once(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    fields = (await ana.get(f"/i/{incident}")).fields("/do/note")
    for _ in range(2):
        sent = await ana.post("/do/note", {**fields, "text": "once"})
        assert (sent.status, sent.location) == (303, f"/i/{incident}")
    assert (await site.world.history(incident)).count("note") == 1


async def test_an_escalation_says_whom_it_wakes_and_what_time_it_is_there(
    site: Site, ana: Visitor
) -> None:
    incident = await site.world.fires()
    await site.world.does("ana", "ack", incident)
    sheet = await ana.get(f"/ask/escalate?incident={incident}")
    assert "Page Omar now? Step 2 of default. It is 06:09 for Omar." in sheet.words
    assert await site.world.status(incident) is IncidentStatus.ACKNOWLEDGED
    site.world.clear()
    sent = await ana.post("/do/escalate", sheet.fields("/do/escalate"))
    assert (sent.status, sent.location) == (303, f"/i/{incident}")
    await site.world.settle()
    assert "omar" in site.world.paged()


async def test_resolving_while_it_fires_asks_what_should_happen(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires(description="94.2 % used")
    sheet = await ana.get(f"/ask/resolve?incident={incident}")
    assert "still fires: 94.2 % used" in sheet.words
    assert 'type="radio" name="how" value="silence_1h"' in sheet.text
    fields = sheet.fields("/do/resolve")
    done = await ana.post("/do/resolve", {**fields, "how": "silence_1h", "text": "known"})
    assert done.status == 303
    found = await site.world.incident(incident)
    assert (found.status, found.summary) == ("resolved", "known")
    assert found.silenced_until is not None


async def test_a_choice_that_is_missing_is_asked_for_with_the_words_kept(
    site: Site, ana: Visitor
) -> None:
    incident = await site.world.fires()
    sent = await ana.does("resolve", incident, asked="1", text="old <WAL> & more")
    assert sent.status == 409
    assert "still fires. Choose how to resolve." in sent.words
    assert "old &lt;WAL&gt; &amp; more</textarea>" in sent.text


async def test_an_error_stands_at_its_field_with_the_words_kept(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    sent = await ana.does("snooze", incident, asked="1", until="sat 25:00", text="because")
    assert sent.status == 422
    at = re.search(r'<input id="f-until"[^>]*>', sent.text)
    assert at
    assert 'value="sat 25:00"' in at[0]
    assert 'aria-invalid="true"' in at[0]
    assert 'aria-describedby="f-until-hint f-until-error"' in at[0]
    assert "sat 25:00 is not a time. Try: sat 20:00, tomorrow 9am, in 2h." in sent.words
    assert "because</textarea>" in sent.text
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED


async def test_a_needed_field_left_empty_is_named(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    sent = await ana.does("assign", incident, asked="1", who="", text="please")
    assert sent.status == 422
    assert "Person or team is needed." in sent.words
    assert "please</textarea>" in sent.text


async def test_people_to_assign_stand_with_their_clocks(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    sheet = await ana.get(f"/ask/assign?incident={incident}")
    options = re.findall(r'<option value="([^"]+)">([^<]+)', sheet.text)
    assert options[0] == ("ana", "Ana Petrova (on call for db, 03:09 there)")
    assert ("omar", "Omar Haddad (06:09 there)") in options
    assert any(value == "team:db" for value, _ in options)
    sent = await ana.post("/do/assign", {**sheet.fields("/do/assign"), "who": "omar"})
    assert sent.status == 303
    assert (await site.world.incident(incident)).assignee == "omar"


async def test_who_loses_a_race_is_told_who_won_where_and_when(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    omar = await site.visitor("omar")
    fields = (await omar.get(f"/i/{incident}")).fields("/do/ack")
    await site.world.does("ana", "ack", incident, surface="discord")
    site.world.clock.at += 4_000
    late = await omar.post("/do/ack", fields)
    assert late.status == 409
    assert "Ana Petrova already has #1: acknowledged in Discord at" in late.words
    assert "4 s before you. Nothing more to do." in late.words
    assert (await site.world.incident(incident)).holder == "ana"
    taken = await omar.post("/do/ack", {**late.fields("/do/ack"), "take": "yes"})
    assert taken.status == 303
    assert (await site.world.incident(incident)).holder == "omar"


async def test_a_late_ack_never_reopens_a_resolved_one(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    fields = (await ana.get(f"/i/{incident}")).fields("/do/ack")
    await site.world.does("omar", "resolve", incident, how="now", surface="slack")
    late = await ana.post("/do/ack", fields)
    assert late.status == 409
    assert "#1 is resolved" in late.words
    assert "Omar Haddad" in late.words
    assert "Take it over" not in late.words
    assert await site.world.status(incident) is IncidentStatus.RESOLVED


async def test_a_form_drawn_before_a_change_asks_to_look_again(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    fields = (await ana.get(f"/ask/escalate?incident={incident}")).fields("/do/escalate")
    await site.world.does("omar", "ack", incident)
    stale = await ana.post("/do/escalate", fields)
    assert stale.status == 409
    assert (await site.world.incident(incident)).holder == "omar"


async def test_who_may_not_is_told_what_is_needed_and_whom_to_ask(site: Site) -> None:
    incident = await site.world.fires()
    mei = await site.visitor("mei")
    assert 'id="b-ack"' in (await mei.get(f"/i/{incident}")).text
    sent = await mei.does("note", incident, asked="1", text="I saw it too")
    assert sent.status == 403
    assert "incident.act" in sent.words
    assert "you are viewer" in sent.words
    assert "Ana Petrova and Omar Haddad can." in sent.words
    assert "I saw it too" in sent.words
    assert "denied" in await site.world.history(incident)


async def test_every_verb_of_the_catalog_can_be_asked_for(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    wrong = []
    for verb in sorted(CATALOG):
        about = f"?incident={incident}" if CATALOG[verb].about == "incident" else ""
        page = await ana.get(f"/ask/{verb}{about}")
        acts = CATALOG[verb].query or f'action="/do/{verb}"' in page.text
        if page.status not in {200, 303, 422} or not acts:
            wrong.append((verb, page.status))
    assert not wrong


async def test_a_verb_without_a_button_stands_under_more(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    page = await ana.get(f"/i/{incident}")
    for verb in ("tag", "untag", "quiet", "merge", "why"):
        assert f'href="/ask/{verb}?incident={incident}"' in page.text
    sent = await ana.does("tag", incident, asked="1", tags="vendor, network")
    assert sent.status == 303
    assert "#vendor" in (await ana.get(f"/i/{incident}")).words.replace("# ", "#")


async def test_unknown_verbs_and_numbers_are_words_not_faults(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    for answer in (
        await ana.does("destroy", incident),
        await ana.does("ack", 99),
        await ana.get("/ask/destroy?incident=1"),
        await ana.get("/ask/ack?incident=99"),
    ):
        assert answer.status == 404
    for text in ("", "x", "-1", "9" * 40, "1' or 1=1"):
        sent = await ana.post("/do/ack", {"csrf": await ana.csrf(), "incident": text})
        assert sent.status in {404, 422}
    assert await site.world.status(incident) is IncidentStatus.TRIGGERED


# for the script of the page


async def part(visitor: Visitor, path: str, **values: str) -> tuple[int, dict[str, str]]:
    """The same as a script sends it, and its JSON."""
    given = {"csrf": await visitor.csrf(), **values}
    sent = await visitor.post(path, given, {**SAME, **PART})
    return sent.status, json.loads(sent.text)


async def test_a_script_is_told_in_words_or_gets_a_sheet(site: Site, ana: Visitor) -> None:
    incident = str(await site.world.fires())
    status, body = await part(ana, "/do/snooze", incident=incident, asked="1", until="never")
    assert (status, body["title"]) == (422, "Snooze #1")
    assert "never is not a time" in body["html"]
    assert "<html" not in body["html"]
    assert await part(ana, "/do/ack", incident=incident) == (
        200,
        {"say": "You have #1. Paging stopped."},
    )
    omar = await site.visitor("omar")
    status, body = await part(omar, "/do/ack", incident=incident)
    assert (status, body["title"]) == (409, "Somebody was first")
    mei = await site.visitor("mei")
    status, body = await part(mei, "/do/ack", incident=incident)
    assert (status, body["title"]) == (403, "You can't do that")
    status, body = await part(ana, "/do/ack", incident="99")
    assert (status, body["title"]) == (404, "Not found")


async def test_a_sheet_for_a_script_has_no_page_around_it(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    found = json.loads((await ana.get(f"/ask/escalate?incident={incident}", **PART)).text)
    assert found["title"] == "Page Omar now?"
    assert found["html"].count("<form") == 1
    assert json.loads((await ana.get(f"/ask/show?incident={incident}", **PART)).text) == {
        "go": f"/i/{incident}"
    }
