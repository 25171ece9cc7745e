"""Strict JSON of strangers: bounded depth, no NaN, and errors that say where."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import msgspec

from integrations.base import Malformed, Request

DEPTH = 100
"""Levels of nesting we read; real senders stay under 20, and 100 is safe in any thread."""

OBJECTS = 100_000
"""Objects and lists of one body; a parser makes them all in one go, and nothing else runs."""

FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a msgspec decoder raises for a body it can't read."""

FORM = "application/x-www-form-urlencoded"

_BOM = b"\xef\xbb\xbf"
# SNS posts JSON as text/plain; curl -d posts it as a form.
_JSON_TYPES = frozenset(("", "application/json", "text/json", "text/plain"))


def body(request: Request) -> bytes:
    """The bytes to parse as JSON, without BOM; Malformed 415 where the type says otherwise."""
    kind = request.content_type
    found = request.body
    named = kind in _JSON_TYPES or kind.endswith("+json")
    if not named and not (kind == FORM and looks_like_json(found)):
        raise Malformed(f"expected JSON, got {kind[:80]}", "content-type", 415)
    return found[3:] if found.startswith(_BOM) else found


def looks_like_json(found: bytes) -> bool:
    """True where the first character opens an object or an array."""
    return found[:64].removeprefix(_BOM).lstrip(b" \t\r\n")[:1] in (b"{", b"[")


def parse(found: bytes) -> Any:
    """Any JSON value of at most DEPTH levels; of keys that come twice the last one wins."""
    if found.count(b"[") + found.count(b"{") > OBJECTS:
        raise Malformed(f"more than {OBJECTS} objects and lists")
    try:
        value = _decode(found)
    except FAILURES:
        value = _parse_slowly(found)
    if found.count(b"[") + found.count(b"{") > DEPTH and _deeper(value, DEPTH):
        raise _too_deep()
    return value


def parse_text(found: str) -> Any:
    """JSON inside a string: a form field, or a value that holds JSON text."""
    return parse(found.encode("utf-8", "surrogatepass").removeprefix(_BOM))


def written(value: Any) -> str:
    """A value as text, the same for the same value: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _parse_slowly(found: bytes) -> Any:
    """The standard library reads lone surrogates, which msgspec refuses, and knows lines."""
    if not found.strip(b" \t\r\n"):
        raise Malformed("the body is empty")
    try:
        return json.loads(
            found.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite, parse_int=_int
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"not JSON: {error.msg}", where) from None
    except UnicodeDecodeError as error:
        raise Malformed("not JSON: not UTF-8", f"byte {error.start}") from None
    except RecursionError:
        raise _too_deep() from None


def _no_constant(word: str) -> NoReturn:
    raise Malformed(f"not JSON: {word} is not a JSON number")


_LARGEST = sys.float_info.max
_LEAST = -_LARGEST


def _finite(digits: str) -> float:
    """msgspec's own takes 8 µs for one like 1.5e300, a second for a body full of them."""
    number = float(digits)
    if _LEAST <= number <= _LARGEST:
        return number
    raise Malformed(f"the number {digits[:40]} is too large")


_decode = msgspec.json.Decoder(float_hook=_finite).decode


def _int(digits: str) -> int:
    if len(digits) > 400:
        raise Malformed(f"the number {digits[:40]}… is too large")
    return int(digits)


def _deeper(value: Any, limit: int) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def _too_deep() -> Malformed:
    return Malformed(f"nested deeper than {DEPTH} levels")
