"""A tool goes by several names and spellings; its integration is found by each."""

from __future__ import annotations

import pytest

import integrations
from integrations import _names
from integrations.base import Capability


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("uptime-kuma", "uptimekuma"), ("uptime_kuma", "uptimekuma"), ("UptimeKuma", "uptimekuma"),
        ("new-relic", "newrelic"), ("New Relic", "newrelic"), ("google-cloud", "googlecloud"),
        ("gcp", "googlecloud"), ("stackdriver", "googlecloud"), ("azure-monitor", "azuremonitor"),
        ("azure", "azuremonitor"), ("aws-sns", "aws_sns"), ("cloudwatch", "aws_sns"),
        ("icinga2", "icinga"), ("prometheus", "alertmanager"), ("k8s", "kubernetes"),
        ("dead-mans-snitch", "deadmanssnitch"), ("healthchecks.io", "healthchecks"),
        ("microsoft-teams", "slack_like"), ("argo-cd", "argocd"), ("66uptime", "sixtysixuptime"),
        ("uptime.com", "uptimecom"), ("logdna", "mezmo"), ("appoptics", "librato"),
        ("pagerduty", "pagerduty"),
    ],
)  # fmt: skip
def test_a_tool_is_found_by_its_other_names(said: str, name: str) -> None:
    assert integrations.called(said) == name
    assert integrations.load(integrations.called(said)) is not None


def test_what_is_sent_under_the_name_of_an_inventory_is_read_by_who_reads_such_webhooks() -> None:
    for name in _names.SHARED:
        reader = integrations.load(integrations.called(name))
        assert reader is not None
        assert Capability.RECEIVE in reader.MANIFEST.capabilities
        inventory = integrations.load(name)
        assert inventory is not None
        assert Capability.RECEIVE not in inventory.MANIFEST.capabilities


def test_a_name_that_means_nothing_stays_as_it_is() -> None:
    assert integrations.called("no-such-tool") == "no-such-tool"
    assert integrations.called("") == ""


def test_a_typing_error_is_answered_with_what_was_meant() -> None:
    assert integrations.unknown("grafanna").endswith("; did you mean grafana?")
    assert integrations.unknown("stackdrivver").endswith("; did you mean googlecloud?")
    assert "; there are: " in integrations.unknown("xyzzy")


def test_every_other_name_leads_somewhere_and_hides_nothing() -> None:
    known = integrations.names()
    spelled = {_names.plain(name) for name in known}
    assert spelled & set(_names._MEANT) == spelled & _names.SHARED
    assert set(_names._ALIASES) <= set(known)
