"""The words and numbers every card is written with, so that one wording lives in one place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from commands import words as shared
from store.model import Definitions, Person, Severity

TITLE = 80
TITLE_SHORT = 48
ELLIPSIS = "…"
COPY = "Sent once more, because the answer to the first was lost."

GLYPH = {
    Severity.CRITICAL: "🔴",
    Severity.ERROR: "🔶",
    Severity.WARNING: "⚠️",
    Severity.INFO: "\u2139\ufe0f",
}
COLOR = {
    Severity.CRITICAL: 0xE5304A,
    Severity.ERROR: 0xF07C1E,
    Severity.WARNING: 0xF2C230,
    Severity.INFO: 0x4C8DF0,
}
TAKEN = 0x7A8797
RESOLVED = 0x2BA98F
ASIDE = 0x8A94A3
NEWS = 0x4C8DF0

_CHANNELS = {
    "slack": "Slack message",
    "discord": "Discord message",
    "email": "e-mail",
    "sms": "SMS",
    "voice": "call",
    "push": "push",
    "webpush": "push",
    "pagerduty": "PagerDuty",
    "pushover": "Pushover",
    "ntfy": "ntfy",
}
zone, moment, is_far = shared.zone, shared.moment, shared.is_far
clock, bare_clock, date, local = shared.clock, shared.bare_clock, shared.date, shared.local

_SPACES = re.compile(r"\s+")
_MARKS_IN_A_ROW = 2
_LONGEST = 4_000


def _kept(char: str) -> str:
    if char.isspace():
        return " "
    # Cc and Cf hold the controls, the bidi marks and the zero-width characters, Cs lone surrogates.
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} else char


def _thin(text: str) -> str:
    """At most two combining marks in a row, so that piled-up accents can't cover other lines."""
    out: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if run <= _MARKS_IN_A_ROW:
            out.append(char)
    return "".join(out)


@lru_cache(maxsize=512)
def clean(text: str) -> str:
    """A stranger's words on one line: no control, bidi or zero-width characters.

    Of a very long text only the ends are kept: nothing shows more, and cards are drawn on the loop.
    """
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} {ELLIPSIS} {text[-_LONGEST // 2 :]}"
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text).strip()
    bare = "".join(map(_kept, text))
    return _SPACES.sub(" ", _thin(unicodedata.normalize("NFC", bare))).strip()


def middle(text: str, limit: int) -> str:
    """Cut in the middle, so that what it is and where it is both stay."""
    if len(text) <= limit:
        return text
    head = (limit - 1) // 2
    tail = limit - 1 - head
    return text[:head].rstrip() + ELLIPSIS + text[-tail:].lstrip()


def tidy(text: str) -> str:
    """One line without control, bidi and zero-width characters; a space at an end stays."""
    bare = clean(text)
    if not bare:
        return " " if text else ""
    return " " * text[0].isspace() + bare + " " * text[-1].isspace()


def lines(text: str) -> str:
    """A stranger's code: its lines as they are, without control, bidi and zero-width characters,
    and without empty lines at both ends."""
    kept = ("".join(map(_kept, line.expandtabs(4))).rstrip() for line in text.splitlines())
    return "\n".join(kept).strip("\n")


def cut(text: str, limit: int) -> str:
    """Cut at the end."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def title(text: str, limit: int = TITLE) -> str:
    """A stranger's title, cleaned and cut in the middle."""
    return middle(clean(text), limit) or "(no title)"


def mentions(text: str, name: str) -> bool:
    """Whether the text says that name, not merely a longer one: db-3 is not said by db-30."""
    inside = rf"(?<!\w){re.escape(name.casefold())}(?!\w)"
    return bool(name) and re.search(inside, text.casefold()) is not None


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 alert``, ``3 alerts``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def join(items: Iterable[str], last: str = "and") -> str:
    """``Ana``, ``Ana and Omar``, ``Ana, Omar and Mei``."""
    *head, tail = [*items] or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def channel(via: str) -> str:
    """What arrives by that way of paging: ``e-mail``, ``SMS``, ``call``."""
    return _CHANNELS.get(via, clean(via))


def bare(who: str) -> str:
    """``person:ana`` → ``ana``; anything else as it is."""
    return who.removeprefix("person:")


def short_names(people: Iterable[Person]) -> dict[str, str]:
    """Handle → first name; the surname too where two of them share the first."""
    found = {p.handle: p for p in people}
    firsts = [p.first_name for p in found.values()]
    return {
        handle: clean(p.first_name if firsts.count(p.first_name) == 1 else p.name)
        for handle, p in found.items()
    }


class Names:
    """How everybody on one card is called there."""

    def __init__(self, definitions: Definitions, mentioned: Iterable[str | None]) -> None:
        self._people = definitions.people
        self._handles = {p.name: p.handle for p in definitions.people.values()}
        handles = {self.handle(w) for w in mentioned if w}
        self._short = short_names(p for h in sorted(handles - {""}) if (p := self._people.get(h)))

    def handle(self, who: str) -> str:
        """The handle behind a handle, ``person:…`` or a full name; empty where nobody is."""
        name = bare(who)
        return name if name in self._people else self._handles.get(name, "")

    def __call__(self, who: str) -> str:
        """``Ana``, ``team db``; a word that names nobody stays itself."""
        handle = self.handle(who)
        if handle:
            return self._short.get(handle) or clean(self._people[handle].first_name)
        kind, colon, name = who.partition(":")
        if not colon:
            return clean(who)
        said = {"oncall": "on call for", "lead": "lead of", "manager": "manager of"}
        if kind == "channel":  # a step may tell one: channel:slack:#ops
            return clean(name.partition(":")[2] or name)
        return clean(f"{said.get(kind, kind)} {name}")
