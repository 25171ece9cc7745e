"""What came of an execution, as people read it: its output or its result as YAML, the one line that
says what went wrong, the exit status. Bounded at every step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from integrations.base import RemoteResult
from integrations.stackstorm.shapes import fields, part, text

_LINE = 300
_CODES = ("return_code", "exit_code")
_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[()][0-9A-B])")
_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_TELLING = re.compile(
    r"error|fatal|fail|denied|refused|cannot|can't|not found|no such|exception|timed out|unable|"
    r"invalid|panic|unreachable", re.IGNORECASE
)  # fmt: skip
_RAISED = re.compile(r"[\w.]*(?:Error|Exception|Exit|Interrupt|Timeout)\b")
_BAD = frozenset({"failed", "timeout", "abandoned", "canceled"})
_BLANK = ("", "None", "null")


def legible(raw: bytes | str, most: int) -> tuple[str, bool]:
    """The end of what was printed, as text, and whether something is missing at its beginning; what
    is no text is said in words."""
    whole = len(raw)
    if isinstance(raw, str):
        raw = raw[-most:].encode("utf-8", "replace")
    cut = whole > most or len(raw) > most
    shown = raw[-most:].decode("utf-8", "replace")
    if cut:
        shown = shown.lstrip("\ufffd")
    shown = _ANSI.sub("", shown).replace("\r\n", "\n")
    odd = len(_ODD.findall(shown))
    if odd and (odd * 20 > len(shown) or "\x00" in shown):
        return f"({size(whole)} that are no text are not shown)", cut
    return "\n".join(each.rpartition("\r")[2] for each in _ODD.sub("", shown).split("\n")), cut


def size(number: int) -> str:
    """``10.0 MB``."""
    if number < 1_000:
        return f"{number} bytes"
    return f"{number / 1e3:.1f} kB" if number < 1_000_000 else f"{number / 1e6:.1f} MB"


def told(result: Any, status: str, most: int) -> RemoteResult:
    """A result that was read whole; ``status`` in StackStorm's words."""
    said, cut = _text(result, most)
    code = _code(result)
    bad = status in _BAD or (isinstance(result, dict) and result.get("failed") is True)
    error = _error(result, code) if bad or _errors(result) else ""
    if bad and not error:
        error = {"timeout": "it took too long", "abandoned": "StackStorm's runner left it",
                 "canceled": "canceled"}.get(status, "")  # fmt: skip
    return RemoteResult(text=said, error=error, code=code, cut=cut)


def too_large(head: bytes, tail: bytes, printed: str, status: str, most: int) -> RemoteResult:
    """A result that is not read whole: what was printed, or its end as it stands there, and what
    both its ends say."""
    code = None
    for piece in (head, tail):
        if match := re.search(rb'"(?:return_code|exit_code)"\s*:\s*(-?\d{1,6})\b', piece):
            code = int(match[1])
            break
    error = ""
    if status in _BAD:
        match = re.search(rb'"error"\s*:\s*"((?:[^"\\]|\\.){1,400})', head + b"\n" + tail)
        error = match[1].decode("utf-8", "replace") if match else _telling(printed)
        error = _first(error.replace("\\n", "\n")) or (f"exit status {code}" if code else "")
    said = printed.strip("\n") or legible(_unescaped(tail), most)[0]
    return RemoteResult(text=said, error=error, code=code, cut=True)


def _unescaped(raw: bytes) -> str:
    """A piece of JSON, a little easier to read."""
    shown = raw.decode("utf-8", "replace").lstrip("\ufffd")
    for mark, means in (("\\n", "\n"), ("\\t", "\t"), ('\\"', '"')):
        shown = shown.replace(mark, means)
    return shown


# ---- text ----------------------------------------------------------------------------------------


def _text(result: Any, most: int) -> tuple[str, bool]:
    pieces, cut = list(_pieces(result)), False
    whole = "\n".join(each for each in pieces if each)
    shown, cut = legible(whole, most)
    return shown.strip("\n"), cut


def _pieces(result: Any) -> Iterator[str]:
    if not isinstance(result, dict):
        yield result if isinstance(result, str) else _yaml(result)
        return
    if "stdout" in result or "stderr" in result:
        yield from _printed(result)
        return
    if result and all(isinstance(e, dict) and "stdout" in e for e in result.values()):
        for host, each in result.items():
            yield f"{host}:"
            yield from _printed(each)
        return
    if "traceback" in result:
        yield text(result.get("error"))
        yield text(result.get("traceback"))
        return
    rest = {k: v for k, v in result.items() if k not in ("errors", "error") and v not in (None, {})}
    if set(rest) == {"output"}:
        rest = rest["output"]
    if rest:
        yield _yaml(rest)
    for each in _errors(result):
        yield _of_task(each)


