"""Strangers' words made harmless for Slack, and addresses that only go where they say."""

from __future__ import annotations

import re

from bot.cards.address import encoded
from bot.cards.words import tidy

LONGEST_URL = 2_900

# Where mrkdwn is read these could begin a mention, a link, a format or an emoji.
_NOT_IN_LABEL = re.compile(r"[<>&|*_~`:@#!\\]+")
# In plain mrkdwn these format: stars, tildes and ticks anywhere, an underscore at a word's edge.
_FORMATS = re.compile(r"[*~`|\\]+|(?<![^\W_])_+|_+(?![^\W_])")
_EMOJI = re.compile(r":(?=[a-z0-9_+'-]*[a-z][a-z0-9_+'-]*:)")
_UNSAFE = "<>|\"'`\\^{}"


def escape(text: str) -> str:
    """Text for a field in which Slack reads ``<…>``: the three characters it asks to escape."""
    return tidy(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bare(text: str) -> str:
    """A stranger's words for mrkdwn (``verbatim``): nothing in them formats, mentions or links."""
    kept = _EMOJI.sub(" ", _FORMATS.sub(" ", tidy(text))).lstrip(">")
    return escape(kept)


def address(url: str) -> str | None:
    """The address as it may stand in a link: http or https with a host, or None."""
    return encoded(url, _UNSAFE, LONGEST_URL)


def link(text: str, url: str) -> str:
    """``<url|text>`` for a small line of links; of the text only what can't come alive there."""
    where = address(url)
    label = " ".join(_NOT_IN_LABEL.sub(" ", tidy(text)).split())
    if where is None:
        return label
    return f"<{where.replace('&', '&amp;')}|{label or 'Link'}>"
