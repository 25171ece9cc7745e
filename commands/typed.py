"""A typed line → verb and arguments: the order of words is free, numbers find their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from commands import typed_repeat
from commands.arguments import nearest
from commands.called import called
from commands.errors import Invalid, NotFound
from commands.registry import CATALOG, Field, Verb
from commands.rules.range import is_range, problem
from commands.rules.time_words import first_time, is_moment
from commands.rules.when import BadTime, read_when
from store.model import Definitions

_WORD = re.compile(r"\S+")
_LINK = re.compile(r"^<?(?:https?://\S+/i/|#)(\d{1,15})(?:[|>]\S*)?$")
_BARE = re.compile(r"^(\d{1,15})$")
_MENTION = re.compile(r"^<@!?(\w+)(?:\|[^>]*)?>$")
_SHORT = {"severity": "sev"}
_FILLERS = {"to", "into", "in", "for", "until", "till"}
_BEFORE_A_NUMBER = {"step", "at", "today", "tomorrow"}
_DAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)\w*$")
_CLOCK = re.compile(r"^\d{1,2}(:\d\d|[ap]m\b|-\d|$)")
_UNIT = re.compile(r"^(am|pm|m|min\w*|h|hrs?|hours?|d|days?|w|weeks?)$")


def read_line(
    text: str, definitions: Definitions, incident: int | None = None
) -> tuple[Verb, dict[str, Any]]:
    """The verb and its arguments; NotFound hints at a typo, Invalid at words that don't fit.

    ``incident`` is the thread's, used where the line names none.
    """
    words = _WORD.findall(text)
    if not words:
        return CATALOG["help"], {}
    verb = CATALOG.get("-".join(words[:2]).casefold())
    if verb is not None and len(words) > 1:
        words = words[1:]
    else:
        verb = CATALOG.get(words[0].casefold())
    if verb is None:
        raise _unknown(words[0])
    args: dict[str, Any] = {}
    rest = _named(_flagged(words[1:], verb, args), verb, args)
    rest = _filtered(rest, verb, args)
    if not any(f.kind == "filter" and f.name in args for f in verb.fields):
        rest = _incidents(rest, verb, args, incident)
    for field in verb.fields:
        if field.name not in args and field.kind not in ("incident", "text"):
            rest = _take(field, rest, args, definitions)
    _remainder(rest, verb, args, text)
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


def _filtered(words: list[str], verb: Verb, args: dict[str, Any]) -> list[str]:
    """A filter goes from the first word to a time; a number in its place is an incident's."""
    field = next((f for f in verb.fields if f.kind == "filter" and f.name not in args), None)
    if field is None or not words or _LINK.match(words[0]) or _BARE.match(words[0]):
        return words
    ends = first_time(words)
    if any(f.kind == "repeat" for f in verb.fields):
        ends = first_time(words := typed_repeat.ahead(words, ends, args))
    if ends:
        args[field.name] = " ".join(words[:ends])
    return words[ends:]


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

    Numbers in free text mean none: beside text only the first word counts, or the last one; in a
    thread, where the number may be left out, only the first, and none in front of mere text.
    """
    kinds = {f.kind for f in verb.fields if f.name != "incident"}
    last = len(words) - 1
    for i, word in enumerate(words):
        if not _BARE.match(word) or _is_of_a_time(words, i):
            continue
        if "text" not in kinds and not (in_thread and "words" in kinds):
            fits = True
        elif in_thread:
            fits = i == 0 and verb.name != "note"
        else:
            fits = i in (0, last)
        if fits:
            yield i


def _is_of_a_time(words: list[str], i: int) -> bool:
    before = words[i - 1].casefold() if i else ""
    after = words[i + 1].casefold() if i + 1 < len(words) else ""
    return (
        before in _BEFORE_A_NUMBER
        or _DAY.match(before) is not None
        or _UNIT.match(after) is not None
    )


# the other fields


def _take(
    field: Field, words: list[str], args: dict[str, Any], definitions: Definitions
) -> list[str]:
    """What a field takes of the words; those that are left."""
    if (names := _NAMES.get(field.kind)) is not None:
        return names(field, words, args, definitions)
    takes = _TAKES.get(field.kind)
    return takes(field, words, args) if takes is not None else words


def _word(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    if words:
        args[field.name] = words[0]
    return words[1:]


def _every(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    if words:
        args[field.name] = " ".join(words)
    return []


def _who(
    field: Field, words: list[str], args: dict[str, Any], definitions: Definitions
) -> list[str]:
    words = words[1:] if words and words[0] == "to" else words
    if len(words) > 1 and words[0] == "team":
        args[field.name] = f"team:{words[1]}"
        return words[2:]
    if not words:
        return words
    names = {p.name.casefold(): p.handle for p in definitions.people.values()}
    for n in (3, 2):
        if (handle := names.get(" ".join(words[:n]).casefold())) and len(words) >= n:
            args[field.name] = handle
            return words[n:]
    args[field.name] = _person_of(words[0], definitions) or words[0].lstrip("@")
    return words[1:]


def _duty(
    field: Field, words: list[str], args: dict[str, Any], definitions: Definitions
) -> list[str]:
    """``db``, ``team db``, ``schedule primary``, ``@ana``; words that begin a time are none."""
    if len(words) > 1 and words[0] in ("team", "schedule"):
        args[field.name] = f"{words[0]}:{words[1]}"
        return words[2:]
    if not words or any(is_moment(" ".join(words[:n])) for n in range(1, min(5, len(words)) + 1)):
        return words
    return _who(field, words, args, definitions)


def _one_person(
    field: Field, words: list[str], args: dict[str, Any], definitions: Definitions
) -> list[str]:
    """``@ana``, ``ana``, ``Ana Petrova``; one that may be left out is named with its sign."""
    named = words and (words[0].startswith("@") or _MENTION.match(words[0]))
    return _who(field, words, args, definitions) if named or field.required else words


def _schedule(
    field: Field, words: list[str], args: dict[str, Any], definitions: Definitions
) -> list[str]:
    """``db``, ``team db``, ``schedule primary``; only the names there are."""
    if len(words) > 1 and words[0] in ("team", "schedule"):
        args[field.name] = f"{words[0]}:{words[1]}"
        return words[2:]
    kind, colon, name = (words or [""])[0].rpartition(":")
    among = [n for n in ("team", "schedule") if not colon or n == kind]
    known = {"team": definitions.teams, "schedule": definitions.schedules}
    nobody = not definitions.people and not any(is_range(" ".join(words[:n])) for n in (1, 2, 3))
    if words and (nobody or any(name in known[n] for n in among)):
        args[field.name] = words[0]
        return words[1:]
    if words and len(words) > 1 and is_range(words[1]) and not is_range(words[0]):
        there = ", ".join([*sorted(definitions.schedules), *sorted(definitions.teams)][:8])
        raise Invalid(f"There is no schedule or team {words[0]}. There are: {there}.", field.name)
    return words


def _range(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """The longest run of words from the start that reads as a span of time."""
    for n in range(min(12, len(words)), 0, -1):
        if is_range(said := " ".join(words[:n])):
            if _CLOCK.match(" ".join(words[n : n + 1])):
                raise Invalid(problem(" ".join(words[: n + 1])), field.name)
            args[field.name] = said
            return words[n:]
    if words and field.required:
        raise Invalid(problem(" ".join(words[:2])), field.name)
    return words


def _person_of(word: str, definitions: Definitions) -> str | None:
    """The person behind a platform's own mention, such as ``<@U0OMAR>``."""
    mention = _MENTION.match(word)
    if mention is None:
        return None
    people = definitions.people.values()
    return next((p.handle for p in people if mention[1] in p.contacts.values()), mention[1])


