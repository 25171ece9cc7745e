"""One page in every form: signed links, what a follow-up has to say, what goes to China."""

from __future__ import annotations

from dataclasses import replace

from bot.links import Links
from bot.pages.message import Page, Pen
from integrations.base import PageMessage
from store.crypto import Ring
from tests.cards.support import BASE, DEFINITIONS, NOW, PEOPLE, Night, new, resolved, taken

LINKS = Links(Ring([bytes(range(32))]), BASE)
PEN = Pen(LINKS, BASE)
PAGE = Page(PEOPLE["ana"], "+4915112345678", "77", "Ana is on call for team db")


def write(night: Night, page: Page = PAGE) -> PageMessage:
    return PEN.incident(night.detail(), DEFINITIONS, page, NOW)


def test_a_page_says_what_a_card_and_the_note_under_it_say() -> None:
    made = write(new())
    assert made.subject == "🔴 #1842 Disk 94 % full on db-3 · paging you · next Omar in 5 min"
    assert made.text.splitlines()[0] == "🔴 CRITICAL · #1842 Disk 94 % full on db-3"
    assert "Why you: Ana is on call for team db." in made.text
    assert (made.incident, made.severity, made.resolved) == (1842, "critical", False)
    assert made.url == f"{BASE}/i/1842"


def test_its_links_act_for_who_was_paged_alone() -> None:
    made = write(new())
    for url, verb in ((made.acknowledge, "ack"), (made.escalate, "escalate")):
        deed = LINKS.read(url.rsplit("/", 1)[1], NOW)
        assert deed is not None and (deed.verb, deed.number, deed.person) == (verb, 1842, "ana")


def test_no_link_goes_to_a_chinese_number() -> None:
    assert "pv.example.eu/i/1842" in write(new()).short
    assert "pv.example.eu" not in write(new(), replace(PAGE, to="+8613800138000")).short


def test_a_follow_up_that_is_no_news_has_no_short_form() -> None:
    made = write(resolved(), replace(PAGE, news=False))
    assert made.short == "" and made.resolved and made.text


def test_a_repeat_says_so_in_every_form() -> None:
    made = write(new(), replace(PAGE, copy=True))
    assert made.copy and "Sent again." in made.short and "Sent once more" in made.text


def test_where_nobody_can_answer_nothing_is_offered() -> None:
    made = write(taken(), replace(PAGE, answers=False))
    assert "Reply" not in made.short and "Press" not in made.spoken
