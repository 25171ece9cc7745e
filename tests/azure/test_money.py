"""What was spent in Azure, what Advisor says, what can be done to machines, and signing in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integrations.base import Cursor, Misconfigured, Permanent, Transient
from store.model import DAY
from store.model.resource import Cost, Finding, Resource
from tests.azure.conftest import Make
from tests.support.azure.server import FakeAzure
from tests.support.azure.world import SHOP, id_of
from tests.support.told import Waiting, only, told
from tests.support.world import ObedientClock

VM = id_of(SHOP, "RG-Shop", "Microsoft.Compute/virtualMachines", "vm-001").lower()
MACHINE = Resource(VM, "server", "vm-001", account=SHOP, group="rg-shop")


async def test_spend_is_read_by_the_names_of_its_columns_over_all_pages(make: Make) -> None:
    items = await told(make(), f"{SHOP}/cost")
    found = only(Cost, items)
    assert len({each.day for each in found}) == 36
    assert len(found) == 36 * 3
    first = max((each for each in found if each.service == "Virtual Machines"),
                key=lambda each: each.day)  # fmt: skip
    assert len({each.day for each in found if each.resource}) == 8  # by resource of late alone
    assert (first.amount, first.currency, first.account) == (4.5, "EUR", SHOP)
    assert first.resource.endswith("/virtualmachines/vm-003")
    assert first.usage == "microsoft.compute/virtualmachines"
    assert sum(each.amount for each in found) == pytest.approx(36 * 5.75)


async def test_the_next_look_at_spend_begins_a_few_days_before_the_last(make: Make) -> None:
    connector = make()
    (cursor,) = only(Cursor, await told(connector, f"{SHOP}/cost"))
    later = only(Cost, await told(connector, f"{SHOP}/cost", cursor.text))
    assert len({each.day for each in later}) == 4


async def test_spend_may_be_asked_for_by_service_and_region(make: Make) -> None:
    found = only(Cost, await told(make(cost_detail="service"), f"{SHOP}/cost"))
    assert {each.resource for each in found} == {""}
    assert {each.service for each in found} == {"Virtual Machines", "Storage", "Unassigned"}


async def test_cost_management_is_waited_for_as_its_own_header_says(
    make: Make, azure: FakeAzure, waiting: Waiting
) -> None:
    azure.cost_quota = 1
    assert only(Cost, await told(make(), f"{SHOP}/cost"))
    assert waiting.waits == [7.0]


async def test_a_long_wait_is_given_back_to_who_asked(
    make: Make, azure: FakeAzure, waiting: Waiting
) -> None:
    connector = make()
    await connector.parts()
    azure.answer_next(429, {}, {"Retry-After": "900"})
    with pytest.raises(Transient) as error:
        await told(connector, f"{SHOP}/cost")
    assert error.value.retry_after == 900
    assert not waiting.waits


async def test_advisor_says_what_a_month_would_save_unless_it_was_put_aside(make: Make) -> None:
    found = only(Finding, await told(make(), f"{SHOP}/recommendations"))
    by = {each.rule: each for each in found}
    assert set(by) == {"oversized-server", "unattached-disk"} and len(found) == 2
    assert (by["oversized-server"].saving, by["oversized-server"].currency) == (100.0, "EUR")
    assert by["oversized-server"].origin == "Azure Advisor"
    assert "currentSku Standard_D4s_v5" in by["oversized-server"].why
    assert by["unattached-disk"].saving == 120.5


async def test_a_dry_run_says_how_the_machine_is_and_does_nothing(
    make: Make, azure: FakeAzure
) -> None:
    connector = make()
    said = await connector.act("azure.restart", MACHINE, {}, True)
    assert said.text.startswith("vm-001 in rg-shop would be restarted. It is running now.")
    assert not said.done and not azure.acted


async def test_a_machine_is_stopped_and_what_it_is_already_is_not_done_again(
    make: Make, azure: FakeAzure
) -> None:
    connector = make()
    assert (await connector.act("azure.deallocate", MACHINE, {}, False)).done
    again = await connector.act("azure.deallocate", MACHINE, {}, False)
    assert not again.done and "deallocated already" in again.text
    assert not (await connector.act("azure.restart", MACHINE, {}, False)).done
    assert (await connector.act("azure.start", MACHINE, {}, False)).done
    assert azure.acted == ["deallocate vm-001", "start vm-001"]


async def test_an_action_is_not_tried_twice(make: Make, azure: FakeAzure) -> None:
    connector = make()
    await connector.ask("detail", MACHINE, {})
    azure.answer_next(200, {"statuses": [{"code": "PowerState/running"}]})
    azure.answer_next(503, {})
    with pytest.raises(Transient):
        await connector.act("azure.restart", MACHINE, {}, False)
    assert not azure.acted


async def test_an_action_without_the_right_to_it_is_refused(make: Make, azure: FakeAzure) -> None:
    azure.forbidden.add((SHOP, "Microsoft.Compute/virtualMachines/restart/action"))
    with pytest.raises(Permanent, match="restart/action"):
        await make().act("azure.restart", MACHINE, {}, False)


async def test_a_disk_has_no_power_switch(make: Make) -> None:
    disk = Resource(VM.replace("virtualmachines", "disks"), "volume", "x")
    with pytest.raises(Permanent, match="no virtual machine"):
        await make().act("azure.start", disk, {}, False)
    with pytest.raises(Permanent):
        await make().ask("logs", MACHINE, {})


async def test_detail_tells_what_a_machine_and_its_agent_say(make: Make) -> None:
    told_ = await make().ask("detail", MACHINE, {})
    assert told_["power"] == "running" and told_["agent"] == "Ready"


# signing in


async def test_a_certificate_proves_who_we_are(
    make: Make, azure: FakeAzure, tmp_path: Path
) -> None:
    file = str(azure.trust.written(tmp_path))
    assert await make(client_secret="", certificate_file=file).parts()


async def test_a_federated_token_is_read_afresh_each_time(
    make: Make, azure: FakeAzure, tmp_path: Path, clock: ObedientClock
) -> None:
    file = tmp_path / "token"
    connector = make(client_secret="", federated_token_file=str(file))
    for token in ("one", "two"):
        file.write_text(token + "\n", encoding="utf-8")
        azure.federated = token
        assert await connector.parts()
        clock.at += DAY


async def test_a_machine_signs_in_as_itself(make: Make, azure: FakeAzure) -> None:
    azure.machine = True
    assert await make(tenant="", client_id="", client_secret="", managed_identity=True).parts()


async def test_a_wrong_secret_names_the_setting_and_what_azure_says(make: Make) -> None:
    with pytest.raises(Misconfigured, match="AADSTS7000215") as error:
        await make(client_secret="wrong").parts()
    assert error.value.setting == "client_secret"
    assert "wrong" not in str(error.value).replace("wrong ", "")


async def test_a_sign_in_that_does_not_answer_is_tried_again_later(
    make: Make, azure: FakeAzure
) -> None:
    for _ in range(4):
        azure.answer_next(503, "down")
    with pytest.raises(Transient):
        await make().parts()


async def test_an_answer_that_is_no_json_is_weather(make: Make, azure: FakeAzure) -> None:
    connector = make()
    await connector.parts()
    azure.answer_next(200, "<html>Sign in to the hotel's network</html>")
    with pytest.raises(Transient, match="no JSON"):
        await connector.parts()


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"tenant": ""}, "tenant"), ({"client_id": ""}, "client_id"),
        ({"client_secret": ""}, "client_secret"), ({"cloud": "mars"}, "cloud"),
        ({"management_url": "x"}, "management_url"), ({"prices": {"ip": "dear"}}, "prices"),
        ({"quota_warning": 0}, "quota_warning"),
    ],
)  # fmt: skip
async def test_a_wrong_setting_is_named(make: Make, wrong: dict[str, Any], setting: str) -> None:
    with pytest.raises(Misconfigured) as error:
        make(**wrong)
    assert error.value.setting == setting
