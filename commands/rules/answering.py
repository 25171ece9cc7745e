"""What is answered to a question of a workflow: people's words as its schema wants them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.rules.filling import EVALUATED

_YES, _NO = ("true", "yes", "y", "on", "1", "ja", "si"), ("false", "no", "n", "off", "0", "nein")
_PAIR = re.compile(r"""(?P<name>[A-Za-z_][\w.-]*)=(?P<value>"[^"]*"|'[^']*'|\S*)""")
LONGEST = 4_000
"""So many characters one value may have."""


@dataclass(frozen=True, slots=True)
class Answerers:
    """Who somebody there is here: ``people`` are their users (handle by name), ``roles`` their
    roles (``role:admin``, ``team:db`` … by name)."""

    people: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked: ``kind`` is the schema's type, ``choices`` its enum as text."""

    name: str
    kind: str
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    secret: bool = False
    rules: Mapping[str, Any] = field(default_factory=dict)


def fields(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """What a schema asks for, in its order (``position`` first); what is not understood is text."""
    named = schema.get("properties")
    named = named if isinstance(named, Mapping) else {}
    listed = schema.get("required")
    must = {str(each) for each in listed} if isinstance(listed, (list, tuple)) else set()
    found = [
        (one.get("position", 1_000), _field(str(name), one, must))
        for name, one in named.items()
        if isinstance(one, Mapping) and one.get("immutable") is not True
    ]
    ordered = sorted(found, key=lambda pair: pair[0] if isinstance(pair[0], int) else 1_000)
    return tuple(each for _, each in ordered)


def _field(name: str, one: Mapping[str, Any], must: set[str]) -> Field:
    said = one.get("type", "")
    kinds = [str(k) for k in said] if isinstance(said, (list, tuple)) else [str(said)]
    kind = next((k for k in kinds if k not in ("null", "")), "") or _kind_of(one)
    options = one.get("enum")
    choices = tuple(map(text_of, options)) if isinstance(options, (list, tuple)) else ()
    help_ = str(one.get("description") or one.get("title") or "")
    required = one.get("required") is True or name in must
    return Field(
        name, kind, help_, required, choices, one.get("default"), one.get("secret") is True, one
    )


def _kind_of(one: Mapping[str, Any]) -> str:
    return "boolean" if isinstance(one.get("default"), bool) else "string"


def text_of(value: Any) -> str:
    """A value as people type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def typed(text: str, asked: tuple[Field, ...]) -> dict[str, str]:
    """``continue=yes note="all good"``, one JSON object, or the bare answer where one thing is
    asked."""
    text = text.strip()
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return {str(k): v if isinstance(v, str) else json.dumps(v) for k, v in found.items()}
    names = {each.name.casefold(): each.name for each in asked}
    pairs = list(_PAIR.finditer(text))
    known = [p for p in pairs if p["name"].casefold() in names]
    if known and (len(asked) > 1 or known[0].start() == 0):
        return {names[p["name"].casefold()]: p["value"].strip("\"'") for p in pairs if p in known}
    must = [each for each in asked if each.required] or list(asked)
    if text and len(must) == 1:
        return {must[0].name: text}
    return {p["name"]: p["value"].strip("\"'") for p in pairs}


def read(
    asked: tuple[Field, ...], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The answer as its schema wants it, and what is wrong by field."""
    answer: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for each in asked:
        value = given.get(each.name)
        if value in (None, ""):
            if each.default is not None:
                answer[each.name] = each.default
            elif each.required:
                wrong[each.name] = f"{each.name} is needed{_as(each)}."
            continue
        try:
            answer[each.name] = _value(each, value)
            if any(mark in str(value) for mark in EVALUATED):
                raise ValueError("has {{, {% or <%, which the workflow would compute")
            if bad := next(_broken(each, answer[each.name]), ""):
                raise ValueError(bad)
        except ValueError as error:
            wrong[each.name] = f"{each.name} {error}."
    for name in given:
        if name not in {each.name for each in asked}:
            there = ", ".join(each.name for each in asked) or "nothing"
            wrong[name] = f"{name} is not asked for: {there}."
    return answer, wrong


def _as(each: Field) -> str:
    if each.choices:
        return f": one of {', '.join(each.choices)}"
    return {"boolean": ": yes or no", "integer": ": a whole number", "number": ": a number"}.get(
        each.kind, ""
    )


def _value(each: Field, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters")
    if each.choices:
        return _chosen(each, text)
    return _READ.get(each.kind, str)(text)


def _chosen(each: Field, text: str) -> Any:
    options = list(each.rules.get("enum", ()))
    for option, said in zip(options, each.choices, strict=False):
        if said == text or (isinstance(option, str) and said.casefold() == text.casefold()):
            return option
    if bools := [o for o in options if isinstance(o, bool)]:
        found = _flag(text)
        if found in bools:
            return found
    raise ValueError(f"must be one of {', '.join(each.choices)}")


def _flag(text: str) -> bool:
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError("must be yes or no")


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text):
        raise ValueError("must be a whole number")
    return int(text)


def _number(text: str) -> float | int:
    if not re.fullmatch(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})([eE][+-]?\d{1,2})?", text):
        raise ValueError("must be a number")
    found = float(text)
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else found


def _list(text: str) -> list[Any]:
    if text.startswith("["):
        found = _json(text)
        if not isinstance(found, list):
            raise ValueError("must be a list")
        return found
    return [each.strip() for each in text.split(",") if each.strip()]


def _object(text: str) -> dict[str, Any]:
    found = _json(text)
    if not isinstance(found, dict):
        raise ValueError('must be an object like {"a": 1}')
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is no valid JSON") from None


_READ: Mapping[str, Any] = {
    "boolean": _flag, "integer": _whole, "number": _number, "array": _list, "object": _object,
}  # fmt: skip


def _broken(each: Field, value: Any) -> Iterator[str]:
    """Limits of the schema that can be looked at here; the rest is looked at there."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = _limit(each, "minimum"), _limit(each, "maximum")
        size, of = float(value), ""
        say = "be"
    elif isinstance(value, (str, list)):
        ends, of = ("Items", " items") if isinstance(value, list) else ("Length", " characters")
        low, high = _limit(each, f"min{ends}"), _limit(each, f"max{ends}")
        size, say = len(value), "have"
    else:
        return
    if low is not None and size < low:
        yield f"must {say} at least {low:g}{of}"
    if high is not None and size > high:
        yield f"must {say} at most {high:g}{of}"


def _limit(each: Field, name: str) -> float | None:
    value = each.rules.get(name)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def shown(asked: tuple[Field, ...], answer: Mapping[str, Any], mask: str = "••••") -> str:
    """``continue=yes note="all good"``, secrets hidden."""
    secret = {each.name for each in asked if each.secret}
    return " ".join(
        f"{name}={mask if name in secret else _quoted(text_of(value))}"
        for name, value in answer.items()
    )


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    text = text if len(text) <= 120 else f"{text[:119]}…"
    return f'"{text}"' if " " in text else text
