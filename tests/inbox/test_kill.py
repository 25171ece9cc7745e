"""``kill -9`` while mail comes in: every 250 was true, and what is sent again counts once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from random import Random

import aiosmtplib
import pytest

from tests.bench.service import Service, free_port
from tests.inbox.mails import mail

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MAILS, KILLS = 200, 2
YAML = """
people:
  ana: {name: Ana Petrova, email: ana@example.eu, roles: [admin]}
teams:
  ops: {members: [ana], oncall: ana, lead: ana}
"""


async def test_every_250_was_true_and_nothing_is_doubled(tmp_path: Path) -> None:
    port = free_port()
    mine = f"{YAML}intake: {{mail: {{listen: '127.0.0.1:{port}'}}}}\n"
    service = Service(tmp_path, mine)
    token = _token(service)
    assert token == token.lower(), "devices write addresses in lower case"
    left = {n: _mail(n) for n in range(MAILS)}
    chosen = Random(20_261)
    cuts = sorted(chosen.sample(range(50, MAILS - 50), KILLS))
    try:
        for cut in (*cuts, 0):
            await asyncio.to_thread(service.start)
            await _pour(port, token, left, MAILS - cut if cut else 0, service)
        counts = await asyncio.to_thread(_counts, service)
    finally:
        service.stop()
    assert left == {}
    assert counts == dict.fromkeys((f"host-{n}" for n in range(MAILS)), 1)


def _mail(n: int) -> bytes:
    return mail(f"** PROBLEM Host Alert: host-{n} is DOWN **", Message_ID=f"<{n}@mon.example>")


async def _pour(
    port: int, token: str, left: dict[int, bytes], until: int, service: Service
) -> None:
    """Send over four connections; kill the service once no more than so many are left."""

    async def one() -> None:
        try:
            smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, timeout=30)
            await smtp.connect()
            while len(left) > until:
                n = next(iter(left))
                raw = left.pop(n)
                try:
                    await smtp.sendmail("mon@example.eu", f"{token}@pv.example.eu", raw)
                except (aiosmtplib.SMTPException, OSError):
                    left[n] = raw
                    raise
            smtp.close()
        except (aiosmtplib.SMTPException, OSError):
            return

    await _listens(port)
    pouring = [asyncio.create_task(one()) for _ in range(4)]
    if until:
        while len(left) > until:
            assert not all(each.done() for each in pouring), "nobody sends any more"
            await asyncio.sleep(0.001)
        service.kill()
    await asyncio.gather(*pouring)


async def _listens(port: int) -> None:
    """The mail's port opens a little after that of the web."""
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise AssertionError(f"nobody listens at {port}")


def _token(service: Service) -> str:
    words = [sys.executable, "-m", "bot", "--config", str(service.config)]
    done = subprocess.run(
        [*words, "token", "create", "--name", "mon", "--intake", "email"],
        cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.split()[-1]


def _counts(service: Service) -> dict[str, int]:
    """How often each host's alert was counted."""
    found: dict[str, int] = {}
    url = "/api/incidents?status=all&limit=1000"
    for one in json.loads(service.get(url))["incidents"]:
        for alert in json.loads(service.get(f"/api/incidents/{one['id']}"))["alerts"]:
            found[alert["resource"]] = alert["count"]
    return found
