"""What an execution printed and what came of it, as people may read it: without secrets, without
what moves a terminal, bounded."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from commands.rules.redact import Redactor
from integrations.base import RemoteResult, RemoteStep, Runner
from store.executions import KEPT, TAIL, Execution, Ran, packed

HIDDEN = "••••"
WIDE = 240
PRINTED = 8 * 1024
"""So many bytes of what it prints are read while it runs; all of it once in a while."""
_ON_LOOP = 16 * 1024
"""A text that is longer is worked on beside the loop."""
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_A_LINE = 12
"""So long is a line of a secret of several that is hidden by itself."""
_SHORTEST = 4
"""A secret that is shorter would black out half of all words."""


def secrets_of(one: Execution) -> tuple[str, ...]:
    """The values of its parameters that nobody reads, the longest first."""
    found = {text for name in one.secret for text in _texts(one.params.get(name))}
    found |= {json.dumps(text)[1:-1] for text in found}
    found |= {line for text in found for line in text.splitlines() if len(line) >= _A_LINE}
    return tuple(sorted((t for t in found if len(t) >= _SHORTEST), key=len, reverse=True))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, (list, tuple)):
        return [text for each in value for text in _texts(each)]
    return [str(value)] if value not in (None, "", True, False) else []


def cleaned(text: str, secrets: Iterable[str], hide: Redactor) -> str:
    """A text as people may read it."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = _TERMINAL.sub("", text.replace("\r\n", "\n"))
    text = "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))
    return hide(_UNSEEN.sub("", text))


async def clean(text: str, secrets: tuple[str, ...], hide: Redactor) -> str:
    """The same; a long text is worked on beside the loop."""
    if len(text) <= _ON_LOOP:
        return cleaned(text, secrets, hide)
    return await asyncio.to_thread(cleaned, text, secrets, hide)


async def pack(text: str) -> str:
    """All that is kept of a text."""
    return packed(text) if len(text) <= _ON_LOOP else await asyncio.to_thread(packed, text)


def tail(text: str) -> tuple[str, ...]:
    """Its last lines."""
    lines = [line.rstrip() for line in text[-PRINTED:].splitlines() if line.strip()]
    return tuple(line if len(line) <= WIDE else f"{line[:WIDE]}…" for line in lines[-TAIL:])


def ran(steps: Iterable[RemoteStep], state_of: Any) -> tuple[Ran, ...]:
    """The steps of a workflow."""
    return tuple(
        Ran(each.name[:80], state_of(each.status), each.depth, each.began_at, each.ended_at)
        for each in steps
    )


async def came(
    runner: Runner, remote: str, secrets: tuple[str, ...], hide: Redactor, steps: bool
) -> tuple[RemoteResult, str]:
    """What came of it, and all it printed as far as it is kept: of a workflow, what its steps did
    (``steps``) and what it gave back."""
    result = await runner.result(remote, KEPT)
    text = result.text
    if steps:
        printed = await runner.output(remote, KEPT)
        text = "\n".join(each for each in (printed, text) if each.strip())
    elif not text.strip() or result.cut:
        text = await runner.output(remote, KEPT) or text
    text = await clean(text, secrets, hide)
    error = await clean(result.error[:_ON_LOOP], secrets, hide)
    return replace(result, text=text[-PRINTED:], error=error), text
