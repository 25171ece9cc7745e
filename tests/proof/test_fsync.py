"""What ``kill -9`` can't show: the log is on the disk before a 202 leaves, seen by ``strace``."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bench.pace import Client, alert, body
from tests.bench.service import PEOPLE, Service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CALLS = "fdatasync,fsync,recvfrom,recvmsg,read,sendto,sendmsg,write,writev"
_LINE = re.compile(r"^(?P<thread>\d+) +(?P<resumed><\.\.\. )?(?P<call>\w+)(?P<rest>.*)$")
_SOCKET = re.compile(r"\((?P<fd>\d+)<TCP")
_READS, _WRITES = ("recvfrom", "recvmsg", "read"), ("sendto", "sendmsg", "write", "writev")


def can_trace(folder: Path) -> bool:
    """Whether strace is here and may trace."""
    if shutil.which("strace") is None:
        return False
    words = ["strace", "-f", "-D", "-o", str(folder / "probe"), "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


async def test_the_log_is_synced_between_each_body_and_its_202(tmp_path: Path) -> None:
    if not can_trace(tmp_path):
        pytest.skip("strace is not installed here, or may not trace")
    trace = tmp_path / "trace"
    under = ["strace", "-f", "-D", "-yy", "-s", "64", "-e", f"trace={CALLS}", "-o", str(trace)]
    service = Service(tmp_path, PEOPLE % {"ana": "", "omar": ""}, under=under)
    with service:
        client = Client(service.port, service.path, service.responder)
        for number in range(20):
            status, _ = await client.post(body(alert(f"one-{number}", f"s-{number}")))
            assert status == 202
        some = [client.post(body(alert(f"two-{n}", f"t-{n}"))) for n in range(100)]
        assert {status for status, _ in await asyncio.gather(*some)} == {202}
        await client.close()
    assert synced_before_each_202(trace.read_text(errors="replace")) == 120


def synced_before_each_202(trace: str) -> int:
    """How many 202s there were; each had a whole sync of the log after its body was read."""
    heard: dict[str, int] = {}
    reading: dict[str, str] = {}
    syncing: dict[str, int] = {}
    synced, answers = -1, 0
    for at, line in enumerate(trace.splitlines()):
        found = _LINE.match(line)
        if found is None:
            continue
        thread, call, rest = found["thread"], found["call"], found["rest"]
        socket = _SOCKET.search(rest)
        if call in ("fdatasync", "fsync"):
            if ".db-wal" in rest and not found["resumed"]:
                syncing[thread] = at
            if "= 0" in rest and thread in syncing:
                synced = max(synced, syncing.pop(thread))
        elif call in _READS:
            # A call that another thread's interrupts is in two lines: socket first, words later.
            if socket:
                reading[thread] = socket["fd"]
            if "POST /in/" in rest and thread in reading:
                heard[reading[thread]] = at
        elif call in _WRITES and socket and "HTTP/1.1 202" in rest:
            began = heard.pop(socket["fd"])
            assert began < synced, f"no sync between lines {began} and {at}: {line}"
            answers += 1
    return answers
