"""What each kind of field takes of the words of a typed line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from commands import typed_repeat
from commands.called import called
from commands.errors import Invalid
from commands.registry import Field
from commands.rules.range import is_range, problem
from commands.rules.time_words import is_moment
from commands.rules.when import TRIES, BadTime, read_when
from store.model import Definitions

Leads = Callable[[str, Sequence[str]], int]
"""How many words from the start are a time of that kind, in people's own words too."""

MENTION = re.compile(r"^<@!?(\w+)(?:\|[^>]*)?>$")
_SHORT = {"severity": "sev"}
_DAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)\w*$")
_CLOCK = re.compile(r"^\d{1,2}(:\d\d|[ap]m\b|-\d|$)")
_GOES_ON = re.compile(
    r"^(?:at|um|à|a|alle|from|de|von|to|until|till|bis|for|in|the|after|next|noon|midday|midnight"
    r"|morning|afternoon|evening|night|early|früh|mittags?|abends?|nachmittags?|matin|soir|midi"
    r"|[-\u2013\u2014]|\d{1,2}(?:[:.h]\d{0,2}|am|pm)|\d{1,2} (?:uhr|uur|heures?|h)|uhr|h)$"
)
_WHOLE = re.compile(r"\d(?:am|pm)?\s*(?:-|\u2013|to|until|till)\s*\d")
"""From a clock to a clock: nothing is missing."""


def _none(kind: str, words: Sequence[str]) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a line is read with: the names there are, and what finds times in people's own words."""

    definitions: Definitions
    leads: Leads = _none


Args = dict[str, Any]


def names_a_day(word: str) -> bool:
    """``sat``, ``saturday``."""
    return _DAY.match(word) is not None


