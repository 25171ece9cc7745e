"""A real PostgreSQL that speaks TLS: the right certificate is accepted, every wrong one refused."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from store.db import postgresql_engine
from tests.security.authority import Authority

pytestmark = pytest.mark.slow

WHO = "postgres"


def programs() -> Path:
    """Where Debian has PostgreSQL; skips where it has none, or root has nobody to run it as."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL of the system is installed")
    if os.geteuid() == 0:
        try:
            pwd.getpwnam(WHO)
        except KeyError:
            pytest.skip("there is no account postgres to run it as")
    return found[-1].parent


def ran(*words: str | Path) -> None:
    """Run as somebody who is not root: PostgreSQL insists on that."""
    who = ["runuser", "-u", WHO, "--"] if os.geteuid() == 0 else []
    subprocess.run(
        [*who, *map(str, words)], check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=300
    )


class Cluster:
    """A server of PostgreSQL in a folder of its own, and who signed its certificate."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._bin = folder, programs
        self.authority = Authority(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    def start(self) -> None:
        """Make it and start it, with TLS alone."""
        pair = self.authority.pair("127.0.0.1", file="server")
        at = self._folder / "db"
        if os.geteuid() == 0:
            for each in (self._folder, *self._folder.iterdir()):
                shutil.chown(each, WHO, WHO)
        ran(self._bin / "initdb", "-D", at, "-U", "pv", "-A", "trust", "--no-sync")
        with (at / "pg_hba.conf").open("w", encoding="utf-8") as rules:
            rules.write("hostssl all all 127.0.0.1/32 trust\n")
        with (at / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(
                f"\nport={self.port}\nlisten_addresses='127.0.0.1'\nfsync=off\nssl=on\n"
                f"unix_socket_directories=''\nssl_cert_file='{pair.cert}'\n"
                f"ssl_key_file='{pair.key}'\n"
            )
        ran(self._bin / "pg_ctl", "-D", at, "-w", "-t", "200", "-l", self._folder / "log", "start")

    def stop(self) -> None:
        """End it."""
        ran(self._bin / "pg_ctl", "-D", self._folder / "db", "-m", "immediate", "stop")

    async def says(self, host: str, query: str) -> str:
        """The version of TLS that a connection has, or why there is none."""
        engine = postgresql_engine(f"postgresql://pv@{host}:{self.port}/postgres?{query}")
        asked = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        try:
            async with engine.connect() as connection:
                return str((await connection.execute(text(asked))).scalar_one())
        except Exception as error:  # noqa: BLE001  it is what is looked at
            return f"refused: {error}"
        finally:
            await engine.dispose()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="pv-pg-"))
    made = Cluster(folder, found)
    try:
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder)


async def test_only_the_right_certificate_under_the_right_name_is_believed(
    cluster: Cluster, tmp_path: Path
) -> None:
    root, other = cluster.authority.root, Authority(tmp_path).root
    right = await cluster.says("127.0.0.1", f"sslmode=verify-full&sslrootcert={root}")
    assert right in ("TLSv1.2", "TLSv1.3")
    assert await cluster.says("127.0.0.1", f"sslrootcert={root}") == right
    wrong_name = await cluster.says("localhost", f"sslmode=verify-full&sslrootcert={root}")
    assert "refused" in wrong_name
    assert "mismatch" in wrong_name or "not valid for" in wrong_name
    assert await cluster.says("localhost", f"sslmode=verify-ca&sslrootcert={root}") == right
    for wrong in (f"sslmode=verify-full&sslrootcert={other}", "sslmode=verify-full",
                  f"sslmode=verify-ca&sslrootcert={other}"):  # fmt: skip
        said = await cluster.says("127.0.0.1", wrong)
        assert "refused" in said and "verify failed" in said, wrong
    assert "refused" in await cluster.says("127.0.0.1", "sslmode=disable")
