"""Every page test has a console of its own, on SQLite, with a clock that obeys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.world import YAML
from tests.web.site import Site, Visitor


@pytest.fixture
def yaml() -> str:
    """The settings; a module may say others."""
    return YAML


@pytest.fixture
async def site(tmp_path: Path, yaml: str) -> AsyncIterator[Site]:
    """A PixelView that listens on loopback."""
    made = await Site.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path, yaml)
    yield made
    await made.end()


@pytest.fixture
async def ana(site: Site) -> Visitor:
    """Ana, signed in; she is on call for team db and an admin."""
    return await site.visitor("ana")
