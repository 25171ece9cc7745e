"""HTML of a mail as the text a person would read, in time that only grows with its length.

``html.parser`` takes quadratic time over unclosed tags in the Pythons we run on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

LONGEST = 128 << 10

_SILENT = ("style", "script", "head", "title", "xml", "template")
_BREAKS = frozenset(
    ("br", "p", "div", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
     "section", "article", "blockquote", "pre", "body", "header", "footer", "dt", "dd", "dl",
     "tbody", "thead", "center")
)  # fmt: skip
_CELLS = frozenset(("td", "th"))
_RUN = re.compile("<+(?=<)")
_TAG = re.compile(r"/?([A-Za-z][A-Za-z0-9:]{0,20})")
_CLOSING = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _SILENT}
_HREF = re.compile(r"href\s{0,9}=\s{0,9}[\"']?(https?://[^\"'\s>]{3,2000})", re.IGNORECASE)
_GAP = re.compile(r"[ \xa0\u200b\u200c\ufeff]+")
_LINK_NAME = 60


def text_of(html: str) -> str:
    """The text: a line for each block and row, a tab between cells, entities read."""
    return _tidy(unescape("".join(_said(html[:LONGEST]))))


def links(html: str, most: int = 60) -> list[tuple[str, str]]:
    """(words, address) of its links, in order."""
    found: list[tuple[str, str]] = []
    html = html[:LONGEST]
    at = 0
    while len(found) < most and (match := _HREF.search(html, at)):
        at = match.end()
        opened = html.find(">", at, at + 4_000)
        closed = html.find("<", opened, opened + 400) if opened >= 0 else -1
        words = html[opened + 1 : closed] if closed > opened >= 0 else ""
        found.append((" ".join(unescape(words).split())[:_LINK_NAME], unescape(match[1])))
    return found


def _said(html: str) -> Iterator[str]:
    at, endless = 0, set[str]()
    while (opened := html.find("<", at)) >= 0:
        yield _flat(html[at:opened])
        if (run := _RUN.match(html, opened)) is not None:
            yield run[0]
            at = run.end()
            continue
        if html.startswith("<!--", opened):
            at = _past(html, "-->", opened + 4)
            continue
        tag = _TAG.match(html, opened + 1)
        if tag is None and html[opened + 1 : opened + 2] not in ("!", "?", "/"):
            yield "<"
            at = opened + 1
            continue
        at = _past(html, ">", opened + 1)
        name = tag[1].lower() if tag is not None else ""
        ends = html.startswith("</", opened)
        if name in _SILENT and name not in endless and not ends:
            closing = _CLOSING[name].search(html, at)
            at = _past(html, ">", closing.start()) if closing else at
            endless |= set() if closing else {name}
        yield from _mark(name, ends)
    yield _flat(html[at:])


def _mark(name: str, ends: bool) -> Iterator[str]:
    if name in _CELLS and ends:
        yield "\t"
    elif name == "a" and ends:
        yield " "
    elif name in _BREAKS:
        yield "\n"


def _past(html: str, mark: str, start: int) -> int:
    found = html.find(mark, start)
    return found + len(mark) if found >= 0 else len(html)


def _flat(text: str) -> str:
    """Line ends in the source are spaces."""
    return text.replace("\r", " ").replace("\n", " ").replace("\t", " ")


def _tidy(text: str) -> str:
    lines = (_GAP.sub(" ", line) for line in text.split("\n"))
    rows = ([cell.strip() for cell in line.split("\t") if cell.strip()] for line in lines)
    return "\n".join("\t".join(row) for row in rows if row)
