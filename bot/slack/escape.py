"""Strangers' words made harmless for Slack, and addresses that only go where they say."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.cards.words import clean

LONGEST_URL = 2_900

# Where mrkdwn is read these could begin a mention, a link, a format or an emoji.
_NOT_IN_LABEL = re.compile(r"[<>&|*_~`:@#!\\]+")
_ENCODED = {c: f"%{ord(c):02X}" for c in "<>|\"'`\\^{}"}


def tidy(text: str) -> str:
    """One line without control, bidi and zero-width characters; a space at an end stays."""
    bare = clean(text)
    if not bare:
        return " " if text else ""
    return " " * text[0].isspace() + bare + " " * text[-1].isspace()


def escape(text: str) -> str:
    """Text for a field in which Slack reads ``<…>``: the three characters it asks to escape."""
    return tidy(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def address(url: str) -> str | None:
    """The address as it may stand in a link: http or https with a host, or None."""
    bare = url.strip()
    if len(bare) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in bare):
        return None
    try:
        parts = urlsplit(bare)
        good = parts.scheme.lower() in {"http", "https"} and parts.hostname
    except ValueError:
        return None
    return "".join(_ENCODED.get(c, c) for c in bare) if good else None


def link(text: str, url: str) -> str:
    """``<url|text>`` for a small line of links; of the text only what can't come alive there."""
    where = address(url)
    label = " ".join(_NOT_IN_LABEL.sub(" ", tidy(text)).split())
    if where is None:
        return label
    return f"<{where.replace('&', '&amp;')}|{label or 'Link'}>"
