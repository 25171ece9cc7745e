"""A source's own mapping: JMESPath expressions, constants and words, checked when it is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import jmespath
from jmespath.exceptions import JMESPathError, UnknownFunctionError
from jmespath.functions import Functions, signature

from integrations.base import Malformed, Misconfigured
from store.model import AlertStatus, Severity

FIELDS = (
    "alerts", "key", "status", "severity", "title", "description", "resource", "type", "labels",
    "links", "starts_at", "ends_at",
)  # fmt: skip

OTHERS = "*"
"""In status_map and severity_map: what every other word means."""

_Word = TypeVar("_Word", bound=StrEnum)


class _WithRoot(Functions):
    """JMESPath's own functions; ``root()``, for expressions inside a list; ``between()``, for text
    without fields (a regular expression over a stranger's text may never end)."""

    def __init__(self, root: Any) -> None:
        self._root = root

    @signature()
    def _func_root(self) -> Any:
        return self._root

    @signature({"types": ["string", "null"]}, {"types": ["string"]}, {"types": ["string"]})
    def _func_between(self, text: str | None, start: str, end: str) -> str | None:
        """What stands after ``start`` and before ``end`` or the line's end; None without."""
        _, found, rest = (text or "").partition(start)
        line = rest.partition("\n")[0]
        return (line.partition(end)[0] if end else line).strip() or None if found else None


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of one source, ready to use."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    statuses: Mapping[str, AlertStatus] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)

    def status(self, word: str) -> AlertStatus | None:
        """What the source's own table says of this word."""
        return self.statuses.get(_fold(word))

    def severity(self, word: str) -> Severity | None:
        """What the source's own table says of this word."""
        return self.severities.get(_fold(word))

    def value(self, name: str, part: Any, root: Any) -> Any:
        """What the mapping gives for a field; None where it gives nothing."""
        rule = self.fields.get(name)
        if rule is None:
            return None
        if _is_table(rule):
            return {
                key: evaluated(inner, part, root, f"map.{name}.{key}")
                for key, inner in rule.items()
            }
        return evaluated(rule, part, root, f"map.{name}")


def rules(settings: Mapping[str, Any]) -> Rules:
    """The source's rules; Misconfigured, naming the setting, where they can't work."""
    if not settings:
        return Rules()
    fields = _mapping(settings, "map")
    for name, rule in fields.items():
        _check(name, rule)
    return Rules(
        fields,
        _words(_mapping(settings, "status_map"), AlertStatus, "status_map"),
        _words(_mapping(settings, "severity_map"), Severity, "severity_map"),
    )


def check(settings: Mapping[str, Any]) -> None:
    """Misconfigured where the settings of a source can't work; for when they are made."""
    rules(settings)


def evaluated(rule: Any, part: Any, root: Any, where: str) -> Any:
    """A rule's value for one part of the body; Malformed where the body can't give it."""
    if not isinstance(rule, str):
        return rule["const"] if isinstance(rule, Mapping) else rule
    try:
        return _compiled(rule).search(part, jmespath.Options(custom_functions=_WithRoot(root)))
    except JMESPathError as error:
        raise Malformed(f"{rule}: {_first_line(error)}", where, 422) from None


def _check(name: str, rule: Any) -> None:
    if name not in FIELDS:
        raise Misconfigured(f"no field {name!r}; there are {', '.join(FIELDS)}", f"map.{name}")
    if _is_table(rule):
        if name not in ("labels", "links"):
            raise Misconfigured("expected an expression or {const: value}", f"map.{name}")
        for key, inner in rule.items():
            _check_expression(inner, f"map.{name}.{key}")
    else:
        _check_expression(rule, f"map.{name}")


def _check_expression(rule: Any, setting: str) -> None:
    """Compiled, and tried on nothing: that is when JMESPath sees a function it doesn't have."""
    if not isinstance(rule, str):
        if isinstance(rule, list) or (isinstance(rule, Mapping) and "const" not in rule):
            raise Misconfigured("expected an expression or {const: value}", setting)
        return
    try:
        compiled = _compiled(rule)
        compiled.search({}, jmespath.Options(custom_functions=_WithRoot({})))
    except UnknownFunctionError as error:
        raise Misconfigured(f"{rule}: {error}", setting) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, JMESPathError) and not _is_syntax(error):
            return
        raise Misconfigured(f"{rule}: {_first_line(error)}", setting) from None


def _is_syntax(error: Exception) -> bool:
    return isinstance(
        error, (jmespath.exceptions.ParseError, jmespath.exceptions.EmptyExpressionError)
    )


@lru_cache(512)
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def _is_table(rule: Any) -> bool:
    return isinstance(rule, Mapping) and "const" not in rule


def _mapping(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = settings.get(name) or {}
    if not isinstance(found, Mapping):
        raise Misconfigured("expected a mapping", name)
    return found


def _words(table: Mapping[str, Any], to: type[_Word], setting: str) -> dict[str, _Word]:
    found: dict[str, _Word] = {}
    for word, meaning in table.items():
        try:
            found[_fold(str(word))] = to(str(meaning).strip().lower())
        except ValueError:
            known = ", ".join(to)
            raise Misconfigured(f"{meaning!r} is none of {known}", f"{setting}.{word}") from None
    return found


def _fold(word: str) -> str:
    return word.strip().casefold()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
