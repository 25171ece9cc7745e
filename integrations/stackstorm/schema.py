"""Parameters as StackStorm's JSON schema has them: as fields of a form, and what people wrote in
one as StackStorm takes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.base import Param, Permanent

KINDS = {"string": "text", "integer": "number", "number": "decimal", "boolean": "flag",
         "array": "list", "object": "object"}  # fmt: skip
LIVE = ("{{", "{%", "<%")
"""What StackStorm would evaluate in a value: Jinja in every parameter, YAQL in a workflow's."""
_BEGINS = re.compile(r"\{(?=[{%])|<(?=%)")
_MOST = 200
_NAME = re.compile(r"[\w.:/-]{1,100}")
"""What a parameter is called that people can name."""
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

Schema = Mapping[str, Any]


def params(properties: Schema, first: Schema | None = None, needed: Any = ()) -> tuple[Param, ...]:
    """Fields in the order of a form: what is required, then what has a place, then the action's own
    (``first``), then what every action of its runner has."""
    own = properties if first is None else first
    needed = needed if isinstance(needed, list | tuple) else ()
    found = []
    for name, of in list(properties.items())[:_MOST]:
        if isinstance(of, dict) and not of.get("immutable") and _NAME.fullmatch(str(name)):
            required = of.get("required") is True or name in needed
            place = of.get("position")
            rank = (not required, name not in own, place if isinstance(place, int) else 1_000, name)
            found.append((rank, _param(str(name), of, required, name not in own)))
    return tuple(each for _, each in sorted(found, key=lambda pair: pair[0]))


def _param(name: str, of: Mapping[str, Any], required: bool, common: bool) -> Param:
    secret, default = bool(of.get("secret")), of.get("default")
    said = " ".join(str(of.get("description") or of.get("title") or "").split())
    computed = live(default) or (secret and default not in (None, ""))
    if live(default):
        said, default = f"{said} (StackStorm fills it in itself)".strip(), None
        required = False
    return Param(
        name=name,
        kind=kind(of),
        help=said,
        required=required and default in (None, ""),
        default=None if secret else default,
        choices=_choices(of),
        secret=secret,
        computed=computed,
        common=common and not required,
    )


def kind(of: Mapping[str, Any]) -> str:
    """The kind of a field."""
    named = of.get("type")
    for each in named if isinstance(named, list) else [named]:
        if isinstance(each, str) and each in KINDS:
            return KINDS[each]
    return "text"


def _choices(of: Mapping[str, Any]) -> tuple[str, ...]:
    listed = of.get("enum")
    if not isinstance(listed, list):
        return ()
    return tuple(_word(each) for each in listed if each is not None)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def live(value: Any) -> bool:
    """Whether StackStorm would evaluate something in it."""
    if isinstance(value, str):
        return any(mark in value for mark in LIVE)
    if isinstance(value, Mapping):
        return any(live(each) for pair in value.items() for each in pair)
    return isinstance(value, list | tuple) and any(map(live, value))


def inert(value: Any) -> Any:
    """The same with every such mark broken by a space, for what strangers wrote: a rule there may
    hand it to a workflow, which evaluates it."""
    if isinstance(value, str):
        return _BEGINS.sub(r"\g<0> ", value)
    if isinstance(value, Mapping):
        return {inert(name): inert(each) for name, each in value.items()}
    return [inert(each) for each in value] if isinstance(value, list | tuple) else value


def harmless(given: Mapping[str, Any]) -> None:
    """Permanent where StackStorm would evaluate what somebody wrote."""
    for name, value in given.items():
        if live(value):
            raise Permanent(
                f"{name} holds {' or '.join(LIVE)}, which StackStorm would evaluate; "
                "templates: true in its settings allows it"
            )


def cast(given: Mapping[str, Any], properties: Schema) -> dict[str, Any]:
    """What people wrote, as StackStorm takes it. What is empty and not asked for is left out; what
    does not fit is left as it is, for StackStorm to refuse in its own words."""
    found = {}
    for name, value in given.items():
        of = properties.get(name)
        of = of if isinstance(of, dict) else {}
        if value is None or (value == "" and not (of.get("required") and kind(of) == "text")):
            continue
        found[name] = _cast(value, kind(of)) if of and isinstance(value, str) else value
    return found


def _cast(value: str, wanted: str) -> Any:
    bare = value.strip()
    if wanted == "number" and _INTEGER.fullmatch(bare):
        return int(bare)
    if wanted == "decimal":
        try:
            return float(bare)
        except ValueError:
            return value
    if wanted == "flag" and bare.lower() in (*_TRUE, *_FALSE):
        return bare.lower() in _TRUE
    if wanted in ("list", "object"):
        return _structure(bare, wanted, value)
    return value


def _structure(bare: str, wanted: str, value: str) -> Any:
    if bare[:1] in "[{":
        try:
            found = json.loads(bare)
        except ValueError:
            return value
        return found if isinstance(found, list if wanted == "list" else dict) else value
    if wanted == "list":
        return [each.strip() for each in re.split(r"[,\n]", bare) if each.strip()]
    pairs = [each.partition("=") for each in re.split(r"[,\n]", bare)]
    if all(middle for _, middle, _ in pairs):
        return {name.strip(): what.strip() for name, _, what in pairs}
    return value


def hidden(given: Mapping[str, Any], properties: Schema) -> Iterator[str]:
    """The values that nobody may read."""
    for name, value in given.items():
        of = properties.get(name)
        if isinstance(of, dict) and of.get("secret") and value not in (None, ""):
            yield str(value)
