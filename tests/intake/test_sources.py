"""Named intake sources: their own settings, and several tokens for one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from store import access
from tests.intake.support import Station, firing, group
from tests.support.engines import migrated_url
from tests.support.world import YAML

SOURCES = """
intake:
  sources:
    shop:
      map: {title: "join(' ', ['Order', to_string(no)])", key: to_string(no), status: lamp}
      status_map: {red: firing, green: resolved}
    odd: {map: {title: "a..b"}}
"""


async def test_each_source_is_read_by_its_own_settings(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    station = await Station.build(migrated_url("sqlite", tmp_path), tmp_path, YAML + SOURCES)
    try:
        assert "intake.sources.odd.map.title: a..b" in caplog.text
        assert "intake.sources.shop" not in caplog.text
        shown = await station.post("webhook", {"no": 7, "lamp": "red"}, source="shop")
        assert shown.status == 202 and shown.body["incident_id"]
        over = await station.post("webhook", {"no": 7, "lamp": "green"}, source="shop")
        assert over.body["incidents"] == shown.body["incidents"] and "incident_id" not in over.body

        odd = await station.post("webhook", {"title": "T"}, source="odd")
        assert (odd.status, odd.body["where"]) == (422, "map.title")
        assert "settings of this source" in odd.body["error"]
        plain = await station.post("webhook", {"title": "T"}, source="plain")
        assert plain.status == 202
    finally:
        await station.end()


async def test_two_sources_may_use_one_key_for_two_things(station: Station) -> None:
    one = await station.post("alertmanager", group(firing()), source="east")
    other = await station.post("alertmanager", group(firing()), source="west")
    assert one.body["incident_id"] != other.body["incident_id"]
    assert (await station.stored())["alerts"] == 2


async def test_a_second_token_of_a_source_splits_nothing(station: Station) -> None:
    first = await station.post("alertmanager", group(firing()), source="east")

    def another(ctx: Any) -> str:
        east = access.source(ctx.tx, ctx.now, "east", "alertmanager")
        return access.create_token(ctx.tx, ctx.now, "new", source_id=east.id)

    secret = await station.app.door.system(another)
    again = await station.ask("POST", f"/in/alertmanager/{secret}", group(firing()))
    assert again.body == first.body
    assert (await station.stored())["alerts"] == 1


async def test_a_revoked_token_ends_within_seconds(station: Station) -> None:
    assert (await station.post("alertmanager", group(firing()))).status == 202
    await station.app.door.system(lambda ctx: access.revoke_token(ctx.tx, ctx.now, "alertmanager"))
    station.clock.at += 5_000
    assert (await station.post("alertmanager", group(firing()))).status == 401
