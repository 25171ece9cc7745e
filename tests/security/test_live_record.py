"""The record in files that others read: no cell is run, no line and no field is forged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.record import formats
from store.audit import Entry
from tests.security import live
from tests.security.live import HARMLESS, words


def entry(word: str) -> Entry:
    """A row in which a stranger named everything."""
    detail = {"name": word, "surface": word, "address": word, "args": {word: word}, "say": word}
    return Entry("main", 1, 1_795_313_340_000, f"stranger:{word}", "note", "denied", 7, detail,
                 False, b"s" * 16, b"d" * 32, b"p" * 32, b"m" * 32)  # fmt: skip


def sayable() -> list[str]:
    return [w.encode("utf-8", "replace").decode() for w in words()]


def test_no_cell_of_the_table_is_run_by_a_spreadsheet() -> None:
    allowed = live.rows(formats.csv_([entry(HARMLESS)]))
    for word in sayable():
        assert live.rows(formats.csv_([entry(word)])) == allowed, word


@pytest.mark.parametrize("write", [formats.jsonl, formats.cef_lines])
def test_a_row_stays_one_line(write: Any) -> None:
    for word in sayable():
        text = write([entry(word)])
        assert text.endswith("\n")
        assert len(text.rstrip("\n").split("\n")) == 1, word
        assert not set(text) & set("\r\x00\x1b\x07\x0b\x0c"), word


def test_no_field_of_an_event_is_forged() -> None:
    import re

    def fields(word: str) -> list[str]:
        head, _, body = _split(formats.cef(entry(word)))
        return [str(len(head)), *re.findall(r"(?:^| )([A-Za-z0-9]+)=", body.replace("\\=", ""))]

    allowed = fields(HARMLESS)
    for word in sayable():
        assert set(fields(word)) <= set(allowed), word


def _split(line: str) -> tuple[list[str], str, str]:
    """The seven fields of the header, and the extension."""
    import re

    parts = re.split(r"(?<!\\)\|", line.replace("\\\\", "\x01"), maxsplit=7)
    return parts[:7], "|", parts[7]


def test_json_of_a_row_is_read_as_it_was_said() -> None:
    for word in sayable():
        assert json.loads(formats.jsonl([entry(word)]))["detail"]["say"] == word
