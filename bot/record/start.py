"""What of the settings file is another than at the last start, on record: by section, never by
value, since many of them are secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.settings import Settings
from commands.context import Ctx
from store import audit, upkeep

VERB = "config.settings"
_SEEN = "audit.settings"
_DEFINED = frozenset(
    ("people", "teams", "routes", "rules", "channels", "policies", "schedules", "roles")
)
"""What ``apply`` puts on record itself."""


def look(ctx: Ctx, settings: Settings, writer: str) -> None:
    """Remember the sections; where some changed since the last start, say which."""
    found = dict(_marks(ctx, settings))
    before: dict[str, str] | None = json.loads(upkeep.meta(ctx.tx, _SEEN) or "null")
    if found == before:
        return
    upkeep.set_meta(ctx.tx, _SEEN, json.dumps(found))
    if before is None:
        return
    names = sorted(n for n in found.keys() | before.keys() if found.get(n) != before.get(n))
    say = f"{', '.join(names)} changed in the settings file since the last start."
    audit.append(
        ctx.tx, writer, ctx.now, ctx.actor, VERB, "ok", None, {"sections": names, "say": say}
    )


def _marks(ctx: Ctx, settings: Settings) -> Iterator[tuple[str, str]]:
    """Section → a keyed hash of what it says."""
    written = settings.model_dump(mode="json")
    for name in type(settings).model_fields:
        if name not in _DEFINED:
            value: Any = written.get(name, repr(getattr(settings, name)))
            text = json.dumps(value, sort_keys=True, default=str)
            yield name, ctx.tx.ring.blind("settings", name, text).hex()
