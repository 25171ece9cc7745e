"""An execution by the mark it was started with: nothing is run twice because an answer was lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from integrations.stackstorm.looking import listed
from integrations.stackstorm.saying import NONE, NotThere
from integrations.stackstorm.shapes import FIELDS, fields, identity, part, remote, text
from store.clock import Instant, iso

_RECENT, _FARTHEST = 100, 1_000


def find(st2: Any, tag: str, *, scan: bool) -> Mapping[str, Any] | None:
    """The oldest execution with this mark. Its trace is there before it runs, so that no trace
    means that it was not run; ``scan`` looks through the newest executions as well, for a
    StackStorm whose traces are not known to be kept."""
    try:
        ids = list(_traced(st2, tag))
    except NONE:  # traces are not for us, or there are none there
        ids, scan = [], True
    for execution in ids:
        with suppress(NotThere):
            return fields(
                st2.executions.get_by_id(execution, params={"include_attributes": FIELDS})
            )
    return _scanned(st2, tag) if scan else None


def _traced(st2: Any, tag: str) -> Iterator[str]:
    """The ids of what was started with a mark, the first first."""
    traces = [fields(each) for each in st2.trace.get_all(params={"trace_tag": tag}, limit=20)]
    ours = [each for each in traces if each.get("trace_tag") == tag]
    for trace in sorted(ours, key=lambda one: text(one.get("start_timestamp"))):
        parts = [each for each in trace.get("action_executions") or () if isinstance(each, dict)]
        for each in parts:
            if not each.get("caused_by") and (execution := identity(each.get("object_id"))):
                yield execution


def is_traced(st2: Any, tag: str, execution: str) -> bool:
    """Whether an execution that was just started is found by its mark."""
    try:
        return execution in _traced(st2, tag)
    except NONE:
        return False


def _scanned(st2: Any, tag: str) -> Mapping[str, Any] | None:
    """Looked for by what the execution itself says, and among the newest."""
    ways: tuple[dict[str, str], ...] = (
        {"advanced_filters": f"context.trace_context.trace_tag:{tag}"},
        {},
    )
    for way in ways:
        try:
            rows = listed(st2, way, _RECENT)
        except NONE:
            continue
        ours = [each for each in rows if _has(each, tag)]
        if ours:
            return ours[-1]
    return None


def _has(found: Mapping[str, Any], tag: str) -> bool:
    return remote(found).tag == tag and not part(found, "context").get("parent")


def since(st2: Any, at: Instant, most: int) -> list[Mapping[str, Any]]:
    """What began after a moment and is no task, the first first."""
    found: list[Mapping[str, Any]] = []
    for offset in range(0, _FARTHEST, _RECENT):
        asked = {"timestamp_gt": iso(at), "offset": str(offset)}
        rows = listed(st2, asked, _RECENT)
        found += [each for each in rows if not remote(each).parent and _began(each) > at]
        if len(rows) < _RECENT or len(found) >= most:
            break
    return sorted(found, key=_began)[:most]


def _began(found: Mapping[str, Any]) -> Instant:
    return remote(found).began_at or 0
