"""The service as a process beside five providers, and how it is asked what it sees."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.bench.service import ROOT, Process, free_port
from tests.support.five import Five

T = TypeVar("T")
_TOKENS = (
    "import json, sys; from bot.__main__ import main; "
    "sys.exit(any(main(words) for words in json.loads(sys.argv[1])))"
)


class Whole(Process):
    """A PixelView that looks at everything; ``tokens`` by person, and of ``nagios``."""

    def __init__(self, folder: Path, five: Five) -> None:
        port = free_port()
        self.five = five
        self._earlier = 0
        self.config = folder / "pixelview.yaml"
        self.config.write_text(
            f"database: sqlite:///{folder}/pixelview.db\nkey_file: {folder}/pixelview.key\n"
            f"{five.yaml()}"
        )
        words = [sys.executable, "-m", "bot", "serve", "--config", str(self.config)]
        super().__init__([*words, "--port", str(port)], port, folder, "service")
        self.took = self.start()
        self.tokens = self._made({
            "ana": ("--person", "ana"), "omar": ("--person", "omar"),
            "nagios": ("--intake", "nagios"),
        })  # fmt: skip

    def _made(self, wanted: dict[str, tuple[str, str]]) -> dict[str, str]:
        config = ["--config", str(self.config)]
        calls = [[*config, "token", "create", "--name", name, *what]
                 for name, what in wanted.items()]  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", _TOKENS, json.dumps(calls)], cwd=ROOT,
            env=self._environment(), check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return dict(zip(wanted, done.stdout.split(), strict=True))

    # what is asked and said

    def request(self, path: str, body: Any = None, by: str = "ana") -> Any:
        """An answer of its API."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.tokens[by]}",
                     "Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read()[:500]!r}") from error

    def does(self, verb: str, by: str = "ana", **args: Any) -> Any:
        """A verb by a person."""
        return self.request(f"/api/commands/{verb}", args, by)

    def nagios(self, **fields: str) -> None:
        """Nagios says something of a host."""
        self.request(f"/in/nagios/{self.tokens['nagios']}", fields)

    def incidents(self, **labels: str) -> list[dict[str, Any]]:
        """Those that have such labels, the oldest first."""
        found = self.request("/api/incidents?status=all&limit=1000")["incidents"]
        fit = [i for i in found if labels.items() <= {"source": "", **i["labels"]}.items()]
        return sorted(fit, key=lambda one: int(one["id"]))

    def detail(self, number: str) -> dict[str, Any]:
        """All of an incident."""
        found: dict[str, Any] = self.request(f"/api/incidents/{number}")
        return found

    def sources(self) -> dict[str, dict[str, Any]]:
        """How each source stands."""
        found = self.does("inventory-status")["found"]["sources"]
        return {one["source"]: one for one in found}

    def begin(self) -> None:
        """Something else is tried from here on: earlier pages do not count."""
        self._earlier = len(self.five.mails)

    def pages(self, number: str) -> list[str]:
        """Who was sent a mail that pages about an incident."""
        asks = re.compile(rf"#{number} .*(paging you|, now you)")
        mails = self.five.mails[self._earlier :]
        return [to for _, to, subject in mails if asks.search(subject)]

    def worker(self) -> int:
        """The process that asks the providers; 0 while there is none."""
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return int(found[0]) if found else 0

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]


def until(what: str, look: Callable[[], T], seconds: float = 240.0) -> T:
    """What ``look`` gives as soon as it is true."""
    end = time.monotonic() + seconds * float(os.environ.get("PATIENCE", "1"))
    while not (found := look()):
        assert time.monotonic() < end, f"{what} within {seconds:.0f} s"
        time.sleep(0.2)
    return found
