"""A page as an e-mail: the card as text and as simple HTML, with signed links for buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

from bot.cards import text, words
from bot.cards.address import http
from bot.cards.model import Card, Facts, Note, Output, Picture, Rows, Span, Spans, Value
from integrations.base import Permanent

OURS = "X-PixelView"
"""By this header the intake knows a mail of ours that comes back, and opens nothing for it."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_NAMED = re.compile(r"(.*)<([^<>]+)>")
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BUTTON = (
    "display:inline-block;padding:10px 16px;margin:0 8px 8px 0;border-radius:6px;"
    "border:1px solid #1F5FBF;text-decoration:none;font-weight:600;"
)
_LOUD = _BUTTON + "background:#1F5FBF;color:#FFFFFF"
_CALM = _BUTTON + "color:#1F5FBF"


@dataclass(frozen=True, slots=True)
class Links:
    """Signed addresses: a GET of them shows a page, and only its POST acts. ``label`` is what the
    first of them says."""

    acknowledge: str
    escalate: str
    open: str
    label: str = "Acknowledge"


def page(
    card: Card,
    note: Note,
    links: Links,
    *,
    to: str,
    sender: str,
    zone: str,
    now: int,
    key: str,
    subject: Spans | None = None,
    root: str = "",
) -> EmailMessage:
    """The mail of one page. ``key`` is unique to the page: sent again it is the same message;
    all mails of one incident (or ``root``) refer to one root, so that they make one thread."""
    message = EmailMessage()
    _address(message, card, root or str(card.id), to, sender, key, now)
    message["Subject"] = words.clean(text.line(subject or card.notification, zone, now=now))
    plain = "\n".join(_plain(card, note, links, zone, now))
    message.set_content(plain, cte="quoted-printable")
    html = _html(card, note, links, zone, now)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def _address(
    message: EmailMessage, card: Card, about: str, to: str, sender: str, key: str, now: int
) -> None:
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    about = _UNSAFE.sub("-", about)
    root = f"<pv.{about}@{domain}>"
    message["From"] = mailbox(sender)
    message["To"] = mailbox(to)
    message["Date"] = format_datetime(words.moment(now, "UTC"))
    message["Message-ID"] = f"<pv.{about}.{_UNSAFE.sub('-', key)}@{domain}>"
    message["In-Reply-To"] = root
    message["References"] = root
    message["Auto-Submitted"] = "auto-generated"
    message[OURS] = "page"
    if card.head.word == "CRITICAL":
        message["Importance"] = "high"


def mailbox(written: str) -> Address:
    """``Name <address>`` or a bare address; a name may hold commas and quotes."""
    found = _NAMED.fullmatch(words.clean(written))
    name, spec = found.groups() if found else ("", words.clean(written))
    try:
        return Address(name.strip(' "'), addr_spec=spec)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise Permanent(f"{spec} is not an e-mail address.") from error


def _pressed(links: Links) -> Iterator[tuple[str, str, bool]]:
    for label, url, loud in (
        (links.label, links.acknowledge, True),
        ("Escalate", links.escalate, False),
        ("Open", links.open, False),
    ):
        address = http(url)
        if address:
            yield label, address, loud


def _plain(card: Card, note: Note, links: Links, zone: str, now: int) -> Iterator[str]:
    head, state, *fold = text.lines(card, zone, now=now)
    yield from (head, state, "")
    for label, url, _ in _pressed(links):
        yield f"{label}: {url}"
    yield from ("", *text.note(note, zone, now=now), "", *fold)


def _html(card: Card, note: Note, links: Links, zone: str, now: int) -> str:
    head = card.head
    title = escape(f"{head.number}{head.title}")
    url = escape(http(head.url) or "", quote=True)
    buttons = "".join(
        f'<a href="{escape(address, quote=True)}" style="{_LOUD if loud else _CALM}">{label}</a>'
        for label, address, loud in _pressed(links)
    )
    notes = "".join(f"<p>{_spans(line, zone, now)}</p>" for line in note.lines)
    fold = "".join(f"<p>{line}</p>" for line in _fold(card, zone, now))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        f'</head><body style="{_FONT};font-size:15px;line-height:1.45">'
        f'<h1 style="font-size:18px;margin:0 0 4px">{escape(head.glyph)} {escape(head.word)} · '
        f'<a href="{url}" style="color:inherit">{title}</a></h1>'
        f'<p style="margin:0 0 14px">{_spans(card.state.spans, zone, now)}</p>'
        f"<div>{buttons}</div>{notes}"
        f'<div style="border-left:4px solid #{card.color:06X};padding-left:12px">{fold}</div>'
        "</body></html>"
    )


def _fold(card: Card, zone: str, now: int) -> Iterator[str]:
    for block in card.fold:
        match block:
            case Value(said):
                yield escape(said)
            case Facts(lines) | Rows(lines):
                yield "<br>".join(_spans(line, zone, now) for line in lines)
            case Output(said):
                yield f'<code style="white-space:pre-wrap">{escape(said)}</code>'
            case Picture(alt=alt):
                yield escape(alt)


def _spans(spans: Spans, zone: str, now: int) -> str:
    return "".join(_span(span, zone, now) for span in spans)


def _span(span: Span, zone: str, now: int) -> str:
    said = span.text if span.url else text.line((span,), zone, now=now)
    out = escape(said)
    out = f"<code>{out}</code>" if span.code else out
    out = f"<strong>{out}</strong>" if span.bold else out
    address = http(span.url) if span.url else None
    return f'<a href="{escape(address, quote=True)}">{out}</a>' if address else out
