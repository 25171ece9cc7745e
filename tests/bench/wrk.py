"""Closed-loop load by wrk: 64 connections, every alert distinct."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = r"""
local path, kind, start = "@PATH@", "@KIND@", "@START@"
local n = 0
local head = '{"version":"4","groupKey":"{}:{}","status":"firing","receiver":"pixelview",' ..
  '"groupLabels":{},"commonLabels":{},"commonAnnotations":{},' ..
  '"externalURL":"http://alertmanager.example.eu:9093","truncatedAlerts":0,"alerts":['

local function alert(service)
  n = n + 1
  local id = start .. n
  return '{"status":"firing","labels":{"alertname":"DiskAlmostFull","severity":"critical",' ..
    '"service":"' .. service .. '","instance":"db-' .. id .. ':9100","team":"ops",' ..
    '"env":"prod"},"annotations":{"summary":"Disk 94 % full on db-' .. id .. '",' ..
    '"description":"/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min",' ..
    '"runbook_url":"https://wiki.example.eu/rb/disk"},' ..
    '"startsAt":"2026-01-10T03:09:08.123Z","endsAt":"0001-01-01T00:00:00Z",' ..
    '"generatorURL":"http://prometheus.example.eu:9090/graph?g0.expr=disk",' ..
    '"fingerprint":"' .. id .. '"}'
end

local body = {
  own = function() return head .. alert("s-" .. start .. n) .. "]}" end,
  join = function() return head .. alert("shared-" .. n % 40) .. "]}" end,
  twenty = function()
    local found = {}
    for i = 1, 20 do found[i] = alert("s-" .. start .. n) end
    return head .. table.concat(found, ",") .. "]}"
  end,
}

local headers = { ["Content-Type"] = "application/json" }
function request() return wrk.format("POST", path, headers, body[kind]()) end

function done(summary, latency)
  io.write(string.format('\n{"requests":%d,"us":%d,"bad":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read
      + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run did: requests a second, latencies in ms, answers that were no 2xx."""

    requests: int
    per_second: float
    bad: int
    p50: float
    p99: float


def missing() -> bool:
    """Whether wrk is not installed."""
    return shutil.which("wrk") is None


def run(port: int, path: str, kind: str, start: str, seconds: float, folder: Path) -> Load:
    """One run; ``start`` makes its alerts differ from those of every other run."""
    script = SCRIPT.replace("@PATH@", path).replace("@KIND@", kind).replace("@START@", start)
    file = folder / "load.lua"
    file.write_text(script)
    words = ["wrk", "-t1", "-c64", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(file)]
    done = subprocess.run(
        [*words, f"http://127.0.0.1:{port}"],
        check=True, capture_output=True, text=True, timeout=seconds + 30,
    )  # fmt: skip
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(
        found["requests"],
        found["requests"] / found["us"] * 1e6,
        found["bad"],
        found["p50"] / 1000,
        found["p99"] / 1000,
    )
