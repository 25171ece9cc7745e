"""One way to say which alerts and incidents are meant: ``critical team:db host=staging-*``.

Lists, saved views, silences, maintenances and alert rules all read it. Pure.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from store.model import Alert, AlertReading, AlertType, Incident, Severity

OWN = (
    "severity", "source", "type", "service", "team", "route", "resource", "title", "status",
    "tag", "who",
)  # fmt: skip
"""Fields that are not looked up among the labels first."""

ALSO: Mapping[str, tuple[str, ...]] = {
    "host": ("host", "hostname", "host_name", "instance", "node", "nodename"),
}
"""Labels that monitors use for the same thing; the resource counts where none of them is there."""

PAIRS = frozenset(("team", "tag", "source", "type", "service", "route", "resource", "host"))
"""Fields that may be said as two words: ``team db``."""
_STATES: Mapping[str, tuple[str, ...]] = {
    "open": ("triggered", "acknowledged"),
    "new": ("triggered",),
    "triggered": ("triggered",),
    "acknowledged": ("acknowledged",),
    "resolved": ("resolved",),
    "all": (),
}
_SEVERITIES = tuple(str(s) for s in Severity)
_TYPES = tuple(str(t) for t in AlertType)
_APOSTROPHE = re.compile(r""""(?:\\.|[^"\\])*"|(?<=\w)'(?=\w)""")
_LABEL = "label."
"""Before the name of a label that is called like a field: ``label.severity=page``."""

Values = Callable[[str], Iterable[str]]
"""The values that something has under a name; none where it has no such field."""


class BadFilter(ValueError):
    """The words are no filter; the message says what to type instead."""


@dataclass(frozen=True, slots=True)
class Term:
    """One field and the globs of which one must fit; with ``but`` none may."""

    name: str
    globs: tuple[str, ...]
    but: bool = False

    def fits(self, values: Values) -> bool:
        """Whether something with these values is meant."""
        found = [v.casefold() for v in values(self.name) if v]
        return self.but is not any(fnmatchcase(v, g) for v in found for g in self.globs)

    def __str__(self) -> str:
        value = ",".join(self.globs)
        sign = f"{'!' if self.but else ''}={'=' * value.startswith('=')}"
        return f"{_quoted(self.name)}{sign}{_quoted(value)}"


@dataclass(frozen=True, slots=True)
class Filter:
    """Every term must fit and every word must be found; an empty one means everything."""

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms or self.words)

    def fits(self, values: Values) -> bool:
        """Whether something with these values is meant; ``values("")`` is all its text."""
        if not all(term.fits(values) for term in self.terms):
            return False
        if not self.words:
            return True
        text = " ".join(values("")).casefold()
        return all(word in text for word in self.words)

    def of(self, name: str) -> Term | None:
        """The first term about a field."""
        return next((t for t in self.terms if t.name == name), None)

    def __str__(self) -> str:
        return " ".join((*map(str, self.terms), *map(_quoted, self.words)))


def _quoted(text: str) -> str:
    """A value so that it is read as one again."""
    if not set(text) & set(" \"'\\\t\r\n#"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=512)
def read(text: str) -> Filter:
    """The filter that words mean; BadFilter says what is wrong with them.

    ``name=glob``, ``name!=glob``, several values with commas, ``team db`` and ``team:db``;
    severities and states by their word alone, ``nobody`` and ``mine``; all else is looked for in
    the text. Values with blanks stand in quotes.
    """
    return of_tokens(split(text))


def split(text: str) -> list[str]:
    """The words of a filter without their quotation marks; an apostrophe in a word is none."""
    try:
        return shlex.split(_APOSTROPHE.sub(lambda m: m[0] if m[0][0] == '"' else "\\'", text))
    except ValueError:
        raise BadFilter("A quotation mark has no end.") from None


def of_tokens(tokens: Iterable[str]) -> Filter:
    """The filter that words without quotation marks mean."""
    tokens = list(tokens)
    terms, words = list[Term](), list[str]()
    while tokens:
        token = tokens.pop(0)
        if (term := _term(token, tokens)) is not None:
            terms.append(term)
        elif token.casefold() not in ("", "all", "and"):
            words.append(token.casefold())
    return Filter(tuple(_joined(terms)), tuple(words))


