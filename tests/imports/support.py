"""Imports without files: records in, fragment, settings and comparison out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.cli.importing import tool
from bot.imports import compare, written
from bot.imports.base import Asked, Imported
from bot.imports.bundle import gather
from bot.imports.compare import Compared, Difference
from bot.imports.records import Document, documents
from bot.imports.spans import instant
from bot.settings import Settings, parse

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Result:
    """One import: what was found, its YAML read back, and the comparison."""

    found: Imported
    text: str
    settings: Settings
    compared: list[Compared]

    @property
    def differences(self) -> list[Difference]:
        """Those of all schedules."""
        return [d for each in self.compared for d in each.differences]

    def said(self, kind: str) -> list[str]:
        """The notes of a kind, as lines."""
        return [f"{n.what}: {n.why}" for n in self.found.notes if n.kind == kind]


def asked(start: str = "2026-09-15", days: int = 90, zone: str = "UTC") -> Asked:
    """A window of comparison."""
    return Asked(instant(datetime.fromisoformat(start).replace(tzinfo=UTC)), days, zone)


def imported(name: str, files: list[Document], window: Asked) -> Result:
    """What an export amounts to; its YAML is always read back by the settings."""
    reader = tool(name)
    found = reader.read(gather(files, reader.SHAPE), window)
    text = written.text(found, [])
    settings = parse(text, "result", found.variables)
    known = settings.definitions()
    return Result(found, text, settings, compare.compared(found, dict(known.schedules), window))


def combined(name: str, listings: dict[str, Any], window: Asked) -> Result:
    """The same from one JSON object."""
    return imported(name, [Document("export.json", listings)], window)


def fixture(name: str, window: Asked | None = None) -> Result:
    """The same from a folder of fixtures."""
    return imported(name, documents([FIXTURES / name])[0], window or asked())


def at(text: str) -> int:
    """An instant from ISO 8601 with its offset."""
    return instant(datetime.fromisoformat(text))
