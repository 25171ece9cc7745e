"""Our own OpenAPI document against a service that runs: whatever is sent, it is no fault of ours.

As long as ``PIXELVIEW_FUZZ`` says, in seconds, each time; a minute where it says nothing.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.demo.service import Service, free_or_any

SECONDS = int(os.environ.get("PIXELVIEW_FUZZ", "60"))
YAML = """
url: http://127.0.0.1:{port}
database: sqlite:///{folder}/pixelview.db
key_file: {folder}/pixelview.key
people:
  ana: {{name: Ana, email: ana@example.eu, roles: [admin], slack: U0ANA}}
  omar: {{name: Omar, email: omar@example.eu}}
teams: {{db: {{members: [ana, omar], oncall: ana}}}}
routes: [{{name: rest, team: db}}]
limits: {{failures: 0}}
"""
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"


def token(settings: Path, folder: Path) -> str:
    """An API token that may do everything."""
    asked = ["--config", str(settings), "token", "create", "--name", "fuzz", "--role", "admin"]
    made = subprocess.run(
        [sys.executable, "-m", "bot", *asked],
        check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=120,
    )  # fmt: skip
    return made.stdout.strip().splitlines()[-1]


async def fuzzed(url: str, *more: str) -> tuple[int, str]:
    """What schemathesis says of every operation."""
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-c",
        "from schemathesis.cli import schemathesis; schemathesis()",
        "run", f"{url}/api/openapi.json", "--checks", CHECKS, "--max-time", str(SECONDS),
        "--max-examples", "1000000" if SECONDS > 600 else "200", "--generation-database", "none",
        "--suppress-health-check", "all", "--warnings", "off", "--no-color", "--no-shrink",
        "--request-timeout", "60", *more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await run.communicate()
    return run.returncode or 0, out.decode("utf-8", "replace")


@pytest.mark.slow
@pytest.mark.timeout(2 * SECONDS + 600)
@pytest.mark.parametrize("known", [True, False], ids=["with a token", "without one"])
async def test_nothing_that_fits_or_breaks_the_document_is_a_fault_of_ours(
    known: bool, tmp_path: Path
) -> None:
    port = free_or_any(0)
    settings = tmp_path / "pixelview.yaml"
    settings.write_text(YAML.format(port=port, folder=tmp_path))
    async with Service(tmp_path, settings, port) as service:
        secret = await asyncio.to_thread(token, settings, tmp_path) if known else ""
        header = ("-H", f"Authorization: Bearer {secret}") if known else ()
        code, said = await fuzzed(f"http://127.0.0.1:{port}", *header)
        assert "[5" not in said and "Server error" not in said, said[-6000:]
        assert code == 0, said[-6000:]
        assert "ERROR pixelview" not in service.words, service.words[-4000:]
