"""``logs``: the last lines of a container or a console, for whoever asks alone, without secrets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from commands.context import View
from commands.errors import Busy, CommandError, Invalid, NotFound
from commands.inventory.rows import Listed
from commands.inventory.sheet import LOGS
from commands.inventory.shown import WHICH, Several, choose, one
from commands.registry import arg, query
from commands.rules import inventory_words as words
from commands.told import Told
from integrations.base import Misconfigured, Permanent, Transient
from store.model.known import Known

READ = "inventory.logs"
LINES, _WIDE, _LONG = 30, 240, 12_000
_KINDS = frozenset(kind for some in LOGS.values() for kind in some)
PATIENCE = 2.0
"""Seconds the other side may take; a query has 2.5 in all."""


@dataclass(frozen=True, slots=True)
class Of:
    """Arguments of ``logs``."""

    resource: str = arg("text", WHICH)


@dataclass(frozen=True, slots=True)
class Lines(Told):
    """The answer; ``text`` are the lines alone."""

    text: str = ""


@query("logs", group="infra", permission=READ, args=Of, example="logs shop/cart", audited=True)
async def logs(view: View, args: Of) -> Lines | Listed:
    """The last 30 lines of a container, or of a server's console; only you see them."""
    try:
        found = await one(view, args.resource, _KINDS)
    except Several as several:
        return choose("logs", args.resource, several)
    raw = await _asked(view, found)
    text = lines(view.rules.redact(raw[-_LONG:]))
    name = found.resource.name
    if not text:
        return Lines((f"{name} has not written anything lately.",))
    head = f"The last lines of {name}, secrets left out:"
    return Lines((head, *text.split("\n")), {"resource": str(found.id), "text": text}, text=text)


async def _asked(view: View, found: Known) -> str:
    """What the other side says; refusals say why."""
    r = found.resource
    provider = words.provider_of(r.key)
    if r.kind not in LOGS.get(provider, ()):
        every = dict.fromkeys(k for some in LOGS.values() for k in some)
        kinds = ", ".join(words.kind_said(kind, 2) for kind in every)
        raise Invalid(
            f"A {words.kind_said(r.kind)} has no lines to read; {kinds} have.", "resource"
        )
    if view.infra is None:
        raise NotFound(f"Nothing is connected to {found.source} here.")
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await view.infra.ask(found.source, "logs", r, {"lines": LINES})
    except TimeoutError:
        raise Busy(f"{found.source} took too long to answer; try again.", 5) from None
    except Transient as error:
        raise Busy(_unanswered(found.source, str(error)), 5) from None
    except (Permanent, Misconfigured) as error:
        raise _refused(error, r.name) from None
    return answer if isinstance(answer, str) else "\n".join(map(str, answer or ()))


def _unanswered(source: str, why: str) -> str:
    """A sentence that names the source once."""
    said = why if why.startswith(source) else f"{source} does not answer: {why}"
    return f"{said.rstrip('.')}."


def _refused(error: Exception, name: str) -> CommandError:
    return NotFound(f"The lines of {name} can't be read: {error}")


def lines(text: str, most: int = LINES) -> str:
    """The last lines, none too long."""
    kept = [line.rstrip()[:_WIDE] for line in text.splitlines() if line.strip()]
    return "\n".join(kept[-most:])
