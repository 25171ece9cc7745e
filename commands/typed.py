"""A typed line → verb and arguments: the order of words is free, numbers find their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from commands import typed_repeat
from commands.arguments import nearest
from commands.errors import Invalid, NotFound
from commands.registry import CATALOG, Verb
from commands.rules.time_words import first_time
from commands.typed_fields import Known, Leads, names_a_day, take
from store.model import Definitions

_WORD = re.compile(r"\S+")
_PAIR = re.compile(r"""[^\s="']+=(?:"(?:[^"\\]|\\.)*"|'[^']*')(?=\s|$)|\S+""")
"""``name="a value"`` is one word."""
_LINK = re.compile(r"^<?(?:https?://\S+/i/|#)(\d{1,15})(?:[|>]\S*)?$")
_BARE = re.compile(r"^(\d{1,15})$")
_FILLERS = {"to", "into", "in", "for", "until", "till"}
_BEFORE_A_NUMBER = {"step", "at", "today", "tomorrow"}
_UNIT = re.compile(r"^(am|pm|m|min\w*|h|hrs?|hours?|d|days?|w|weeks?|uhr|uur|heures?|stunden?)$")
_LEADS = ("for", "until", "till", "bis", "für", "ab")
_PLAIN = re.compile(r"^[^\W\d_]+[,.!?]?$")
_OF_A_FILTER = {"and", "or", "not", "all", "critical", "criticals", "too", "with"}
_KINDS_OF_THINGS = {"team", "host", "service", "resource", "label", "source"}
_LATEST, _BEFORE = 10, 3


def read_line(
    text: str, definitions: Definitions, incident: int | None = None, leads: Leads | None = None
) -> tuple[Verb, dict[str, Any]]:
    """The verb and its arguments; NotFound hints at a typo, Invalid at words that don't fit.

    ``incident`` is the thread's, used where the line names none; ``leads`` finds times in people's
    own words.
    """
    known = Known(definitions, leads) if leads else Known(definitions)
    words = _WORD.findall(text)
    if not words:
        return CATALOG["help"], {}
    verb = CATALOG.get("-".join(words[:2]).casefold())
    named = 2 if verb is not None and len(words) > 1 else 1
    if named == 1:
        verb = CATALOG.get(words[0].casefold())
    if verb is None:
        raise _unknown(words[0])
    words = _word(verb).findall(text)[named:]
    args: dict[str, Any] = {}
    rest = _named(_flagged(words, verb, args), verb, args)
    rest, before = _filtered(rest, verb, args, known)
    if not any(f.kind == "filter" and f.name in args for f in verb.fields):
        rest = _incidents(rest, verb, args, incident)
    for field in verb.fields:
        if field.name not in args and field.kind not in ("incident", "text"):
            rest = take(field, rest, args, known)
    _remainder([*before, *rest], verb, args, text)
    return verb, args


def each(text: str) -> list[str]:
    """``ack 1842 1845`` as one line an incident; any other line as it is.

    Only for commands that take nothing but an incident, where numbers can mean nothing else.
    """
    first, *rest = text.split() or [""]
    verb = CATALOG.get(first.casefold())
    if verb is None or verb.query or {f.kind for f in verb.fields} - {"incident", "flag"}:
        return [text]
    numbers = [word for word in rest if _LINK.match(word) or _BARE.match(word)]
    if len(numbers) < 2 or sum(f.kind == "incident" for f in verb.fields) != 1:
        return [text]
    others = [word for word in rest if word not in numbers]
    return [" ".join([first, number, *others]) for number in dict.fromkeys(numbers)]


def verb_of(text: str) -> str:
    """The verb a line begins with, "" where it begins with none; no line at all asks for help."""
    words = text.casefold().split()
    if not words:
        return "help"
    both = "-".join(words[:2])
    return next((name for name in (both, words[0]) if name in CATALOG), "")


def mentioned(text: str) -> int | None:
    """The first incident a line names: ``1842``, ``#1842`` or a card's link."""
    found = (_LINK.match(word) or _BARE.match(word) for word in text.split())
    return next((int(m[1]) for m in found if m), None)


def _unknown(word: str) -> NotFound:
    hint = nearest(word.casefold())
    if hint is None:
        return NotFound(f"No command {word}. Try: help")
    return NotFound(f"No command {word}. Did you mean {hint}? {CATALOG[hint].example or hint}")


_ONE_WORD, _A_TIME = (
    ("choice", "word", "words", "who", "person", "duty", "schedule"),
    ("moment", "when", "range"),
)


def _flagged(words: list[str], verb: Verb, args: dict[str, Any]) -> list[str]:
    """``--name value`` for fields that are words or times; several of one name are a list.

    A time goes on to the next flag; a field called ``at`` needs no dashes.
    """
    known = {f.name: f for f in verb.fields if f.kind in (*_ONE_WORD, *_A_TIME)}
    rest: list[str] = []
    while words:
        name, eq, value = words[0].partition("=")
        bare = words[0] if words[0] == "at" else ""
        field = known.get(bare or name.removeprefix("--").replace("-", "_"))
        if field is None or not (bare or name.startswith("--")) or (len(words) == 1 and not eq):
            rest, words = [*rest, words[0]], words[1:]
            continue
        more = [value, *words[1:]] if eq else words[1:]
        ends = next((i for i, w in enumerate(more) if i and w.startswith("--")), len(more))
        taken = ends if field.kind in _A_TIME else 1
        before = f"{args[field.name]}," if field.name in args else ""
        args[field.name], words = before + " ".join(more[:taken]), more[taken:]
    return rest


def _named(words: list[str], verb: Verb, args: dict[str, Any]) -> list[str]:
    """``name=value`` for the verb's own arguments; in the words of a list it is one of those."""
    in_list = any(f.kind in ("list", "view") for f in verb.fields)
    known = {f.name for f in verb.fields if not in_list or f.kind == "choice"}
    rest = []
    for word in words:
        name, eq, value = word.partition("=")
        if eq and name in known and value:
            args[name] = value
        else:
            rest.append(word)
    return rest


def _filtered(
    words: list[str], verb: Verb, args: dict[str, Any], known: Known
) -> tuple[list[str], list[str]]:
    """A filter goes from the first word to a time; a number in its place is an incident's. Of one
    that must be there plain words after the first are not part: they are said before the time."""
    field = next((f for f in verb.fields if f.kind == "filter" and f.name not in args), None)
    if field is None or not words or _LINK.match(words[0]) or _BARE.match(words[0]):
        return words, []
    ends = first_time(words)
    if any(f.kind == "repeat" for f in verb.fields):
        ends = first_time(words := typed_repeat.ahead(words, ends, args))
    ends = _spoken_from(words, ends, verb, known)
    what = _things(words[:ends]) if field.required else ends
    if ends:
        args[field.name] = " ".join(words[:what])
    return words[ends:], words[what:ends]


def _spoken_from(words: list[str], ends: int, verb: Verb, known: Known) -> int:
    """Where the time begins: with words ahead of ``ends`` that only people's own words know, such
    as a day in front of a clock; anywhere where our own grammar found none."""
    kind = next((f.kind for f in verb.fields if f.kind in ("when", "range")), "")
    first = 1 if ends == len(words) else max(1, ends - _BEFORE)
    for i in range(first, min(ends, first + _LATEST)) if kind else ():
        taken = known.leads(kind, words[i:])
        if taken and (ends == len(words) or i + taken > ends):
            return i
    return ends


def _things(words: list[str]) -> int:
    """How many words from the start are things: ``db-5 disk swap`` is about db-5."""
    first = 2 if words[:1] and words[0] in _KINDS_OF_THINGS else 1
    for i, word in enumerate(words[first:], first):
        if _PLAIN.match(word) and word not in _OF_A_FILTER and words[i - 1] not in _OF_A_FILTER:
            return i
    return len(words)


# incidents


def _incidents(words: list[str], verb: Verb, args: dict[str, Any], here: int | None) -> list[str]:
    """Take the incidents a line names: ``#1842`` and links anywhere, plain numbers that fit."""
    wanted = [f.name for f in verb.fields if f.kind == "incident" and f.name not in args]
    places = {i: int(m[1]) for i, word in enumerate(words) if (m := _LINK.match(word))}
    for i in _bare_numbers(words, verb, here is not None):
        if len(places) < len(wanted):
            places.setdefault(i, int(words[i]))
    taken = sorted(places)[: len(wanted)]
    found = [places[i] for i in taken]
    if here is not None and len(found) < len(wanted):
        found.insert(0, here)
    args.update(zip(wanted, found, strict=False))
    rest = [word for i, word in enumerate(words) if i not in taken]
    return [w for w in rest if w not in _FILLERS] if len(wanted) > 1 else rest


def _bare_numbers(words: list[str], verb: Verb, in_thread: bool) -> Iterator[int]:
    """Where plain numbers mean incidents, the likeliest place first.

    Numbers in free text mean none: beside text only the first word counts, the last one, or one in
    front of parameters; in a thread, where the number may be left out, only the first, and none in
    front of mere text.
    """
    kinds = {f.kind for f in verb.fields if f.name != "incident"}
    last, raw = len(words) - 1, _word(verb) is _PAIR
    for i, word in enumerate(words):
        if not _BARE.match(word) or _is_of_a_time(words, i):
            continue
        if "text" not in kinds and not (in_thread and "words" in kinds):
            fits = True
        elif in_thread:
            fits = i == 0 and verb.name != "note"
        else:
            fits = i in (0, last) or (raw and "=" in words[i + 1])
        if fits:
            yield i


def _is_of_a_time(words: list[str], i: int) -> bool:
    before = words[i - 1].casefold() if i else ""
    after = words[i + 1].casefold() if i + 1 < len(words) else ""
    return before in _BEFORE_A_NUMBER or names_a_day(before) or _UNIT.match(after) is not None


# what is left


def _remainder(words: list[str], verb: Verb, args: dict[str, Any], line: str) -> None:
    if not words:
        return
    text = next((f for f in verb.fields if f.kind == "text" and f.name not in args), None)
    if text is None:
        example = verb.example or verb.name
        say = f"I don't know what {' '.join(words)} means here. Example: {example}"
        raise Invalid(say, "words")
    args[text.name] = _as_typed(line, words, _word(verb))


def _word(verb: Verb) -> re.Pattern[str]:
    """What a word is: parameters may have values of several."""
    return _PAIR if any(f.raw for f in verb.fields) else _WORD


def _as_typed(line: str, words: list[str], word: re.Pattern[str]) -> str:
    """Words at the end of a line as they were typed, line breaks and all."""
    spans = list(word.finditer(line))[-len(words) :]
    if [m[0] for m in spans] == words:
        return line[spans[0].start() :].strip()
    return " ".join(words)
