"""The roles that are shipped for Google Cloud hold every right that the connector uses, and no more
than is used."""

from __future__ import annotations

from pathlib import Path

import yaml

from store.model.resource import Resource
from tests.gcp.conftest import Make
from tests.support.gcp.bigquery import TABLE
from tests.support.gcp.server import FakeGoogle
from tests.support.gcp.world import ORG, SHOP, ZONES
from tests.support.told import told

ROLES = Path(__file__).parents[2] / "deploy" / "gcp"
VM = f"//compute.googleapis.com/projects/{SHOP}/zones/{ZONES[1]}/instances/web-01"
NOT_SEEN = {"serviceusage.services.use", "bigquery.tables.get"}
"""Needed of Google, by what no request of ours shows: a quota project, and a table's columns."""


def rights(name: str) -> set[str]:
    found = yaml.safe_load((ROLES / name).read_text(encoding="utf-8"))["includedPermissions"]
    assert len(found) == len(set(found))
    return set(found)


async def test_looking_needs_the_rights_of_the_readers_role_and_no_others(
    make: Make, google: FakeGoogle
) -> None:
    connector = make(projects=[], scopes=[ORG])
    for part in await connector.parts():
        await told(connector, part.name)
    await make(projects=[]).parts()
    await connector.ask("detail", Resource(VM, "server", "web-01"), {})
    assert google.used == rights("read-role.yaml") - NOT_SEEN
    assert not [each for each in google.used if not each.endswith((".list", ".get", "Resources"))]


async def test_the_billing_export_needs_its_role_alone(make: Make, google: FakeGoogle) -> None:
    await told(make(billing_table=TABLE, cost_labels=["team"]), "cost")
    assert google.used == rights("billing-role.yaml") - NOT_SEEN


async def test_acting_needs_the_role_of_actions_alone(make: Make, google: FakeGoogle) -> None:
    connector = make()
    for action in ("gcp.stop", "gcp.start", "gcp.reset"):
        await connector.act(action, Resource(VM, "server", "web-01"), {}, False)
    assert google.used == rights("actions-role.yaml")