def take(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """Puts what a field takes of the words among the arguments; the words that are left."""
    takes = _TAKES.get(field.kind)
    return takes(field, words, args, known) if takes is not None else words


def _word(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    if words:
        args[field.name] = words[0]
    return words[1:]


def _every(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    if words:
        args[field.name] = " ".join(words)
    return []


# people, teams, schedules


def _who(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    words = words[1:] if words and words[0] == "to" else words
    if len(words) > 1 and words[0] == "team":
        args[field.name] = f"team:{words[1]}"
        return words[2:]
    if not words:
        return words
    definitions = known.definitions
    names = {p.name.casefold(): p.handle for p in definitions.people.values()}
    for n in (3, 2):
        if (handle := names.get(" ".join(words[:n]).casefold())) and len(words) >= n:
            args[field.name] = handle
            return words[n:]
    args[field.name] = _person_of(words[0], definitions) or words[0].lstrip("@")
    return words[1:]


def _duty(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """``db``, ``team db``, ``schedule primary``, ``@ana``; words that begin a time are none."""
    if len(words) > 1 and words[0] in ("team", "schedule"):
        args[field.name] = f"{words[0]}:{words[1]}"
        return words[2:]
    if not words or any(is_moment(" ".join(words[:n])) for n in range(1, min(5, len(words)) + 1)):
        return words
    if not _is_named(words, known.definitions) and known.leads("moment", words):
        return words
    return _who(field, words, args, known)


def _is_named(words: list[str], definitions: Definitions) -> bool:
    """Whether the first word is somebody's, a team's or a schedule's."""
    first = words[0].lstrip("@").casefold()
    people = definitions.people.values()
    return (
        words[0][0] in "@<"
        or first in (*definitions.teams, *definitions.schedules)
        or any(first in (p.handle, p.first_name.casefold()) for p in people)
        or any(" ".join(words[:2]).casefold() == p.name.casefold() for p in people)
    )


def _one_person(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """``@ana``, ``ana``, ``Ana Petrova``; one that may be left out is named with its sign."""
    named = words and (words[0].startswith("@") or MENTION.match(words[0]))
    return _who(field, words, args, known) if named or field.required else words


def _schedule(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """``db``, ``team db``, ``schedule primary``; only the names there are."""
    if len(words) > 1 and words[0] in ("team", "schedule"):
        args[field.name] = f"{words[0]}:{words[1]}"
        return words[2:]
    definitions = known.definitions
    kind, colon, name = (words or [""])[0].rpartition(":")
    among = [n for n in ("team", "schedule") if not colon or n == kind]
    there = {"team": definitions.teams, "schedule": definitions.schedules}
    nobody = not definitions.people and not any(is_range(" ".join(words[:n])) for n in (1, 2, 3))
    unknown = nobody and not known.leads("range", words)
    if words and (unknown or any(name in there[n] for n in among)):
        args[field.name] = words[0]
        return words[1:]
    strange = len(words) > 1 and is_range(words[1]) and not is_range(words[0])
    if strange and not known.leads("range", words):
        names = ", ".join([*sorted(definitions.schedules), *sorted(definitions.teams)][:8])
        raise Invalid(f"There is no schedule or team {words[0]}. There are: {names}.", field.name)
    return words


def _person_of(word: str, definitions: Definitions) -> str | None:
    """The person behind a platform's own mention, such as ``<@U0OMAR>``."""
    mention = MENTION.match(word)
    if mention is None:
        return None
    people = definitions.people.values()
    return next((p.handle for p in people if mention[1] in p.contacts.values()), mention[1])


# times


def _range(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """The longest run of words from the start that reads as a span of time."""
    ours = next((n for n in range(min(12, len(words)), 0, -1) if is_range(" ".join(words[:n]))), 0)
    taken = _longer("range", words, ours, known)
    if not taken:
        if words and field.required:
            raise Invalid(problem(" ".join(words[:2])), field.name)
        return words
    if taken == ours and _CLOCK.match(" ".join(words[taken : taken + 1])):
        raise Invalid(problem(" ".join(words[: taken + 1])), field.name)
    args[field.name] = " ".join(words[:taken])
    return words[taken:]


def _longer(kind: str, words: list[str], ours: int, known: Known) -> int:
    """How many words are the time: those that our own grammar reads, unless it goes on in words
    that it does not know."""
    if not words or _WHOLE.search(" ".join(words[:ours])):
        return ours
    after = (" ".join(words[ours : ours + n]).casefold() for n in (1, 2))
    if ours and not any(map(_GOES_ON.match, after)):
        return ours
    return max(ours, known.leads(kind, words))


def _when(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """The longest run of words from the start that reads as a time."""
    while words and words[0] in ("for", "until", "till", "in"):
        led, words = words, words[1:]
        if not _ours(words) and (taken := known.leads("when", led)):
            args[field.name] = " ".join(led[:taken])
            return led[taken:]
    if taken := _longer("when", words, _ours(words), known):
        args[field.name] = " ".join(words[:taken])
        return words[taken:]
    if words:
        said = words[:2] if _is_dated(words) else words[:1]
        raise Invalid(f"{' '.join(said)} is not a time. {TRIES}", field.name)
    return words


def _ours(words: list[str]) -> int:
    """How many words our own grammar reads as a time."""
    for n in range(min(4, len(words)), int(_is_dated(words)), -1):
        try:
            read_when(" ".join(words[:n]), 0, "UTC")
        except BadTime:
            continue
        return n
    return 0


def _is_dated(words: list[str]) -> bool:
    """A day with something like a clock after it, which is part of the time."""
    day = words[0].casefold() if words else ""
    named = day in ("today", "tomorrow") or names_a_day(day)
    return len(words) > 1 and named and words[1][0].isdecimal()


# the others


def _number(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """People count steps from 1, storage from 0."""
    rest = [w for w in words if w not in ("to", field.name, f"--{field.name}")]
    if not rest or not rest[0].removeprefix("#").isdecimal():
        return rest
    number = int(rest[0].removeprefix("#")) - (field.name == "step")
    if number < 0:
        raise Invalid("Steps are counted from 1.", field.name)
    args[field.name] = number
    return rest[1:]


def _by_name(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """``policy managers`` for the field ``policy``; ``sev error`` for ``severity``."""
    for i, word in enumerate(words[:-1]):
        if word in (field.name, f"--{field.name}", _SHORT.get(field.name)):
            args[field.name] = words[i + 1]
            return words[:i] + words[i + 2 :]
    return words


def _choice(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    options = {v for v, _ in field.choices} | {v.split("_")[0] for v, _ in field.choices}
    if words and words[0] in options:
        args[field.name] = words[0]
        return words[1:]
    return words


def _flag(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    """``take``, ``--take``; one of two words also apart: ``in channel`` for ``in_channel``."""
    apart = field.name.split("_")
    spoken = (field.name, f"--{field.name}", f"--{'-'.join(apart)}")
    for i, word in enumerate(words):
        many = len(apart) if len(apart) > 1 and words[i : i + len(apart)] == apart else 1
        if word in spoken or many > 1:
            args[field.name] = True
            return words[:i] + words[i + many :]
    return words


def _name(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    return called(field, words, args)


def _repeat(field: Field, words: list[str], args: Args, known: Known) -> list[str]:
    return typed_repeat.repeat(field, words, args)


_TAKES: dict[str, Callable[[Field, list[str], Args, Known], list[str]]] = {
    "who": _who,
    "person": _one_person,
    "duty": _duty,
    "schedule": _schedule,
    "when": _when,
    "range": _range,
    **dict.fromkeys(("moment", "words", "list", "view"), _every),
    "name": _name,
    "word": _word,
    "number": _number,
    "noun": _number,
    "choice": _choice,
    "flag": _flag,
    "named": _by_name,
    "repeat": _repeat,
}
