"""What an action is run with: values that people gave, values that templates take from an incident.
Text of strangers is never live: it is taken where it looks like a name or a number, else not."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from commands.rules import allowing
from commands.rules.conditions import Facts

PLAIN = re.compile(
    r"(?!-(?!\d+(?:\.\d+)?\Z))(?!(?:.*[/=:,])?\.\.(?:[/,]|\Z))(?!.*,-)[\w.:/@+=,-]{1,256}"
)
"""What a value out of an alert must look like to be taken: a word that begins like no option and
leads out of no folder."""
LONGEST = 16 * 1024
"""So many characters a value may have."""
MASK = "••••"
ROOTS = ("labels", "incident", "resource", "params")
_TERM = r"(?:[A-Za-z_][\w./-]*|'[^'{}|]*')"
_HOLE = re.compile(r"(?<!\{)\{(" + _TERM + r"(?:\|" + _TERM + r")*)(!any)?\}(?!\})")
_NEARLY = re.compile(r"(?<!\{)\{[^{}\"]*\}(?!\})")
EVALUATED = ("{{", "{%", "<%")
"""A runner would compute it: what is given is a value, never a template of the other side."""
_FLAGS = {
    "yes": True, "true": True, "on": True, "1": True, "y": True,
    "no": False, "false": False, "off": False, "0": False, "n": False,
}  # fmt: skip


class Takes(Protocol):
    """A parameter of an action, as integrations tell it."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def default(self) -> Any: ...
    @property
    def choices(self) -> tuple[str, ...]: ...
    @property
    def secret(self) -> bool: ...


