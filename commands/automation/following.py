"""What is new of executions that a runner does: written down together, told as it matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from commands.automation import ending, executing, going, telling
from commands.context import Ctx
from commands.words import duration
from integrations.base import Remote, RemoteResult
from store import executions
from store.clock import MINUTE, Instant
from store.executions import (
    CANCELED,
    CANCELING,
    DONE,
    FAILED,
    RUNNING,
    UNKNOWN,
    WAITING,
    Execution,
    Ran,
)

STATES = {
    "requested": RUNNING, "running": RUNNING, "waiting": WAITING, "canceling": CANCELING,
    "done": DONE, "failed": FAILED, "timeout": FAILED, "canceled": CANCELED,
    "abandoned": FAILED,
}  # fmt: skip
"""A runner's words for how it stands, as ours."""
WAITS = 20
"""So many times it is told that one waits: a system may say so without end."""
GRACE = 2 * MINUTE
"""So long one that did not end in time has to heed the cancel."""


@dataclass(frozen=True, slots=True)
class News:
    """What is new of one: how it is there, what it printed last, the steps of a workflow, all it
    printed (``whole``, packed), what came of it. ``lost_at`` is since when its system does not
    answer, 0 that it does again; ``gone`` says why it can't be followed any more."""

    number: int
    remote: Remote | None = None
    tail: tuple[str, ...] | None = None
    steps: tuple[Ran, ...] | None = None
    whole: str | None = None
    result: RemoteResult | None = None
    lost_at: Instant | None = None
    gone: str = ""

    @property
    def ends(self) -> bool:
        """Whether it is over with this."""
        return bool(self.gone) or (self.remote is not None and self.remote.over)

    def with_(self, later: News) -> News:
        """Both together; what came later counts."""
        fields = ("remote", "tail", "steps", "whole", "result", "lost_at")
        both = {f: v if (v := getattr(later, f)) is not None else getattr(self, f) for f in fields}
        return News(self.number, gone=later.gone or self.gone, **both)


def told(ctx: Ctx, news: Iterable[News]) -> None:
    """Write down what is new; what ended is over."""
    for one in news:
        known = executions.get(ctx.tx, one.number)
        if known is None:
            continue
        if one.whole is not None:
            executions.keep_packed(ctx.tx, one.number, one.whole)
        if known.over:
            _late(ctx, known, one)
        elif one.gone:
            ending.over(ctx, known, UNKNOWN, one.gone)
        else:
            _took(ctx, known, one)


def _took(ctx: Ctx, known: Execution, one: News) -> None:
    changed = _changed(known, one)
    remote = one.remote
    if remote is not None and remote.over:
        _over(ctx, known, one, remote, changed)
        return
    if remote is not None:
        state = STATES.get(remote.status, RUNNING)
        keeps = known.state == CANCELING and state in (RUNNING, WAITING)
        changed |= {} if keeps or state == known.state else {"state": state}
    if not changed:
        return
    waits = changed.get("state") == WAITING
    after = executions.save(ctx.tx, known, **changed)
    if waits and (waited := int(after.extra.get("waited", 0))) < WAITS:
        after = executions.save(ctx.tx, after, extra={**after.extra, "waited": waited + 1})
        telling.line(ctx, after, f"{after.says} waits for an answer.")
    telling.changed(ctx, after)


def _changed(known: Execution, one: News) -> dict[str, Any]:
    """The fields that are others."""
    found: dict[str, Any] = {}
    if one.tail is not None and one.tail != known.tail:
        found["tail"] = one.tail
    if one.steps is not None and one.steps != known.steps:
        found["steps"] = one.steps
    if one.lost_at is not None and (one.lost_at or None) != known.lost_at:
        found["lost_at"] = one.lost_at or None
    if one.remote is not None and one.remote.url and one.remote.url != known.url:
        found["url"] = one.remote.url
    return found


