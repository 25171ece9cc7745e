"""Where the keys come from: a file, the environment, or a command that prints them."""

from __future__ import annotations

import base64
import binascii
import os
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.crypto import IDS, MissingKey

Found = Sequence[tuple[int | None, bytes]]
"""Keys as they were written, each with its number where one stands before it."""


class BadKeys(MissingKey, ValueError):
    """What should hold the keys can't be read, or may not be trusted."""


def parse(text: str, where: str) -> Found:
    """Keys of 32 bytes in base64, a comma or an end of line between, each ``7:…`` where it has a
    number of its own; lines that begin with # are remarks."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found = [_key(word, where) for word in ",".join(lines).replace(",", " ").split()]
    if not found:
        raise BadKeys(f"{where} holds no key")
    by_number(found)
    return found


def _key(word: str, where: str) -> tuple[int | None, bytes]:
    number, found, rest = word.partition(":")
    try:
        secret = base64.b64decode(rest if found else word, validate=True)
    except binascii.Error:
        raise BadKeys(f"{where}: a key is base64 of 32 bytes") from None
    if len(secret) != 32:
        raise BadKeys(f"{where}: a key is base64 of 32 bytes, not of {len(secret)}")
    if not found:
        return None, secret
    if not number.isdecimal() or int(number) >= IDS:
        raise BadKeys(f"{where}: a key's number is from 0 to {IDS - 1}")
    return int(number), secret


def by_number(found: Found, known: Mapping[str, int] | None = None) -> dict[int, bytes]:
    """Keys by number: the one that stands before it, else the one the database knows it by
    (``known``: check → number), else its place."""
    from store.crypto import Ring

    taken: dict[int, bytes] = {}
    for place, (said, secret) in enumerate(found):
        number = said
        if number is None:
            number = (known or {}).get(Ring({0: secret}).check(0), place)
        if taken.setdefault(number, secret) != secret:
            raise BadKeys(f"two keys have the number {number}")
    return taken


def written(number: int, secret: bytes) -> str:
    """A key as it stands in a file, in the environment and in what a command prints."""
    return f"{number}:{base64.b64encode(secret).decode()}"


@dataclass(frozen=True, slots=True)
class KeySource:
    """A text before a command before a file. ``shared`` lets a group or everybody read the file,
    ``patience`` are the seconds a command may take."""

    text: str | None = None
    command: tuple[str, ...] = ()
    file: Path = Path("pixelview.key")
    shared: bool = False
    patience: float = 10.0

    @property
    def kind(self) -> str:
        """``environment``, ``command`` or ``file``."""
        return "environment" if self.text else "command" if self.command else "file"

    def read(self) -> Found | None:
        """The keys as they are now, None where there is no file yet; BadKeys says what is wrong."""
        if self.text:
            return parse(self.text, "PIXELVIEW_KEY")
        if self.command:
            return parse(self._printed(), f"what {self.command[0]} prints")
        if not self.file.exists():
            return None
        self._look_who_may_read()
        try:
            return parse(self.file.read_text(), str(self.file))
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or "this is not text"
            raise BadKeys(f"{self.file}: {said}") from None

    def stamp(self) -> object:
        """What changes when the file does; nothing else can be seen to change."""
        if self.kind != "file":
            return None
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _printed(self) -> str:
        name = self.command[0]
        try:
            done = subprocess.run(  # noqa: S603  the operator's own command, without a shell
                self.command, stdin=subprocess.DEVNULL, capture_output=True, timeout=self.patience,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise BadKeys(f"{name} printed no keys within {self.patience:g} s") from None
        except OSError as error:
            raise BadKeys(f"{name} can't be run: {error.strerror}") from None
        if done.returncode:
            raise BadKeys(f"{name} printed no keys: it ended with {done.returncode}")
        try:
            return done.stdout.decode()
        except UnicodeDecodeError:
            raise BadKeys(f"{name} printed no text") from None

    def _look_who_may_read(self) -> None:
        mode = stat.S_IMODE(self.file.stat().st_mode)
        if mode & 0o077 and not self.shared:
            raise BadKeys(
                f"{self.file} holds the keys and others may read it (mode {mode:04o}): "
                f"chmod 600 {self.file}, or allow it with keys: {{shared: true}}"
            )

    def make(self, *, may_create: bool) -> Found:
        """A first key in a new file for its owner alone; MissingKey where there must be one."""
        if self.kind != "file" or not may_create:
            raise MissingKey(
                f"the database is sealed and {self.file} is not there: restore it, "
                "or set PIXELVIEW_KEY"
            )
        self.file.parent.mkdir(parents=True, exist_ok=True)
        secret = os.urandom(32)
        text = base64.b64encode(secret).decode() + "\n"
        with os.fdopen(
            os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return [(None, secret)]

    def write(self, keys: Mapping[int, bytes]) -> None:
        """The file with exactly these keys, in one step: it is never half written."""
        before = self.file.stat()
        part = self.file.with_name(f"{self.file.name}.new")
        part.unlink(missing_ok=True)
        mode = stat.S_IMODE(before.st_mode)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.writelines(f"{written(n, keys[n])}\n" for n in sorted(keys))
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:
            os.chown(part, before.st_uid, before.st_gid)
        part.replace(self.file)
        folder = os.open(self.file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
