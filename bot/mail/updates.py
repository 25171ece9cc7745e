"""Mails to those who only follow: the question whether an address wants any, and the updates, each
with a link that ends them (RFC 8058)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape

from bot.cards import words
from bot.mail.render import OURS, mailbox

_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BUTTON = (
    "display:inline-block;padding:10px 16px;border-radius:6px;text-decoration:none;"
    "font-weight:600;background:#1F5FBF;color:#FFFFFF"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. ``thread`` is the same for all mails of one incident to one address, ``key`` its
    own; ``button`` is a label and an address; ``leave`` ends it, empty in a question."""

    to: str
    subject: str
    lines: Sequence[str]
    key: str
    thread: str
    button: tuple[str, str] = ("", "")
    foot: str = ""
    leave: str = ""


def message(letter: Letter, sender: str, now: int) -> EmailMessage:
    """The mail of a letter: text first, the same as simple HTML."""
    mail = EmailMessage()
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    root = f"<pv.news.{letter.thread}@{domain}>"
    mail["From"], mail["To"] = mailbox(sender), mailbox(letter.to)
    mail["Date"] = format_datetime(words.moment(now, "UTC"))
    mail["Message-ID"] = f"<pv.news.{letter.thread}.{letter.key}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = root
    mail["Auto-Submitted"] = "auto-generated"
    mail[OURS] = "update"
    if letter.leave:
        mail["List-Unsubscribe"] = f"<{letter.leave}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Subject"] = words.clean(letter.subject)
    mail.set_content("\n".join(_plain(letter)), cte="quoted-printable")
    mail.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
    return mail


def _plain(letter: Letter) -> list[str]:
    label, url = letter.button
    lines = [*letter.lines, *(["", f"{label}: {url}"] if url else [])]
    if letter.foot:
        lines += ["", letter.foot]
    if letter.leave:
        lines += ["", f"No more of these: {letter.leave}"]
    return [*lines, ""]


def _html(letter: Letter) -> str:
    label, url = letter.button
    said = "".join(f"<p>{escape(line)}</p>" for line in letter.lines)
    button = ""
    if url:
        button = f'<p><a href="{escape(url, quote=True)}" style="{_BUTTON}">{escape(label)}</a></p>'
    foot = f"<p>{escape(letter.foot)}</p>" if letter.foot else ""
    if letter.leave:
        where = escape(letter.leave, quote=True)
        foot += f'<p><a href="{where}" style="color:inherit">No more of these</a></p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark"></head>'
        f'<body style="{_FONT};font-size:15px;line-height:1.45">'
        f'<h1 style="font-size:18px;margin:0 0 8px">{escape(words.clean(letter.subject))}</h1>'
        f'{said}{button}<div style="color:#616B78;font-size:13px">{foot}</div></body></html>'
    )
