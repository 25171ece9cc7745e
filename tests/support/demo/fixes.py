"""The StackStorm of the demo: actions that take their time, print, ask and fail, and the settings
that offer them: one that wants a second person, one that asks, three automations."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.stackstorm import Running, StackStorm, does

BREATH = 1.2
"""Seconds between two lines of what an action prints."""

_HOST = {"host": {"type": "string", "required": True, "description": "The database's machine"}}
_KEEP = {"keep": {"type": "string", "enum": ["12h", "24h", "48h"], "default": "24h",
                  "description": "WAL younger than this stays"}}  # fmt: skip
_DRY = {"dry_run": {"type": "boolean", "default": False, "description": "Only say what would go"}}

ACTIONS: dict[str, Any] = {
    "rotate-wal": {
        "run": "st2:postgres.rotate_wal", "title": "Rotate the WAL", "saves": "15m",
        "match": {"alertname": ["Disk*", "Wal*"]}, "params": {"host": "{labels.instance}"},
    },
    "failover": {
        "run": "st2:postgres.failover", "title": "Fail over to a replica", "saves": "20m",
        "match": {"service": "postgres-*"}, "params": {"from": "{labels.instance}", "to": "db-5"},
        "dangerous": "writes stop for about 20 s", "confirm": "{params.from}",
        "undo": "st2:postgres.failback", "approval": {"by": "team:db", "within": "15m"},
    },
    "reseed-replica": {
        "run": "st2:postgres.reseed", "title": "Seed the replica anew", "saves": "30m",
        "match": {"alertname": "ReplicaLag"}, "params": {"host": "{labels.instance}"},
        "dangerous": "the replica answers nobody for about 2 min",
        "approval": {"by": "team:db", "within": "30m"},
    },
    "restart-checkout": {
        "run": "st2:shop.restart", "title": "Restart the checkout", "match": {"team": "web"},
        "params": {"service": "{labels.service}"},
    },
}  # fmt: skip
AUTOMATIONS: dict[str, Any] = {
    "restart-slow-checkout": {
        "title": "Restart a checkout that is slow", "on": "opened", "team": "web", "mode": "on",
        "when": {"alertname": "CheckoutSlow"},
        "do": [{"run": "restart-checkout"}, {"check": "cleared", "within": "5m"}],
        "cooldown": "30m", "limit": "5/1h", "breaker": {"after": 3, "pause": "2h"},
    },
    "rotate-on-full-disk": {
        "title": "Rotate the WAL when a disk is full", "on": "opened", "team": "db",
        "when": {"alertname": "DiskAlmostFull"}, "do": [{"run": "rotate-wal"}], "mode": "suggest",
    },
    "reseed-lagging-replica": {
        "title": "Seed a lagging replica anew", "on": "opened", "team": "db", "mode": "on",
        "when": {"alertname": "ReplicaLag"},
        "do": [{"run": "reseed-replica", "else": {"note": "{automation}: {result}"}}],
    },
}  # fmt: skip


def furnish(st2: StackStorm) -> None:
    """The actions there are in the demo."""
    st2.world.packs.add("pixelview")
    flow = {"runner": "orquesta"}
    st2.action("postgres.check_disk", _HOST, script=_disk, help="How full the disk is")
    st2.action("postgres.archive_wal", _HOST | _KEEP | _DRY, script=_archive,
               help="Move old WAL away")  # fmt: skip
    st2.action("postgres.rotate_wal", _HOST | _KEEP | _DRY, script=_rotate, **flow,
               help="Look at the disk, move old WAL away, look again")  # fmt: skip
    ways: dict[str, Any] = {
        "from": {"type": "string", "required": True}, "to": {"type": "string", "required": True},
        "force": {"type": "boolean", "default": False},
        "password": {"type": "string", "secret": True},
    }  # fmt: skip
    st2.action("postgres.failover", ways, script=_failover, help="Make a replica the primary")
    st2.action("postgres.failback", ways, script=_failover, help="Back to the old primary")
    st2.action("postgres.reseed", _HOST, script=_reseed, **flow, help="Copy the primary again")
    st2.action("postgres.drop_replica", _HOST, script=_printed("dropped /var/lib/postgresql"))
    st2.action("postgres.base_backup", _HOST, script=_printed(*_COPY), help="pg_basebackup")
    st2.action("shop.restart", {"service": {"type": "string", "required": True}}, script=_printed(
        "waiting for requests under way", "stopped", "started, healthy after 2 s"),
        help="Restart a service of the shop, one machine after the other")  # fmt: skip
    st2.action("shop.flush_cache", help="Empty the shop's cache", script=does(
        "connecting to cache-1:6379", "refused: it is a replica, only its primary can be emptied",
        code=2))  # fmt: skip


_COPY = tuple(f"{done:>3} % of 412 GB copied" for done in (12, 31, 55, 78, 100))


def _printed(*lines: str) -> Any:
    async def script(run: Running) -> Any:
        return await _says(run, *lines)

    return script


async def _says(run: Running, *lines: str) -> Any:
    for each in lines:
        run.print(each + "\n")
        await asyncio.sleep(BREATH)
    return run.printed()


async def _disk(run: Running) -> Any:
    done = any(e.ref == "postgres.archive_wal" and e.status == "succeeded"
               for e in run.world.executions.values())  # fmt: skip
    return await _says(run, f"/var/lib/postgresql {'61' if done else '97'} % of 2.0 TB")


async def _archive(run: Running) -> Any:
    if run.params.get("dry_run"):
        return await _says(
            run, f"would move 1,204 files older than {run.params.get('keep', '24h')}"
        )
    moved = [f"moved {n} of 1,204 files" for n in ("  301", "  602", "  903", "1,204")]
    return await _says(run, f"host {run.params['host']}", *moved, "712 GB are free again")


async def _rotate(run: Running) -> Any:
    host = run.params["host"]
    given = {k: run.params[k] for k in ("keep", "dry_run") if k in run.params}
    await run.task("look", "postgres.check_disk", host=host)
    await run.task("archive", "postgres.archive_wal", host=host, **given)
    await run.task("look_again", "postgres.check_disk", host=host)
    return {"freed": "712 GB", "disk": "61 %"}


async def _failover(run: Running) -> Any:
    old, new = run.params["from"], run.params["to"]
    return await _says(run, f"{old} is read only", f"{new} has replayed all", f"{new} is primary")


async def _reseed(run: Running) -> Any:
    host = run.params["host"]
    said = await run.ask("sure", schema={"type": "object", "properties": {
        "continue": {"type": "boolean", "required": True,
                     "description": f"Drop what {host} has and copy 412 GB again?"},
        "speed": {"type": "string", "enum": ["slow", "fast"], "default": "slow",
                  "description": "fast slows the primary down"},
        "note": {"type": "string", "description": "For the log"},
    }}, ttl=60)  # fmt: skip
    if not said.get("continue"):
        run.fail({"output": None, "errors": [{"type": "error", "message": "nobody wants it"}]})
    await run.task("drop", "postgres.drop_replica", host=host)
    await run.task("copy", "postgres.base_backup", host=host)
    return {"lag": "0.4 s"}
