"""Mails that nobody is to be woken by: our own, bounces, receipts, people on holiday, replies."""

from __future__ import annotations

import re

from integrations.email.mime import Mail

OURS = "x-pixelview"
"""The header of every mail PixelView sends, so that one that comes back opens nothing."""

_OUR_ID = re.compile(r"<pv\.[A-Za-z0-9._-]{1,200}@")
_AWAY = re.compile(
    r"\b(?:out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response|responder)"
    r"|abwesenheit\w*|automatische antwort|absence du bureau|r[ée]ponse automatique|on vacation"
    r"|fuera de (?:la )?oficina|respuesta autom[áa]tica|fuori sede|risposta automatica)\b",
    re.IGNORECASE,
)  # fmt: skip
_BOUNCE = re.compile(
    r"^(?:undeliver(?:able|ed)\b|delivery status notification|mail delivery (?:failed|failure"
    r"|system)|returned mail|failure notice|delivery failure|unzustellbar|non remis|read: "
    r"|gelesen: |lu\s?: |report domain: )", re.IGNORECASE,
)  # fmt: skip
_DAEMONS = ("mailer-daemon@", "postmaster@")
_QUOTED = re.compile(r"^\s{0,3}>|\b(?:wrote|schrieb|a écrit|escribió)\s?.{0,80}:\s*$"
                     r"|^-{3,}\s?original message", re.IGNORECASE | re.MULTILINE)  # fmt: skip


def why_quiet(mail: Mail, *, answers: bool) -> str:
    """What kind of mail it is that opens nothing, "" for one that may; ``answers`` says whether
    its subject began with Re: or the like."""
    if mail.header(OURS):
        return "own"
    if _is_bounce(mail):
        return "bounce"
    auto = mail.header("auto-submitted").casefold()
    if auto.startswith("auto-replied"):
        return "auto-reply"
    if mail.header("x-autoreply") or mail.header("x-autorespond"):
        return "auto-reply"
    if mail.header("precedence").casefold() in ("auto_reply", "auto-reply"):
        return "auto-reply"
    if _AWAY.search(mail.subject[:200]):
        return "auto-reply"
    return _by_people(mail, answers)


def _by_people(mail: Mail, answers: bool) -> str:
    """A person's answer to a mail, or an invitation: words about an alert, no alert."""
    thread = f"{mail.header('in-reply-to')} {mail.header('references')}"
    if answers and (
        _OUR_ID.search(thread) or (thread.strip() and _QUOTED.search(mail.text[:20_000]))
    ):
        return "reply"
    if "text/calendar" in mail.kinds and mail.kind.startswith("multipart/"):
        return "invitation"
    return ""


def _is_bounce(mail: Mail) -> bool:
    if mail.kind == "multipart/report" or "message/delivery-status" in mail.kinds:
        return True
    empty = mail.header("return-path").strip() == "<>"
    if mail.sender.startswith(_DAEMONS):
        return True
    return bool(_BOUNCE.search(mail.subject)) and (empty or bool(mail.header("auto-submitted")))
