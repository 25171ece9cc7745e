"""Told to stop in mid-load it loses nothing; with a full disk it says 503, and recovers."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from tests.bench.pace import Client, alert, body
from tests.bench.service import PEOPLE, Service
from tests.proof.support import burst, detail, eventually, every_incident, pour

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

YAML = PEOPLE % {"ana": "", "omar": ""}


async def test_sigterm_in_mid_load_loses_nothing_and_ends_well(tmp_path: Path) -> None:
    service = Service(tmp_path, YAML)
    await asyncio.to_thread(service.start)
    try:
        client = Client(service.port, service.path, service.responder)
        wanted, stop = burst(7), asyncio.Event()
        pouring = asyncio.create_task(pour(client, wanted, stop))
        await eventually("400 bodies", lambda: len(wanted.statuses) >= 400, every=0.001)
        ending = asyncio.create_task(asyncio.to_thread(service.stop))
        await asyncio.sleep(0.5)
        stop.set()
        await pouring
        await client.close()
        assert await ending == 0
        assert "Traceback" not in service.log.read_text(errors="replace")
        await asyncio.to_thread(service.start)
        for one in every_incident(service):
            keys = {a["key"] for a in detail(service, one["id"])["alerts"]}
            name = one["labels"]["service"]
            assert wanted.accepted[name] <= keys <= wanted.sent[name]
    finally:
        service.stop()


async def test_a_full_disk_is_503_until_there_is_room_again(tmp_path: Path) -> None:
    with Service(tmp_path, YAML) as service:
        client = Client(service.port, service.path, service.responder)
        first = [await client.post(body(alert(f"a{n}", f"s-{n}"))) for n in range(5)]
        assert [status for status, _ in first] == [202] * 5
        full = service.log_bytes()
        soft, hard = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (full, hard))
        refused = [await client.post(body(alert(f"b{n}", f"t-{n}"))) for n in range(20)]
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (soft, hard))
        assert {status for status, _ in refused} <= {202, 503}
        assert [status for status, _ in refused][-5:] == [503] * 5
        assert refused[-1][1]["where"] == "queue"
        again = [await client.post(body(alert(f"c{n}", f"u-{n}"))) for n in range(5)]
        assert [status for status, _ in again] == [202] * 5
        await client.close()
        titles = {one["labels"]["service"] for one in every_incident(service)}
        kept = {f"t-{n}" for n, (status, _) in enumerate(refused) if status == 202}
        assert titles == {*(f"s-{n}" for n in range(5)), *(f"u-{n}" for n in range(5)), *kept}
