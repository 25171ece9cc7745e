"""Backups as the command line and the running service make them: where to, with which key."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from bot.keys_settings import BackupSettings
from bot.settings import Settings
from store import backups
from store.backup import Made
from store.backup_file import BackupKey
from store.clock import SystemClock
from store.crypto import MissingKey, Ring

_OURS = re.compile(r"^pixelview-\d{8}T\d{6}Z\.pvb$")
_SHORT = 12


def key_of(ring: Ring | None, own: str | None) -> BackupKey:
    """The key of backups: what a file of their own holds, else the ring's."""
    if not own:
        return BackupKey(ring)
    try:
        secret = Path(own).read_bytes().strip()
    except OSError as error:
        raise MissingKey(f"{own}: {error.strerror}") from None
    if len(secret) < _SHORT:
        raise MissingKey(f"{own} holds less than {_SHORT} characters: that is no key for a backup")
    return BackupKey(ring, secret)


def name_at(now: int) -> str:
    """A backup's own name: when it was made."""
    return f"pixelview-{datetime.fromtimestamp(now / 1000, UTC):%Y%m%dT%H%M%SZ}{backups.SUFFIX}"


def place(to: str, now: int) -> Path:
    """A file as it is named, or one with a name of its own in a folder."""
    path = Path(to)
    return path / name_at(now) if path.is_dir() or to.endswith(os.sep) else path


def prune(folder: Path, keep: int) -> int:
    """Only the newest stay of those that were made by themselves; how many went."""
    old = sorted(p for p in folder.iterdir() if _OURS.match(p.name))[:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def in_a_child(settings: Settings, wanted: BackupSettings, now: int) -> tuple[str, int, int]:
    """One backup in a process of its own: its file, its rows, its bytes."""
    os.nice(10)

    folder = Path(wanted.to)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name_at(now)

    async def run() -> Made:
        from bot.app import prepare

        ring = await prepare(settings)
        key = key_of(ring, wanted.key)
        made = await backups.make(
            settings.database, ring, path, key, SystemClock().now(), force=True
        )
        prune(folder, wanted.keep)
        return made

    made = asyncio.run(run())
    if made.damaged:
        raise RuntimeError(f"{len(made.damaged)} rows are damaged, such as {made.damaged[0]}")
    return str(path), made.total, path.stat().st_size
