"""Where the keys come from and when backups are made, as ``pixelview.yaml`` says it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from store.clock import DAY, HOUR
from store.key_sources import KeySource

_EVERY = re.compile(r"^(\d+)\s*([hd])$")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeySettings(_Strict):
    """A file, or a command (run without a shell, ``patience`` seconds at most) that prints the
    keys; ``shared`` lets others than its owner read the file."""

    file: str | None = None
    command: tuple[str, ...] = ()
    shared: bool = False
    patience: float = Field(10.0, gt=0, le=120)

    @model_validator(mode="after")
    def _one_place(self) -> KeySettings:
        if self.file and self.command:
            raise ValueError("write a file or a command, not both")
        return self

    def at_its_file(self) -> KeySettings:
        """The same where the environment names the file."""
        return self.model_copy(update={"file": None, "command": ()})


class BackupSettings(_Strict):
    """Backups by themselves: how often (``12h``, ``1d``), how many are kept, the folder; ``key`` is
    a file with a key or a passphrase of the backups' own, without it the newest key seals them."""

    every: str = "1d"
    keep: int = Field(14, ge=1, le=3650)
    to: str
    key: str | None = None

    @field_validator("every")
    @classmethod
    def _a_time(cls, value: str) -> str:
        found = _EVERY.match(value)
        if found is None or not int(found[1]):
            raise ValueError(f"{value} is not a time like 6h or 1d")
        return value

    @property
    def pause(self) -> int:
        """Milliseconds from one backup to the next."""
        found = _EVERY.match(self.every)
        assert found is not None
        return int(found[1]) * (DAY if found[2] == "d" else HOUR)


class Settings(Protocol):
    """What is needed of all settings."""

    @property
    def key(self) -> str | None:
        """The keys of the environment."""
        ...

    @property
    def key_file(self) -> str:
        """The file that holds them where nothing else is said."""
        ...

    @property
    def keys(self) -> KeySettings:
        """The keys' own settings."""
        ...


def key_source(settings: Settings) -> KeySource:
    """Where the keys come from: the environment, else a command, else the file."""
    keys = settings.keys
    return KeySource(
        settings.key, keys.command, Path(keys.file or settings.key_file), keys.shared, keys.patience
    )