def _term(token: str, rest: list[str]) -> Term | None:
    name, sign, value = token.partition("=")
    if sign and name.casefold() == "label" and "=" in value.strip("="):
        return of_label(value)
    if sign and name not in ("", "!"):
        but = name.endswith("!")
        return _checked(name.removesuffix("!"), value.removeprefix("="), but)
    name, sign, value = token.partition(":")
    if sign and value and name.casefold() in (*PAIRS, *OWN) and not value.startswith("//"):
        return _checked(name, value, False)
    word = token.casefold()
    parts = tuple(part for part in word.split(",") if part)
    if parts and all(part in _SEVERITIES for part in parts):
        return Term("severity", parts)
    if parts and word != "all" and all(part in _STATES for part in parts):
        return _checked("status", word, False)
    if word in ("nobody", "mine", "me"):
        return Term("who", ("nobody" if word == "nobody" else "me",))
    if word in PAIRS and rest:
        return _checked(word, rest.pop(0), False)
    return None


def of_label(text: str) -> Term:
    """``label=env=prod``; one that is called like a field is asked for as a label all the same."""
    name, _, value = text.partition("=")
    bare = name.removesuffix("!")
    as_label = bare.casefold() in OWN and bare.casefold() != "service"
    return _checked(_LABEL + bare if as_label else bare, value, name.endswith("!"))


def _checked(name: str, value: str, but: bool) -> Term:
    known = name.casefold()
    name = known if known in OWN or known in ALSO else name
    globs = tuple(dict.fromkeys(v.strip().casefold() for v in value.split(",") if v.strip()))
    if not globs:
        raise BadFilter(f"{name}= has no value. Try {name}=db-3 or {name}=db-*.")
    for field, words in (("severity", _SEVERITIES), ("type", _TYPES)):
        if name == field and (bad := [g for g in globs if not _one_of(g, words)]):
            raise BadFilter(f"{bad[0]} is not a {field}: {', '.join(words)}.")
    if name == "status":
        if bad := [g for g in globs if g not in (*_STATES, "*")]:
            raise BadFilter(f"{bad[0]} is not a status: open, new, acknowledged, resolved, all.")
        globs = tuple(dict.fromkeys(s for g in globs for s in _STATES.get(g, ()))) or ("*",)
    return Term(name, globs, but)


def _one_of(glob: str, known: Iterable[str]) -> bool:
    return any(fnmatchcase(word, glob) for word in known)


def _joined(terms: list[Term]) -> Iterable[Term]:
    """``critical error`` means either: severities and states said one by one are alternatives."""
    either: dict[str, Term] = {}
    for term in terms:
        if term.name in ("severity", "status") and not term.but:
            before = either.get(term.name)
            globs = (*before.globs, *term.globs) if before else term.globs
            either[term.name] = Term(term.name, tuple(dict.fromkeys(globs)))
    done = set[str]()
    for term in terms:
        if term.but or term.name not in either:
            yield term
        elif term.name not in done:
            done.add(term.name)
            yield either[term.name]


# what things have


def of_alert(
    reading: AlertReading | Alert, source: str, route: str = "", team: str | None = None
) -> Values:
    """The values of an alert."""

    def values(name: str) -> Iterable[str]:
        if name == "":
            return (
                reading.title, reading.description[:300], reading.resource or "", source,
                *reading.labels.values(),
            )  # fmt: skip
        return _values(
            name, reading.labels, reading.resource,
            {
                "severity": reading.severity, "source": source, "type": reading.type,
                "team": team or "", "route": route, "title": reading.title,
                "status": reading.status,
            },
        )  # fmt: skip

    return values


def of_incident(incident: Incident, me: str = "") -> Values:
    """The values of an incident; ``me`` is who asks."""

    def values(name: str) -> Iterable[str]:
        i = incident
        if name == "":
            return (
                f"#{i.id}", i.title, i.value, i.service or "", i.resource or "", i.source,
                *i.labels.values(), *i.tags,
            )  # fmt: skip
        if name == "tag":
            return i.tags
        if name == "who":
            who = [h for h in (i.holder, i.assignee) if h]
            return [*who, *_marks(i, bool(me) and me in who)]
        if name == "service" and i.service:
            return (i.service,)
        return _values(
            name, i.labels, i.resource,
            {
                "severity": i.severity, "source": i.source, "type": i.type, "team": i.team or "",
                "route": i.route, "title": i.title, "status": i.status,
            },
        )  # fmt: skip

    return values


def _marks(i: Incident, mine: bool) -> Iterable[str]:
    """What else its people are called: somebody who was asked to take it has not got it."""
    if mine:
        yield "me"
    if i.holder is None:
        yield "nobody"


def _values(
    name: str, labels: Mapping[str, str], resource: str | None, own: Mapping[str, str]
) -> Iterable[str]:
    if name in own:
        return (own[name],)
    if name == "resource":
        return (resource or "",)
    if name in ALSO:
        found = [labels[n] for n in ALSO[name] if n in labels]
        return found or (resource or "",)
    if name in labels:
        return (labels[name],)
    folded = name.casefold().removeprefix(_LABEL)
    return [v for n, v in labels.items() if n.casefold() == folded]
