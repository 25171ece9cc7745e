"""What the file says of clusters and clouds: each mistake with its line, no secret ever."""

from __future__ import annotations

import pytest

from bot.inventory.engine import warn_of_files
from bot.redacting import redactor_of
from bot.rulebook import rulebook
from bot.settings import BadSettings, Settings, parse

GOOD = """
teams: {db: {members: [ana], lead: ana}}
people: {ana: {name: Ana, email: ana@example.eu}}
inventory:
  tags: {team: [Squad, team], environment: Stage}
  sources:
    prod: {kind: fakecloud, url: "http://127.0.0.1:9", token: s3cr3t-of-prod, team: db, stretch: 2}
    two:
      kind: fakecloud
      url: http://127.0.0.1:9
      environment: test
      title: Second cloud
"""


@pytest.fixture(autouse=True)
def _installed(fakecloud: str) -> None:
    assert fakecloud


def wrong(lines: str) -> str:
    """What is said of sources that can't be."""
    with pytest.raises(BadSettings) as found:
        parse(f"inventory:\n  sources:\n    prod:\n{lines}", "pixelview.yaml")
    return str(found.value)


def good() -> Settings:
    return parse(GOOD, "pixelview.yaml")


def test_sources_are_read_with_the_defaults_of_their_connector() -> None:
    prod = good().inventory.sources["prod"]
    assert (prod.kind, prod.team, prod.stretch) == ("fakecloud", "db", 2.0)
    assert prod.own["page"] == 100 and prod.own["token"] == "s3cr3t-of-prod"
    assert "team" not in prod.own and "kind" not in prod.own


def test_rules_know_what_holds_for_each_source_and_what_tags_mean() -> None:
    rules = good().inventory.rules()
    assert rules.sources["prod"].team == "db"
    assert (rules.sources["two"].environment, rules.sources["two"].title) == (
        "test",
        "Second cloud",
    )
    assert rules.tags["team"] == ("Squad", "team") and rules.tags["environment"] == ("Stage",)
    assert "owner" in rules.tags


def test_no_secret_is_ever_told() -> None:
    settings = good()
    assert list(settings.inventory.secrets()) == ["s3cr3t-of-prod"]
    assert "s3cr3t-of-prod" not in redactor_of(settings)("failed with s3cr3t-of-prod")


FAKE = "      kind: fakecloud\n      url: x\n      "


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (
            "      kind: k8s",
            4,
            ".kind: nothing of the kind k8s can be looked at; did you mean kubern",
        ),
        (
            "      kind: openstak",
            4,
            ".kind: nothing of the kind openstak can be looked at; did you",
        ),
        (
            "      kind: grafana",
            4,
            ".kind: nothing of the kind grafana can be looked at; there are",
        ),
        ("      kind: fakecloud", 3, ": url is missing: Where it is"),
        ("      url: x", 3, ".kind: is missing"),
        (f"{FAKE}pages: 7", 6, ".pages: no such setting; did you mean page?"),
        (f"{FAKE}colour: red", 6, ".colour: no such setting; there are environment, file"),
        (f"{FAKE}many: lots", 6, ".many: write a number"),
        (f"{FAKE}regions: 7", 6, ".regions: write it as a list"),
        (f"{FAKE}team: nobody", 6, ".team: there is no team nobody"),
        (f"{FAKE}stretch: 0", 6, ".stretch: Input should be greater"),
    ],
)
def test_each_mistake_is_told_with_its_line(lines: str, line: int, said: str) -> None:
    assert f"pixelview.yaml:{line}: inventory.sources.prod{said}" in wrong(lines)


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ("      kind: azure", 3, ": tenant is missing"),
        ("      kind: azure\n      tenant: t\n      cloud: moon", 6, ".cloud: cloud is one of"),
        ("      kind: openstack", 3, ": name a cloud of clouds.yaml, or the auth_url"),
        ("      kind: openstack\n      auth_url: http://k", 3, ": username is needed beside"),
        ("      kind: gcp", 3, ": credentials_file, credentials or metadata is needed"),
        ("      kind: aws\n      access_key: a", 3, ": access_key and secret_key go together"),
        (
            "      kind: kubernetes\n      kubeconfig: /nowhere\n      api_server: nowhere",
            6,
            ".api_server: nowhere is no address",
        ),
    ],
)
def test_what_a_connector_could_not_work_with_is_a_mistake(
    lines: str, line: int, said: str
) -> None:
    assert f"pixelview.yaml:{line}: inventory.sources.prod{said}" in wrong(lines)


def test_a_file_that_is_not_there_yet_is_no_mistake_but_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = """
inventory:
  sources:
    k: {kind: kubernetes, kubeconfig: /nowhere/kube, ca_file: /nowhere/ca}
    o: {kind: openstack, cloud: prod, clouds_file: /nowhere/clouds.yaml}
    a: {kind: azure, tenant: t, client_id: c, certificate_file: /nowhere/cert.pem}
"""
    sources = parse(text, "x").inventory.sources
    warn_of_files(sources)
    assert caplog.messages == [
        "Source k: there is no file /nowhere/kube (kubeconfig) yet.",
        "Source k: there is no file /nowhere/ca (ca_file) yet.",
        "Source o: there is no file /nowhere/clouds.yaml (clouds_file) yet.",
        "Source a: there is no file /nowhere/cert.pem (certificate_file) yet.",
    ]


def test_names_of_sources_and_meanings_of_tags_are_checked() -> None:
    with pytest.raises(BadSettings, match="name it in lower case letters"):
        parse("inventory: {sources: {Prod 1: {kind: fakecloud, url: x}}}", "x")
    with pytest.raises(BadSettings, match="colour: there are team, owner, environment, service"):
        parse("inventory: {tags: {colour: red}}", "x")


def test_what_connectors_can_do_is_offered_but_for_what_is_not_enabled() -> None:
    text = """
inventory:
  sources:
    prod: {kind: kubernetes, kubeconfig: /etc/kube}
  actions:
    kubernetes.delete_pod: {enabled: false}
    kubernetes.scale: {approval: {by: "role:admin"}}
"""
    offered = rulebook(parse(text, "test.yaml", {})).offers
    assert "kubernetes.restart" in offered and "kubernetes.delete_pod" not in offered
    scale, restart = offered.get("kubernetes.scale"), offered.get("kubernetes.restart")
    assert scale is not None and [need.by for need in scale.needs] == ["role:admin"]
    assert restart is not None and not restart.needs


def test_an_action_that_no_source_has_is_a_mistake_with_its_place() -> None:
    text = """
inventory:
  sources: {prod: {kind: kubernetes, kubeconfig: /etc/kube}}
  actions: {kubernetes.reboot: {enabled: false}}
"""
    with pytest.raises(BadSettings, match=r"no source has an action kubernetes\.reboot"):
        parse(text, "test.yaml", {})
