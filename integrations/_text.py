"""Strangers' text on its way in: nothing invisible, nothing endless, no live links to odd places.

Escaping for a surface is that surface's work; here goes what no surface could show.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote

from store.model import Link

TITLE = 300
DESCRIPTION = 16 * 1024
LABEL_NAME = 200
LABEL_VALUE = 2_000
LABELS = 100
LINKS = 20
URL = 2_000
KEY = 200

_MARKS_IN_A_ROW = 4  # Vietnamese and pointed Hebrew need up to three
# Control characters, soft hyphen, bidi and zero-width controls, language tags, and letters that
# draw nothing; Arabic's visible format signs stay.
_INVISIBLE = (
    (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160),
    (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),
    (0x2800, 0x2800), (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFC),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_NEWLINES = "\n\r\x0b\x0c\x85\u2028\u2029"
# Where the combining marks are, but for a few scripts no monitor writes in.
_MARKED = ((0x300, 0x1E00), (0x20D0, 0x20F1), (0x2CEF, 0x3100), (0xA66F, 0xABEE), (0xFE00, 0xFE30))


def _removed() -> dict[int, str | None]:
    gone: dict[int, str | None] = {}
    for first, last in _INVISIBLE:
        gone |= dict.fromkeys(range(first, last + 1), None)
    gone |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    return gone | {ord(newline): "\n" for newline in _NEWLINES} | {0x09: "\t"}


def _marks() -> str:
    codes = (code for first, end in _MARKED for code in range(first, end))
    marks = [code for code in codes if unicodedata.category(chr(code)) in ("Mn", "Me")]
    inner = set(marks)
    firsts = (code for code in marks if code - 1 not in inner)
    lasts = (code for code in marks if code + 1 not in inner)
    return "".join(
        f"\\u{first:04x}-\\u{last:04x}" for first, last in zip(firsts, lasts, strict=True)
    )


_OUT = _removed()
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_ZALGO = re.compile(f"([{_marks()}]{{{_MARKS_IN_A_ROW}}})[{_marks()}]+")


def title(text: str, limit: int = TITLE) -> str:
    """One line: white space folded to single spaces, cut to ``limit`` characters with …"""
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    folded = " ".join(_visible(text[: limit * 8]).split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def description(text: str, limit: int = DESCRIPTION) -> str:
    """Several lines, newlines kept, at most ``limit`` bytes of UTF-8."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text.strip(" ")
    cleaned = _visible(text[: limit * 2].replace("\r\n", "\n")).strip()
    if len(cleaned.encode()) <= limit:
        return cleaned
    return cleaned.encode()[: limit - 3].decode("utf-8", "ignore") + "…"


def label(text: str) -> str:
    """A label's value: one line of at most LABEL_VALUE characters, its spaces as they are."""
    return _line(text, LABEL_VALUE)


def key(text: str) -> str:
    """An identity; the start of a longer one and a hash of all of it."""
    if len(text) <= KEY and text.isascii() and text.isprintable():
        return text
    cleaned = _visible(text[: KEY * 8]).replace("\n", " ")
    if len(cleaned) <= KEY and len(text) <= KEY * 8:
        return cleaned
    return f"{cleaned[: KEY - 17]}~{fnv(text):016x}"


def labels(found: Mapping[str, str]) -> dict[str, str]:
    """Cleaned names and values without the empty ones, the first LABELS of them.

    The fast way out is for labels of short printable ASCII, and returns a dict as it came.
    """
    if _plain(found):
        return found if type(found) is dict else dict(found)
    cleaned = ((_line(name, LABEL_NAME), label(value)) for name, value in found.items())
    kept: dict[str, str] = {}
    for name, value in cleaned:
        if len(kept) == LABELS:
            break
        if name and value:
            kept[name] = value
    return kept


def _plain(found: Mapping[str, str]) -> bool:
    if not found:
        return True
    joined = "".join([*found, *found.values()])
    return (
        len(found) <= LABELS
        and joined.isascii()
        and joined.isprintable()
        and (len(joined) <= LABEL_NAME or _short(found))
        and all(found.values())
        and "" not in found
    )


