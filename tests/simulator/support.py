"""Settings of a team with a schedule, for questions about what would happen."""

from __future__ import annotations

from datetime import datetime

from bot.settings import Settings, parse
from commands.context import Rulebook
from commands.night import Played
from commands.playing import played
from commands.simulate import Simulate, asked
from store.model import Instant

YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, zone: Europe/Berlin, slack: U0ANA,
        rules: [{after: 0, via: slack}, {after: 2, via: email}]}
  omar: {name: Omar Haddad, email: omar@example.eu, zone: Asia/Dubai, slack: U0OMAR}
  mei: {name: Mei Lin, zone: UTC}
teams:
  db: {members: [ana, omar], oncall: "schedule:db-primary", lead: omar}
schedules:
  db-primary:
    zone: Europe/Berlin
    layers:
      - {name: days, start: 2026-01-05T08:00, rotation: {kind: weekly, people: [ana, omar]}}
routes:
  - {name: db, match: {service: db}, team: db, policy: db}
  - {name: rest, team: db, policy: db}
policies:
  db:
    steps:
      - {targets: [oncall], delay: 5}
      - {targets: [lead], delay: 5, severity: [critical]}
    repeat: 0
    fallback: ["person:omar"]
"""


def settings(yaml: str = YAML) -> Settings:
    """The settings of a text."""
    return parse(yaml, "test.yaml")


def at(text: str) -> Instant:
    """An instant from a text with its offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


NOW = at("2026-09-01T12:00:00+02:00")


async def play(yaml: str = YAML, **args: str) -> Played:
    """What the engine does with these words."""
    known = settings(yaml).definitions()
    question = asked(Simulate(**args), NOW, "Europe/Berlin", known)
    return await played(question, known, Rulebook(assign_lease=0))
