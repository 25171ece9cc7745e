"""What was spent in Google Cloud, what Recommender says, what can be done to machines, signing
in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.base import Cursor, Misconfigured, Permanent, Transient
from integrations.gcp.billing import query
from store.model import HOUR
from store.model.resource import Cost, Finding, Resource
from tests.gcp.conftest import Make
from tests.support.gcp.bigquery import TABLE
from tests.support.gcp.server import FakeGoogle
from tests.support.gcp.world import DATA, SHOP, ZONES
from tests.support.told import Waiting, only, told
from tests.support.world import ObedientClock

VM = f"//compute.googleapis.com/projects/{SHOP}/zones/{ZONES[1]}/instances/web-01"
MACHINE = Resource(VM, "server", "web-01", account=SHOP)
BILLING = {"billing_table": TABLE, "cost_labels": ["team"]}


async def test_spend_comes_from_the_export_over_all_pages(make: Make, google: FakeGoogle) -> None:
    connector = make(**BILLING)
    assert "cost" in {each.name for each in await connector.parts()}
    items = await told(connector, "cost")
    found = only(Cost, items)
    assert len(found) == 36 * 2 and len({each.day for each in found}) == 36
    first = next(each for each in found if each.account == SHOP)
    assert (first.service, first.amount, first.currency, first.region, first.usage) == (
        "Compute Engine", 12.5, "EUR", "europe-west1", "N2 Instance Core",
    )  # fmt: skip
    assert first.tags == {"team": "shop"}
    assert next(each for each in found if each.account == DATA).tags == {}
    (cursor,) = only(Cursor, items)
    later = only(Cost, await told(connector, "cost", cursor.text))
    assert len({each.day for each in later}) == 5


async def test_a_query_that_takes_its_time_is_waited_for(
    make: Make, google: FakeGoogle, waiting: Waiting
) -> None:
    google.queries.slow = 3
    assert only(Cost, await told(make(**BILLING), "cost"))
    assert waiting.waits == [1.0, 1.0, 1.0]


async def test_a_query_that_never_ends_is_given_up(make: Make, google: FakeGoogle) -> None:
    google.queries.slow = 10_000
    with pytest.raises(Transient, match="did not end"):
        await told(make(**BILLING), "cost")


async def test_a_view_is_asked_without_partitions(make: Make, google: FakeGoogle) -> None:
    google.queries.view = True
    assert only(Cost, await told(make(**BILLING), "cost"))
    assert "_PARTITIONTIME" not in google.queries.asked[-1]


def test_the_detailed_export_names_resources() -> None:
    assert "resource.global_name" in query("p.d.gcp_billing_export_resource_v1_X", ())
    assert "GROUP BY 1, 2, 3, 4, 5, 6, 7 " in query("p.d.t", ("team",))


async def test_recommendations_in_force_that_save_something_are_findings(make: Make) -> None:
    found = only(Finding, await told(make(), f"{SHOP}/recommendations"))
    by = {each.rule: each for each in found}
    assert len(found) == 2
    assert (by["idle-server"].saving, by["idle-server"].currency) == (52.5, "EUR")
    assert by["idle-server"].resource == VM
    assert by["unattached-disk"].resource.endswith("/disks/lost")
    assert by["idle-server"].origin == "Google Recommender"


async def test_recommenders_are_asked_where_machines_are_also_without_the_asset_inventory(
    make: Make, google: FakeGoogle
) -> None:
    google.forbidden.add((SHOP, "cloudasset.assets.searchAllResources"))
    assert len(only(Finding, await told(make(), f"{SHOP}/recommendations"))) == 2


async def test_recommenders_that_are_not_used_or_allowed(make: Make, google: FakeGoogle) -> None:
    google.off.add((DATA, "recommender"))
    assert only(Finding, await told(make(), f"{DATA}/recommendations")) == []
    google.forbidden.add((SHOP, "recommender.computeDiskIdleResourceRecommendations.list"))
    found = only(Finding, await told(make(), f"{SHOP}/recommendations"))
    assert [each.rule for each in found] == ["idle-server"]


async def test_machines_are_stopped_started_and_reset(make: Make, google: FakeGoogle) -> None:
    connector = make()
    dry = await connector.act("gcp.stop", MACHINE, {}, True)
    assert "web-01 in shop-prod would be stopped. It is RUNNING now." in dry.text
    assert not dry.done and not google.acted
    assert (await connector.act("gcp.stop", MACHINE, {}, False)).done
    assert not (await connector.act("gcp.reset", MACHINE, {}, False)).done
    assert not (await connector.act("gcp.stop", MACHINE, {}, False)).done
    assert (await connector.act("gcp.start", MACHINE, {}, False)).done
    assert (await connector.act("gcp.reset", MACHINE, {}, False)).done
    assert google.acted == ["stop web-01", "start web-01", "reset web-01"]
    detail = await connector.ask("detail", MACHINE, {})
    assert detail["machine type"] == "n2-standard-4"


async def test_an_action_without_the_right_or_on_no_machine_is_refused(
    make: Make, google: FakeGoogle
) -> None:
    google.forbidden.add((SHOP, "compute.instances.reset"))
    connector = make()
    with pytest.raises(Permanent, match=r"instances\.reset"):
        await connector.act("gcp.reset", MACHINE, {}, False)
    with pytest.raises(Permanent, match="no virtual machine"):
        await connector.act("gcp.stop", Resource("//storage.googleapis.com/b", "bucket", "b"), {},
                            False)  # fmt: skip


# signing in


async def test_a_token_is_renewed_before_it_ends_and_once_where_it_is_refused(
    make: Make, google: FakeGoogle, waiting: Waiting
) -> None:
    connector = make()
    await told(connector, f"{SHOP}/databases")
    await waiting(HOUR / 1000 - 200)
    await told(connector, f"{SHOP}/databases")
    google.tokens.clear()
    await told(connector, f"{SHOP}/databases")
    assert google.grants == ["jwt-bearer"] * 3


async def test_what_gcloud_and_federation_write_signs_in_too(
    make: Make, google: FakeGoogle, tmp_path: Path, clock: ObedientClock
) -> None:
    google.subject = "subject-token"
    file = tmp_path / "subject"
    file.write_text("subject-token\n", encoding="utf-8")
    federation: dict[str, Any] = {
        "type": "external_account", "audience": "//iam.googleapis.com/pool",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{google.url}/sts",
    }  # fmt: skip
    by_url = {"url": f"{google.url}/subject", "headers": {"X-Ask": "us"},
              "format": {"type": "json", "subject_token_field_name": "id_token"}}  # fmt: skip
    other = f"{google.url}/v1/projects/-/serviceAccounts/sa@x:generateAccessToken"
    ways: list[dict[str, Any]] = [
        {**federation, "credential_source": {"file": str(file)}},
        {**federation, "credential_source": by_url, "service_account_impersonation_url": other},
        {"type": "authorized_user", "client_id": "ci", "client_secret": "cs",
         "refresh_token": "refresh", "token_uri": f"{google.url}/token"},
        {"type": "impersonated_service_account", "source_credentials": google.key_file(),
         "service_account_impersonation_url": other},
    ]  # fmt: skip
    for way in ways:
        path = tmp_path / "credentials.json"
        path.write_text(json.dumps(way), encoding="utf-8")
        assert await told(make(credentials="", credentials_file=str(path)), f"{SHOP}/databases")
    assert google.grants == ["exchange", "exchange", "as sa@x", "refresh_token", "jwt-bearer",
                             "as sa@x"]  # fmt: skip


async def test_a_machine_signs_in_as_itself_and_goes_on_as_another(
    make: Make, google: FakeGoogle
) -> None:
    connector = make(credentials="", metadata=True, impersonate="viewer@shop")
    assert await told(connector, f"{SHOP}/databases")
    assert google.grants == ["machine", "as viewer@shop"]


async def test_a_key_that_is_refused_names_the_setting(make: Make, google: FakeGoogle) -> None:
    said = {**google.key_file(), "client_email": "somebody@else"}
    with pytest.raises(Misconfigured, match="unknown key") as error:
        await told(make(credentials=json.dumps(said)), f"{SHOP}/databases")
    assert error.value.setting == "credentials_file"


@pytest.mark.parametrize("text", ["no json", "[]", '{"type": "gdch"}',
                                  '{"type": "service_account", "private_key": "x"}'])  # fmt: skip
async def test_credentials_that_are_none_are_said_to_be(make: Make, text: str) -> None:
    with pytest.raises(Misconfigured):
        await told(make(credentials=text), f"{SHOP}/databases")


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"credentials": ""}, "credentials_file"), ({"scopes": ["everything"]}, "scopes"),
        ({"base_urls": {"mars": "https://x"}}, "base_urls"), ({"base_urls": {"sql": "x"}},
                                                              "base_urls"),
        ({"billing_table": "x`; DROP"}, "billing_table"), ({"cost_labels": ["a'b"]}, "cost_labels"),
        ({"prices": []}, "prices"), ({"old_snapshot_days": "x"}, "old_snapshot_days"),
    ],
)  # fmt: skip
async def test_a_wrong_setting_is_named(make: Make, wrong: dict[str, Any], setting: str) -> None:
    with pytest.raises(Misconfigured) as error:
        make(**wrong)
    assert error.value.setting == setting