def _when(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """The longest run of words from the start that reads as a time."""
    while words and words[0] in ("for", "until", "till", "in"):
        words = words[1:]
    dated = len(words) > 1 and _names_a_day(words[0]) and words[1][0].isdecimal()
    for n in range(min(4, len(words)), int(dated), -1):
        try:
            read_when(" ".join(words[:n]), 0, "UTC")
        except BadTime:
            continue
        args[field.name] = " ".join(words[:n])
        return words[n:]
    if words:
        said = words[:2] if dated else words[:1]
        tries = "sat 20:00, tomorrow 9am, 2h"
        raise Invalid(f"{' '.join(said)} is not a time. Try: {tries}.", field.name)
    return words


def _names_a_day(word: str) -> bool:
    return word in ("today", "tomorrow") or _DAY.match(word.casefold()) is not None


def _number(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """People count steps from 1, storage from 0."""
    rest = [w for w in words if w not in ("to", field.name, f"--{field.name}")]
    if not rest or not rest[0].removeprefix("#").isdecimal():
        return rest
    number = int(rest[0].removeprefix("#")) - (field.name == "step")
    if number < 0:
        raise Invalid("Steps are counted from 1.", field.name)
    args[field.name] = number
    return rest[1:]


def _by_name(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """``policy managers`` for the field ``policy``; ``sev error`` for ``severity``."""
    for i, word in enumerate(words[:-1]):
        if word in (field.name, f"--{field.name}", _SHORT.get(field.name)):
            args[field.name] = words[i + 1]
            return words[:i] + words[i + 2 :]
    return words


def _choice(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    options = {v for v, _ in field.choices} | {v.split("_")[0] for v, _ in field.choices}
    if words and words[0] in options:
        args[field.name] = words[0]
        return words[1:]
    return words


def _flag(field: Field, words: list[str], args: dict[str, Any]) -> list[str]:
    """``take``, ``--take``; one of two words also apart: ``in channel`` for ``in_channel``."""
    apart = field.name.split("_")
    spoken = (field.name, f"--{field.name}", f"--{'-'.join(apart)}")
    for i, word in enumerate(words):
        many = len(apart) if len(apart) > 1 and words[i : i + len(apart)] == apart else 1
        if word in spoken or many > 1:
            args[field.name] = True
            return words[:i] + words[i + many :]
    return words


_NAMES: dict[str, Callable[[Field, list[str], dict[str, Any], Definitions], list[str]]] = {
    "who": _who,
    "person": _one_person,
    "duty": _duty,
    "schedule": _schedule,
}
_TAKES: dict[str, Callable[[Field, list[str], dict[str, Any]], list[str]]] = {
    "when": _when,
    "range": _range,
    **dict.fromkeys(("moment", "words", "list", "view"), _every),
    "name": called,
    "word": _word,
    "number": _number,
    "noun": _number,
    "choice": _choice,
    "flag": _flag,
    "named": _by_name,
    "repeat": typed_repeat.repeat,
}


def _remainder(words: list[str], verb: Verb, args: dict[str, Any], line: str) -> None:
    if not words:
        return
    text = next((f for f in verb.fields if f.kind == "text" and f.name not in args), None)
    if text is None:
        example = verb.example or verb.name
        say = f"I don't know what {' '.join(words)} means here. Example: {example}"
        raise Invalid(say, "words")
    args[text.name] = _as_typed(line, words)


def _as_typed(line: str, words: list[str]) -> str:
    """Words at the end of a line as they were typed, line breaks and all."""
    spans = list(_WORD.finditer(line))[-len(words) :]
    if [m[0] for m in spans] == words:
        return line[spans[0].start() :].strip()
    return " ".join(words)
