"""What holds for every test: one event loop kind, no outside network, no task left running."""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bot import monitors, whois
from commands import door
from store import pragmas, seats
from tests.network import close_the_network
from tests.support.engines import compile_once

gc.disable()
"""Until everything is collected: nothing of it is ever garbage, and looking takes seconds."""

settings.register_profile("alike", derandomize=True, deadline=None)
settings.load_profile("alike")
"""The same examples in every run, however slow the machine: what fails here fails there."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the service does."""
    return "asyncio"


@pytest.fixture(scope="session")
def outside_calls() -> Iterator[list[str]]:
    """What was refused since the list was last cleared."""
    tried: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        close_the_network(patch, tried)
        yield tried


@pytest.fixture(scope="session", autouse=True)
def _nobody_is_in_a_hurry() -> Iterator[None]:
    """What gives up after a second or two waits for a machine that stands still."""
    with pytest.MonkeyPatch.context() as patch:
        for part in (door, whois, monitors):
            patch.setattr(part, "PATIENCE", 60.0)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_test_waits_for_the_disk() -> Iterator[None]:
    """None pulls the plug on its own process; those of tests/proof have services of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pragmas, "SYNCHRONOUS", "OFF")
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_reads_after_the_other() -> Iterator[None]:
    """In the order in which they ask, so that what is asked at once comes alike in every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seats, "SEATS", 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def _each_statement_is_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        compile_once(patch)
        yield


@pytest.fixture(autouse=True)
def _stay_on_this_machine(outside_calls: list[str]) -> Iterator[None]:
    outside_calls.clear()
    yield
    assert not outside_calls, f"the test tried to leave the machine: {outside_calls}"


@pytest.fixture(autouse=True)
def _watch_tasks(request: pytest.FixtureRequest) -> None:
    """Async tests are checked for tasks they leave; the others start no event loop."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("_leave_no_task")


@pytest.fixture
async def _leave_no_task() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = {each for each in asyncio.all_tasks() - before if not _is_runner(each)}
    if left:  # what is ending may end: aiohttp lingers, up to 10 s, over a body it has not read
        _, left = await asyncio.wait(left, timeout=15)
    if left:
        pytest.fail("tasks left running: " + "; ".join(sorted(map(repr, left))))


def _is_runner(task: asyncio.Task[Any]) -> bool:
    """Whether the task is the one in which anyio runs this very fixture."""
    return getattr(task.get_coro(), "__qualname__", "").startswith("TestRunner.")


CONNECTORS = ("aws", "azure", "gcp", "openstack", "integrations/kubernetes")
"""Folders of tests against stand-ins of clouds and clusters: much is asked over real HTTP there."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of a connector is a broad one."""
    here = Path(__file__).parent
    folders = tuple(f"{here / name}/" for name in CONNECTORS)
    for item in items:
        if str(item.path).startswith(folders):
            item.add_marker(pytest.mark.broad)


def pytest_collection_finish() -> None:
    """What was collected stays to the end and is looked through no more for garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()
