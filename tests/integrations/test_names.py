"""A tool goes by several names and spellings; its integration is found by each."""

from __future__ import annotations

import pytest

import integrations
from integrations import _names


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
    assert not spelled & set(_names._MEANT)
    assert set(_names._ALIASES) <= set(known)
