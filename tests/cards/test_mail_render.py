"""A page as an e-mail."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser

import pytest

from bot.cards import notes
from bot.cards.notification import notification
from bot.cards.view import View
from bot.mail.render import Links, page
from integrations.base import Permanent
from tests.cards.support import BASE, DEFINITIONS, NOW, Night, new
from tests.cards.test_hostile import TEXTS, night

LINKS = Links(
    f"{BASE}/do/ack?t=a.b&s=1", f"{BASE}/do/escalate?t=c.d&s=1", f"{BASE}/do/open?t=e.f&s=1"
)


def mail(
    made: Night,
    *,
    links: Links = LINKS,
    key: str = "77",
    why: str = "step 1",
    to: str = "ana@example.eu",
) -> EmailMessage:
    view = View(made.detail(), DEFINITIONS, BASE, NOW)
    return page(
        made.card(), notes.page(view, "ana", why), links, to=to,
        sender="PixelView <pv@example.eu>", zone="Europe/Berlin", now=NOW, key=key,
        subject=notification(view, to="ana"),
    )  # fmt: skip


def arrived(message: EmailMessage) -> EmailMessage:
    """The message as the other side reads it from the wire."""
    raw = message.as_bytes(policy=policy.SMTP)
    found = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(found, EmailMessage)
    return found


def part(message: EmailMessage, kind: str) -> str:
    body = arrived(message).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_subject_is_the_notification_line() -> None:
    subject = arrived(mail(new()))["Subject"]
    assert subject == "🔴 #1842 Disk 94 % full on db-3 · paging you · next Omar in 5 min"


def test_the_text_part_is_the_card_with_links_instead_of_buttons() -> None:
    assert part(mail(new()), "plain").splitlines() == [
        "🔴 CRITICAL · #1842 Disk 94 % full on db-3",
        "New, nobody has it. Paging @Ana · next Omar at 03:14 CET",
        "",
        f"Acknowledge: {LINKS.acknowledge}",
        f"Escalate: {LINKS.escalate}",
        f"Open: {LINKS.open}",
        "",
        "You are paged for #1842. Step 1 of 3, db-primary.",
        "Why you: step 1.",
        "Without an answer, next Omar at 03:14 CET.",
        "Words here go to the thread.",
        "",
        "/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min",
        "postgres-main · team db · prod · eu-west-1",
        "3 alerts · since 03:09 CET",
        "Runbook: https://wiki.example.eu/rb/disk",
        "Dashboard: https://grafana.example.eu/d/x",
        "Alertmanager: https://am.example.eu",
        "Open in console: https://pv.example.eu/i/1842",
    ]


def test_mails_of_one_incident_make_one_thread() -> None:
    first, second = arrived(mail(new(), key="1")), arrived(mail(new(), key="2"))
    assert first["References"] == second["References"] == "<pv.1842@example.eu>"
    assert first["In-Reply-To"] == first["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Message-ID"] == "<pv.1842.1@example.eu>"


def test_the_same_page_sent_again_is_the_same_message() -> None:
    assert mail(new())["Message-ID"] == mail(new())["Message-ID"]


def test_a_key_can_not_break_out_of_its_header() -> None:
    found = arrived(mail(new(), key="a>\r\nBcc: x@example.eu"))
    assert found["Message-ID"] == "<pv.1842.a-Bcc-x-example.eu@example.eu>"
    assert found["Bcc"] is None


@pytest.mark.parametrize("name", ["Ana Petrova", "Petrova, Ana", 'Ana "the" P', "Zoë Ångström"])
def test_any_name_may_stand_before_the_address(name: str) -> None:
    (found,) = arrived(mail(new(), to=f"{name} <ana@example.eu>"))["To"].addresses
    assert (found.display_name, found.addr_spec) == (name, "ana@example.eu")


@pytest.mark.parametrize("to", ["", "nobody", "a b@c", "x@y\r\nBcc: z@example.eu"])
def test_what_is_no_address_is_refused(to: str) -> None:
    with pytest.raises(Permanent, match="is not an e-mail address"):
        mail(new(), to=to)


def test_machines_are_told_that_a_machine_wrote_it() -> None:
    found = arrived(mail(new()))
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Importance"] == "high"
    assert found["Date"] == "Sun, 22 Nov 2026 02:11:00 +0000"
    assert arrived(mail(new(severity="warning")))["Importance"] is None


class Page(HTMLParser):
    """Tags and addresses of an HTML part."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def read(html: str) -> Page:
    found = Page()
    found.feed(html)
    return found


def test_the_html_part_follows_the_readers_dark_or_light() -> None:
    html = part(mail(new()), "html")
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "<body style=" in html
    assert "background:#FFF" not in html
    assert "#E5304A" in html
    assert {LINKS.acknowledge, LINKS.escalate, LINKS.open} <= set(read(html).addresses)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_nothing_a_stranger_typed_is_live_in_a_mail(text: str) -> None:
    message = mail(night(text), why=text)
    found = arrived(message)
    assert found["Bcc"] is None
    assert "\n" not in str(found["Subject"])
    assert len(str(found["Subject"])) <= 110
    html = read(part(message, "html"))
    assert html.tags <= {
        "html",
        "head",
        "meta",
        "body",
        "h1",
        "a",
        "p",
        "div",
        "br",
        "strong",
        "code",
    }
    assert html.handlers == []
    assert all(address.startswith("https://") for address in html.addresses)
    assert max(map(len, message.as_bytes(policy=policy.SMTP).split(b"\r\n"))) < 998


def test_an_address_that_is_no_address_is_left_out() -> None:
    bad = Links("javascript:x", f"{BASE}/e", "")
    text = part(mail(new(), links=bad), "plain")
    assert "Acknowledge:" not in text
    assert f"Escalate: {BASE}/e" in text
