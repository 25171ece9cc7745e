"""The fake cloud as a package that somebody installed: processes that tests start know it too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import integrations


@pytest.fixture
def fakecloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Installed, as far as anybody can tell."""
    home = tmp_path / "packages"
    info = home / "fakecloud-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fakecloud\nVersion: 1.0\n")
    named = "[pixelview.integrations]\nfakecloud = tests.inventory.fakecloud\n"
    (info / "entry_points.txt").write_text(named)
    monkeypatch.syspath_prepend(str(home))
    root = Path(__file__).parents[2]
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(home), str(root), before))))
    integrations.forget()
    yield "fakecloud"
    monkeypatch.undo()
    integrations.forget()
