"""What a StackStorm can run: every action with its parameters and its runner's, page by page."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from integrations.base import RemoteAction
from integrations.stackstorm import schema
from integrations.stackstorm.reach import TooMuch
from integrations.stackstorm.saying import NONE
from integrations.stackstorm.shapes import WORKFLOWS, fields, named, part, text

_WANTED = "ref,name,pack,description,enabled,runner_type,parameters,tags"
_PAGES, _MOST = (100, 10, 1), 20_000
_log = logging.getLogger(__name__)

Rows = Iterator[Mapping[str, Any]]
Schemas = dict[str, Mapping[str, Any]]


def actions(st2: Any) -> tuple[list[RemoteAction], Schemas]:
    """Those that are enabled, and the schema of each one's parameters."""
    made, schemas = [], {}
    for row, merged in _rows(st2):
        ref = named(row.get("ref"))
        if not ref or row.get("enabled") is False or ref in schemas:
            continue
        schemas[ref] = merged
        made.append(_action(row, ref, merged))
    return made, schemas


def _rows(st2: Any) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each action, and its parameters with the runner's. The runners are few and read once; where
    they can't be, StackStorm is asked to put the two together, which costs it more."""
    try:
        runners = {text(each.get("name")): part(each, "runner_parameters")
                   for each in _pages(st2, "/runnertypes", {})}  # fmt: skip
    except NONE:
        runners = {}
    path = "/actions" if runners else "/actions/views/overview"
    try:
        found = list(_pages(st2, path, {"include_attributes": _WANTED}))
    except NONE:
        found = list(_pages(st2, "/actions", {}))
    for row in found:
        own = part(row, "parameters")
        yield row, together(runners.get(text(row.get("runner_type")), {}), own)


def together(runner: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A runner's parameters and what an action says of them, or adds."""
    found = {name: fields(of) for name, of in runner.items()}
    for name, of in own.items():
        found[name] = {**found.get(name, {}), **fields(of)}
    return found


def _pages(st2: Any, path: str, params: Mapping[str, Any]) -> Rows:
    """All rows of a list. A page that is too large is asked for in smaller ones; what is too large
    by itself is left out."""
    offset, sizes = 0, list(_PAGES)
    while offset < _MOST:
        asked = {**params, "limit": sizes[0], "offset": offset}
        try:
            answer = st2.actions.client.get(path, params=asked)
            rows = answer.json()
        except TooMuch:
            if len(sizes) > 1:
                sizes.pop(0)
            else:
                _log.warning("%s has one at %d that is too large", path, offset)
                offset += 1
            continue
        if not isinstance(rows, list) or not rows:
            return
        yield from map(fields, rows)
        offset += len(rows)
        total = str(answer.headers.get("X-Total-Count") or "")
        if total.isdigit() and offset >= int(total):
            return
        if not total and len(rows) < sizes[0]:
            return


def _action(row: Mapping[str, Any], ref: str, merged: Mapping[str, Any]) -> RemoteAction:
    runner = text(row.get("runner_type"))
    own = part(row, "parameters")
    return RemoteAction(
        ref=ref,
        title=text(row.get("name"))[:120] or ref,
        help=" ".join(text(row.get("description")).split())[:2_000],
        pack=text(row.get("pack")) or ref.partition(".")[0],
        runner=runner,
        params=schema.params(merged, own),
        tags=_tags(row.get("tags")),
        workflow=runner in WORKFLOWS,
        enabled=True,
    )


def _tags(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else []
    words = [text(each.get("name")) if isinstance(each, dict) else text(each) for each in listed]
    return tuple(each for each in words if each)


def parameters(st2: Any, ref: str) -> Mapping[str, Any]:
    """The parameters of one action, with its runner's."""
    found = st2.actions.client.get(f"/actions/views/parameters/{ref}").json()
    return part(fields(found), "parameters")
