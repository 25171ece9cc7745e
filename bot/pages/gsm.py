"""The alphabet of SMS (GSM 03.38): every text mapped into it, so that 160 characters fit a segment.

One character outside of it would make the whole message UCS-2, of which 70 fit.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

SEGMENT = 160

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Each of these takes two places."""

_SAME = str.maketrans({
    "‘": "'", "’": "'", "‚": ",", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "′": "'", "″": '"', "`": "'", "´": "'", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
    "…": "...", "•": "*", "·": "-", "×": "x", "÷": "/", "±": "+-", "≤": "<=", "≥": ">=",
    "≠": "!=", "→": "->", "←": "<-", "⇒": "=>", "⁄": "/", "°": " deg", "µ": "u", "μ": "u",
    "№": "No", "™": "TM", "©": "(c)", "®": "(r)", "ø": "ø", "Œ": "OE", "œ": "oe", "ł": "l",
    "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ŀ": "l",
    "ħ": "h", "Ħ": "H", "ə": "e", "ẞ": "SS", "¢": "c", "¬": "-", "¦": "|", "‰": " per mille",
})  # fmt: skip

_GREEK = dict(
    zip(
        "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβγδεζηθικλνξοπρςστυφχψω",
        "A B E Z H I K M N O P T Y X a v g d e z i th i k l n x o p r s s t y f ch ps o".split(" "),
        strict=True,
    )
)
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya i yi ye g u"
        .split(" "),
        strict=True,
    )
)
_LETTERS = {**_GREEK, **_CYRILLIC, **{k.upper(): v.capitalize() for k, v in _CYRILLIC.items()}}
_UNKNOWN = re.compile(r"\?{2,}")
_SPACES = re.compile(r" {2,}")


@lru_cache(maxsize=512)
def gsm(text: str) -> str:
    """The text in the alphabet of SMS: umlauts stay, other accents go, Greek and Cyrillic are
    spelled, symbols and emoji are left out, what is left becomes one question mark."""
    plain = "".join(map(_one, unicodedata.normalize("NFC", text).translate(_SAME)))
    return _SPACES.sub(" ", _UNKNOWN.sub("?", plain)).strip()


def _one(char: str) -> str:
    if char in BASIC or char in EXTENDED:
        return " " if char in "\n\r\f" else char
    if char in _LETTERS:
        return _LETTERS[char]
    if char.isspace():
        return " "
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    if bare != char:
        return "".join(map(_one, bare.translate(_SAME)))
    # Control, format, private, surrogate, unassigned; marks; symbols such as emoji.
    return "" if unicodedata.category(char)[0] in "CMS" else "?"


def septets(text: str) -> int:
    """How many of the 160 places a text in this alphabet takes."""
    return len(text) + sum(char in EXTENDED for char in text)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` places, cut at the end."""
    return _cut(text, limit, _end)


def middle(text: str, limit: int) -> str:
    """At most ``limit`` places, cut in the middle: what it is and where it is both stay."""
    return _cut(text, limit, _both_ends)


def _cut(text: str, limit: int, shorten: object) -> str:
    assert callable(shorten)
    if septets(text) <= limit:
        return text
    keep = min(len(text), max(limit - 2, 0))
    while keep > 0:
        short = str(shorten(text, keep))
        if septets(short) <= limit:
            return short
        keep -= 1
    return ""


def _end(text: str, keep: int) -> str:
    return f"{text[:keep].rstrip()}.."


def _both_ends(text: str, keep: int) -> str:
    head = (keep + 1) // 2
    return f"{text[:head].rstrip()}..{text[len(text) - (keep - head):].lstrip()}"