def _over(ctx: Ctx, known: Execution, one: News, remote: Remote, changed: dict[str, Any]) -> None:
    state = STATES.get(remote.status, FAILED)
    text, code = _came(ctx, known, remote, one.result)
    if one.result is None and known.automation:
        known = replace(known, extra={**known.extra, "unread": True})
    if known.extra.get("overdue") and state == CANCELED:
        state, code, text = FAILED, "deadline", f"{late_words(ctx, known)} It was canceled."
    changed.pop("lost_at", None)
    began, ended = _times(ctx, known, remote)
    ending.over(ctx, known, state, text, code=code, began_at=began, ended_at=ended, **changed)


def _times(ctx: Ctx, known: Execution, remote: Remote) -> tuple[Instant | None, Instant]:
    """When it began and ended: the other side's clock says how long it took, ours when."""
    if remote.began_at is None or remote.ended_at is None:
        return known.began_at, ctx.now
    took = max(remote.ended_at - remote.began_at, 0)
    ended = min(max(remote.ended_at, known.asked_at), ctx.now)
    return ended - took, ended


_SAID = {
    "timeout": "It took longer than its own time limit allows.",
    "canceled": "It was canceled.",
    "abandoned": "Whoever ran it was lost in mid-run: how far it came is not known. Look before it "
    "is run again.",
    "failed": "It failed.",
}  # fmt: skip


def _came(
    ctx: Ctx, known: Execution, remote: Remote, result: RemoteResult | None
) -> tuple[str, str]:
    """What came of it, in a line, and the exit state in words."""
    code = f"exit {result.code}" if result is not None and result.code is not None else ""
    if remote.status == "done":
        return _last_line(result.text if result else ""), code if code != "exit 0" else ""
    said = _SAID.get(remote.status, _SAID["failed"])
    if remote.status == "failed":
        return (result.error if result and result.error else said), code if code != "exit 0" else ""
    by = str(known.extra.get("canceled_by", ""))
    if remote.status == "canceled" and by:
        said = f"{by} canceled it."
    return said, remote.status


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


def _late(ctx: Ctx, known: Execution, one: News) -> None:
    """What is read of it after it is over."""
    found: dict[str, Any] = {}
    if one.tail and one.tail != known.tail:
        found["tail"] = one.tail
    if one.steps and one.steps != known.steps:
        found["steps"] = one.steps
    bare = ("", _SAID.get(one.remote.status)) if one.remote is not None else ()
    if one.result is not None and one.remote is not None and known.outcome in bare:
        text, code = _came(ctx, known, one.remote, one.result)
        found |= {"outcome": ctx.rules.redact(text)[: ending.LONGEST], "code": code}
    unread = known.extra.get("unread") and one.result is not None
    if unread:
        found["extra"] = {**known.extra, "unread": False}
    if found:
        known = executions.save(ctx.tx, known, **found)
        telling.changed(ctx, known)
    if unread:
        going.ended(ctx, known)


# it takes too long


def late_words(ctx: Ctx, known: Execution) -> str:
    """``It did not end within 30 min.``"""
    began = known.began_at or known.asked_at
    return f"It did not end within {duration(max((known.deadline_at or ctx.now) - began, 0))}."


def overdue(ctx: Ctx, number: int) -> bool:
    """It did not end in time: its runner is asked to cancel it, and if that does not help it
    counts as failed; whether it is over."""
    one = executions.get(ctx.tx, number)
    if one is None or one.over or one.deadline_at is None or ctx.now < one.deadline_at:
        return one is None or one.over
    asked_at = one.extra.get("overdue")
    if asked_at and ctx.now >= asked_at + GRACE:
        text = f"{late_words(ctx, one)} It did not heed the cancel: it may still run there."
        ending.over(ctx, one, FAILED, text, code="deadline")
        return True
    if not asked_at:
        extra = {**one.extra, "overdue": ctx.now}
        one = executions.save(ctx.tx, one, state=CANCELING, extra=extra)
        executing.queue(ctx, one, "cancel")
        telling.line(ctx, one, f"{late_words(ctx, one)} {one.system} is asked to cancel it.")
        telling.changed(ctx, one)
    return False
