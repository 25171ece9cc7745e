"""What may have been meant where nothing fits, and how words that were begun go on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from commands.rules.filters import ALSO, OWN, Filter
from commands.rules.lists import SORTS, quoted
from store.model import AlertType, Severity

WORDS = (*(str(s) for s in Severity), "nobody", "mine", "new", "acknowledged", "resolved", "all")
FIELDS = ("severity", "team", "service", "source", "type", "host", "status", "who", "tag")
BESIDE = ("since", "before", "group", "sort", "view", "limit")
_TIMES = ("1h", "2h", "24h", "7d", "yesterday", "today", "monday")
_STATES = ("open", "new", "acknowledged", "resolved", "all")
_MOST = 25

Known = Mapping[str, Sequence[str]]
"""Field or label → the values there are, the most frequent first."""


def hint(found: Filter, labels: Iterable[str]) -> str:
    """One sentence about a field or a word that looks like another; empty where none does."""
    there = sorted({*OWN, *ALSO, *labels})
    for term in found.terms:
        name = term.name.removeprefix("label.")
        if name.casefold() in (n.casefold() for n in there):
            continue
        close = get_close_matches(name, there, n=1, cutoff=0.7)
        meant = f" Did you mean {close[0]}?" if close else ""
        return f"Nothing here has a label {name}.{meant}"
    for word in found.words:
        close = get_close_matches(word, WORDS, n=1, cutoff=0.75)
        if close and word.isalpha():
            return f"{word} is looked for in the text. Did you mean {close[0]}?"
    return ""


def completions(text: str, known: Known) -> list[str]:
    """Whole lines that the words typed so far may become, the likeliest first."""
    before, last = _parted(text)
    found = dict.fromkeys(f"{before}{word}" for word in _words(last, known))
    return [line for line in found if line.strip() != text.strip()][:_MOST]


def _parted(text: str) -> tuple[str, str]:
    """What stands, and the word that is being typed, with a quotation mark that is still open."""
    inside, cut = False, 0
    for at, char in enumerate(text):
        if char == '"':
            inside = not inside
        elif char.isspace() and not inside:
            cut = at + 1
    return text[:cut], text[cut:]


def _words(last: str, known: Known) -> Iterator[str]:
    name, sign, value = last.partition("=")
    if sign:
        yield from _values(name, value, known)
        return
    low = last.casefold()
    yield from (w for w in WORDS if w.startswith(low))
    names = (*FIELDS, *BESIDE, *(n for n in known if n not in FIELDS))
    yield from (f"{n}=" for n in names if n.casefold().startswith(low))


def _values(name: str, text: str, known: Known) -> Iterator[str]:
    """Values of a field; after a comma one more of them."""
    bare = name.removesuffix("!").casefold()
    head, comma, last = text.rpartition(",")
    low = last.strip('"').casefold()
    lead = f"{name}={head}{comma}"
    named = dict.fromkeys((*_FIXED.get(bare, ()), *_of(bare, known)))
    yield from (f"{lead}{quoted(v)}" for v in named if v.casefold().startswith(low))
    if low:
        others = (v for v in named if low in v.casefold() and not v.casefold().startswith(low))
        yield from (f"{lead}{quoted(v)}" for v in others)


def _of(name: str, known: Known) -> Sequence[str]:
    if name == "group":
        return (*FIELDS, *(n for n in known if n not in FIELDS and n != "view"))
    return next((v for n, v in known.items() if n.casefold() == name), ())


_FIXED: Known = {
    "severity": tuple(str(s) for s in Severity),
    "type": tuple(str(t) for t in AlertType),
    "status": _STATES,
    "sort": SORTS,
    "since": _TIMES,
    "before": _TIMES,
    "who": ("nobody", "me"),
}
