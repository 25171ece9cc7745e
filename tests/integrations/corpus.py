"""The collection of real and hostile webhook bodies that may lie beside the checkout."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from integrations.base import Request

SHARED = Path(__file__).parents[3] / "shared"
PAYLOADS = SHARED / "payloads"
RECEIVED = 1_790_000_000_000
"""2026-09-21, later than all of them."""


@dataclass(frozen=True)
class Sample:
    """One body with what it must be read as."""

    file: str
    content_type: str | None
    headers: dict[str, str]
    kind: str
    target: str
    expected: dict[str, Any]

    @property
    def body(self) -> bytes:
        """As it was sent."""
        return (PAYLOADS / self.file).read_bytes()

    @property
    def request(self) -> Request:
        """As the intake would hand it to an integration."""
        kind = self.content_type or ""
        return Request(
            body=self.body,
            content_type=kind.partition(";")[0].strip().lower(),
            headers={**self.headers, "content-type": kind},
            received_at=RECEIVED,
        )


@cache
def samples() -> tuple[Sample, ...]:
    """All bodies of the index; skips the test, saying so, where they are not there."""
    if not (PAYLOADS / "index.jsonl").exists():
        pytest.skip("the collection of webhook bodies is not beside this checkout")
    with (PAYLOADS / "index.jsonl").open(encoding="utf-8") as lines:
        return tuple(_sample(json.loads(line)) for line in lines if line.strip())


def of(*tools: str) -> list[Sample]:
    """The bodies of these tools."""
    return [each for each in samples() if each.file.partition("/")[0] in tools]


def hostile(*targets: str) -> list[Sample]:
    """The hostile bodies aimed at these."""
    return [each for each in of("_hostile") if each.target in targets]


def _sample(row: dict[str, Any]) -> Sample:
    headers = {name.lower(): value for name, value in row["headers"].items()}
    target = row.get("target", row["tool"])
    return Sample(row["file"], row["content_type"], headers, row["kind"], target, row["expected"])
