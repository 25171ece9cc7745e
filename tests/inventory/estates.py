"""A world that knows an estate of five providers, for tests of what people see of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.cards.model import Account, Answer
from commands.rules.inventory import SourceRules
from tests.support.demo.estate import SOURCES, estate
from tests.support.demo.planting import plant
from tests.support.world import World

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, roles: [admin], slack: U0ANA}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, email: mei@example.eu, zone: UTC, roles: [viewer], slack: U0MEI}
  lou: {name: Lou Kay, email: lou@example.eu, zone: UTC, roles: [looker], slack: U0LOU}
roles:
  looker: {permissions: [self, incident.read, inventory.read]}
teams:
  db: {members: [ana, omar], oncall: ana, lead: omar}
  web: {members: [omar], oncall: omar}
routes:
  - {name: closed, match: {team: secret}, team: db, private: true}
  - {name: web, match: {team: web}, team: web}
  - {name: rest, team: db}
"""


async def begun(folder: Path, yaml: str = YAML) -> World:
    """On SQLite, with everything planted."""
    world = await World.build(f"sqlite:///{folder}/pixelview.db", folder, yaml)
    await furnish(world)
    return world


async def furnish(world: World) -> None:
    """Plant the estate, as if its sources were in the settings."""
    door = world.door
    sources = {name: SourceRules(kind) for name, kind in SOURCES.items()}
    inventory = replace(door.rules.inventory, sources=sources)
    door.rules = replace(door.rules, inventory=inventory)
    made = estate(world.clock.now())
    await door.system(lambda ctx: plant(ctx, made))


async def typed(world: World, line: str, account: str = "U0ANA") -> Answer:
    """What a chat answers to a line."""
    who = Account("slack", "T1", account, account)
    return await world.app.desk.typed(line, who, f"key {line} {account}")


def said(answer: Answer) -> str:
    """All words of an answer, a line each."""
    note, card = getattr(answer, "note", None), getattr(answer, "card", None)
    if note is not None:
        return "\n".join("".join(s.text for s in line) for line in note.lines)
    if card is None:
        return repr(answer)
    lines = [f"{card.head.glyph} {card.head.word} · {card.head.title}"]
    lines.append("".join(s.text for s in card.state.spans))
    lines.append(" ".join(f"[{p.label}]" for p in (*card.actions.buttons, *card.actions.more)))
    for block in card.fold:
        rows = getattr(block, "lines", getattr(block, "rows", None))
        lines += ["".join(s.text for s in r) for r in rows] if rows else [str(block.text)]
    return "\n".join(lines)


def tokens(answer: Answer) -> dict[str, str]:
    """The buttons of an answer: label → token."""
    note, card = getattr(answer, "note", None), getattr(answer, "card", None)
    if card is not None:
        return {p.label: p.token for p in (*card.actions.buttons, *card.actions.more)}
    return {p.label: p.token for p in (note.actions if note else ())}
