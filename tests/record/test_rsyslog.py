"""A real rsyslog with TLS takes the record whole, also when it is ended in the middle."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.record.forward import Forwarder
from tests.inbox import certificate
from tests.record.receiver import Receiver
from tests.record.test_formats import of_syslog
from tests.record.test_forward import length, write
from tests.record.test_forward import to as settings_to
from tests.support.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("rsyslogd") or not list(Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so")),
        reason="rsyslog with TLS is not here: apt install rsyslog rsyslog-gnutls",
    ),
]

CONFIG = """
global(workDirectory="{home}" defaultNetstreamDriver="gtls" maxMessageSize="64k"
  defaultNetstreamDriverCAFile="{home}/mx.pem" defaultNetstreamDriverCertFile="{home}/mx.pem"
  defaultNetstreamDriverKeyFile="{home}/mx.key")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
input(type="imtcp" port="{port}" address="127.0.0.1")
template(name="plain" type="string" string="%rawmsg-after-pri%\\n")
template(name="read" type="string" string="%timestamp:::date-rfc3339% %app-name% %msgid% %structured-data%\\n")
action(type="omfile" file="{home}/read.log" template="read" asyncWriting="off" flushInterval="1")
"""  # noqa: E501


class Rsyslog:
    """One rsyslogd on loopback; ``port`` stays from one start to the next."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        certificate.write(home)
        config = CONFIG.format(home=home, port=self.port)
        (home / "rsyslog.conf").write_text(config)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until it listens."""
        home = str(self.home)
        self._process = await asyncio.create_subprocess_exec(
            "rsyslogd", "-n", "-f", f"{home}/rsyslog.conf", "-i", f"{home}/pid",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                assert self._process.returncode is None, "rsyslogd ended"
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return

    async def end(self) -> None:
        """End it."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def lines(self, count: int) -> list[str]:
        """What it wrote, once there are so many lines."""
        log = self.home / "read.log"
        while not log.exists() or len(log.read_text().splitlines()) < count:
            await asyncio.sleep(0.05)
        return log.read_text().splitlines()


@pytest.fixture
async def rsyslog(tmp_path: Path) -> AsyncIterator[Rsyslog]:
    """A running rsyslog."""
    made = Rsyslog(tmp_path)
    await made.start()
    yield made
    await made.end()


async def test_rsyslog_takes_every_row_in_order_and_again_after_it_was_down(
    world: World, rsyslog: Rsyslog, tmp_path: Path
) -> None:
    await write(world, 300)
    there = Receiver()
    there.port = rsyslog.port
    forwarder = Forwarder(world.door, settings_to(there, tmp_path), settle=0.2, pause=0.05)
    forwarder.start()
    before = await length(world)
    await rsyslog.lines(before)
    await rsyslog.end()
    await write(world, 40)
    while not forwarder.trouble:
        await asyncio.sleep(0.05)
    await rsyslog.start()
    wanted = set(range(1, before + 41))
    while not wanted <= set(seqs := [_place(line) for line in await rsyslog.lines(before)]):
        await asyncio.sleep(0.05)
    await forwarder.stop()
    assert list(dict.fromkeys(seqs)) == sorted(set(seqs))


def _place(line: str) -> int:
    """Where in its chain the row of a line stands."""
    time, app, verb, data = line.split(" ", 3)
    assert app == "pixelview" and time.startswith("20")
    _, params, _ = of_syslog(f"<110>1 - - - - {verb} {data} ".encode())
    return int(params["seq"])
