"""Reading what clouds answer: whatever is missing, null or of another kind is nothing, no error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import httpx

from integrations import _time
from integrations._text import label, title
from integrations.base import Transient

instant = _time.instant


def body(answer: httpx.Response, name: str) -> dict[str, Any]:
    """The JSON object of an answer; Transient for anything else: something stands between us."""
    if not answer.content:
        return {}
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        kind = answer.headers.get("Content-Type", "nothing known").partition(";")[0][:60]
        raise Transient(f"{name} answered with no JSON object but {kind}", broken=True)
    return found


def refusal(answer: httpx.Response) -> tuple[str, str]:
    """The code and the sentence of an error, in either cloud's shape or none."""
    try:
        found = answer.json()
    except ValueError:
        return "", ""
    found = found[0] if isinstance(found, list) and found else found
    error = found.get("error", found) if isinstance(found, dict) else {}
    if not isinstance(error, dict):  # OAuth: {"error": "invalid_client", "error_description": …}
        return text(error), title(f"{error}: {text(found.get('error_description'))}", 300)
    code = text(error.get("status")) or text(error.get("code"))
    return code, title(f"{code}: {text(error.get('message'))}", 300)


@lru_cache(2048)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def dig(holder: Any, path: str) -> Any:
    """What stands at the end of ``a.b.c``, None where any of it is missing."""
    for step in _steps(path):
        if not isinstance(holder, dict):
            return None
        holder = holder.get(step)
    return holder


def part(holder: Any, path: str) -> dict[str, Any]:
    """The object at the end of a path, empty where there is none."""
    found = dig(holder, path)
    return found if isinstance(found, dict) else {}


def say(holder: Any, path: str) -> str:
    """The text at the end of a path."""
    return text(dig(holder, path))


def text(value: Any) -> str:
    """A scalar as text, ``""`` for anything else; halves of characters become ``?``."""
    if isinstance(value, str):
        whole = value if value.isascii() else value.encode("utf-8", "replace").decode()
        return whole.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else ""


def entries(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def words(value: Any) -> tuple[str, ...]:
    """The texts of a list, or of text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    found = value if isinstance(value, (list, tuple)) else ()
    return tuple(said for each in found if (said := text(each)))


def number(value: Any) -> float | None:
    """A finite number, also where it is written as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def sizes(**found: Any) -> dict[str, float]:
    """Those of the sizes that are numbers above zero."""
    return {name: size for name, each in found.items() if (size := number(each)) and size > 0}


def tags(value: Any) -> dict[str, str]:
    """Labels: short texts by name."""
    if not isinstance(value, Mapping):
        return {}
    return {text(name): label(text(each)) for name, each in value.items() if text(name)}


def facts(**found: Any) -> dict[str, str]:
    """Those of the facts that say something; ``_`` in a name is a space."""
    said = ((name.replace("_", " "), label(text(each))) for name, each in found.items())
    return {name: each for name, each in said if each}


def one_line(*parts: str) -> str:
    """The parts that say something, as one line."""
    return title(": ".join(each for each in parts if each), 400)


def chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    """The items, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
