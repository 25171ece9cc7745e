"""The event loop goes on while large bodies come: measured on the running service's own loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, prepare
from bot.settings import parse
from store import access
from tests.bench.pace import Client, alert, body
from tests.support.engines import fresh_url

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

STALL_MS = 20.0
YAML = """
people: {ana: {name: Ana Petrova, roles: [admin]}}
routes: [{name: all}]
"""


@contextmanager
def steps_of(loop: asyncio.AbstractEventLoop, took: list[tuple[float, str]]) -> Iterator[None]:
    """Note how much processor each step of a loop's thread takes, in ms.

    Processor time and not the clock's: what else runs on the machine is not the service's doing.
    """
    real = asyncio.Handle._run
    mine = threading.get_ident()

    def run(self: asyncio.Handle) -> Any:
        if threading.get_ident() != mine:
            return real(self)
        began = time.thread_time()
        try:
            return real(self)
        finally:
            took.append(((time.thread_time() - began) * 1000, repr(self)[:200]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", run)
        yield


def posts(port: int, path: str, statuses: list[int]) -> None:
    """Large bodies of many alerts, and small ones between them; from a thread of its own."""

    async def all_of_them() -> None:
        client = Client(port, path, "")
        for turn in range(6):
            large = body(*(alert(f"l{turn}-{n}", f"svc-{n % 7}") for n in range(2300)))
            assert 900_000 < len(large) < 1 << 20
            small = [body(alert(f"s{turn}-{n}", f"svc-{n}")) for n in range(20)]
            answers = await asyncio.gather(*(client.post(each) for each in (large, *small)))
            statuses.extend(status for status, _ in answers)
        await client.close()

    asyncio.run(all_of_them())


async def test_large_bodies_do_not_hold_the_loop_up(tmp_path: Path) -> None:
    settings = parse(YAML, "test.yaml").model_copy(
        update={"database": fresh_url("sqlite", tmp_path), "key_file": str(tmp_path / "key")}
    )
    app = App(settings, await prepare(settings))
    port = await app.start("127.0.0.1", 0)

    def token(ctx: Any) -> str:
        source = access.source(ctx.tx, ctx.now, "alertmanager", "alertmanager")
        return access.create_token(ctx.tx, ctx.now, "t", source_id=source.id)

    path = f"/in/alertmanager/{await app.door.system(token)}"
    took: list[tuple[float, str]] = []
    statuses: list[int] = []
    with steps_of(asyncio.get_running_loop(), took):
        await asyncio.to_thread(posts, port, path, statuses)
    await app.stop()
    assert set(statuses) == {202}
    worst = max(took)
    assert worst[0] < STALL_MS, worst
