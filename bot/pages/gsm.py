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

_GREEK = (
    "Α=A Β=B Ε=E Ζ=Z Η=H Ι=I Κ=K Μ=M Ν=N Ο=O Ρ=P Τ=T Υ=Y Χ=X α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i "
    "κ=k λ=l ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o"
)
_CYRILLIC = (
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh "
    "ц=ts ч=ch ш=sh щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g ў=u"
)


def _spelled(pairs: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in pairs.split())


_SMALL = _spelled(_CYRILLIC)
_LETTERS = {**_spelled(_GREEK), **_SMALL, **{k.upper(): v.title() for k, v in _SMALL.items()}}
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
    return f"{text[:head].rstrip()}..{text[len(text) - (keep - head) :].lstrip()}"
