"""Every query of the catalog, asked by who may not see: a planted private incident and a planted
sensitive value are in no answer. A new query is asked as well; one that can't be is named here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commands.errors import CommandError
from commands.registry import Field, Verb
from commands.verbs import CATALOG
from store.model import Actor
from tests.sight.conftest import YAML
from tests.sight.planted import PLANTED, PRIVATE, SHOWN, planted
from tests.support.engines import fresh_url
from tests.support.world import World

pytestmark = pytest.mark.broad

QUERIES = sorted(name for name, verb in CATALOG.items() if verb.query)
STATUS = "status: {title: Example, components: {Vault: {match: 'service:vault'}}}\n"
AUTOMATION = """
actions: {db: {url: "http://127.0.0.1:9/db"}}
automations: {db: {on: opened, when: {alertname: none}, mode: suggest, do: {run: db}}}
"""
BY_NAME: dict[str, Any] = {
    "team": "db", "severity": "critical", "status": "all", "source": "alertmanager", "zone": "UTC",
    "kind": "list",
}  # fmt: skip
BY_KIND: dict[str, Any] = {
    "who": "omar", "person": "omar", "text": "a", "words": "", "when": "1h", "number": 1,
    "word": "db", "named": "db", "duty": "db", "filter": "team=db", "moment": "now", "noun": 1,
    "schedule": "db", "range": "tomorrow 9:00-17:00", "list": "all", "view": "", "name": "a",
    "flag": True, "repeat": "", "which": "1",
}  # fmt: skip


def filled(field: Field, incident: int) -> Any:
    if field.kind == "incident":
        return incident
    if field.choices:
        return field.choices[0][0]
    return BY_NAME.get(field.name, BY_KIND[field.kind])


def given(verb: Verb, incident: int, *, every: bool) -> dict[str, Any]:
    """Arguments: those it needs, or (``every``) the incident too where it is left open."""
    asks = (f for f in verb.fields if f.required or (every and f.kind == "incident"))
    return {f.name: filled(f, incident) for f in asks}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One world for all of this file."""
    return "asyncio"


@pytest.fixture(scope="module")
async def full(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A world with what is planted."""
    folder: Path = tmp_path_factory.mktemp("planted")
    world = await World.build(fresh_url("sqlite", folder), folder, YAML + STATUS + AUTOMATION)
    await planted(world.door)
    await world.advance(minutes=20)
    yield world
    await world.end()


def stranger(full: World, name: str) -> Actor:
    """Somebody of team web who may look at everything but what is planted."""
    permissions = CATALOG[name].permission
    scope = ("incident.read", "config.read", "self", "access.read", "audit.read", permissions)
    who = full.actor("mei")
    return Actor("person", who.id, who.name, "web", ("admin",), scope=scope)


@pytest.mark.parametrize("incident", [PRIVATE, SHOWN])
@pytest.mark.parametrize("name", QUERIES)
async def test_no_query_tells_what_is_hidden(full: World, name: str, incident: int) -> None:
    asked = given(CATALOG[name], incident, every=True)
    try:
        answer = repr(await full.door.ask(name, asked, stranger(full, name)))
    except CommandError as error:
        answer = error.error
    leaked = [word for word in PLANTED if word in answer.casefold()]
    if str(PRIVATE) in leaked and incident == PRIVATE and answer == _no_such():
        leaked.remove(str(PRIVATE))
    assert leaked == [], answer


def _no_such() -> str:
    return f"There is no incident #{PRIVATE}."


async def test_who_may_see_is_told_it_all(full: World) -> None:
    found = repr(
        [
            await full.asks("ana", "show", incident=PRIVATE),
            await full.asks("ana", "show", incident=SHOWN),
            await full.asks("ana", "list"),
        ]
    )
    assert all(word in found for word in PLANTED)


async def test_every_query_is_asked_and_answers(full: World) -> None:
    refused = set()
    for name in QUERIES:
        try:
            await full.door.ask(name, given(CATALOG[name], SHOWN, every=True), full.actor("ana"))
        except CommandError as error:
            refused.add(f"{name}: {error.error}")
    assert {r.partition(":")[0] for r in refused} <= UNASKED, refused


UNASKED = {
    "can",
    "cloud",
    "dry-run",
    "hangs-on",
    "k8s",
    "logs",
    "openstack",
    "resource",
    "resource-history",
    "resource-incidents",
    "resource-metrics",
    "show-findings",
    "handoff-open",
    "in-maintenance",
    "preview",
    "privacy-copy",
    "silence-show",
    "workflow-check",
    "storm-next",
}
"""Queries about what this world has not: a cloud, a resource, a handoff, a maintenance, a copy, a
silence, a storm; and those about definitions, permissions and steps of a workflow alone."""
