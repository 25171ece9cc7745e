"""The contracts in pyproject.toml are checked by `make check`; here the kinds of contract are."""

from __future__ import annotations

import pytest
from grimp import ImportGraph

from tests.layers import Never, Only, Strangers


def graph_of(*imports: tuple[str, str]) -> ImportGraph:
    graph = ImportGraph()
    for importer, imported in imports:
        graph.add_import(
            importer=importer, imported=imported, line_number=1, line_contents="import it"
        )
    return graph


def only(graph: ImportGraph) -> bool:
    options = {"modules": ["store"], "allowed": ["store", "sqlalchemy"]}
    return Only("n", {}, options).check(graph, verbose=False).kept


def never(graph: ImportGraph) -> bool:
    options = {
        "modules": ["commands", "bot.slack", "bot.web"],
        "forbidden": ["integrations", "bot.slack", "bot.web"],
        "permitted": ["integrations.base"],
    }
    return Never("n", {}, options).check(graph, verbose=False).kept


def strangers(graph: ImportGraph) -> bool:
    options = {"package": "integrations", "shared": ["integrations.base"]}
    for module in ("integrations", "integrations.aws", "integrations._text"):
        graph.add_module(module)
    return Strangers("n", {}, options).check(graph, verbose=False).kept


@pytest.mark.parametrize("allowed", ["json", "sqlalchemy.ext.asyncio", "store.model"])
def test_only_lets_the_standard_library_and_the_allowed_in(allowed: str) -> None:
    assert only(graph_of(("store.rows", allowed)))


@pytest.mark.parametrize("other", ["commands.door", "httpx", "storefront"])
def test_only_lets_nothing_else_in(other: str) -> None:
    assert not only(graph_of(("store.rows", other)))


def test_never_lets_the_permitted_part_in() -> None:
    assert never(graph_of(("commands.intake", "integrations.base")))


@pytest.mark.parametrize(
    "broken",
    [
        ("commands.rules.routing", "integrations.grafana"),
        ("bot.web.api", "bot.slack.render"),
    ],
)
def test_never_names_what_is_forbidden(broken: tuple[str, str]) -> None:
    assert not never(graph_of(broken))


def test_a_surface_may_import_itself() -> None:
    assert never(graph_of(("bot.web.api", "bot.web.server")))


def test_an_integration_may_import_its_own_package_and_the_shared_one() -> None:
    imports = [
        ("integrations.aws.sns", "integrations.aws.sign"),
        ("integrations.aws.sns", "integrations.base"),
        ("integrations.aws.sns", "integrations._text"),
    ]
    assert strangers(graph_of(*imports))


def test_an_integration_may_not_import_another() -> None:
    assert not strangers(graph_of(("integrations.aws.sns", "integrations.grafana")))
    assert not strangers(graph_of(("integrations._text", "integrations.grafana")))
