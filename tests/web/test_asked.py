"""What the palette asks back: forms of questions, choices of what may be meant, a word before
somebody is woken."""

from __future__ import annotations

import re

from tests.web.site import Site, Visitor


async def test_a_question_that_needs_words_is_filled_in(site: Site, ana: Visitor) -> None:
    await site.world.fires()
    form = await ana.types("why")
    assert 'action="/do/why"' in form.text and 'name="incident"' in form.text
    answer = await ana.does("why", 1, asked="1")
    assert "Route db" in answer.words


async def test_what_may_be_meant_is_pressed(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    asked = await ana.types(f"snooze {incident} 03/04 9:00")
    assert "Which day is 03/04?" in asked.words and "4 mar 9:00" in asked.words
    fields = dict(re.findall(r'name="(until|incident)" value="([^"]*)"', asked.text))
    assert fields == {"incident": str(incident), "until": "4 mar 9:00"}
    await ana.does("snooze", incident, until=fields["until"], asked="1")
    assert (await site.world.incident(incident)).snoozed_until == 1_804_147_200_000


async def test_an_escalation_says_whom_it_wakes_before_it_does(site: Site, ana: Visitor) -> None:
    incident = await site.world.fires()
    asked = await ana.types(f"escalate {incident}")
    assert "Page Omar now?" in asked.words and "It is 06:09 for Omar." in asked.words
    rev = re.search(r'name="rev" value="(\d+)"', asked.text)
    assert (await site.world.incident(incident)).step == 0
    assert rev is not None
    await ana.does("escalate", incident, asked="1", rev=rev[1])
    assert (await site.world.incident(incident)).step == 1


async def test_the_help_of_a_command_opens_its_form(site: Site, ana: Visitor) -> None:
    helped = await ana.types("help override")
    assert "&gt; override [how] &lt;who&gt;" in helped.text
    assert 'href="/ask/override?' in helped.text
    form = await ana.get("/ask/override?")
    assert 'action="/do/override"' in form.text