class Fillable(Protocol):
    """What can be filled in: an Offer of the catalogue."""

    @property
    def name(self) -> str: ...
    @property
    def via(self) -> str: ...
    @property
    def params(self) -> Sequence[Takes]: ...
    @property
    def given(self) -> Mapping[str, Any]: ...
    @property
    def fixed(self) -> Mapping[str, Any]: ...
    @property
    def allow(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def confirm(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Filled:
    """``params`` as they go out, ``missing`` the required ones that nothing fills, ``refused`` says
    for each parameter that can't be taken why, ``taken`` names those that came from a template and
    may be changed."""

    params: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()

    @property
    def why_not(self) -> str:
        """What keeps it from being run, in words; "" where nothing does."""
        lacks = [f"{name} is missing" for name in self.missing]
        return "; ".join([*(f"{name} {why}" for name, why in self.refused.items()), *lacks])


class Wrong(Exception):
    """A value can't be taken; says why, to be read after the parameter's name."""


def fill(offer: Fillable, facts: Facts, given: Mapping[str, Any]) -> Filled:
    """The parameters an action is run with.

    What is ``given`` counts for more than the offer's templates; an empty value says that nothing
    is to be filled in there. What the offer has fixed nobody changes. Defaults are left to who runs
    it, but what the offer allows holds for them too.
    """
    known = {one.name: one for one in offer.params}
    params, refused, taken = dict[str, Any](), dict[str, str](), list[str]()
    for name, value in given.items():
        if name in offer.fixed:
            refused[name] = "is set by the settings and can't be given"
        elif name not in known:
            there = ", ".join(n for n in known if n not in offer.fixed) or "none"
            refused[name] = f"is no parameter of it; those are: {there}"
        elif not _empty(value):
            _put(params, refused, known[name], partial(_inert, value, offer.via))
            if name in params:  # JSON may have said it in other letters
                _put(params, refused, known[name], partial(_inert, params[name], offer.via))
    for name, template in offer.given.items():
        if name not in given and name not in offer.fixed and name in known:
            _put(params, refused, known[name], partial(value_of, template, facts, params))
            taken += [name] if name in params else []
    for name, template in offer.fixed.items():
        _put(params, refused, known.get(name), partial(value_of, template, facts, params), name)
        if name not in params and name not in refused:
            refused[name] = f"has nothing to stand for: {template}"
    for name, why in allowing.wrong(offer, params):
        refused.setdefault(name, why.removeprefix(f"{name} ").rstrip("."))
    missing = tuple(
        one.name
        for one in offer.params
        if one.required and one.default is None and one.name not in params
        and one.name not in refused
    )  # fmt: skip
    return Filled(params, missing, refused, tuple(taken))


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _put(
    params: dict[str, Any],
    refused: dict[str, str],
    takes: Takes | None,
    value: Callable[[], Any],
    name: str = "",
) -> None:
    name = takes.name if takes is not None else name
    try:
        found = value()
        if not _empty(found):
            params[name] = found if takes is None else typed(takes, found)
    except Wrong as wrong:
        params.pop(name, None)
        refused[name] = str(wrong)


def _inert(value: Any, via: str) -> Any:
    """What somebody gave, which a runner must not compute."""
    if via == "remote" and any(mark in text for text in _texts(value) for mark in EVALUATED):
        raise Wrong("has {{, {% or <%, which would be computed there")
    return value


def _texts(value: Any) -> Iterator[str]:
    """Every text within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)


# values as an action takes them


def typed(takes: Takes, value: Any) -> Any:
    """A value as a parameter takes it, from what people type or from what a program gave. Wrong
    says what it should be."""
    if not isinstance(value, str):
        value = _as_it_is(takes, value)
    elif len(value) > LONGEST:
        raise Wrong(f"is longer than {LONGEST} characters")
    else:
        value = _READ.get(takes.kind, str)(value)
    if takes.choices and plain(value) not in takes.choices:
        raise Wrong(f"is one of {', '.join(takes.choices)}")
    return value


def _as_it_is(takes: Takes, value: Any) -> Any:
    right = {
        "number": isinstance(value, int) and not isinstance(value, bool),
        "decimal": isinstance(value, (int, float)) and not isinstance(value, bool),
        "flag": isinstance(value, bool),
        "list": isinstance(value, (list, tuple)),
        "object": isinstance(value, Mapping),
    }.get(takes.kind)
    if right is None:
        return plain(value)
    if not right:
        return typed(takes, plain(value))
    return list(value) if takes.kind == "list" else value


def _number(text: str) -> int:
    bare = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", bare):
        raise Wrong("is a whole number")
    return int(bare)


def _decimal(text: str) -> float:
    try:
        number = float(text.strip())
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Wrong("is a number")
    return number


def _flag(text: str) -> bool:
    if text.strip().casefold() not in _FLAGS:
        raise Wrong("is yes or no")
    return _FLAGS[text.strip().casefold()]


def _list(text: str) -> list[Any]:
    if text.strip().startswith("["):
        found = _json(text)
        if not isinstance(found, list):
            raise Wrong("is a list")
        return found
    return [word.strip() for word in re.split(r"[,\n]", text) if word.strip()]


def _object(text: str) -> Mapping[str, Any]:
    found = _json(text)
    if not isinstance(found, dict):
        raise Wrong('is an object as JSON: {"name": "value"}')
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Wrong("is no JSON") from None


_READ: Mapping[str, Any] = {
    "number": _number, "decimal": _decimal, "flag": _flag, "list": _list, "object": _object,
}  # fmt: skip


# templates


def value_of(template: Any, facts: Facts, params: Mapping[str, Any]) -> Any:
    """What a template stands for, None where nothing is there for one of its holes. Wrong where an
    incident says something that is not taken."""
    if isinstance(template, Mapping):
        pairs = {key: value_of(each, facts, params) for key, each in template.items()}
        return {key: each for key, each in pairs.items() if each is not None}
    if isinstance(template, (list, tuple)):
        return [v for each in template if (v := value_of(each, facts, params)) is not None]
    if not isinstance(template, str):
        return template
    holes = list(_HOLE.finditer(template))
    found = [_first(hole[1], facts, params) for hole in holes]
    if any(each is None for each in found):
        return None
    for hole, each in zip(holes, found, strict=True):
        if not hole[2] and not _own(hole[1], str(each)) and not PLAIN.fullmatch(str(each)):
            raise Wrong(f"is not taken from {hole[1]}: it is not a plain word ({_short(each)!r})")
    parts = iter(found)
    text = _HOLE.sub(lambda _: str(next(parts)), template)
    if any(text.count(mark) > template.count(mark) for mark in EVALUATED):
        raise Wrong("is not taken: it has {{, {% or <%, which would be computed there")
    return text


def word(offer: Fillable, facts: Facts, params: Mapping[str, Any]) -> str:
    """What must be typed before an action is run: its name where its template stands for nothing;
    "" where nothing must be."""
    if not offer.confirm:
        return ""
    usual = {one.name: one.default for one in offer.params if one.name not in params}
    return words(offer.confirm, facts, {**usual, **params}).strip() or offer.name


def words(template: str, facts: Facts, params: Mapping[str, Any]) -> str:
    """A template as people read it, with nothing where nothing is there."""
    return _HOLE.sub(lambda hole: _first(hole[1], facts, params) or "", template)


def mistakes(template: Any) -> Iterator[str]:
    """What can't be meant in a template, for who wrote it."""
    for text in _texts(template):
        holes = {hole[0] for hole in _HOLE.finditer(text)}
        for each in _NEARLY.findall(text):
            if each not in holes:
                yield f"{each} is no template: write {{labels.host}} or {{labels.host|'db-1'}}"
        for hole in _HOLE.finditer(text):
            for term in hole[1].split("|"):
                root, dot, _ = term.partition(".")
                if dot and not term.startswith("'") and root not in ROOTS:
                    yield f"{hole[0]}: {root} is none of {', '.join(ROOTS)}"


def _first(terms: str, facts: Facts, params: Mapping[str, Any]) -> str | None:
    for term in terms.split("|"):
        if term.startswith("'"):
            return term[1:-1]
        if found := _looked_up(term, facts, params):
            return found
    return None


def _looked_up(term: str, facts: Facts, params: Mapping[str, Any]) -> str:
    root, dot, name = term.partition(".")
    if dot and root == "params":
        return plain(params.get(name))
    if dot and root in ("incident", "resource"):
        return next(iter(facts.values.get(term, ())), "")
    return facts.first(term)


def _own(terms: str, value: str) -> bool:
    """Whether a value is the one that stands in the template itself."""
    return f"'{value}'" in terms.split("|")


# in words


def plain(value: Any) -> str:
    """A value as text, as people type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)


def secret_names(params: Iterable[Takes]) -> tuple[str, ...]:
    """The parameters that are shown to nobody."""
    return tuple(one.name for one in params if one.secret)


def shown(params: Mapping[str, Any], secret: Iterable[str]) -> dict[str, str]:
    """Parameters as people may read them, secrets masked."""
    hidden = set(secret)
    return {n: MASK if n in hidden else _short(plain(v)) for n, v in params.items()}


def deed(offer: Fillable, params: Mapping[str, Any], secret: Iterable[str] = ()) -> str:
    """What is run, in words: ``rotate-wal host=db-3 keep=24h``; secrets are masked."""
    return called(offer.name, params, (*secret, *secret_names(offer.params)))


def called(name: str, params: Mapping[str, Any], secret: Iterable[str]) -> str:
    """A name with its parameters, as people would type it."""
    pairs = (f"{n}={_quoted(v)}" for n, v in shown(params, secret).items())
    return " ".join((name, *pairs))


def _quoted(text: str) -> str:
    return f'"{text}"' if not text or re.search(r"\s", text) else text


def _short(value: Any, most: int = 60) -> str:
    text = " ".join(str(value).split())
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"
