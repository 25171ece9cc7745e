"""The same storms where PostgreSQL keeps them: its statements are others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storms.test_storm import (
    pad,
    test_a_storm_card_speaks_where_more_cards_wait_than_fit,
    test_all_critical_ones_are_taken_by_one_press,
    test_ten_minutes_after_the_last_it_is_over_and_single_cards_follow,
    test_what_comes_back_after_the_storm_gets_its_card,
    test_what_somebody_takes_gets_its_card_below_the_storm,
)
from tests.support.engines import migrated_url
from tests.support.world import World

pytestmark = pytest.mark.slow

__all__ = [
    "pad",
    "test_a_storm_card_speaks_where_more_cards_wait_than_fit",
    "test_all_critical_ones_are_taken_by_one_press",
    "test_ten_minutes_after_the_last_it_is_over_and_single_cards_follow",
    "test_what_comes_back_after_the_storm_gets_its_card",
    "test_what_somebody_takes_gets_its_card_below_the_storm",
]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView on PostgreSQL."""
    made = await World.build(migrated_url("postgresql", tmp_path), tmp_path)
    yield made
    await made.end()
