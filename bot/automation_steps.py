"""The steps of an automation as ``pixelview.yaml`` nests them: each knows which one comes next,
whether it was done or not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from commands.rules import filling
from commands.rules.automating import (
    CHECK,
    END,
    ESCALATE,
    GIVE_UP,
    MOST_RUNS,
    MOST_STEPS,
    NOTE,
    RESOLVE,
    RUN,
    WAIT,
    Do,
)
from store.model import DAY, HOUR, MINUTE

_SPAN = re.compile(r"(\d{1,5})\s*(s|sec|m|min|h|d)?")
_UNITS = {"s": 1000, "sec": 1000, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, None: MINUTE}
_DID = "run, note, resolve, escalate, wait or check"


def length(value: Any) -> int:
    """``15m``, ``2h``, ``30s`` or minutes, in ms."""
    found = _SPAN.fullmatch(str(value).strip())
    if isinstance(value, bool) or found is None:
        raise ValueError(f"{value} is no length of time: write 15m, 2h or 30s")
    return int(found[1]) * _UNITS[found[2]]


class _Program:
    """Nested steps as a list in which each knows where it goes on."""

    def __init__(self) -> None:
        self.steps: list[Do] = []

    def put(self, written: Any, after: int, fails: int) -> int:
        """Add steps that go on at ``after``; where they begin. The last is put first, so that
        each knows the one behind it."""
        given = list(written) if isinstance(written, (list, tuple)) else [written]
        for one in reversed(given):
            after = self._one(one, after, fails)
        return after

    def _one(self, written: Any, after: int, fails: int) -> int:
        if not isinstance(written, Mapping):
            written = {written: None} if isinstance(written, str) else {}
        kinds = [k for k in (RUN, NOTE, RESOLVE, ESCALATE, WAIT, CHECK) if k in written]
        if len(kinds) != 1:
            raise ValueError(f"each step does one thing: {_DID}")
        allowed = {kinds[0], *_MORE.get(kinds[0], ())}
        if unknown := [str(k) for k in written if k not in allowed]:
            raise ValueError(f"{kinds[0]} takes no {unknown[0]}")
        bare = _do(kinds[0], written)
        if kinds[0] in (RUN, CHECK):
            then = self.put(written["then"], after, fails) if written.get("then") else after
            given = written.get("else")
            goes_on = after if _runs(given) else END
            other = self.put(given, goes_on, fails) if given else fails
            return self._add(bare, then, other)
        return self._add(bare, after, fails)

    def _add(self, bare: dict[str, Any], then: int, other: int) -> int:
        self.steps.append(Do(**bare, then=then, other=other))
        if len(self.steps) > MOST_STEPS:
            raise ValueError(f"an automation has at most {MOST_STEPS} steps")
        return len(self.steps) - 1


def _runs(written: Any) -> bool:
    """Whether steps try something else, so that what follows is done after them too."""
    if isinstance(written, (list, tuple)):
        return any(map(_runs, written))
    if not isinstance(written, Mapping):
        return False
    return RUN in written or any(_runs(written.get(way)) for way in ("then", "else"))


_MORE = {
    RUN: ("params", "then", "else"), CHECK: ("within", "then", "else"), RESOLVE: ("anyway",),
}  # fmt: skip


def _do(kind: str, written: Mapping[str, Any]) -> dict[str, Any]:
    value = written[kind]
    if kind == RUN:
        return {"kind": kind, **_run(value, written.get("params") or {})}
    if kind == WAIT:
        return {"kind": kind, "within": length(value)}
    if kind == CHECK:
        if value not in ("cleared", None):
            raise ValueError("check: cleared is what can be checked")
        return {"kind": kind, "within": length(written.get("within", "5m"))}
    text = value if isinstance(value, str) else ""
    if not (text or value in (None, True)):
        raise ValueError(f"{kind} takes words")
    if kind == NOTE and not text.strip():
        raise ValueError("a note has words")
    if wrong := next(filling.mistakes(text), ""):
        raise ValueError(wrong)
    return {"kind": kind, "text": text, "anyway": written.get("anyway") is True}


def _run(value: Any, params: Any) -> dict[str, Any]:
    if not isinstance(value, str) or not value:
        raise ValueError("run names an action")
    if not isinstance(params, Mapping):
        raise ValueError("params are names with values")
    for each in params.values():
        if wrong := next(filling.mistakes(each), ""):
            raise ValueError(wrong)
    return {"offer": value, "params": dict(params)}


def program(written: Any) -> tuple[Do, ...]:
    """Steps in the order they are done: the first is number 0."""
    if isinstance(written, Sequence) and written and all(isinstance(one, Do) for one in written):
        return tuple(written)
    if not written:
        raise ValueError(f"say what is done: {_DID}")
    built = _Program()
    built.put(written, END, GIVE_UP)
    last = len(built.steps) - 1
    if sum(one.kind == RUN for one in built.steps) > MOST_RUNS:
        raise ValueError(f"an automation runs at most {MOST_RUNS} actions")

    def turned(at: int) -> int:
        return at if at < 0 else last - at

    return tuple(
        Do(s.kind, s.offer, s.params, s.text, s.within, s.anyway, turned(s.then), turned(s.other))
        for s in reversed(built.steps)
    )