def _printed(result: Mapping[str, Any]) -> Iterator[str]:
    """What a command or a script printed, and what it returned."""
    for name in ("stdout", "stderr"):
        value = result.get(name)
        yield (value if isinstance(value, str) else _yaml(value)).rstrip("\n")
    returned = result.get("result")
    if returned is not None and str(returned) not in _BLANK:
        yield returned if isinstance(returned, str) else _yaml(returned)


def _yaml(value: Any) -> str:
    """As YAML, of a long one the beginning."""
    if value is None or value in ("", {}, []):
        return ""
    budget = [20_000]
    made = yaml.safe_dump(_pruned(value, budget, 0), sort_keys=False, allow_unicode=True, width=120)
    return made.removesuffix("\n...\n").rstrip("\n")


def _pruned(value: Any, budget: list[int], depth: int) -> Any:
    """Plain values, until the budget is used up."""
    budget[0] -= 8
    if budget[0] < 0 or depth > 12:
        return "…"
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for name, each in value.items():
            if budget[0] < 0:
                found["…"] = f"{len(value) - len(found)} more"
                break
            found[str(name)] = _pruned(each, budget, depth + 1)
        return found
    if isinstance(value, list):
        listed: list[Any] = []
        for each in value:
            if budget[0] < 0:
                listed.append(f"… {len(value) - len(listed)} more")
                break
            listed.append(_pruned(each, budget, depth + 1))
        return listed
    if isinstance(value, str):
        budget[0] -= len(value)
        return value if len(value) <= 16_000 else value[:16_000] + "…"
    return value if isinstance(value, int | float | bool) or value is None else str(value)


# ---- what went wrong -----------------------------------------------------------------------------


def _code(result: Any) -> int | None:
    if not isinstance(result, dict):
        return None
    places = [result, *(each for each in result.values() if isinstance(each, dict))]
    found = [place[name] for place in places for name in _CODES
             if isinstance(place.get(name), int) and not isinstance(place[name], bool)]  # fmt: skip
    return next((each for each in found if each), found[0] if found else None)


def _error(result: Any, code: int | None) -> str:
    """The one line."""
    if isinstance(result, str):
        return _telling(result)
    found = fields(result)
    for each in _errors(found):
        if line := _of_task(each):
            return line
    for name in ("error", "message"):
        if line := _first(_reason(text(found.get(name)))):
            return line
    places = [found, *(each for each in found.values() if isinstance(each, dict))]
    for name in ("stderr", "error", "stdout"):
        for place in places:
            if line := _telling(text(place.get(name))):
                return line
    return f"exit status {code}" if code else ""


def _reason(said: str) -> str:
    if "codec can't decode byte" in said:
        return "it printed something that is no text, which StackStorm does not take"
    return said


def _errors(result: Any) -> list[Any]:
    """What a workflow says went wrong."""
    found = fields(result).get("errors") if isinstance(result, dict) else None
    return [each for each in found if each] if isinstance(found, list) else []


def _of_task(error: Any) -> str:
    """``task: what went wrong``, with what the task itself says where it does."""
    if not isinstance(error, dict):
        return _first(text(error))
    inner = part(error, "result")
    line = _error(inner, _code(inner)) if inner else ""
    line = line or _first(_reason(text(error.get("message"))))
    where = text(error.get("task_id")) or text(error.get("spec_path"))
    return f"{where}: {line}" if where and line else line or where


def _telling(printed: str) -> str:
    """The line of what was printed that tells most: what a traceback ends with, the first that
    speaks of an error, or the last."""
    lines = [each.strip() for each in printed[-20_000:].splitlines() if each.strip()]
    if not lines:
        return ""
    if any(each.startswith("Traceback (most recent call last)") for each in lines):
        raised = [each for each in lines if _RAISED.match(each)]
        return _first(raised[-1] if raised else lines[-1])
    return _first(next((each for each in lines if _TELLING.search(each)), lines[-1]))


def _first(said: str) -> str:
    shown, _ = legible(said[:2_000], 2_000)
    line = next((" ".join(each.split()) for each in shown.splitlines() if each.strip()), "")
    return line if len(line) <= _LINE else line[: _LINE - 1].rstrip() + "…"
