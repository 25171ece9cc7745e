"""What an export says, read strictly: every value that is not what it should be is named with its
file and place; nothing is guessed from it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

LARGEST = 256 << 20
"""The most bytes all files of one import may have, unpacked."""


class Broken(Exception):
    """A file can't be read; the message names it, the place and the mistake."""

    def __init__(self, file: str, place: str, what: str) -> None:
        super().__init__(": ".join(part for part in (file, place, what) if part))
        self.file, self.place, self.what = file, place, what


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON file."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Record:
    """One object of an export and where it stands; ``owner`` is the id its listing belongs to."""

    fields: Mapping[str, Any]
    file: str
    place: str
    owner: str = ""

    def bad(self, key: str, what: str) -> NoReturn:
        """Refuse a field."""
        raise Broken(self.file, f"{self.place}.{key}" if key else self.place, what)

    def get(self, key: str) -> Any:
        """A field as it is."""
        return self.fields.get(key)

    def maybe(self, key: str) -> str | None:
        """A text; None where it is absent, null or empty."""
        value = self.fields.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.bad(key, f"{_short(value)} is no text")
        return _clean(str(value)) or None

    def text(self, key: str) -> str:
        """A text that must be there."""
        return self.maybe(key) or self.bad(key, "is missing")

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.fields.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**12:
            self.bad(key, "is missing" if value is None else f"{_short(value)} is no whole number")
        return int(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self.fields.get(key)
        if value is None:
            return default
        return value if isinstance(value, bool) else self.bad(key, f"{_short(value)} is no boolean")

    def record(self, key: str) -> Record | None:
        """An object, or None where there is none."""
        value = self.fields.get(key)
        if value is None:
            return None
        return self._child(key, value)

    def records(self, key: str) -> list[Record]:
        """A list of objects; absent is empty."""
        return [self._child(f"{key}[{i}]", value) for i, value in enumerate(self._list(key))]

    def texts(self, key: str) -> list[str]:
        """A list of texts; absent is empty."""
        found = []
        for i, value in enumerate(self._list(key)):
            if not isinstance(value, str):
                self.bad(f"{key}[{i}]", f"{_short(value)} is no text")
            found.append(_clean(value))
        return found

    def lists(self, key: str) -> list[list[str]]:
        """A list of lists of texts; absent is empty."""
        found = []
        for i, value in enumerate(self._list(key)):
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                self.bad(f"{key}[{i}]", f"{_short(value)} is no list of texts")
            found.append([_clean(one) for one in value])
        return found

    def ids(self, key: str) -> list[str]:
        """Ids of what a list names, as texts or as objects with an id."""
        return [
            self._child(f"{key}[{i}]", value).text("id")
            if isinstance(value, Mapping)
            else str(value)
            for i, value in enumerate(self._list(key))
        ]

    def ref(self, key: str) -> str | None:
        """The id of what a field names, as a text or as an object with an id."""
        value = self.fields.get(key)
        return (
            self._child(key, value).maybe("id") if isinstance(value, Mapping) else self.maybe(key)
        )

    def instant(self, key: str) -> datetime:
        """A time with its offset, as UTC, cut down to its minute."""
        read = self._time(key)
        if read.tzinfo is None:
            self.bad(key, f"{_short(self.fields[key])} has no offset from UTC")
        try:
            return read.astimezone(UTC).replace(second=0, microsecond=0)
        except OverflowError:
            self.bad(key, f"{_short(self.fields[key])} is out of range")

    def wall(self, key: str) -> datetime:
        """A time on the clock of some zone; an offset in it is left away."""
        return self._time(key).replace(tzinfo=None, second=0, microsecond=0)

    def _time(self, key: str) -> datetime:
        said = self.text(key)
        try:
            read = datetime.fromisoformat(said)
        except ValueError:
            self.bad(key, f"{_short(said)} is no time like 2026-10-25T02:30:00Z")
        if not 1971 <= read.year <= 9000:
            self.bad(key, f"{_short(said)} is out of range")
        return read

    def _list(self, key: str) -> list[Any]:
        value = self.fields.get(key)
        if value is None:
            return []
        return value if isinstance(value, list) else self.bad(key, f"{_short(value)} is no list")

    def _child(self, key: str, value: Any) -> Record:
        if not isinstance(value, Mapping):
            self.bad(key, f"{_short(value)} is no object")
        return Record(value, self.file, f"{self.place}.{key}", self.owner)


def _short(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= 60 else f"{said[:57]}…"


def _clean(text: str) -> str:
    """Without what no file can hold: half of a character pair, and control characters."""
    kept = text.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else " " for c in kept).strip()


# ---- files -------------------------------------------------------------------------------------


def documents(paths: list[Path]) -> tuple[list[Document], list[str]]:
    """The JSON files among files, folders and zips, and the names of those left aside."""
    found: list[Document] = []
    aside: list[str] = []
    left = LARGEST
    for name, asked, body in _bodies(paths):
        left -= len(body)
        if left < 0:
            raise Broken(name, "", f"the files have more than {LARGEST >> 20} MiB")
        if asked or PurePosixPath(name).suffix.lower() == ".json":
            found.append(Document(name, _json(name, body)))
        else:
            aside.append(name)
    return found, aside


def _bodies(paths: list[Path]) -> Iterator[tuple[str, bool, bytes]]:
    """Name, whether it was named by itself, and bytes of each file."""
    for path in paths:
        try:
            if path.is_dir():
                for inner in sorted(path.rglob("*")):
                    if inner.is_file() and not inner.name.startswith("."):
                        yield str(inner), False, _read(inner)
            elif zipfile.is_zipfile(path):
                yield from _zipped(path)
            else:
                yield str(path), True, _read(path)
        except OSError as error:
            raise Broken(str(path), "", error.strerror or str(error)) from None


def _read(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise Broken(str(path), "", f"has more than {LARGEST >> 20} MiB")
    return path.read_bytes()


def _zipped(path: Path) -> Iterator[tuple[str, bool, bytes]]:
    try:
        with zipfile.ZipFile(path) as packed:
            infos = [i for i in packed.infolist() if not i.is_dir()]
            if sum(i.file_size for i in infos) > LARGEST:
                raise Broken(str(path), "", f"unpacks to more than {LARGEST >> 20} MiB")
            for info in sorted(infos, key=lambda i: i.filename):
                name = PurePosixPath(info.filename)
                if not name.name.startswith(".") and "__MACOSX" not in name.parts:
                    yield f"{path}/{name}", False, packed.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Broken(str(path), "", f"the zip can't be read: {error}") from None


def _json(name: str, body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise Broken(name, f"byte {error.start}", "this is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise Broken(name, place, f"no JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise Broken(name, "", f"no JSON: {error}") from None


def _constant(said: str) -> NoReturn:
    raise ValueError(f"{said} is no number")
