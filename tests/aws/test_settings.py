"""What can be set of AWS, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.aws import plan
from integrations.aws.place import Account
from integrations.aws.settings import source
from integrations.base import Misconfigured


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        ({"access_key": "a"}, "secret_key"),
        ({"secret_key": "a"}, "access_key"),
        ({"regions": "moon"}, "regions"),
        ({"accounts": [{"id": "12"}, {"id": "nonsense"}]}, "accounts"),
        ({"accounts": "123456789012"}, "accounts"),
        ({"accounts": ["123456789012", "123456789012"]}, "accounts"),
        ({"endpoint_url": "moto:5000"}, "endpoint_url"),
        ({"rate": "fast"}, "rate"),
        ({"threads": 0}, "threads"),
        ({"trail": "perhaps"}, "trail"),
        ({"alarm_severity": "loud"}, "alarm_severity"),
        ({"alarm_severities": {"x": "loud"}}, "alarm_severities"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], setting: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        source("aws", settings)
    assert caught.value.setting == setting


def test_accounts_are_written_in_several_ways() -> None:
    found = source("aws", {"external_id": "x", "accounts": [
        {"role_arn": "arn:aws:iam::111122223333:role/PixelView"},
        {"id": 12345678901, "external_id": "y"}, "222222222222",
    ]}).accounts  # fmt: skip
    assert [each.id for each in found] == ["111122223333", "012345678901", "222222222222"]
    assert [each.external_id for each in found] == ["x", "y", "x"]
    assert source("aws", {}).accounts[0].id == ""


def names(settings: dict[str, Any], empty: set[str] = frozenset()) -> dict[str, float]:  # type: ignore[assignment]
    """The parts of an account with one region, and how often they come."""
    account = Account("111122223333", regions=("eu-west-1",))
    parts = plan.parts(account, source("aws", settings), lambda *_: True, empty)
    return {each.name.partition("/")[2]: each.every for each in parts}


def test_each_area_of_a_region_is_a_part_with_its_own_pace() -> None:
    found = names({"every": 30})
    assert found["eu-west-1/servers"] == 30
    assert found["eu-west-1/volumes"] == 150
    assert found["cost"] == 12 * 3600
    assert found["eu-west-1/metrics"] == 300
    for name in found:
        assert plan.place_of(f"111122223333/{name}")[2] is not None
    for name in ("x", "1/eu-west-1/cost", "1/servers", "1/2/3/servers"):
        assert plan.place_of(name)[2] is None


def test_what_is_switched_off_is_no_part() -> None:
    off = {"metrics_every": 0, "cost_every": 0, "findings_every": 0, "trail": False,
           "skip": "stacks, snapshots"}  # fmt: skip
    gone = set(names({})) - set(names(off))
    assert gone == {"eu-west-1/metrics", "cost", "findings", "eu-west-1/trail", "eu-west-1/stacks",
                    "eu-west-1/snapshots"}  # fmt: skip


def test_where_nothing_was_found_is_looked_at_more_seldom() -> None:
    found = names({}, {"111122223333/eu-west-1/servers"})
    assert (found["eu-west-1/servers"], found["eu-west-1/alarms"]) == (300, 60)
