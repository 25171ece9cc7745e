"""The catalog of these tests stands in for the real one."""

from __future__ import annotations

import pytest

from commands import registry
from tests.cards import support


@pytest.fixture(autouse=True)
def _catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CATALOG", dict(support.CATALOG))
