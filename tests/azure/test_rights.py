"""The roles that are shipped for Azure hold every right that the connector uses, and no more than
reading where nothing is done."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path

from store.model.resource import Resource
from tests.azure.conftest import Make
from tests.support.azure.server import FakeAzure
from tests.support.azure.world import SHOP, id_of
from tests.support.told import told

ROLES = Path(__file__).parents[2] / "deploy" / "azure"
VM = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-001").lower()


def rights(name: str) -> list[str]:
    role = json.loads((ROLES / name).read_text(encoding="utf-8"))
    assert role["NotActions"] == role["DataActions"] == []
    found: list[str] = role["Actions"]
    assert len(found) == len(set(found))
    return found


def lacking(used: set[str], given: list[str]) -> set[str]:
    return {u for u in used if not any(fnmatch(u.lower(), g.lower()) for g in given)}


async def test_looking_needs_no_right_that_the_readers_role_lacks(
    make: Make, azure: FakeAzure
) -> None:
    for each in [connector := make(), make(metrics_url="")]:
        for part in await each.parts():
            await told(each, part.name)
    await connector.ask("detail", Resource(VM, "server", "vm-001"), {})
    assert {"Microsoft.CostManagement/query/action", "Microsoft.Insights/metrics/read"} < azure.used
    assert not lacking(azure.used, rights("read-role.json"))


async def test_acting_needs_the_role_of_actions_alone(make: Make, azure: FakeAzure) -> None:
    connector = make()
    for action in ("azure.deallocate", "azure.start", "azure.restart"):
        await connector.act(action, Resource(VM, "server", "vm-001"), {}, False)
    assert len(azure.acted) == 3
    assert not lacking(azure.used, rights("actions-role.json"))
    assert len(lacking(azure.used, rights("read-role.json"))) == 3


def test_the_readers_role_changes_nothing() -> None:
    changing = [each for each in rights("read-role.json") if not each.endswith("/read")]
    assert changing == ["Microsoft.CostManagement/query/action"]  # a question that is posted
