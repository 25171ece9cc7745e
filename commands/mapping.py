"""How the bodies of a source are read: its mapping, made by people beside the settings file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from commands.context import Ctx, Done, Receiving, View
from commands.errors import Conflict, Invalid, NotFound
from commands.registry import arg, command, query
from commands.told import Told
from integrations.base import Misconfigured
from store import access
from store.access import Source

READERS = ("webhook", "email")
PARTS = ("map", "status_map", "severity_map")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Arguments of ``mapping``."""

    source: str = arg("word", "The intake source.")
    text: str = arg("text", "map, status_map, severity_map as in pixelview.yaml; none without.",
                    default="", label="Mapping")  # fmt: skip


@command(
    "mapping", group="admin", permission="config.write", args=Mapping,
    example="mapping pumps map: {title: quoi, key: numero}",
)  # fmt: skip
def mapping(ctx: Ctx, args: Mapping) -> Done:
    """How the bodies of a webhook or mail source are read from now on."""
    receiving = ctx.rules.receiving
    there = {source.name: source for source in access.sources(ctx.tx)}
    source = there.get(args.source)
    if source is None:
        known = ", ".join(s.name for s in there.values() if s.integration in READERS) or "none yet"
        raise NotFound(f"There is no source {args.source}. Sources with a mapping: {known}.")
    if source.integration not in READERS:
        say = f"Source {source.name} is read as {source.integration} is, which needs no mapping."
        raise Conflict(say)
    if receiving is None or receiving.in_the_file(source.name):
        say = f"The settings of source {source.name} come from the settings file: change it there."
        raise Conflict(say)
    access.configure_source(ctx.tx, source.id, settings_with(receiving, source, args.text))
    said = "is guessed again" if not args.text.strip() else "is in force within seconds"
    return Done(f"The mapping of {source.name} {said}.", aloud=True)


def settings_with(receiving: Receiving, source: Source, text: str) -> dict[str, Any]:
    """A source's settings with this mapping in place of its own; Invalid names the mistake."""
    try:
        wanted = receiving.written(source.integration, text)
    except Misconfigured as error:
        where = f"{error.setting}: " if error.setting else ""
        raise Invalid(f"{where}{error}", "text") from None
    kept = {name: value for name, value in source.settings.items() if name not in PARTS}
    return {**kept, **wanted}


@dataclass(frozen=True, slots=True)
class Sources:
    """``source-list`` needs nothing."""


@query("source-list", group="admin", permission="config.read", args=Sources, example="source-list")
async def listed(view: View, args: Sources) -> Told:
    """The intake sources: how each is read, by what mapping, and whether it signs."""
    found = await view.read(access.sources)
    receiving = view.rules.receiving
    proofs = {s.name: receiving.proof(s) if receiving is not None else "token only" for s in found}
    lines = [f"{s.name}: {s.integration}, {proofs[s.name]}{_mapped(s)}" for s in found]
    facts = [
        {"name": s.name, "integration": s.integration, "proof": proofs[s.name],
         "mapping": {part: s.settings[part] for part in PARTS if part in s.settings}}
        for s in found
    ]  # fmt: skip
    none = "No source yet. Try: token create --name pumps --intake webhook"
    return Told(tuple(lines or [none]), {"sources": facts})


def _mapped(source: Source) -> str:
    fields = source.settings.get("map")
    return f", with a mapping of {', '.join(sorted(fields))}" if isinstance(fields, dict) else ""