def _short(found: Mapping[str, str]) -> bool:
    return max(map(len, found)) <= LABEL_NAME and max(map(len, found.values())) <= LABEL_VALUE


def _line(text: str, limit: int) -> str:
    line = _visible(text[: limit * 8]).replace("\n", " ").replace("\t", " ")
    return line.strip() if len(line) <= limit else line[: limit - 1].strip() + "…"


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept = _ANSI.sub("", text).translate(_OUT)
    return kept if kept.isascii() else _ZALGO.sub(r"\1", kept)


# ---- links -------------------------------------------------------------------------------------

_PLAIN_URL = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?"
)
_PARTS = re.compile(r"(https?)://([^/?#\s]+)([/?#].*)?", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?",
    re.IGNORECASE,
)
# Kept as sent; the rest is percent-encoded, so that no surface's link syntax can be closed by it.
_URL_SAFE = "/?#:@!$&'()*+,;=%~[]-._"


@lru_cache(1024)
def link(name: str, url: str) -> Link | None:
    """The link, or None where the address is not http(s), names no sane host, or a user."""
    if len(url) > URL:
        return None
    if _PLAIN_URL.fullmatch(url):
        return Link(name, url)
    parts = _PARTS.fullmatch(url.strip())
    if parts is None or not (host := _host(parts[2])):
        return None
    rest = quote(_visible(parts[3] or ""), safe=_URL_SAFE)
    return Link(name, f"{parts[1].lower()}://{host}{rest}")


def links(pairs: Iterable[tuple[str, str | None]]) -> tuple[Link, ...]:
    """The usable ones among (name, address), each address once, at most LINKS."""
    found: dict[str, Link] = {}
    for name, url in pairs:
        if url and len(url) <= URL and url not in found and (made := link(name[:URL], url)):
            found[made.url] = made
    return tuple(found.values())[:LINKS]


def _host(found: str) -> str | None:
    """The host as browsers show it: other scripts in punycode, a user's name refused."""
    if "@" in found:
        return None
    try:
        ascii_only = found if found.isascii() else found.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return ascii_only if _HOST.fullmatch(ascii_only) else None


# ---- unexpanded variables ----------------------------------------------------------------------

_VARIABLE = re.compile(
    r"\{\{.*?\}\}|\$\{.*?\}|\{[A-Z][A-Z0-9_]*(?:\.[A-Za-z0-9_.#<>]+)+\}|\{[A-Za-z][A-Za-z_]+\}"
    r"|\$[A-Z][A-Z0-9_:]{2,}\$?|\$_?[A-Z]\w*\$|\*[A-Za-z][A-Za-z_]{2,}\*|<no value>|@\{.*?\}"
    r"|##?[A-Za-z][\w.]{1,60}##?",
    re.DOTALL,
)


def unexpanded(text: str) -> bool:
    """True where the whole text is one variable its sender's template left as it is.

    ``{{rule.name}}``, ``${latestEvent.severity}``, ``{EVENT.ID}``, ``$HOSTNAME$``,
    ``$ALERT_TRANSITION``, ``*monitorID*``, ``##ALERTID##``, Go's ``<no value>``.
    """
    return len(text) <= 200 and text[:1] in "{$*<@#" and _VARIABLE.fullmatch(text) is not None


# ---- hashes ------------------------------------------------------------------------------------

_FNV_OFFSET = 14_695_981_039_346_656_037
_FNV_PRIME = 1_099_511_628_211


def fnv(*parts: str) -> int:
    """FNV-1a over the parts, each followed by 0xFF: Prometheus' fingerprint of a label set.

    A byte a step is for names and sentences: of a part longer than LABEL_VALUE its digest counts.
    """
    found = _FNV_OFFSET
    for part in parts:
        written = part.encode("utf-8", "surrogatepass")
        if len(written) > LABEL_VALUE:
            written = blake2b(written).digest()
        for byte in written + b"\xff":
            found = (found ^ byte) * _FNV_PRIME & 0xFFFF_FFFF_FFFF_FFFF
    return found
